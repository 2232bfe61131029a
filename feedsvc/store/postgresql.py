"""PostgreSQL: transactions and locks of a store that several machines use.

Two settings of the store are of use only here: the number of the last change, which every reader
gets together with its transaction, and the term of the process that has the right to publish.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    QueuePool,
    create_engine,
    event,
    false,
    func,
    make_url,
    select,
)

from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreError
from feedsvc.store.all_tables import METADATA
from feedsvc.store.listener import Listener
from feedsvc.store.lock import LOCK_FILE
from feedsvc.store.nul_characters import register
from feedsvc.store.postgresql_errors import explaining_errors
from feedsvc.store.probe import Probe
from feedsvc.store.schema import ARCHIVES, EXPIRING
from feedsvc.store.seen_changes import SeenChanges
from feedsvc.store.session_lock import SessionLock, lock_number

PATIENCE = 30_000
"""Milliseconds that a necessary write waits for another."""
HASTE = 50
"""Milliseconds that a write waits which may as well be lost, as that of a cache."""
IDLE = 5_000
"""Milliseconds after which the server ends a write whose process stands still: others wait."""
_CONNECTIONS, _MORE = 5, 10
"""Connections that one process keeps, and how many more it opens while many requests wait."""
_WAIT = 5.0
"""Seconds that a request waits for a connection."""
_CONNECTION: dict[str, Any] = {
    "application_name": "feedsvc",
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "prepare_threshold": None,  # the next transaction may have another session, behind pgbouncer
}
"""How connections are opened, and after how many seconds the loss of one is noticed."""

# In the schema, this would load the dialect of PostgreSQL into every process without PostgreSQL.
for _index in (index for index in ARCHIVES.indexes if index.name == "archives_expires"):
    _index.dialect_options["postgresql"]["where"] = EXPIRING

_LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_PLAIN = "set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
"""Sets for a transaction that the server starts no processes and no compiler: for the short
statements here that takes longer than all else, but the server expects more of large tables."""
_SELECT = f"SELECT value, {_PLAIN} FROM settings WHERE name = 'changes'"  # noqa: S608  no input
_READ = f"{_LOOK}; {_SELECT}"
_WRITE = (
    "BEGIN; SET LOCAL lock_timeout = {patience}; "
    f"SET LOCAL idle_in_transaction_session_timeout = {IDLE}; "
    f"SELECT pg_advisory_xact_lock({lock_number('writer')}), {_PLAIN}"
)
_TERM = "; SELECT value FROM settings WHERE name = 'term'"
_CHANGE = """
WITH changed AS (
  UPDATE settings SET value = greatest(
    value::bigint + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
  )::text WHERE name = 'changes' RETURNING value
) SELECT value::bigint, pg_notify('feedsvc', value) FROM changed
"""
"""Counts a change. Its number is the time in microseconds, so that a store which was replaced by a
copy does not repeat the numbers of lost changes."""
_NEW_TERM = """
UPDATE settings SET value = (value::bigint + 1)::text WHERE name = 'term' RETURNING value
"""
_PREPARE = """
INSERT INTO settings (name, value) VALUES ('changes', '1'), ('term', '0')
ON CONFLICT (name) DO NOTHING
"""
_WIPE = "VACUUM (INDEX_CLEANUP OFF) articles, versions, fragments, documents, feed_snapshots"


class PostgresEngine:
    """A store in a database of PostgreSQL.

    :param seen: the newest change that this machine has seen.
    """

    shared = True
    advice = "or name another database in [store] url"

    def __init__(self, store: StoreSettings, seen: SeenChanges) -> None:
        self.name = name_of(store.url)
        self._seen = seen
        self._sessions = _plain(make_url(store.listen_url or store.url))
        """The address for locks, which need sessions that last."""
        self._sessions_last = bool(store.listen_url)
        """Whether sessions there are known to last."""
        self._pool = _pool(store.url)
        self._probe = Probe(self.name, _plain(make_url(store.url)), _CONNECTION)
        self._probe.watch(self._pool)
        self._locks: dict[str, SessionLock] = {}
        """The locks that this process has, by their names."""
        self._term = ""
        """That of this process while it has the right to publish."""

    def looking(self) -> AbstractContextManager[Connection]:
        """Yield one consistent view of a store of any version."""
        return _transaction(self._pool, _LOOK)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Yield one consistent view of the store."""
        self._probe.require()
        with self._probe.noticing(), _transaction(self._pool, _READ) as connection:
            self._seen.see(int(connection.info["answer"]))
            yield connection

    @contextmanager
    def writing(self, *, counted: bool = True) -> Generator[Connection]:
        """Yield a transaction without any other writer, on any machine.

        :raises StoreError: another process has taken the right to publish over, too.
        """
        number, begin = None, _WRITE.format(patience=PATIENCE) + _TERM
        self._probe.require()
        with self._probe.noticing(), _transaction(self._pool, begin) as connection:
            if self._term not in ("", connection.info["answer"]):
                raise StoreError(f"the store {self.name}: another machine publishes by now")
            yield connection
            if counted:
                number = connection.exec_driver_sql(_CHANGE).scalar_one()
        if number is not None:
            self._seen.see(number)

    def offering(self) -> AbstractContextManager[Connection]:
        """Return a transaction that hardly waits for others."""
        self._probe.require()
        return _transaction(self._pool, _WRITE.format(patience=HASTE))

    @contextmanager
    def lock(self, name: str, seconds: float = 0.0) -> Generator[bool]:
        """Hold a lock of the database in a session of its own."""
        self._probe.require()
        errors = self._probe.noticing(), explaining_errors(self.name)
        given = self._sessions, lock_number(name), _CONNECTION, self._probe
        with errors[0], errors[1], closing(SessionLock(*given)) as lock:
            if not self._sessions_last:
                lock.require_session(self.name)
                self._sessions_last = True
            if not lock.wait(seconds):
                yield False
                return
            self._locks[name] = lock
            try:
                yield True
            finally:
                del self._locks[name]

    def keeps(self, name: str) -> bool:
        """Return whether the session that took a lock is there still."""
        lock = self._locks.get(name)
        return lock is not None and not lock.lost

    @contextmanager
    def publishing(self) -> Generator[bool]:
        """Hold the right to publish, and begin a new term: who had it before can write no more."""
        with self.lock(LOCK_FILE) as mine:
            if not mine:
                yield False
                return
            with self.writing(counted=False) as connection:
                self._term = connection.exec_driver_sql(_NEW_TERM).scalar_one()
            try:
                yield True
            finally:
                self._term = ""

    def is_current(self) -> bool:
        """Return True: a database in the place of another has the same address."""
        return True

    def continue_ids(self, connection: Connection) -> None:
        """Make ids that count by themselves go on after the highest, which was written by hand."""
        for table in METADATA.tables.values():
            column = table.autoincrement_column
            if column is not None:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                following = func.coalesce(func.max(column), 0) + 1
                connection.execute(select(func.setval(sequence, following, false())))

    def wipe(self) -> None:
        """Remove deleted rows from the pages of the tables; logs and copies are the server's."""
        with explaining_errors(self.name), self._pool.connect() as connection:
            connection.exec_driver_sql(_WIPE)

    def close(self) -> None:
        """Close every connection."""
        self._probe.close()
        self._pool.dispose()


