"""Copies of the store: made while others write it, put in its place while others read it."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import func, select, update

from feedsvc.errors import StoreError
from feedsvc.store.database import Database, is_known
from feedsvc.store.schema import ARTICLES, FEEDS
from feedsvc.store.sqlite import FILE_NAME, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

KEPT = f"{FILE_NAME}.before-restore"
"""Where the store stands that another one took the place of."""

PATIENCE = 30.0
"""Seconds to wait for who writes the store."""
_PAUSE = 0.05
"""Seconds between two tries."""

_HEAD = b"SQLite format 3\0"
_OURS = {"alembic_version", "articles", "feeds", "files", "settings"}
"""Tables that a store of any version has."""

_GAP = 1000
"""How far the change numbers of a restored store are above all others: more than can be given out
between the last look at the live store and its replacement."""


class Contents(Struct, frozen=True):
    """What a store holds, for people who are to tell it from another."""

    revision: str
    """The migration it is at, such as 0001."""
    articles: int
    changed: datetime | None
    """When a feed last changed; None where none did since the store was made."""


def back_up(store: Path, target: Path, *, replace: bool = False) -> int:
    """Write one consistent state of a store into a file, whoever writes the store meanwhile.

    The file appears when it is whole, and only its owner can read it. Nothing that was deleted is
    in it.

    :param replace: write over the file that may be there.
    :returns: its size in bytes.
    :raises StoreError: the store cannot be read, or the file not be written.
    """
    if not store.is_file():
        raise StoreError(f"there is no store {store} yet, so there is nothing to copy")
    if target.resolve() in _parts(store):
        raise StoreError(f"{target} is a part of the store itself; name another file")
    if target.is_dir():
        raise StoreError(f"{target} is a folder; name a file in it")
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already; --replace writes over it")
    draft = target.absolute().with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        draft.touch(0o600, exist_ok=False)
        try:
            _copy(store, draft)
            _keep(draft)
            size = draft.stat().st_size
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        _keep(draft.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from None
    return size


def _parts(store: Path) -> set[Path]:
    return {store.with_name(store.name + end).resolve() for end in ("", "-wal", "-shm")}


def _copy(store: Path, target: Path) -> None:
    with _told(store), _opened(store) as source:
        source.execute("VACUUM INTO ?", (str(target),))


def _keep(path: Path) -> None:
    """Have the disk remember a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def examine(file: Path, store: Path) -> Contents:
    """Return what a file holds that is to take the place of a store, once it is fit for it.

    :raises StoreError: it cannot be read, is damaged or no copy of a store, is that store itself,
        or a newer feedsvc wrote it.
    """
    if file.resolve() in _parts(store):
        raise StoreError(f"{file} is a part of the store itself; name a copy of it")
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_HEAD))
        log = file.with_name(f"{file.name}-wal")
        divided = log.exists() and log.stat().st_size > 0
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None
    if head != _HEAD:
        raise StoreError(f'{file} is no copy of a store; name one that "feedsvc backup" made')
    if divided:
        raise StoreError(
            f"{file} was copied while it was in use, and a part of it is in {log.name}; "
            'name a copy that "feedsvc backup" made'
        )
    try:
        with _opened(file, _STILL) as connection:
            return _examined(file, connection)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{file} is damaged ({error}); take another copy") from None


def _examined(file: Path, connection: sqlite3.Connection) -> Contents:
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{file} is damaged ({' '.join(found.split())}); take another copy")
    if not _tables(connection) >= _OURS:
        raise StoreError(
            f"{file} is the database of something else; "
            'name a copy of a store that "feedsvc backup" made'
        )
    contents = _contents(connection)
    if not is_known(contents.revision):
        raise StoreError(f"{file} was written by a newer feedsvc; install that one to restore it")
    return contents


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def describe(store: Path) -> Contents | None:
    """Return what a store holds; None where there is none, or nothing in it.

    :raises StoreError: it cannot be read.
    """
    if not store.is_file():
        return None
    with _told(store), _opened(store) as connection:
        return _contents(connection) if _tables(connection) else None


