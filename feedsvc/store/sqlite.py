"""What only SQLite needs: opening a file, its pragmas, and its errors as sentences."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DatabaseError

from feedsvc.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection


PATIENCE, HASTE = 30.0, 0.05
"""Seconds that a writer waits for another: with what must, and with what may be written."""


FILE_NAME = "store.sqlite"
"""The store's file in its folder."""


_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process is at it and does not end, so try again later",
    sqlite3.SQLITE_READONLY: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "let feedsvc write the file and its folder",
    sqlite3.SQLITE_IOERR: "see whether its disk is whole, and has room",
    sqlite3.SQLITE_FULL: "make room on its disk",
}
"""What to do about what SQLite says; about all else, begin with another file."""


@contextmanager
def explaining_errors(path: Path) -> Generator[None]:
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
        made = sqlite3.connect(address, PATIENCE, uri=True, isolation_level=None)
        made.execute("PRAGMA query_only = ON")
        return made

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    with explaining_errors(path), engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN")
        yield connection


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
        connection.execute("PRAGMA secure_delete = ON")  # of a killed story nothing may be left

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    return engine
