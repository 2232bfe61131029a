"""The feeds that there are or ever were, with the number and the moment of their last change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import delete, func, insert, select, update

from feedsvc.store.articles import moment, seconds
from feedsvc.store.schema import FEEDS, LISTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Connection

Kind = Literal["section", "archive", "corrections"]

_BATCH = 5000
"""Names in one question; SQLite takes no more than 32,766."""


class FeedState(msgspec.Struct, frozen=True):
    """The last change to a feed."""

    number: int
    """Grows with every change in the store."""
    changed: datetime
    archives: int
    """How many archives a section has."""


def state(connection: Connection, path: str) -> FeedState | None:
    """Return the last change to a feed; None where there never was such a one."""
    found = select(FEEDS.c.number, FEEDS.c.changed, FEEDS.c.archives).where(FEEDS.c.path == path)
    row = connection.execute(found).first()
    return FeedState(row.number, moment(row.changed), row.archives) if row else None


def number(connection: Connection, path: str) -> int:
    """Return the change number of a feed; 0 where there never was such a one."""
    found = select(FEEDS.c.number).where(FEEDS.c.path == path)
    return connection.execute(found).scalar() or 0


def next_number(connection: Connection) -> int:
    """Return the number of the change that comes next."""
    return (connection.execute(select(func.max(FEEDS.c.number))).scalar() or 0) + 1


def bump(
    connection: Connection, paths: Collection[str], changed: datetime, *, step: int = 1
) -> None:
    """Give feeds a new change number, the same for all, and a later moment of change.

    :param step: by how many seconds it is later at least: two changes in one second are two for
        those who ask by date.
    """
    at = seconds(changed)
    _write(connection, paths, lambda before: max(at, before + step) if before else at)


def stir(connection: Connection, paths: Collection[str]) -> None:
    """Have feeds made anew that hold the same as before, but will change at another moment."""
    _write(connection, paths, lambda before: before)


def _write(connection: Connection, paths: Collection[str], changed: Callable[[int], int]) -> None:
    if not paths:
        return
    fresh = next_number(connection)
    names = sorted(paths)
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        known = select(FEEDS).where(FEEDS.c.path.in_(some))
        before = {row.path: (row.changed, row.archives) for row in connection.execute(known)}
        connection.execute(delete(FEEDS).where(FEEDS.c.path.in_(some)))
        rows = [
            {
                "path": path,
                "kind": kind(path),
                "number": fresh,
                "changed": changed(before.get(path, (0, 0))[0]),
                "archives": before.get(path, (0, 0))[1],
            }
            for path in some
        ]
        connection.execute(insert(FEEDS), rows)


def kind(path: str) -> Kind:
    """Return what sort of feed has this path; no part of a section is called like the others."""
    parts = path.split("/")
    if parts[-1] == "corrections":
        return "corrections"
    return "archive" if "archive" in parts else "section"


def count_archives(connection: Connection, sections: Collection[str]) -> dict[str, int]:
    """Return how many archives sections have, where they have any."""
    found = select(FEEDS.c.path, FEEDS.c.archives).where(
        FEEDS.c.path.in_(sections), FEEDS.c.archives > 0
    )
    return {row.path: row.archives for row in connection.execute(found)}


def set_archives(connection: Connection, section: str, count: int) -> None:
    """Remember how many archives a section has."""
    stir(connection, [section])  # so that it is there
    connection.execute(update(FEEDS).where(FEEDS.c.path == section).values(archives=count))


def close_archives(connection: Connection) -> None:
    """Forget that sections have archives."""
    connection.execute(update(FEEDS).values(archives=0))


def sections(connection: Connection, now: datetime) -> list[str]:
    """Return every section that ever was, in order, but those with nothing yet but embargoes."""
    return [section for section in every(connection) if not is_secret(connection, section, now)]


def every(connection: Connection, kind: Kind = "section") -> list[str]:
    """Return every feed of a kind that ever was, in order."""
    found = select(FEEDS.c.path).where(FEEDS.c.kind == kind).order_by(FEEDS.c.path)
    return list(connection.execute(found).scalars())


def is_secret(connection: Connection, section: str, now: datetime) -> bool:
    """Tell whether nobody ever had anything of a section, nor may have now."""
    known = select(FEEDS.c.changed).where(FEEDS.c.path == section)
    if connection.execute(known).scalar():
        return False
    earliest = select(func.min(LISTINGS.c.released)).where(LISTINGS.c.section == section)
    first = connection.execute(earliest).scalar()
    return first is None or first > seconds(now)