def _contents(connection: sqlite3.Connection) -> Contents:
    queries = (
        "SELECT max(version_num) FROM alembic_version",
        "SELECT count(*) FROM articles",
        # Before migration 0005, what nobody had changed was dated into the first day of 1970.
        "SELECT max(changed) FROM feeds WHERE changed > 86400",
    )
    revision, articles, changed = (connection.execute(sql).fetchone()[0] for sql in queries)
    return Contents(str(revision), articles, changed and datetime.fromtimestamp(changed, UTC))


def restore(
    file: Path, folder: Path, clock: Callable[[], datetime], patience: float = PATIENCE
) -> Path | None:
    """Put what a copy holds in the place of the store in a folder: all of it, or nothing.

    Others may read and write that store meanwhile. The feeds that they keep in memory are current
    no more, and all feeds are dated now: readers may have had others than those that are back.

    :param file: one that ``examine`` found fit.
    :param patience: seconds to wait for who writes the store.
    :returns: where the store that was there is kept; None where there was none.
    :raises StoreError: it cannot be done, and nothing was changed.
    """
    store = folder / FILE_NAME
    kept = folder / KEPT if store.is_file() else None
    with (
        _workshop(folder) as place,
        closing(Database(folder)) as live,
        closing(_upgraded(file, place, live)) as fresh,
    ):
        if kept:
            back_up(store, kept, replace=True)
        _renumber(fresh, live, clock)
        _put(fresh.path, store, patience)
        with live.writing():
            pass  # so that every process notices
        live.wipe()
    return kept


@contextmanager
def _workshop(folder: Path) -> Generator[Path]:
    """Give a folder for work that is nobody else's business, on the disk of the store."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix="restore-", dir=folder)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be written: {error.strerror}") from None
    with made as place:
        yield Path(place)


def _upgraded(file: Path, folder: Path, live: Database) -> Database:
    """Return a copy of the copy that is up to date and can replace the live store page by page."""
    copy = folder / FILE_NAME
    with live.reading() as connection:
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    with _told(copy):
        with _opened(file, _STILL) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
        with _opened(copy) as made:
            if made.execute("PRAGMA page_size").fetchone() != (size,):
                made.execute(f"PRAGMA page_size = {size:d}")
                made.execute("VACUUM")
    return Database(folder)


def _renumber(fresh: Database, live: Database, clock: Callable[[], datetime]) -> None:
    """Let no number and no date of a feed or entry be one that somebody has of the live store."""
    highest = select(func.max(FEEDS.c.number))
    with live.reading() as connection:
        before = connection.execute(highest).scalar() or 0
    with fresh.writing() as connection:
        number = max(before, connection.execute(highest).scalar() or 0) + _GAP
        # Readers were told of no change later than now.
        values = {"number": number, "changed": clock() + timedelta(seconds=1)}
        connection.execute(update(FEEDS).values(values))
        connection.execute(update(ARTICLES).values(number=number))


def _put(fresh: Path, store: Path, patience: float) -> None:
    """Replace every page of the live store in one transaction."""
    deadline = time.monotonic() + patience

    def waited(status: int, _left: int, _all: int) -> None:
        busy = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if busy and time.monotonic() > deadline:
            raise StoreError(
                f"the store {store} was being written all the time, so nothing was changed; "
                "try again later"
            )

    with _told(store), _opened(fresh) as source, closing(sqlite3.connect(store, 0)) as target:
        source.backup(target, progress=waited, sleep=_PAUSE)


_STILL = "mode=ro&immutable=1"
"""Of a file that nobody writes: nothing is locked, and nothing made beside it."""


@contextmanager
def _opened(path: Path, options: str = "mode=rw") -> Generator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?{options}"
    connection = sqlite3.connect(address, PATIENCE, uri=True, isolation_level=None)
    with closing(connection):
        yield connection


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(explain(path, error)) from error
