"""SQLite: opening its file, its errors as sentences, copies, and wiping its log."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DatabaseError

from feedsvc.errors import StoreError
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.folder import make_file
from feedsvc.store.lock import LOCK_FILE, try_lock, wait_for_lock
from feedsvc.store.shared_memory import identity_of

FILE_NAME = "store.sqlite"
"""The store's file in its folder."""

PATIENCE = 30.0
"""Seconds that a necessary write waits for another: more than the longest transaction takes."""
HASTE = 0.05
"""Seconds that a write waits which may as well be lost, as that of a cache."""
_PAUSE = 0.05
"""Seconds between two tries to replace a store that others write."""
_HEAD = b"SQLite format 3\0"
"""The first bytes of every SQLite file."""
_SHARED = "mode=rw"
"""Opened for reading only, SQLite would leave its files beside the store when it is done."""
_STILL = "mode=ro&immutable=1"
"""For a file that no process writes: nothing is locked, and nothing made beside it."""
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process is at it and does not end, so try again later",
    sqlite3.SQLITE_READONLY: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_IOERR: "see whether its disk is whole, and has room",
    sqlite3.SQLITE_FULL: "make room on its disk",
}
"""Advice for errors of SQLite; for any other it is to begin with another file."""

MADE_ANEW = (
    "once it is moved away, it is made anew from the articles in files; records in it need a backup"
)
"""Advice for a store that feedsvc cannot use."""


@contextmanager
def explaining_errors(path: Path) -> Generator[None]:
    """Turn the errors of SQLite into sentences about a store.

    :raises StoreError: there was one.
    """
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        raise StoreError(explain(path, getattr(error, "orig", error))) from error


