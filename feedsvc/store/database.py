"""The store: opened, brought up to date, read and written in transactions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType

from sqlalchemy import Connection

from feedsvc.config.settings import Config
from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError, StoreError, StoreVersionError
from feedsvc.store import sqlite, versions
from feedsvc.store.all_tables import METADATA
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.engine import StoreEngine
from feedsvc.store.folder import make_private
from feedsvc.store.health import HealthFile
from feedsvc.store.lock import LOCK_FILE
from feedsvc.store.seen_changes import SeenChanges
from feedsvc.store.shared_memory import SHARED_FILE
from feedsvc.store.sqlite import FILE_NAME, SqliteEngine

IN_FILE = StoreSettings()
"""A store in a file."""
NEWEST = "0019"
"""The newest migration; a test compares it with the folder."""


class Database:
    """The store of a newsroom: in a file of a folder, which is made, or in PostgreSQL.

    Many processes may read while one writes.

    :param folder: for the store's file, and the memory that the processes of a machine share.
    :param store: names the database, if it is in PostgreSQL.
    :param may_be_away: a database that cannot be reached is opened as soon as it can.
    :raises StoreError: it cannot be opened, or the feedsvc that wrote it is newer or too old.
    """

    def __init__(
        self, folder: Path, store: StoreSettings = IN_FILE, *, may_be_away: bool = False
    ) -> None:
        self._engine, self.change_counter = _engine(folder, store)
        self.path = folder / FILE_NAME
        self.health = HealthFile(folder)
        """Records whether publishing works."""
        self._offering, self._closed = Lock(), False
        self._checked = False
        """Whether the version of the store is known to be right."""
        self._guard = versions.VersionGuard(
            f"the store {self.name}", NEWEST, self._engine.advice, self.change_counter
        )
        try:
            self._check()
        except StoreError as error:
            if may_be_away and isinstance(error, StoreAwayError):
                return
            self.close()
            raise

    def _require_checked(self) -> None:
        """Check a store that was away when it was opened."""
        if self._checked:
            return
        try:
            with self._engine.reading():
                pass  # at once an error as long as it is away
        except StoreError as error:
            if isinstance(error, StoreAwayError):
                raise  # else it may have no tables, and the check says so
        self._check()

    def _check(self) -> None:
        """Refuse a store of another version; one in a file is made, or brought up to date."""
        with self._engine.looking() as connection:
            current = versions.migration(connection)
            if current == NEWEST or (current is not None and versions.refusal(current)):
                self._guard.accept(connection, current)
                self._checked = True
                return
        if self.shared:
            raise StoreVersionError(
                f"the store {self.name} {versions.lack(current)}; "
                'run "feedsvc db upgrade" once, and then start this again'
            )
        with self._engine.writing() as connection:
            make_tables(connection)
        self._checked = True

    @property
    def name(self) -> str:
        """Return the name of the store for messages."""
        return self._engine.name

    @property
    def shared(self) -> bool:
        """Return whether several machines may use the store."""
        return self._engine.shared

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Yield one consistent view of the store.

        :raises StoreError: it cannot be read.
        """
        self._require_checked()
        with self._engine.reading() as connection:
            self._guard.notice(connection)
            yield connection

    @contextmanager
    def writing(self, *, counted: bool = True) -> Generator[Connection]:
        """Yield a transaction without any other writer; all of it is kept, or nothing.

        :param counted: it may change a feed, so every process looks at the store again.
        :raises StoreError: it cannot be written, or another process writes it for too long.
        """
        self._require_checked()
        with self._engine.writing(counted=counted) as connection:
            self._guard.accept(connection, versions.present(connection))
            self._guard.require_writable()
            yield connection

    def offer(self, write: Callable[[Connection], None]) -> bool:
        """Write data of a cache, which can be made again; return whether it was written.

        It is not where the store is busy, full, closed or replaced.
        """
        try:
            with self._offering:
                if self._closed or not self._engine.is_current():
                    return False
                self._require_checked()
                with self._engine.offering() as connection:
                    write(connection)
        except StoreError:
            return False
        return True

    def consult(self, read: Callable[[Connection], None]) -> bool:
        """Read data for a cache; return whether it was read, as a store that is there."""
        try:
            with self._offering:
                if self._closed:
                    return False
                with self.reading() as connection:
                    read(connection)
        except StoreError:
            return False
        return True

    def lock(self, name: str, seconds: float = 0.0) -> AbstractContextManager[bool]:
        """Hold a lock of all processes that use the store; yield whether it was free in time.

        :param name: of its file in the state folder.
        """
        return self._engine.lock(name, seconds)

    def publishing(self) -> AbstractContextManager[bool]:
        """Hold the right to publish, which one process has, if it is free; yield whether."""
        with self.reading():
            pass  # to notice an upgrade: then a newer feedsvc has to get the right
        self._guard.require_writable()
        return self._engine.publishing()

    def may_publish(self) -> bool:
        """Return whether the right to publish was not lost meanwhile."""
        return not self._guard.newer and self.keeps(LOCK_FILE)

    def keeps(self, name: str) -> bool:
        """Return whether a lock that this process took was not lost meanwhile."""
        return self._engine.keeps(name)

    def continue_ids(self, connection: Connection) -> None:
        """Make ids that count by themselves go on after the highest, which was written by hand."""
        self._engine.continue_ids(connection)

    def wipe(self) -> None:
        """Remove deleted data for good, as soon as no reader needs it."""
        self._engine.wipe()

    def close(self) -> None:
        """Close every connection; later offers do not open the store again."""
        with self._offering:
            self._closed = True
            self._engine.close()


