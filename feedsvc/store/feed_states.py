"""The states that feeds were given out in lately (RFC 3229): the newest of each, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, select

from feedsvc.store.schema import STATES
from feedsvc.store.statements import THESE, insertion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class KeptState(NamedTuple):
    """What a feed held when it had a tag."""

    path: str
    format: str
    etag: str
    number: int
    """Of the last change to the feed."""
    marks: bytes
    """Digests of the entries, one after another."""


_FEED = STATES.c.path == bindparam("a_path"), STATES.c.format == bindparam("a_format")
_ONE = delete(STATES).where(*_FEED, STATES.c.etag == bindparam("an_etag"))
_LAST = select(STATES.c.number).where(*_FEED).order_by(STATES.c.number.desc()).limit(1)
_OLDER = delete(STATES).where(
    *_FEED, STATES.c.number <= _LAST.offset(bindparam("most")).scalar_subquery()
)
_FOUND = (
    select(STATES).where(*_FEED, STATES.c.etag.in_(THESE)).order_by(STATES.c.number.desc()).limit(1)
)


def keep(connection: Connection, states: Sequence[KeptState], most: int) -> None:
    """Remember states, and forget those before the newest ones of each feed.

    :param most: states of each feed and format.
    """
    latest = {(it.path, it.format, it.etag): it for it in states}
    feeds = {(it.path, it.format): None for it in states}
    ones = [{"a_path": path, "a_format": format, "an_etag": etag} for path, format, etag in latest]
    connection.execute(_ONE, ones)
    connection.execute(insertion(STATES), [it._asdict() for it in latest.values()])
    older = [{"a_path": path, "a_format": format, "most": most} for path, format in feeds]
    connection.execute(_OLDER, older)


def find(connection: Connection, path: str, format: str, etags: Sequence[str]) -> KeptState | None:
    """Return the newest state of a feed that has one of some tags."""
    asked = {"a_path": path, "a_format": format, "these": etags}
    row = connection.execute(_FOUND, asked).first()
    return KeptState(*row) if row else None
