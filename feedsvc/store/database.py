"""One SQLite file: opened, brought up to date, read and written in transactions."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from feedsvc.errors import StoreError
from feedsvc.store.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from alembic.config import Config as Alembic
    from sqlalchemy import Connection

NEWEST = "0004"
"""The newest migration; a test compares it with the folder."""

_PATIENCE, _HASTE = 30.0, 0.05
"""Seconds that a writer waits for another: with what must, and with what may be written."""

_MIGRATIONS = Path(__file__).parent / "migrations"

NAME = "store.sqlite"
"""The store's file in its folder."""

_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process is at it and does not end, so try again later",
    sqlite3.SQLITE_READONLY: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_IOERR: "see whether its disk is whole, and has room",
    sqlite3.SQLITE_FULL: "make room on its disk",
}
"""What to do about what SQLite says; about all else, begin with another file."""


class Database:
    """The store's file. Many processes may read while one writes (WAL)."""

    def __init__(self, folder: Path) -> None:
        """Open the store in a folder, making both where they are missing.

        :raises StoreError: it cannot be opened, or a newer feedsvc wrote it.
        """
        self.path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the folder {folder} cannot be made: {error.strerror}") from None
        self.pulse = Pulse(folder / "pulse")
        """Beats with every write that may change a feed."""
        self._engine = _engine(self.path, _PATIENCE)
        self._hasty = _engine(self.path, _HASTE)
        self._offering, self._closed = Lock(), False
        try:
            self._upgrade()
        except StoreError:
            self.close()
            raise

    def _upgrade(self) -> None:
        """Bring the tables up to date; alembic is imported only where there is something to do."""
        with self.reading() as connection:
            current = _revision(connection)
        if current == NEWEST:
            return
        if current is not None and not is_known(current):
            raise StoreError(
                f"the store {self.path} was written by a newer feedsvc; "
                "install that one, or move the file away"
            )
        from alembic import command

        with self.writing() as connection:
            # Another process may have done it while this one waited for the lock.
            if _revision(connection) != NEWEST:
                command.upgrade(alembic(connection), "head")

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Give one consistent view of the store.

        :raises StoreError: it cannot be read.
        """
        with _told(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Give a transaction that no other writer shares; all of it is kept, or nothing.

        :raises StoreError: it cannot be written, or another process never let go of it.
        """
        begun = 0
        try:
            with _told(self.path), self._transaction(self._engine) as connection:
                yield connection
                begun = self.pulse.begin()  # and it is committed
        finally:
            if begun:
                self.pulse.end(begun)

    @contextmanager
    def _transaction(self, engine: Engine) -> Generator[Connection]:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def offer(self, write: Callable[[Connection], None]) -> bool:
        """Write what can be made again; tell whether it was kept, or the store could not take it.

        It may be busy, full or closed, or by now another one, or none.
        """
        try:
            with self._offering:
                if self._closed:
                    return False
                with self._transaction(self._hasty) as connection:
                    write(connection)
        except DatabaseError:
            return False
        return True

    def wipe(self) -> None:
        """Take what was deleted out of the log of changes, too, as soon as no reader needs it."""
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection; nothing that is still to be kept opens the file again."""
        with self._offering:
            self._closed = True
            self._engine.dispose()
            self._hasty.dispose()


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Turn what SQLite says into a sentence."""
    try:
        yield
    except DatabaseError as error:
        raise StoreError(explain(path, error.orig)) from error


def explain(path: Path, error: BaseException | None) -> str:
    """Return a sentence for what SQLite said about a store, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is the finer reason
    fallback = "once it is moved away, it is made anew from the articles"
    return f"the store {path} cannot be used ({error}); {_ADVICE.get(code, fallback)}"


@contextmanager
def look(path: Path) -> Generator[Connection]:
    """Give one consistent view of a store as it is: it is not made, upgraded or written.

    :raises StoreError: it is not there, or cannot be read.
    """

    def connect() -> sqlite3.Connection:
        # Opened for reading only, SQLite would leave its files beside the store when it is done.
        address = f"{path.absolute().as_uri()}?mode=rw"
        made = sqlite3.connect(address, _PATIENCE, uri=True, isolation_level=None)
        made.execute("PRAGMA query_only = ON")
        return made

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with _told(path), engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN")
        yield connection


def revision(path: Path) -> str | None:
    """Return the migration a store is at, such as 0001; None where it is missing or empty.

    :raises StoreError: it cannot be read.
    """
    if not path.exists():
        return None
    with look(path) as connection:
        return _revision(connection)


def is_known(revision: str) -> bool:
    """Tell whether this feedsvc has a migration; one that it does not have is of a newer one."""
    return revision in {file.name.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py")}


def alembic(connection: Connection) -> Alembic:
    """Return the configuration of the migrations for one connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _engine(path: Path, timeout: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": timeout}
    )

    def connected(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late to be sure of reading one state.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")  # of a killed story nothing may be left

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    return engine
