"""A count in shared memory by which the supervisor sees that the loop of a worker still turns."""

from __future__ import annotations

import mmap
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

INTERVAL = 1.0
"""Seconds between two beats, and between two checks of them."""
MISSED = 10
"""Checks in a row that see no beat before a worker counts as stuck."""


class Heartbeat:
    """One worker's count. Made before the fork, so that both processes share it."""

    def __init__(self) -> None:
        self._count = mmap.mmap(-1, 1)
        self._seen = self._count[0]
        self._checked = time.monotonic()
        self._missed = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count once in each ``INTERVAL`` for as long as the loop turns."""

        def beat() -> None:
            self._count[0] = self._count[0] % 255 + 1  # 0 is a loop that has not begun
            loop.call_later(INTERVAL, beat)

        beat()

    def stopped(self) -> bool:
        """Return whether a loop that had begun missed too many beats.

        Checks are counted and not seconds: after the whole machine was paused, none was missed.
        """
        if time.monotonic() - self._checked < INTERVAL:
            return self._missed >= MISSED
        self._checked = time.monotonic()
        count = self._count[0]
        self._missed = self._missed + 1 if count and count == self._seen else 0
        self._seen = count
        return self._missed >= MISSED
