"""Locks that sessions of PostgreSQL hold, each in a connection of its own."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from threading import Event, Thread
from typing import Any, LiteralString

import psycopg

from feedsvc.errors import StoreError
from feedsvc.store.probe import Probe

_LOST = 5
"""Seconds without a sign of life after which the server ends a session: its process has stopped,
or the network between them is cut. Others wait so long for its lock."""
_SIGN = 1.0
"""Seconds between two signs of life."""


def lock_number(name: str) -> int:
    """Return the number by which PostgreSQL knows a lock."""
    digest = sha256(f"feedsvc {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class SessionLock:
    """A lock, and a thread that tells the server that its process lives.

    :param address: of the database, as PostgreSQL's own library takes it.
    :param number: of the lock.
    :param probe: watches the connection while it waits for the server.
    """

    def __init__(self, address: str, number: int, options: Mapping[str, Any], probe: Probe) -> None:
        self._number = number
        self._probe = probe
        self._ended = Event()
        self._connection = psycopg.connect(address, autocommit=True, **options)
        self._signs: Thread | None = None
        self.lost = False
        """Whether the session has ended, so that others may have the lock."""

    def require_session(self, store: str) -> None:
        """Refuse a pool before the server: it may give each statement to another session.

        :param store: its name.
        :raises StoreError: there is one.
        """
        if not self._ask("SELECT pg_backend_pid() = %s", self._connection.info.backend_pid):
            raise StoreError(
                f"the store {store}: there is a pool before it, such as pgbouncer, so locks do not "
                "last; set [store] listen_url to the address of the database itself"
            )

    def wait(self, seconds: float) -> bool:
        """Take the lock as soon as it is free; return whether that was so in time."""
        # First, as the process may stop as soon as it has the lock.
        self._ask("SELECT set_config('idle_session_timeout', %s, false)", f"{_LOST}s")
        if not self._taken(seconds):
            return False
        self._signs = Thread(target=self._show_life, name="lock", daemon=True)
        self._signs.start()
        return True

    def _taken(self, seconds: float) -> bool:
        if not seconds:
            return self._ask("SELECT pg_try_advisory_lock(%s)", self._number)
        self._ask("SELECT set_config('lock_timeout', %s, false)", f"{seconds * 1000:.0f}ms")
        with suppress(psycopg.errors.LockNotAvailable):
            self._ask("SELECT pg_advisory_lock(%s)", self._number)
            return True
        return False

    def _ask(self, query: LiteralString, *values: object) -> bool:
        with self._probe.watching(self._connection):
            row = self._connection.execute(query, values).fetchone()
        return bool(row and row[0])

    def _show_life(self) -> None:
        try:
            while not self._ended.wait(_SIGN):
                self._ask("SELECT 1")
        except psycopg.Error:
            self.lost = True

    def close(self) -> None:
        """Give the lock back."""
        self._ended.set()
        if self._signs:  # to close a connection that another thread uses would be a crash
            self._signs.join()
        self._connection.close()
