"""Record files as they were last read, with their problems."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from feedsvc.errors import Problem
from feedsvc.model.paths import below_articles
from feedsvc.store import key_values
from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARTICLES, DEPENDENCIES, FILES, MISSING
from feedsvc.store.statements import (
    BATCH,
    THESE,
    at_place,
    batches,
    delete_rows,
    edges,
    fetch,
    insert_rows,
    select_rows,
)

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds; both below 0 for a file to be read again."""

Column = Literal["path", "folder"]
"""The column by which known files are found."""


class KnownFile(msgspec.Struct, frozen=True):
    """A record file as it was last read."""

    path: str
    stamp: Stamp
    digest: str
    dependencies: dict[str, Stamp]
    """Where the record's pictures and sounds are or would be, below the newsroom's folder."""
    problems: tuple[Problem, ...] = ()
    again: datetime | None = None
    """When it is to be read again, although it may not change."""

    @property
    def kept_stamp(self) -> Stamp:
        """Return its stamp as it is kept."""
        return (_LATER, int(self.again.timestamp())) if self.again else self.stamp


class MissingFile(NamedTuple):
    """A record file that is gone, but may come back."""

    since: datetime | None
    """When its article was hidden; None where so many went at once that it stays published."""
    accepted: bool
    """A person confirmed that it is gone."""


_FILES_THERE = select(FILES.c.path).where(at_place(FILES.c.path))
_FILES_OF_MEDIA_THERE = select(DEPENDENCIES.c.path).distinct().where(at_place(DEPENDENCIES.c.place))
_DEPENDING = {
    column: select(DEPENDENCIES)
    .join(FILES, FILES.c.path == DEPENDENCIES.c.path)
    .where(FILES.c[column].in_(THESE))
    for column in ("path", "folder")
}
_COUNT_MISSING = select(
    func.count().filter(MISSING.c.since.is_(None)), func.count().filter(MISSING.c.accepted)
).join_from(MISSING, ARTICLES, ARTICLES.c.path == MISSING.c.path)
_WITH_PROBLEMS = (
    select(FILES.c.problems)
    .where(FILES.c.has_problems.is_(True), FILES.c.path.not_in(select(MISSING.c.path)))
    .order_by(FILES.c.path)
)
_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])
_MARK: Stamp = (-2, -2)
"""The stamp of a file that is to be read again at once; others below 0 wait for something."""
_LATER = -3
"""The size in the stamp of a file that is to be read again at a moment: its time, in seconds."""
_AWAITING_ID = select(FILES.c.path).where(FILES.c.size < 0, FILES.c.size != _LATER)
_ALL_MISSING = select(MISSING)
_MARKED = select(FILES.c.path).where(
    or_(
        FILES.c.size == _MARK[0],
        and_(FILES.c.size == _LATER, FILES.c.modified <= bindparam("now", type_=Moment)),
    )
)
_FOLDERS = "folders"
"""The setting with the problems of folders."""


def folders(connection: Connection) -> set[str]:
    """Return the folders below ``articles/`` that known files are in."""
    return set(connection.execute(select(FILES.c.folder).distinct()).scalars())


def stamps(
    connection: Connection, column: Column, values: Collection[str]
) -> Iterator[tuple[str, Stamp]]:
    """Yield the known files of some paths, or right in some folders, with their stamps."""
    rows = select_rows(connection, FILES, column, values, "path", "size", "modified")
    return ((row.path, (row.size, row.modified)) for row in rows)


def places(
    connection: Connection, column: Column, values: Collection[str]
) -> dict[str, dict[str, Stamp]]:
    """Return the dependencies of the known files that have any, for the same files as ``stamps``.

    :returns: by the paths of the files, as in ``KnownFile``.
    """
    places: dict[str, dict[str, Stamp]] = {}
    for some in batches(values):
        dependencies = connection.execute(_DEPENDING[column], {"these": some})
        for row in fetch(dependencies):
            places.setdefault(row.path, {})[row.place] = row.size, row.modified
    return places


def dependencies(connection: Connection, place: str) -> Iterator[tuple[str, str, Stamp]]:
    """Yield record files with their dependencies, of ``at_or_below``; of all for an empty place."""
    if not place:
        for row in fetch(connection.execute(select(DEPENDENCIES))):
            yield row.path, row.place, (row.size, row.modified)
        return
    for paths in at_or_below(connection, place):
        for path, known in places(connection, "path", paths).items():
            yield from ((path, at, stamp) for at, stamp in known.items())