def explain(path: Path, error: BaseException | None) -> str:
    """Return a sentence for an error of SQLite with a store, with advice."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is the finer reason
    return f"the store {path} cannot be used ({error}); {_ADVICE.get(code, MADE_ANEW)}"


def connect(path: Path, timeout: float) -> Engine:
    """Return an engine for a store's file; a writer waits ``timeout`` seconds for another."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": timeout}
    )

    def connected(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late to be sure of reading one state.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")  # nothing may be left of a killed story

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    return engine


class SqliteEngine:
    """A store in a file, which the processes of one machine use; the file is made if need be.

    :param counter: counts the writes that may change a feed.
    """

    shared = False
    advice = MADE_ANEW

    def __init__(self, folder: Path, counter: ChangeCounter) -> None:
        self.path = folder / FILE_NAME
        make_file(self.path)
        self.name = str(self.path)
        self._counter = counter
        self._patient = connect(self.path, PATIENCE)
        self._identity = identity_of(self.path)

    @cached_property
    def _hasty(self) -> Engine:
        return connect(self.path, HASTE)  # when first needed: many processes offer nothing

    def looking(self) -> AbstractContextManager[Connection]:
        """Yield one consistent view of the store, of any version."""
        return self.reading()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Yield one consistent view of the store."""
        with explaining_errors(self.path), self._patient.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, counted: bool = True) -> Generator[Connection]:
        """Yield a transaction without any other writer."""
        begun = 0
        try:
            with explaining_errors(self.path), _writing(self._patient) as connection:
                yield connection
                if counted:
                    begun = self._counter.begin()  # and it is committed
        finally:
            if begun:
                self._counter.end(begun)

    @contextmanager
    def offering(self) -> Generator[Connection]:
        """Yield a transaction that hardly waits for others."""
        with explaining_errors(self.path), _writing(self._hasty) as connection:
            yield connection

    def lock(self, name: str, seconds: float = 0.0) -> AbstractContextManager[bool]:
        """Hold the lock on a file in the folder of the store."""
        return wait_for_lock(self.path.with_name(name), seconds)

    def publishing(self) -> AbstractContextManager[bool]:
        """Hold the right to publish, if it is free; no other can take it away."""
        return try_lock(self.path.with_name(LOCK_FILE))

    def keeps(self, name: str) -> bool:  # noqa: ARG002  none is
        """Return True: a lock on a file is never lost."""
        return True

    def is_current(self) -> bool:
        """Return whether the file is the one that was opened."""
        return identity_of(self.path) == self._identity

    def continue_ids(self, connection: Connection) -> None:
        """Do nothing: ids go on after the highest by themselves."""

    def wipe(self) -> None:
        """Remove deleted data from the log of changes, too, as soon as no reader needs it."""
        with closing(self._patient.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._patient.dispose()
        if "_hasty" in vars(self):
            self._hasty.dispose()


@contextmanager
def _writing(engine: Engine) -> Generator[Connection]:
    # Options of the engine itself would make every event of it slower.
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def look(path: Path) -> Generator[Connection]:
    """Yield one consistent view of a store as it is; it is not made, upgraded or written.

    :raises StoreError: it is not there, or cannot be read.
    """
    with explaining_errors(path), _viewed(path, _SHARED) as connection:
        yield connection


@contextmanager
def look_at_copy(path: Path) -> Generator[Connection]:
    """Yield a view of a copy that no process writes.

    :raises StoreError: it is damaged.
    """
    try:
        with _viewed(path, _STILL) as connection:
            yield connection
    except DatabaseError as error:
        raise StoreError(f"{path} is damaged ({error.orig}); take another copy") from None


@contextmanager
def _viewed(path: Path, options: str) -> Generator[Connection]:
    connect = partial(_connected, path, options)
    with create_engine("sqlite://", creator=connect, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        yield connection


def _connected(path: Path, options: str = _SHARED) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{options}"
    return sqlite3.connect(address, PATIENCE, uri=True, isolation_level=None)


def damage(connection: Connection, *, thorough: bool = False) -> str:
    """Return the first thing that is wrong with the file of a store; empty if it is whole.

    Everything is read, which takes a while where there is much.

    :param thorough: compare tables with their indexes, too.
    """
    check = "integrity_check" if thorough else "quick_check"
    result = str(connection.exec_driver_sql(f"PRAGMA {check}(1)").scalar())
    return "" if result == "ok" else " ".join(result.split())


def parts(store: Path) -> set[Path]:
    """Return the files that a store consists of while it is used."""
    return {store.with_name(store.name + end).resolve() for end in ("", "-wal", "-shm")}


def require_whole_file(file: Path) -> None:
    """Refuse a file that is no SQLite database, or only the part of one without its log.

    :raises StoreError: it is such a file, or cannot be read.
    """
    log = file.with_name(f"{file.name}-wal")
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_HEAD))
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


def copy(store: Path, target: Path, *, still: bool = False) -> None:
    """Write one consistent state of a store into a file; nothing that was deleted is in it.

    :param still: no process writes the store.
    :raises StoreError: it cannot be read, or the file not be written.
    """
    options = _STILL if still else _SHARED
    with explaining_errors(store), closing(_connected(store, options)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def match_pages(copy: Path, store: Path) -> None:
    """Rewrite a copy with the page size of a store, so that it can replace it page by page."""
    with (
        explaining_errors(copy),
        closing(_connected(copy)) as fresh,
        closing(_connected(store)) as live,
    ):
        (size,) = live.execute("PRAGMA page_size").fetchone()
        if fresh.execute("PRAGMA page_size").fetchone() != (size,):
            fresh.execute(f"PRAGMA page_size = {size:d}")
            fresh.execute("VACUUM")


def replace(store: Path, copy: Path, patience: float) -> None:
    """Replace the pages of a store by the pages of a copy, in one transaction.

    :param patience: seconds to wait for other writers.
    :raises StoreError: there were such all the time, or it cannot be written.
    """
    deadline = time.monotonic() + patience

    def waited(status: int, _left: int, _all: int) -> None:
        busy = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if busy and time.monotonic() > deadline:
            raise StoreError(
                f"the store {store} was being written all the time, so nothing was changed; "
                "try again later"
            )

    with (
        explaining_errors(store),
        closing(_connected(copy)) as source,
        closing(sqlite3.connect(store, 0)) as target,
    ):
        source.backup(target, progress=waited, sleep=_PAUSE)
