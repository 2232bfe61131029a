"""What the store may keep but need not: written behind the answers, many things at once."""

from __future__ import annotations

from threading import Lock, Timer
from typing import TYPE_CHECKING

from feedsvc.store import feed_states, rendered_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedsvc.store.database import Connection, Database
    from feedsvc.store.feed_states import KeptState
    from feedsvc.store.rendered_entries import NewRendering

DELAY = 1.0
"""Seconds after which what was put here is written."""
_MANY = 1000
"""Fragments that are written without waiting, so that they do not fill the memory."""


class WriteBehind:
    """Fragments and states of feeds on their way to the store. Safe to share between threads."""

    def __init__(self, database: Database, most: int) -> None:
        """Take the store.

        :param most: states of each feed and format that are remembered.
        """
        self._database = database
        self._most = most
        self._lock = Lock()
        self._fragments: list[NewRendering] = []
        self._states: list[KeptState] = []
        self._timer: Timer | None = None

    def put(self, fresh: Sequence[NewRendering], state: KeptState | None = None) -> None:
        """Let the store keep something soon; it is written once, however much comes meanwhile."""
        with self._lock:
            self._fragments.extend(fresh)
            if state and self._most:
                self._states.append(state)
            if self._timer is None and (self._fragments or self._states):
                # Begun only now, and not with the process, it lives through a server's fork.
                self._timer = Timer(DELAY, self.flush)
                self._timer.daemon = True
                self._timer.start()
            full = len(self._fragments) > _MANY
        if full:
            self.flush()

    def find(
        self, connection: Connection, path: str, format: str, etags: Sequence[str]
    ) -> KeptState | None:
        """Return the newest state of a feed that has one of some tags."""
        with self._lock:
            for state in reversed(self._states):
                if state.path == path and state.format == format and state.etag in etags:
                    return state
        return feed_states.find(connection, path, format, etags)

    def flush(self) -> None:
        """Write what is here; where the store is busy or full it is lost, and made anew."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._timer = None
            fresh, told = self._fragments, self._states
            self._fragments, self._states = [], []

        def write(connection: Connection) -> None:
            if fresh:
                rendered_entries.keep(connection, fresh)
            if told:
                feed_states.keep(connection, told, self._most)

        if fresh or told:
            self._database.offer(write)
