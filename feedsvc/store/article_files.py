"""The record files as they were last read, and what was wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, bindparam, func, or_, select

from feedsvc.errors import Problem
from feedsvc.model.paths import below_articles
from feedsvc.store.schema import DEPENDENCIES, FILES, MISSING
from feedsvc.store.statements import BATCH, THESE, batches, deletion, insertion, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds; both below 0 for a file to be read again."""


class KnownFile(msgspec.Struct, frozen=True):
    """A record file as it was last read."""

    path: str
    stamp: Stamp
    digest: str
    dependencies: dict[str, Stamp]
    """Where the record's pictures and sounds are or would be, below the newsroom's folder."""
    problems: tuple[Problem, ...] = ()


_FETCHED = 1000
"""Rows of an answer that are in memory at once."""

_WAITING = select(FILES.c.path).where(FILES.c.size < 0)
_MISSING = select(MISSING)
_TOLD = (
    select(FILES.c.problems)
    .where(FILES.c.told.is_(True), FILES.c.path.not_in(select(MISSING.c.path)))
    .order_by(FILES.c.path)
)


_AT: BindParameter[str] = bindparam("at")
_ABOVE: BindParameter[str] = bindparam("above")
_BELOW: BindParameter[str] = bindparam("below")


def _at_or_below(column: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(column == _AT, and_(column > _ABOVE, column < _BELOW))


_NEAR = select(FILES.c.path).where(_at_or_below(FILES.c.path))
_DEPENDING_NEAR = select(DEPENDENCIES.c.path).distinct().where(_at_or_below(DEPENDENCIES.c.place))
_DEPENDING = {
    column: select(DEPENDENCIES)
    .join(FILES, FILES.c.path == DEPENDENCIES.c.path)
    .where(FILES.c[column].in_(THESE))
    for column in ("path", "folder")
}
_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])


class Known(msgspec.Struct, frozen=True):
    """Record files and their pictures and sounds as they were, by path."""

    stamps: dict[str, Stamp]
    places: dict[str, dict[str, Stamp]]
    """Only of files with pictures or sounds; by where these are or would be, below the newsroom's
    folder."""


def folders(connection: Connection) -> set[str]:
    """Return the folders below ``articles/`` that known files are in."""
    return set(connection.execute(select(FILES.c.folder).distinct()).scalars())


def known_at(connection: Connection, paths: Collection[str]) -> Known:
    """Return files by their paths, without those that are not known."""
    return Known(dict(_stamps(connection, "path", paths)), _places(connection, "path", paths))


def stamps_in(connection: Connection, folders: Collection[str]) -> Iterator[tuple[str, Stamp]]:
    """Yield the files of some folders, but not of those within them, with their stamps."""
    return _stamps(connection, "folder", folders)


def places_in(connection: Connection, folders: Collection[str]) -> dict[str, dict[str, Stamp]]:
    """Return what ``Known.places`` holds, for the files of some folders."""
    return _places(connection, "folder", folders)


def _stamps(
    connection: Connection, column: str, values: Collection[str]
) -> Iterator[tuple[str, Stamp]]:
    wanted = rows(FILES, column, "path", "size", "modified")
    for some in batches(values):
        for part in connection.execute(wanted, {"these": some}).partitions(_FETCHED):
            for row in part:
                yield row.path, (row.size, row.modified)


def _places(
    connection: Connection, column: str, values: Collection[str]
) -> dict[str, dict[str, Stamp]]:
    places: dict[str, dict[str, Stamp]] = {}
    for some in batches(values):
        found = connection.execute(_DEPENDING[column], {"these": some})
        for part in found.partitions(_FETCHED):
            for path, place, size, modified in part:
                places.setdefault(path, {})[place] = size, modified
    return places


def unknown(connection: Connection, paths: Iterable[str]) -> Iterator[str]:
    """Yield those of some paths that no known file has."""
    for some in batches(paths):
        found = connection.execute(rows(FILES, "path", "path"), {"these": some}).scalars()
        yield from set(some).difference(found)


def near(connection: Connection, place: str) -> Iterator[Sequence[str]]:
    """Yield, some at a time, the files at or below a place of the newsroom's folder.

    And then those whose pictures or sounds are.
    """
    path = below_articles(place)
    asked = [(_NEAR, path)] if path != place else []
    for query, at in [*asked, (_DEPENDING_NEAR, place)]:
        # "0" is the character after "/", so that an index can answer.
        edges = {"at": at, "above": f"{at}/", "below": f"{at}0"}
        yield from connection.execute(query, edges).scalars().partitions(BATCH)


def keep(connection: Connection, files: Collection[KnownFile]) -> None:
    """Remember files as they were read."""
    forget(connection, [file.path for file in files])
    known = [
        {
            "path": file.path,
            "folder": file.path.rpartition("/")[0],
            "size": file.stamp[0],
            "modified": file.stamp[1],
            "digest": file.digest,
            "problems": msgspec.json.encode(file.problems),
            "told": bool(file.problems),
        }
        for file in files
    ]
    dependencies = [
        {"path": file.path, "place": place, "size": stamp[0], "modified": stamp[1]}
        for file in files
        for place, stamp in file.dependencies.items()
    ]
    for table, values in ((FILES, known), (DEPENDENCIES, dependencies)):
        if values:
            connection.execute(insertion(table), values)


def forget(connection: Connection, paths: Collection[str]) -> None:
    """Forget files that are gone."""
    for some in batches(paths):
        for table in (FILES, DEPENDENCIES, MISSING):
            connection.execute(deletion(table, "path"), {"these": some})


def count(connection: Connection) -> int:
    """Return how many files are known, those missing included."""
    return connection.execute(select(func.count()).select_from(FILES)).scalar_one()


def waiting(connection: Connection) -> list[str]:
    """Return the files that have to be read again, because another has the id they want."""
    return list(connection.execute(_WAITING).scalars())


def missing(connection: Connection) -> dict[str, datetime | None]:
    """Return the files that are gone, but may come back, and since when.

    None is for those that went with so many others that their articles are kept up.
    """
    found = connection.execute(_MISSING)
    return {row.path: row.since and datetime.fromtimestamp(row.since, UTC) for row in found}


def miss(connection: Connection, paths: Collection[str], since: datetime | None) -> None:
    """Remember that files are gone, and since when; None keeps their articles up."""
    number = int(since.timestamp()) if since else None
    find(connection, paths)
    for some in batches(sorted(paths)):
        connection.execute(insertion(MISSING), [{"path": path, "since": number} for path in some])


def find(connection: Connection, paths: Collection[str]) -> None:
    """Remember that files are there again."""
    for some in batches(paths):
        connection.execute(deletion(MISSING, "path"), {"these": some})


def problems(connection: Connection) -> list[Problem]:
    """Return what is wrong in all files that are there, in their order."""
    found = connection.execute(_TOLD).scalars()
    return [problem for data in found for problem in _PROBLEMS.decode(data)]
