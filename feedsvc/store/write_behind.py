"""Write-behind cache: rendered entries and feed states, saved in batches after the answers."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock, Timer

from feedsvc.store import feed_states, rendered_entries
from feedsvc.store.database import Connection, Database
from feedsvc.store.feed_states import KeptState
from feedsvc.store.rendered_entries import NewRendering

DELAY = 1.0
"""Seconds from the first thing put here until all are written: few enough to lose little."""
_MANY = 1000
"""Entries that are written without waiting, so that they do not fill the memory."""


class WriteBehind:
    """Rendered entries and feed states on their way to the store. Safe to share between threads.

    :param most: states to keep of each feed and format.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self._lock = Lock()
        self._entries: list[NewRendering] = []
        self._states: list[KeptState] = []
        self._timer: Timer | None = None

    def put(self, fresh: Sequence[NewRendering], state: KeptState | None = None) -> None:
        """Save entries and a state soon, together with all that is put here until then."""
        with self._lock:
            self._entries.extend(fresh)
            if state and self._most:
                self._states.append(state)
            if self._timer is None and (self._entries or self._states):
                # A thread that was started earlier would not live through a server's fork.
                self._timer = Timer(DELAY, self.flush)
                self._timer.daemon = True
                self._timer.start()
            full = len(self._entries) > _MANY
        if full:
            self.flush()

    def find(
        self, connection: Connection, path: str, format: str, etags: Sequence[str]
    ) -> KeptState | None:
        """Return the newest state of a feed that had one of some ETags."""
        with self._lock:
            for state in reversed(self._states):
                if state.path == path and state.format == format and state.etag in etags:
                    return state
        return feed_states.find(connection, path, format, etags)

    def flush(self) -> None:
        """Write everything now; if the store is busy or full it is lost, and made again."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._timer = None
            entries, states = self._entries, self._states
            self._entries, self._states = [], []

        def write(connection: Connection) -> None:
            if entries:
                rendered_entries.keep(connection, entries)
            if states:
                feed_states.keep(connection, states, self._most)

        if entries or states:
            self._database.offer(write)