def name_of(url: str) -> str:
    """Return the address of a database without its password."""
    return make_url(url).render_as_string()


def listener(store: StoreSettings, seen: SeenChanges) -> Listener:
    """Return the listener for the changes of a store."""
    return Listener(_plain(make_url(store.listen_url or store.url)), _CONNECTION, seen)


def look(url: str) -> AbstractContextManager[Connection]:
    """Return one consistent view of a store of any version; nothing is made or written.

    :raises StoreError: it cannot be read.
    """
    return _transaction(_pool(url, keep=False), _LOOK)


def migrating(url: str) -> AbstractContextManager[Connection]:
    """Return a transaction in which tables are made or changed, by one process at a time.

    :raises StoreError: it cannot be written.
    """
    return _transaction(_pool(url, keep=False), _WRITE.format(patience=PATIENCE))


def prepare(connection: Connection) -> None:
    """Add the settings that are of use only in PostgreSQL, where they are missing."""
    connection.exec_driver_sql(_PREPARE)


def announce(connection: Connection) -> None:
    """Announce an upgrade in its transaction, so that all servers look at the store again."""
    connection.exec_driver_sql(_CHANGE)


def _pool(url: str, *, keep: bool = True) -> Engine:
    sizes = {"pool_size": _CONNECTIONS, "max_overflow": _MORE, "pool_timeout": _WAIT}
    options: dict[str, Any] = {"poolclass": QueuePool, **sizes} if keep else {"poolclass": NullPool}
    engine = create_engine(
        make_url(url), connect_args=_CONNECTION, use_native_hstore=False, **options
    )

    def connected(connection: Any, _record: object) -> None:
        connection.autocommit = True  # transactions begin with statements of their own
        register(connection)

    event.listen(engine, "connect", connected)
    # Many rows go in one statement, and not each in one of its own.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


@contextmanager
def _transaction(engine: Engine, begin: str) -> Generator[Connection]:
    """Yield a transaction; ``info["answer"]`` is the answer to the last statement of ``begin``."""
    name = engine.url.render_as_string()
    with explaining_errors(name), _begun(engine, begin) as connection, connection.begin():
        yield connection


def _begun(engine: Engine, begin: str) -> Connection:
    """Return a connection with a transaction; connections that were lost unused are left out."""
    while True:
        connection = engine.connect()
        try:
            cursor = connection.connection.cursor()
            cursor.execute(begin)
            while cursor.nextset():
                pass
            row = cursor.fetchone() if cursor.description else None
        except psycopg.Error:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            lost, old = driver.closed, connection.info.pop("used", False)
            connection.invalidate()
            connection.close()
            if lost and old:
                continue
            raise
        connection.info["used"] = True
        connection.info["answer"] = row[0] if row else "0"
        return connection


def _plain(url: URL) -> str:
    """Return an address as PostgreSQL's own library takes it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
