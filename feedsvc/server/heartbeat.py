"""A counter in shared memory that shows the supervisor whether a worker's loop still runs."""

import asyncio
import mmap
import time

INTERVAL = 1.0
"""Seconds between two beats, and between two checks."""
MISSED = 10
"""Checks in a row without a beat after which a worker counts as stuck."""


class Heartbeat:
    """The beats of one worker. Made before the fork, so that both processes share the counter."""

    def __init__(self) -> None:
        self._count = mmap.mmap(-1, 1)
        self._seen = self._count[0]
        self._checked = time.monotonic()
        self._missed = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Beat once in each ``INTERVAL`` for as long as the loop runs."""

        def beat() -> None:
            self._count[0] = self._count[0] % 255 + 1  # 0: the loop has not begun
            loop.call_later(INTERVAL, beat)

        beat()

    def stopped(self) -> bool:
        """Return whether a loop that had begun missed too many beats.

        It counts checks and not seconds, so that a pause of the whole machine does no harm.
        """
        if time.monotonic() - self._checked >= INTERVAL:
            self._checked = time.monotonic()
            count = self._count[0]
            self._missed = self._missed + 1 if count and count == self._seen else 0
            self._seen = count
        return self._missed >= MISSED