def _engine(folder: Path, store: StoreSettings) -> tuple[StoreEngine, ChangeCounter]:
    """Return the engine of a store, and the counter of the writes that may change a feed."""
    make_private(folder, folder / FILE_NAME)
    counter = ChangeCounter(folder / SHARED_FILE)
    if not store.url:
        return SqliteEngine(folder, counter), counter
    return postgresql_module().PostgresEngine(store, SeenChanges(folder, counter)), counter


def postgresql_module() -> ModuleType:
    """Return the module for PostgreSQL, whose library is not there unless it was asked for.

    :raises StoreError: it is not there.
    """
    try:
        return import_module("feedsvc.store.postgresql")
    except ModuleNotFoundError as error:
        raise StoreError(
            f"[store] url names a database of PostgreSQL, but the module {error.name} is missing; "
            "install feedsvc with its extra: feedsvc[postgres]"
        ) from None


def open_store(config: Config, *, may_be_away: bool = False) -> Database:
    """Return the store of a newsroom; one in a file is made where it is missing.

    :param may_be_away: a database that cannot be reached is opened as soon as it can.
    :raises StoreError: it cannot be used, or its folder is in that of the newsroom, which is away.
    """
    if config.root in config.state.parents and not config.root.is_dir():
        # Made anew, it would be in the way of the newsroom's folder when that comes back.
        raise StoreError(f"the folder {config.root} of the newsroom is not there; bring it back")
    return Database(config.state, config.store, may_be_away=may_be_away)


def open_existing(config: Config) -> Database:
    """Return the store of a newsroom; a command that only reads must not make another one.

    :raises StoreError: there is none, or it cannot be used.
    """
    if not exists(config):
        raise StoreError(
            f'there is no store {config.state / FILE_NAME} yet; "feedsvc serve" or "feedsvc sync" '
            "makes it. If they have it elsewhere, set [server] state in config.toml to that folder"
        )
    return open_store(config)


def exists(config: Config) -> bool:
    """Return whether there is a store to open; a database server is not asked."""
    return bool(config.store.url) or (config.state / FILE_NAME).exists()


def look(config: Config) -> AbstractContextManager[Connection]:
    """Return one consistent view of a store as it is; it is not made, upgraded or written.

    :raises StoreError: it is not there, or cannot be read.
    """
    if not config.store.url:
        return sqlite.look(config.state / FILE_NAME)
    return postgresql_module().look(config.store.url)


def revision(config: Config) -> str | None:
    """Return the migration a store is at, such as 0004; None if it is missing or empty.

    :raises StoreError: it cannot be read.
    """
    if not exists(config):
        return None
    with look(config) as connection:
        return versions.migration(connection)


def upgrade(config: Config) -> None:
    """Make the tables of a store, or bring them up to date.

    :raises StoreError: it cannot be used, or the feedsvc that wrote it is newer or too old.
    """
    if config.store.url:
        postgresql = postgresql_module()
        with postgresql.migrating(config.store.url) as connection:
            current = versions.migration(connection)
            if current is not None and (reason := versions.refusal(current)):
                raise StoreError(f"the store {postgresql.name_of(config.store.url)} {reason}")
            make_tables(connection)
            postgresql.prepare(connection)
            postgresql.announce(connection)
    open_store(config).close()


def make_tables(connection: Connection) -> None:
    """Make the tables, or bring them up to date; alembic is imported only to do so."""
    from alembic import command

    # Another process may have done it while this one waited for the lock.
    current = versions.migration(connection)
    if current == NEWEST:
        return
    if current is None:
        METADATA.create_all(connection)
        command.stamp(versions.alembic(connection), "head")
    else:
        command.upgrade(versions.alembic(connection), "head")
    versions.mark(connection)
