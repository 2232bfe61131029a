"""The record files as they were last read, and what was wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, insert, select

from feedsvc.errors import Problem
from feedsvc.store.schema import FILES, MEDIA, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds."""


class KnownFile(msgspec.Struct, frozen=True):
    """A record file as it was last read."""

    path: str
    stamp: Stamp
    digest: str
    dependencies: dict[str, Stamp]
    """Where the record's pictures and sounds are or would be, below the newsroom's folder."""
    problems: tuple[Problem, ...] = ()


_STAMPS = msgspec.json.Decoder(dict[str, Stamp])
_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])


def known(connection: Connection) -> dict[str, KnownFile]:
    """Return every file by its path."""
    rows = connection.execute(select(FILES))
    return {
        row.path: KnownFile(
            row.path,
            (row.size, row.modified),
            row.digest,
            {} if row.dependencies == b"{}" else _STAMPS.decode(row.dependencies),
            () if row.problems == b"[]" else _PROBLEMS.decode(row.problems),
        )
        for row in rows
    }


def keep(connection: Connection, files: Iterable[KnownFile]) -> None:
    """Remember files as they were read."""
    rows = [
        {
            "path": file.path,
            "size": file.stamp[0],
            "modified": file.stamp[1],
            "digest": file.digest,
            "dependencies": msgspec.json.encode(file.dependencies),
            "problems": msgspec.json.encode(file.problems),
        }
        for file in files
    ]
    if rows:
        forget(connection, [str(row["path"]) for row in rows])
        connection.execute(insert(FILES), rows)


def forget(connection: Connection, paths: Sequence[str]) -> None:
    """Forget files that are gone."""
    if paths:
        connection.execute(delete(FILES).where(FILES.c.path.in_(paths)))


def problems(connection: Connection) -> list[Problem]:
    """Return what is wrong in all files, in their order."""
    rows = connection.execute(
        select(FILES.c.problems).where(FILES.c.problems != b"[]").order_by(FILES.c.path)
    ).scalars()
    return [problem for data in rows for problem in _PROBLEMS.decode(data)]


def media(connection: Connection, path: str) -> tuple[str, str] | None:
    """Return digest and media type of a picture or sound that may be served."""
    row = connection.execute(
        select(MEDIA.c.digest, MEDIA.c.type).where(MEDIA.c.path == path)
    ).first()
    return (row.digest, row.type) if row else None


def setting(connection: Connection, name: str) -> str | None:
    """Return something the index was made with."""
    return connection.execute(select(SETTINGS.c.value).where(SETTINGS.c.name == name)).scalar()


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Remember something the index is made with."""
    connection.execute(delete(SETTINGS).where(SETTINGS.c.name == name))
    connection.execute(insert(SETTINGS), [{"name": name, "value": value}])
