"""Records that are kept in the store: read and write them, and find the ones that changed."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from feedsvc.store.article_files import Stamp
from feedsvc.store.record_schema import RECORDS
from feedsvc.store.schema import FILES
from feedsvc.store.statements import (
    at_place,
    delete_rows,
    edges,
    fetch,
    insert_rows,
    select_rows,
)

DELETED = -1
"""The size of a record that was deleted."""


class StampedText(NamedTuple):
    """A record, and its stamp: its size, and the number of its last change."""

    stamp: Stamp
    data: bytes


_IS_THERE = RECORDS.c.size > DELETED
_WITH_FILES = select(RECORDS.c.path).outerjoin(FILES, FILES.c.path == RECORDS.c.path)
_DIFFERS = or_(
    FILES.c.path.is_(None),
    FILES.c.size != RECORDS.c.size,
    FILES.c.modified != RECORDS.c.number,
)
_DELETED_OF_FILES = (
    select(RECORDS.c.path)
    .join(FILES, FILES.c.path == RECORDS.c.path)
    .where(RECORDS.c.size == DELETED)
)


class _Query(NamedTuple):
    """A query for all paths, and the same for the ones at or below a place."""

    all: Select[tuple[str]]
    there: Select[tuple[str]]

    def paths(self, connection: Connection, place: str) -> Iterator[str]:
        """Yield the paths at or below a place; all for an empty one."""
        if place:
            rows = connection.execute(self.there, edges(place))
        else:
            rows = connection.execute(self.all)
        return (row.path for row in fetch(rows))


def _query(wanted: Select[tuple[str]], column: ColumnElement[str]) -> _Query:
    return _Query(wanted, wanted.where(at_place(column)))


_PATHS = _query(select(RECORDS.c.path).where(_IS_THERE), RECORDS.c.path)
_CHANGED = _query(_WITH_FILES.where(_IS_THERE, _DIFFERS), RECORDS.c.path)
_GONE = _query(_DELETED_OF_FILES, RECORDS.c.path)
_NOT_LOADED = (
    select(FILES.c.path)
    .outerjoin(RECORDS, RECORDS.c.path == FILES.c.path)
    .where(RECORDS.c.path.is_(None))
)
_CHANGED_AFTER = _WITH_FILES.where(RECORDS.c.number > bindparam("after"), _DIFFERS)
_LAST = select(func.max(RECORDS.c.number))


def last_number(connection: Connection) -> int:
    """Return the number of the last change; 0 where there was none."""
    return connection.execute(_LAST).scalar() or 0


def stamps(connection: Connection, paths: Collection[str]) -> dict[str, Stamp]:
    """Return the stamps of the records that there are, of some paths."""
    rows = select_rows(connection, RECORDS, "path", paths, "path", "size", "number")
    return {row.path: (row.size, row.number) for row in rows if row.size > DELETED}


def digests(connection: Connection, paths: Collection[str]) -> dict[str, str]:
    """Return the SHA-256 of the records that there are, of some paths."""
    rows = select_rows(connection, RECORDS, "path", paths, "path", "size", "digest")
    return {row.path: row.digest for row in rows if row.size > DELETED}


def get(connection: Connection, path: str) -> StampedText | None:
    """Return a record; None where there is none."""
    rows = select_rows(connection, RECORDS, "path", [path], "size", "number", "data")
    row = next(rows, None)
    if row is None or row.size == DELETED:
        return None
    return StampedText((row.size, row.number), row.data)


def paths(connection: Connection, place: str = "") -> Iterator[str]:
    """Yield the paths of all records, or of the ones at or below a place, in no order."""
    return _PATHS.paths(connection, place)


def changed(connection: Connection, place: str = "") -> Iterator[str]:
    """Yield the records, of all or at or below a place, that were not read as they are."""
    return _CHANGED.paths(connection, place)


def changed_after(connection: Connection, number: int) -> list[str]:
    """Return the records changed or deleted after a number, unless they were read since."""
    return [*connection.execute(_CHANGED_AFTER, {"after": number}).scalars()]


def gone(connection: Connection, place: str = "") -> Iterator[str]:
    """Yield the records as they were read, of all or at or below a place, that are gone."""
    return _GONE.paths(connection, place)


def not_loaded(connection: Connection) -> set[str]:
    """Return the files as they were read of which there never was a record here."""
    return {*connection.execute(_NOT_LOADED).scalars()}


def deleted(connection: Connection, paths: Collection[str]) -> set[str]:
    """Return which of some records were deleted."""
    rows = select_rows(connection, RECORDS, "path", paths, "path", "size")
    return {row.path for row in rows if row.size == DELETED}


def put(connection: Connection, texts: Mapping[str, bytes | None], now: datetime) -> None:
    """Keep the texts of records, by their paths; None deletes a record."""
    last = last_number(connection)
    rows = [
        {
            "path": path,
            "number": number,
            "size": DELETED if data is None else len(data),
            "digest": hashlib.sha256(data or b"").hexdigest(),
            "changed": now,
            "data": data or b"",
        }
        for number, (path, data) in enumerate(texts.items(), last + 1)
    ]
    delete_rows(connection, RECORDS, "path", texts)
    insert_rows(connection, RECORDS, rows)
