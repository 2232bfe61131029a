"""Lists of articles in the order of their last changes."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, or_, select, tuple_

from feedsvc.model.article import Article
from feedsvc.store.articles import decode
from feedsvc.store.schema import ACTION_LOG, ARTICLES, FILES
from feedsvc.store.statements import fetch

_ROWS = 100
"""Rows that are read at once."""


class ListedArticle(NamedTuple):
    """An article in a list."""

    number: int
    """Of its last change."""
    article: Article
    digest: str
    """Of its file."""


def changed_after(
    connection: Connection,
    number: int,
    article_id: str,
    section: str = "",
    since: datetime | None = None,
) -> Iterator[ListedArticle]:
    """Yield the articles whose files are there, by their last changes, the longest ago first.

    :param number: of the last change of the article that came last, with its id.
    :param section: only articles in it and below it; empty for all.
    :param since: only articles that the log has a change of since then.
    """
    wanted = (
        select(ARTICLES.c.number, ARTICLES.c.data, FILES.c.digest)
        .join(FILES, FILES.c.path == ARTICLES.c.path)
        .where(
            tuple_(ARTICLES.c.number, ARTICLES.c.id) > (number, article_id),
            ARTICLES.c.hidden.is_(False),
        )
        .order_by(ARTICLES.c.number, ARTICLES.c.id)
    )
    if section:
        # "0" is the character after "/".
        below = and_(ARTICLES.c.section > f"{section}/", ARTICLES.c.section < f"{section}0")
        wanted = wanted.where(or_(ARTICLES.c.section == section, below))
    if since:
        ids = select(ACTION_LOG.c.id).where(ACTION_LOG.c.moment >= since)
        wanted = wanted.where(ARTICLES.c.id.in_(ids))
    for row in fetch(connection.execute(wanted), _ROWS):
        yield ListedArticle(row.number, decode(row.data), row.digest)