def unknown(connection: Connection, paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths that no known file has."""
    for some in batches(paths):
        yield from set(some).difference(dict(stamps(connection, "path", some)))


def at_or_below(connection: Connection, place: str) -> Iterator[Sequence[str]]:
    """Yield, some at a time, the record files at or below a place of the newsroom's folder.

    The record files of pictures and sounds there come last.
    """
    path = below_articles(place)
    asked = [(_FILES_THERE, path)] if path != place else []
    for query, at in [*asked, (_FILES_OF_MEDIA_THERE, place)]:
        yield from connection.execute(query, edges(at)).scalars().partitions(BATCH)


def keep(connection: Connection, files: Collection[KnownFile]) -> None:
    """Record files as they were read."""
    paths = [file.path for file in files]
    mark_found(connection, paths)
    if delete_rows(connection, FILES, "path", paths):
        delete_rows(connection, DEPENDENCIES, "path", paths)
    known = [
        {
            "path": file.path,
            "folder": file.path.rpartition("/")[0],
            "size": file.kept_stamp[0],
            "modified": file.kept_stamp[1],
            "digest": file.digest,
            "problems": msgspec.json.encode(file.problems),
            "has_problems": bool(file.problems),
        }
        for file in files
    ]
    dependencies = [
        {"path": file.path, "place": place, "size": stamp[0], "modified": stamp[1]}
        for file in files
        for place, stamp in file.dependencies.items()
    ]
    insert_rows(connection, FILES, known)
    insert_rows(connection, DEPENDENCIES, dependencies)


def forget(connection: Connection, paths: Collection[str]) -> None:
    """Forget files that are gone."""
    for table in (FILES, DEPENDENCIES, MISSING):
        delete_rows(connection, table, "path", paths)


def count_missing(connection: Connection) -> tuple[int, int]:
    """Return how many articles stay though their files are gone, and how many are gone for sure."""
    stay, accepted = connection.execute(_COUNT_MISSING).one()
    return stay, accepted


def awaiting_id(connection: Connection) -> list[str]:
    """Return the files that have to be read again, because another has the id they want."""
    return list(connection.execute(_AWAITING_ID).scalars())


def mark(connection: Connection, paths: Collection[str]) -> None:
    """Mark files to be read again soon, although they did not change."""
    for some in batches(paths):
        again = dict(zip(("size", "modified"), _MARK, strict=True))
        connection.execute(update(FILES).where(FILES.c.path.in_(some)).values(**again))


def marked(connection: Connection, now: datetime) -> list[str]:
    """Return the files that are to be read again now, although they did not change."""
    return list(connection.execute(_MARKED, {"now": now}).scalars())


def missing(connection: Connection) -> dict[str, MissingFile]:
    """Return the files that are gone, but may come back."""
    rows = connection.execute(_ALL_MISSING)
    return {row.path: MissingFile(row.since, row.accepted) for row in rows}


def mark_missing(connection: Connection, paths: Collection[str], since: datetime | None) -> None:
    """Record that files are gone, and since when; None keeps their articles up."""
    before = select_rows(connection, MISSING, "path", paths)
    accepted = {row.path for row in before if row.accepted}
    mark_found(connection, paths)
    rows = [{"path": it, "since": since, "accepted": it in accepted} for it in sorted(paths)]
    insert_rows(connection, MISSING, rows)


def accept_missing(connection: Connection) -> None:
    """Record that a person confirmed that all missing files are gone."""
    connection.execute(update(MISSING).values(accepted=True))


def accept_deletion(connection: Connection, path: str) -> None:
    """Record that a file is about to be deleted on purpose."""
    mark_found(connection, [path])
    insert_rows(connection, MISSING, [{"path": path, "since": None, "accepted": True}])


def mark_found(connection: Connection, paths: Collection[str]) -> None:
    """Record that files are there again."""
    delete_rows(connection, MISSING, "path", paths)


def problems(connection: Connection) -> list[Problem]:
    """Return the problems of all files that are there, in the order of their paths."""
    lists = connection.execute(_WITH_PROBLEMS).scalars()
    return [problem for data in lists for problem in _PROBLEMS.decode(data)]


def folder_problems(connection: Connection) -> Sequence[Problem]:
    """Return the problems of folders of records that the last scans found."""
    return _PROBLEMS.decode(key_values.setting(connection, _FOLDERS) or "[]")


def keep_folder_problems(connection: Connection, problems: Sequence[Problem]) -> None:
    """Record the problems of all folders of records."""
    key_values.set_setting(connection, _FOLDERS, msgspec.json.encode(problems).decode())
