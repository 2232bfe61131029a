"""Write-behind cache: rendered entries and feed states, saved in batches after the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, TypeVar

from feedsvc.store.database import Connection, Database

if TYPE_CHECKING:
    Row = TypeVar("Row")
    Write = Callable[[Connection, Sequence[Row]], None]

DELAY = 1.0
"""Seconds after which rows are written: many requests' rows in one transaction."""
MANY = 1000
"""Rows that are written without waiting, so that they do not fill the memory."""


class WriteBehind:
    """Rows on their way to the store, which can be made again. Safe to share between threads."""

    def __init__(self, database: Database, many: int = MANY) -> None:
        self._database = database
        self._many = many
        self._flushing = Lock()
        self._lock = Lock()
        self._rows: dict[Write[Any], list[Any]] = {}
        self._leaving: dict[Write[Any], list[Any]] = {}
        self._timer: Timer | None = None

    def put(self, write: Write[Row], rows: Sequence[Row]) -> None:
        """Write rows of one kind soon, in one transaction with all that come meanwhile."""
        if not rows:
            return
        with self._lock:
            self._rows.setdefault(write, []).extend(rows)
            if self._timer is None:
                # Started only now, and not with the process, it survives a server's fork.
                self._timer = Timer(DELAY, self.flush)
                self._timer.daemon = True
                self._timer.start()
            full = sum(map(len, self._rows.values())) > self._many
        if full:
            self.flush()

    def pending(self, write: Write[Row]) -> list[Row]:
        """Return the rows of one kind that are not written yet, in order."""
        with self._lock:
            return [*self._leaving.get(write, ()), *self._rows.get(write, ())]

    def flush(self) -> None:
        """Write all rows now; where the store is busy or full they are lost."""
        with self._flushing:
            with self._lock:
                if self._timer:
                    self._timer.cancel()
                self._timer = None
                # Until they are in the store, these rows are nowhere else.
                self._leaving, self._rows = self._rows, {}
            if self._leaving:
                self._database.offer(self._write_all)
            with self._lock:
                self._leaving = {}

    def _write_all(self, connection: Connection) -> None:
        for write, rows in self._leaving.items():
            write(connection, rows)
