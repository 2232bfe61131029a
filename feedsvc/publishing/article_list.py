"""Lists of articles for programs, a part at a time, in the order of their last changes."""

import binascii
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct

from feedsvc.model.article import Article
from feedsvc.model.change import Change, Version
from feedsvc.model.digests import short_etag
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import history, subscribers
from feedsvc.publishing.subscribers import SENT, Reach
from feedsvc.store import article_list, articles
from feedsvc.store.database import Database

_CURSOR = re.compile("[0-9]{1,18} ")
"""The beginning of a cursor: a number that the store can hold."""


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

    def items(
        self, selection: Selection, cursor: str, limit: int, by: Publisher
    ) -> tuple[Sequence[Item], str]:
        """Return a part of a list, and the cursor of the next part; an empty one at its end.

        :param cursor: of this part; empty for the first.
        :raises ValueError: it is none.
        """
        number, _, article_id = _decoded(cursor).partition(" ")
        with self._database.reading() as connection:
            listed = article_list.changed_after(
                connection, int(number or -1), article_id, selection.section, selection.since
            )
            readable = (it for it in listed if by.may_read_in(it.article.named_sections))
            wanted = (it for it in readable if selection.status in ("", it.article.status))
            part = list(islice(wanted, limit + 1))
        last = part[limit - 1] if len(part) > limit else None
        following = f"{last.number} {last.article.id}" if last else ""
        items = [Item(it.article, short_etag(it.digest)) for it in part[:limit]]
        return items, urlsafe_b64encode(following.encode()).decode().rstrip("=")

    def versions(self, article_id: str, by: Publisher | None = None) -> Sequence[Version]:
        """Return every version of an article that a publisher may read, the oldest first.

        :param by: None for all.
        """
        versions = history.versions(self._database, article_id)
        return [it for it in versions if by is None or by.may_read_in(it.article.named_sections)]

    def log(self, limit: int, article_id: str | None, by: Publisher) -> Sequence[Change]:
        """Return the newest changes that a publisher may read, the newest first.

        :param article_id: of the only article that they are of; None for all.
        """
        asked = limit
        while True:
            changes = history.log(self._database, asked, article_id)
            readable = self._readable(changes, by)
            if len(readable) >= limit or len(changes) < asked:
                return readable[:limit]
            asked *= 10  # most are of other sections

    def reach(self, change: Change) -> Reach | None:
        """Return how many a correction or a kill has reached; None for another change."""
        return subscribers.reach(self._database, change) if change.act in SENT else None

    def _readable(self, changes: Sequence[Change], by: Publisher) -> list[Change]:
        """Return the changes of articles that a publisher may read.

        Of an article that is no longer there, the feeds that it was in say where it was.
        """
        if not by.sections:
            return [*changes]
        with self._database.reading() as connection:
            known = articles.get_many(connection, {change.id for change in changes})
        return [
            change
            for change in changes
            if by.may_read_in(
                known[change.id].named_sections if change.id in known else change.feeds.keys()
            )
        ]


def _decoded(cursor: str) -> str:
    """Return the text of a cursor.

    :raises ValueError: it is none.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        text = b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        text = " "
    if text and not _CURSOR.match(text):
        raise ValueError("is no cursor; take the one that the part before named")
    return text
