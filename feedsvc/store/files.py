"""The record files as they were last read, and what was wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, func, insert, or_, select

from feedsvc.errors import Problem
from feedsvc.store.schema import DEPENDENCIES, FILES, MEDIA, MISSING, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection

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


_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])


def known(connection: Connection, near: Collection[str] | None = None) -> dict[str, KnownFile]:
    """Return files by their paths.

    :param near: only those at or below these places of the newsroom's folder, and those whose
        pictures or sounds are.
    """
    files, dependencies = select(FILES), select(DEPENDENCIES)
    if near is not None:
        paths = _near(connection, near)
        files = files.where(FILES.c.path.in_(paths))
        dependencies = dependencies.where(DEPENDENCIES.c.path.in_(paths))
    places: dict[str, dict[str, Stamp]] = {}
    for row in connection.execute(dependencies):
        places.setdefault(row.path, {})[row.place] = (row.size, row.modified)
    return {
        row.path: KnownFile(
            row.path,
            (row.size, row.modified),
            row.digest,
            places.get(row.path, {}),
            () if row.problems == b"[]" else _PROBLEMS.decode(row.problems),
        )
        for row in connection.execute(files)
    }


def _near(connection: Connection, places: Collection[str]) -> set[str]:
    found: set[str] = set()
    for place in places:
        path = place.removeprefix("articles/")
        if path != place:
            at = select(FILES.c.path).where(_at_or_below(FILES.c.path, path))
            found.update(connection.execute(at).scalars())
        names = select(DEPENDENCIES.c.path).where(_at_or_below(DEPENDENCIES.c.place, place))
        found.update(connection.execute(names).scalars())
    return found


def _at_or_below(column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    # "0" is the character after "/", so that an index can answer.
    return or_(column == path, and_(column > f"{path}/", column < f"{path}0"))


def keep(connection: Connection, files: Collection[KnownFile]) -> None:
    """Remember files as they were read."""
    forget(connection, [file.path for file in files])
    rows = [
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
    for table, values in ((FILES, rows), (DEPENDENCIES, dependencies)):
        if values:
            connection.execute(insert(table), values)


def forget(connection: Connection, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    if paths:
        for table in (FILES, DEPENDENCIES, MISSING):
            connection.execute(delete(table).where(table.c.path.in_(paths)))


def count(connection: Connection) -> int:
    """Return how many files are known, those missing included."""
    return connection.execute(select(func.count()).select_from(FILES)).scalar_one()


def waiting(connection: Connection) -> list[str]:
    """Return the files that have to be read again, because another has the id they want."""
    return list(connection.execute(select(FILES.c.path).where(FILES.c.size < 0)).scalars())


def missing(connection: Connection) -> dict[str, datetime | None]:
    """Return the files that are gone, but may come back, and since when.

    None is for those that went with so many others that their articles are kept up.
    """
    rows = connection.execute(select(MISSING))
    return {row.path: row.since and datetime.fromtimestamp(row.since, UTC) for row in rows}


def miss(connection: Connection, paths: Collection[str], since: datetime | None) -> None:
    """Remember that files are gone, and since when; None keeps their articles up."""
    number = int(since.timestamp()) if since else None
    if paths:
        find(connection, paths)
        rows = [{"path": path, "since": number} for path in sorted(paths)]
        connection.execute(insert(MISSING), rows)


def find(connection: Connection, paths: Collection[str]) -> None:
    """Remember that files are there again."""
    if paths:
        connection.execute(delete(MISSING).where(MISSING.c.path.in_(paths)))


def problems(connection: Connection) -> list[Problem]:
    """Return what is wrong in all files that are there, in their order."""
    rows = connection.execute(
        select(FILES.c.problems)
        .where(FILES.c.told.is_(True), FILES.c.path.not_in(select(MISSING.c.path)))
        .order_by(FILES.c.path)
    ).scalars()
    return [problem for data in rows for problem in _PROBLEMS.decode(data)]


class ServedFile(msgspec.Struct, frozen=True):
    """A picture or sound that may be served, or was until its article was killed."""

    digest: str
    type: str
    released: datetime
    gone: bool


def media(connection: Connection, path: str) -> ServedFile | None:
    """Return what is known of a picture or sound that a published record named."""
    row = connection.execute(select(MEDIA).where(MEDIA.c.path == path)).first()
    if row is None:
        return None
    return ServedFile(row.digest, row.type, datetime.fromtimestamp(row.released, UTC), row.gone)


def setting(connection: Connection, name: str) -> str | None:
    """Return something the index was made with."""
    return connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == name)).scalar()


def is_filled(connection: Connection) -> bool:
    """Tell whether the index was ever made to agree with the files."""
    return setting(connection, "made_with") is not None


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Remember something the index is made with."""
    connection.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
    connection.execute(insert(SETTINGS), [{"name": name, "value": value}])
