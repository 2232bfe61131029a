"""The store: opened, brought up to date, read and written in transactions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError

from feedsvc.errors import StoreError
from feedsvc.store import sqlite
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.folder import make_file, make_private
from feedsvc.store.health import HealthFile
from feedsvc.store.push_schema import METADATA
from feedsvc.store.shared_memory import SHARED_FILE, identity_of
from feedsvc.store.sqlite import FILE_NAME, HASTE, PATIENCE, explaining_errors

if TYPE_CHECKING:
    from alembic.config import Config as Alembic

NEWEST = "0019"
"""The newest migration; a test compares it with the folder."""

_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The store in a folder; both are made where they are missing.

    Many processes may read while one writes.

    :raises StoreError: it cannot be opened, or the feedsvc that wrote it is newer or too old.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        make_private(folder, self.path)
        make_file(self.path)
        self.change_counter = ChangeCounter(folder / SHARED_FILE)
        """Counts the writes that may change a feed."""
        self.health = HealthFile(folder)
        """Records whether publishing works."""
        self._engine = sqlite.connect(self.path, PATIENCE)
        self._hasty = sqlite.connect(self.path, HASTE)
        self._offering, self._closed = Lock(), False
        try:
            self._upgrade()
        except StoreError:
            self.close()
            raise
        self._identity = identity_of(self.path)

    def _upgrade(self) -> None:
        """Make the tables, or bring them up to date; alembic is imported only to do so."""
        with self.reading() as connection:
            current = migration(connection)
        if current == NEWEST:
            return
        if current is not None and (reason := refusal(current)):
            raise StoreError(f"the store {self.path} {reason}; {sqlite.MADE_ANEW}")
        from alembic import command

        with self.writing() as connection:
            # Another process may have done it while this one waited for the lock.
            current = migration(connection)
            if current is None:
                METADATA.create_all(connection)
                command.stamp(alembic(connection), "head")
            elif current != NEWEST:
                command.upgrade(alembic(connection), "head")

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Yield one consistent view of the store.

        :raises StoreError: it cannot be read.
        """
        with explaining_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, counted: bool = True) -> Generator[Connection]:
        """Yield a transaction without any other writer; all of it is kept, or nothing.

        :param counted: it may change a feed, so every process looks at the store again.
        :raises StoreError: it cannot be written, or another process writes it for too long.
        """
        begun = 0
        try:
            with explaining_errors(self.path), _writing(self._engine) as connection:
                yield connection
                if counted:
                    begun = self.change_counter.begin()  # and it is committed
        finally:
            if begun:
                self.change_counter.end(begun)

    def offer(self, write: Callable[[Connection], None]) -> bool:
        """Write data of a cache, which can be made again; return whether it was written.

        It is not where the store is busy, full, closed or replaced.
        """
        try:
            with self._offering:
                if self._closed or identity_of(self.path) != self._identity:
                    return False
                with _writing(self._hasty) as connection:
                    write(connection)
        except DatabaseError:
            return False
        return True

    def wipe(self) -> None:
        """Remove deleted data from the log of changes, too, as soon as no reader needs it."""
        sqlite.wipe(self._engine)

    def close(self) -> None:
        """Close every connection; later offers do not open the file again."""
        with self._offering:
            self._closed = True
            self._engine.dispose()
            self._hasty.dispose()


@contextmanager
def _writing(engine: Engine) -> Generator[Connection]:
    # Options of the engine itself would make every event of it slower.
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def open_existing(folder: Path) -> Database:
    """Return the store in a folder; a command that only reads must not make another one.

    :raises StoreError: there is none, or it cannot be used.
    """
    if not (folder / FILE_NAME).exists():
        raise StoreError(
            f'there is no store {folder / FILE_NAME} yet; "feedsvc serve" or "feedsvc sync" makes '
            "it. If they have it elsewhere, set [server] state in config.toml to that folder"
        )
    return Database(folder)


def revision(path: Path) -> str | None:
    """Return the migration a store is at, such as 0004; None if it is missing or empty.

    :raises StoreError: it cannot be read.
    """
    if not path.exists():
        return None
    with sqlite.look(path) as connection:
        return migration(connection)


def refusal(revision: str) -> str:
    """Return why this feedsvc cannot use a store at a migration; empty if it can."""
    if revision in ("0001", "0002", "0003"):
        return "was written before feedsvc 0.1.0 and cannot be upgraded"
    known = {file.name.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py")}
    return "" if revision in known else "was written by a newer feedsvc, so install that one"


def alembic(connection: Connection) -> Alembic:
    """Return the configuration of the migrations for one connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migration(connection: Connection) -> str | None:
    """Return the migration that an open store is at; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
