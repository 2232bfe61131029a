"""The claims of this process on jobs and deliveries: they end with it, and not after minutes."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime

from feedsvc.store import claimants
from feedsvc.store.database import Database

_LOOK = 2.0
"""Seconds between two looks for claims of processes that have ended."""


class Claims:
    """Claims by a name, and holds a lock of that name, which others can take when it has ended."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._looked = 0.0
        self.name = ""

    @contextmanager
    def begin(self) -> Generator[None]:
        """Claim by a new name meanwhile."""
        if not self._database.shared:  # the only process that works: the ones before have ended
            with self._database.writing(counted=False) as connection:
                claimants.free(connection)
            yield
            return
        self.name = claimants.new_name()
        with self._database.lock(self.name):
            yield

    def are_lost(self) -> bool:
        """Return whether others may free them: this process was stopped, or cut off."""
        return self._database.shared and not self._database.keeps(self.name)

    def free_lost(self) -> None:
        """Free the claims of processes that have ended, every few seconds."""
        if not self._database.shared or time.monotonic() < self._looked + _LOOK:
            return
        self._looked = time.monotonic()
        with self._database.reading() as connection:
            others = claimants.with_claims(connection, self._clock()) - {self.name}
        for name in others:
            with self._database.lock(name) as has_ended:
                if has_ended:
                    with self._database.writing(counted=False) as connection:
                        claimants.free(connection, name)
