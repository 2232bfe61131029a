"""How often each state of a feed was fetched by readers that did not have it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from feedsvc.store.push_schema import FEED_FETCHES
from feedsvc.store.statements import batches, insert_rows

KEPT = timedelta(days=30)
"""Time for which these numbers are kept."""

_ROW = FEED_FETCHES.c


class FeedFetches(NamedTuple):
    """Fetches of one state of a feed; its fields are the columns."""

    path: str
    number: int
    """Of the last change to the feed."""
    moment: datetime
    fetches: int


def add(connection: Connection, rows: Sequence[FeedFetches]) -> None:
    """Add fetches to the ones that are known."""
    sums = dict[tuple[str, int], FeedFetches]()
    for row in rows:
        first = sums.get(row[:2], row._replace(fetches=0))
        sums[row[:2]] = first._replace(fetches=first.fetches + row.fetches)
    for row in sums.values():
        this = _ROW.path == row.path, _ROW.number == row.number
        more = update(FEED_FETCHES).where(*this).values(fetches=_ROW.fetches + row.fetches)
        if not connection.execute(more).rowcount:
            insert_rows(connection, FEED_FETCHES, [row._asdict()])


def since(connection: Connection, paths: Collection[str], moment: datetime) -> int:
    """Return how often feeds were fetched in a state that began at a moment, or later."""
    fetches = 0
    for some in batches(sorted(paths)):
        wanted = select(func.coalesce(func.sum(_ROW.fetches), 0)).where(
            _ROW.path.in_(some), _ROW.moment >= moment
        )
        fetches += connection.execute(wanted).scalar_one()
    return fetches


def prune(connection: Connection, now: datetime) -> None:
    """Delete numbers that are too old."""
    connection.execute(delete(FEED_FETCHES).where(_ROW.moment <= now - KEPT))
