"""Pictures and sounds that are served, or were until their article was killed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, select, update

from feedsvc.model.digests import media_digest
from feedsvc.model.paths import MEDIA_FOLDERS
from feedsvc.store.schema import DEPENDENCIES, MEDIA
from feedsvc.store.statements import delete_rows, insert_rows, select_rows


def serve(connection: Connection, files: Iterable[tuple[str, str, str, datetime]]) -> None:
    """Add pictures and sounds to serve: path, digest, media type and release of each."""
    rows: dict[str, dict[str, Any]] = {}
    for path, digest, kind, released in files:
        first = min(released, rows[path]["released"]) if path in rows else released
        row = {"path": path, "digest": digest, "type": kind, "released": first, "gone": False}
        rows[path] = row
    delete_rows(connection, MEDIA, "path", rows)
    insert_rows(connection, MEDIA, list(rows.values()))


def withdraw(connection: Connection, path: str, places: Collection[str]) -> None:
    """Stop serving the pictures and sounds of a killed article's record that no other one has."""
    shared = select(DEPENDENCIES.c.place).where(
        DEPENDENCIES.c.place.in_(places), DEPENDENCIES.c.path != path
    )
    gone = set(places) - set(connection.execute(shared).scalars())
    connection.execute(update(MEDIA).where(MEDIA.c.path.in_(gone)).values(gone=True))


class ServedFile(msgspec.Struct, frozen=True):
    """A picture or sound that may be served, or was until its article was killed."""

    digest: str
    type: str
    released: datetime
    gone: bool


def find(connection: Connection, path: str) -> ServedFile | None:
    """Return a picture or sound that a published record named; None if none did."""
    columns = "digest", "type", "released", "gone"
    files = select_rows(connection, MEDIA, "path", [path], *columns)
    return next((ServedFile(*file) for file in files), None)


def unchanged(root: Path, path: str, known: ServedFile) -> bool:
    """Return whether a media file is still the one that was measured for its row.

    :param root: the newsroom's folder, which no link may lead out of.
    """
    try:
        file = (root / path).resolve()
        state = file.stat()
        inside = any(file.is_relative_to((root / it).resolve()) for it in MEDIA_FOLDERS)
        changed = max(state.st_mtime_ns, state.st_ctime_ns)
        return inside and _digest(file, (state.st_size, changed)) == known.digest
    except OSError:
        return False


@lru_cache(maxsize=4096)
def _digest(file: Path, _state: tuple[int, int]) -> str:
    """Return the digest of a file, which is read again only when its size or time changes."""
    with file.open("rb") as data:
        return media_digest(data)


def served(connection: Connection, now: datetime) -> dict[str, str]:
    """Return the pictures and sounds that may be served, and their digests, by their paths."""
    may = and_(MEDIA.c.gone.is_(False), MEDIA.c.released <= now)
    files = connection.execute(select(MEDIA.c.path, MEDIA.c.digest).where(may))
    return {row.path: row.digest for row in files}
