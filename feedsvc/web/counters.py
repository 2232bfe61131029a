"""What was answered, counted in memory that all processes share, and written down if wanted."""

from __future__ import annotations

import fcntl
import logging
import os
import struct
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from feedsvc.store.change_counter import shared_file

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

Door = Literal["lane", "app"]
DOORS: tuple[Door, ...] = ("lane", "app")
STATUSES = (
    *(200, 204, 206, 226, 302, 304, 308, 400, 404, 405, 410, 412, 414, 416, 429, 431, 500, 503),
    0,
)
"""Those that are counted apart; the last one stands for all others."""
_COUNTERS: dict[tuple[Door, int], int] = {
    (door, status): 8 * (1 + (len(STATUSES) + 1) * row + column)
    for row, door in enumerate(DOORS)
    for column, status in enumerate((*STATUSES, -1))
}
"""Where in a process's row each number stands; -1 is for bytes."""
_NUMBER = struct.Struct("=Q")
_ROW = 8 * (1 + (len(STATUSES) + 1) * len(DOORS))
"""Bytes: the process that counts in it, and its numbers."""
_ROWS = 128


class AnswerCounters:
    """Counts answers. Each process has a row of its own, and goes on with that of a dead one."""

    def __init__(self, path: Path) -> None:
        """Open the file that the processes share.

        :raises StoreError: it cannot be opened.
        """
        self._path = path
        self._pid = 0
        self._row = 0
        self.lane: defaultdict[int, int] = defaultdict(int)
        """By their statuses the answers of the lane that are not in the shared memory yet; their
        bytes at -1. To count here costs the lane a tenth of what it does there."""
        self._shared = shared_file(path, _ROWS * _ROW)

    def count(self, door: Door, status: int, size: int) -> None:
        """Count an answer and the bytes of its body."""
        self._add(door, status, 1)
        self._add(door, -1, size)

    def flush(self) -> None:
        """Let all processes see what the lane of this one has counted; only the lane may ask."""
        for status, number in self.lane.items():
            self._add("lane", status, number)
        self.lane.clear()

    def _add(self, door: Door, status: int, number: int) -> None:
        if self._pid != os.getpid():
            self._claim()  # not before: a server may have forked since
        at = self._row + (_COUNTERS.get((door, status)) or _COUNTERS[door, 0])
        _NUMBER.pack_into(self._shared, at, _NUMBER.unpack_from(self._shared, at)[0] + number)

    def sums(self) -> Iterator[tuple[Door, int, int]]:
        """Yield door, status and how many answers there were; with status -1 their bytes."""
        for (door, status), at in _COUNTERS.items():
            rows = range(at, _ROWS * _ROW, _ROW)
            here = self.lane.get(status, 0) if door == "lane" else 0
            yield door, status, here + sum(_NUMBER.unpack_from(self._shared, it)[0] for it in rows)

    def _claim(self) -> None:
        """Take the row of no living process; where all are taken, share one and count too few."""
        own = os.getpid()
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            rows = range(0, _ROWS * _ROW, _ROW)
            free = (row for row in rows if not _lives(_NUMBER.unpack_from(self._shared, row)[0]))
            self._row = next(free, 0)
            _NUMBER.pack_into(self._shared, self._row, own)
        self._pid = own


def _lives(pid: int) -> bool:
    return bool(pid) and Path(f"/proc/{pid}").exists()
