"""States that feeds had lately (RFC 3229), by their ETags: the newest of each feed."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from feedsvc.store.schema import STATES
from feedsvc.store.statements import THESE, insert_rows


class KeptState(NamedTuple):
    """The entries of a feed when it had an ETag."""

    path: str
    format: str
    etag: str
    number: int
    """Of the last change to the feed."""
    marks: bytes
    """Digests of the entries, one after another."""


_FEED = STATES.c.path == bindparam("a_path"), STATES.c.format == bindparam("a_format")
_WITH_ETAG = delete(STATES).where(*_FEED, STATES.c.etag == bindparam("an_etag"))
_NEWEST_FIRST = select(STATES.c.number).where(*_FEED).order_by(STATES.c.number.desc()).limit(1)
_OLDER = delete(STATES).where(
    *_FEED, STATES.c.number <= _NEWEST_FIRST.offset(bindparam("most")).scalar_subquery()
)
_NEWEST = (
    select(STATES).where(*_FEED, STATES.c.etag.in_(THESE)).order_by(STATES.c.number.desc()).limit(1)
)


def keep(connection: Connection, states: Sequence[KeptState], most: int) -> None:
    """Keep states, and of each feed and format only the ``most`` newest."""
    latest = {(it.path, it.format, it.etag): it for it in states}
    feeds = {(it.path, it.format): None for it in states}
    etags = [{"a_path": path, "a_format": format, "an_etag": etag} for path, format, etag in latest]
    connection.execute(_WITH_ETAG, etags)
    insert_rows(connection, STATES, [state._asdict() for state in latest.values()])
    older = [{"a_path": path, "a_format": format, "most": most} for path, format in feeds]
    connection.execute(_OLDER, older)


def find(connection: Connection, path: str, format: str, etags: Sequence[str]) -> KeptState | None:
    """Return the newest state of a feed that had one of some ETags."""
    asked = {"a_path": path, "a_format": format, "these": etags}
    row = connection.execute(_NEWEST, asked).first()
    return KeptState(*row) if row else None
