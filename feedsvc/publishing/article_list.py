"""Lists of articles for programs, a part at a time, in the order of their last changes."""

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct

from feedsvc.model.article import Article
from feedsvc.model.change import Change, Version
from feedsvc.model.digests import short_etag
from feedsvc.publishing import history
from feedsvc.store import article_list
from feedsvc.store.database import Database


class Item(Struct, frozen=True):
    """An article in a list, and the entity tag of its record."""

    article: Article
    etag: str


class Selection(Struct, frozen=True, kw_only=True):
    """The articles that a list is of."""

    section: str = ""
    """With all below it; empty for all."""
    status: str = ""
    since: datetime | None = None
    """Changed since then."""


class ArticleList:
    """Lists the articles of one newsroom, their versions and the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(self, selection: Selection, cursor: str, limit: int) -> tuple[Sequence[Item], str]:
        """Return a part of a list, and the cursor of the next part; an empty one at its end.

        :param cursor: of this part; empty for the first.
        :raises ValueError: it is none.
        """
        number, _, article_id = _decoded(cursor).partition(" ")
        with self._database.reading() as connection:
            articles = article_list.changed_after(
                connection, int(number or -1), article_id, selection.section, selection.since
            )
            wanted = (it for it in articles if selection.status in ("", it.article.status))
            part = list(islice(wanted, limit + 1))
        last = part[limit - 1] if len(part) > limit else None
        following = f"{last.number} {last.article.id}" if last else ""
        listed = [Item(it.article, short_etag(it.digest)) for it in part[:limit]]
        return listed, urlsafe_b64encode(following.encode()).decode().rstrip("=")

    def versions(self, article_id: str) -> Sequence[Version]:
        """Return every version of an article, the oldest first."""
        return history.versions(self._database, article_id)

    def log(self, limit: int, article_id: str | None) -> Sequence[Change]:
        """Return the newest changes, the newest first; of one article if its id is given."""
        return history.log(self._database, limit, article_id)


def _decoded(cursor: str) -> str:
    """Return the text of a cursor.

    :raises ValueError: it is none.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        text = b64decode(padded, altchars=b"-_", validate=True).decode()
        if text:
            int(text.partition(" ")[0])
    except (ValueError, binascii.Error):
        raise ValueError("is no cursor; take the one that the part before named") from None
    return text
