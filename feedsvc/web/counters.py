"""Count answers, in memory that all processes share."""

import fcntl
import mmap
import os
import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Literal

Door = Literal["fast", "app"]
"""The fast path, which answers hot feeds before HTTP is parsed in full, and the application."""
DOORS: tuple[Door, ...] = ("fast", "app")
STATUSES = (
    *(200, 204, 206, 226, 301, 302, 304, 308, 400, 404, 405, 410, 412, 414, 416, 429, 431, 500),
    503,
    0,
)
"""Statuses with a counter of their own; 0 is for all others."""
BYTES = -1
"""In the place of a status: the bytes of all bodies."""
_OFFSETS: dict[tuple[Door, int], int] = {
    (door, status): 8 * (1 + (len(STATUSES) + 1) * row + column)
    for row, door in enumerate(DOORS)
    for column, status in enumerate((*STATUSES, BYTES))
}
"""The place of each counter in the row of a process."""
_NUMBER = struct.Struct("=Q")
_ROW = 8 * (1 + (len(STATUSES) + 1) * len(DOORS))
"""Bytes of a row: the id of the process that counts in it, and its counters."""
_ROWS = 128
"""Rows, and so processes that count at the same time."""
SIZE = _ROWS * _ROW
"""Bytes of the memory."""


class AnswerCounters:
    """Counts answers. Each process has its own row, and takes over that of one that has ended.

    :param path: the file of the memory; it is locked while a process takes a row.
    """

    def __init__(self, path: Path, memory: mmap.mmap) -> None:
        self._path = path
        self._memory = memory
        self._pid = 0
        self._row = 0
        self.fast: defaultdict[int, int] = defaultdict(int)
        """Answers of the fast path by status, and ``BYTES``, that are not in the memory yet:
        to count here takes a tenth of the time."""

    def count(self, door: Door, status: int, size: int) -> None:
        """Count an answer and the bytes of its body."""
        self._add(door, status, 1)
        self._add(door, BYTES, size)

    def flush(self) -> None:
        """Add the answers of the fast path to the memory; for the thread of the fast path only."""
        for status, number in self.fast.items():
            self._add("fast", status, number)
        self.fast.clear()

    def _add(self, door: Door, status: int, number: int) -> None:
        if self._pid != os.getpid():
            self._take_row()  # not earlier: the server may have forked since
        offset = self._row + (_OFFSETS.get((door, status)) or _OFFSETS[door, 0])
        _NUMBER.pack_into(self._memory, offset, self._read(offset) + number)

    def sums(self) -> Iterator[tuple[Door, int, int]]:
        """Yield door, status and number of answers of all processes, and their ``BYTES``."""
        for (door, status), offset in _OFFSETS.items():
            waiting = self.fast.get(status, 0) if door == "fast" else 0
            yield door, status, waiting + sum(map(self._read, range(offset, SIZE, _ROW)))

    def _read(self, offset: int) -> int:
        return _NUMBER.unpack_from(self._memory, offset)[0]

    def _take_row(self) -> None:
        """Take a row without a running process; share the first, and lose counts, if none is.

        Where the file is away, as its folder may be for a moment, two may take the same row.
        """
        pid = os.getpid()
        with ExitStack() as stack:
            with suppress(OSError):
                fcntl.flock(stack.enter_context(self._path.open("rb")), fcntl.LOCK_EX)
            pids = ((row, self._read(row)) for row in range(0, SIZE, _ROW))
            free = (row for row, it in pids if not (it and Path(f"/proc/{it}").exists()))
            self._row = next(free, 0)
            _NUMBER.pack_into(self._memory, self._row, pid)
        self._pid = pid
