"""Change counter in shared memory: processes read it to see whether the store changed."""

import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path

from feedsvc.store.shared_memory import SharedFile

_NUMBER, _NUMBERS = struct.Struct("=Q"), struct.Struct("=QQ")
"""The number of the last write that has begun, and of the last that has ended. The first is the
time in nanoseconds, so that a new file never repeats the numbers of a lost one."""
SILENT = 2.0
"""Seconds without a sign of life from a shared store after which a machine may miss changes."""


class ChangeCounter:
    """Counts the writes of all processes; reading it takes less than a microsecond."""

    def __init__(self, path: Path) -> None:
        self._file = SharedFile(path, _NUMBERS.size, _first_numbers)
        self.silence: Callable[[], float] = lambda: 0.0
        """Returns for how many seconds writes of other machines may have been missed."""
        self.newest: Callable[[], int] = lambda: 0
        """Returns the number of the newest change to a shared store that this machine has seen."""

    def hears_all(self) -> bool:
        """Return whether it counts every write; one of another machine may be missed."""
        return self.silence() < SILENT

    @property
    def shared(self) -> mmap.mmap:
        """Return bytes that change with every write: they are compared quicker than ``now``.

        Where the file is lost, other bytes take over within a second.
        """
        return self._file.latest()

    def now(self) -> int | None:
        """Return a number that differs after each write; None just while one is committed.

        If it is the same before and after a transaction that reads, that has seen the last state.
        """
        begun, ended = _NUMBERS.unpack(self.shared)
        return begun if begun == ended else None

    def wait(
        self, seen: bytes, seconds: float, pause: Callable[[float], bool], tick: float
    ) -> None:
        """Wait until there is a write, for some seconds at most.

        :param seen: ``shared`` as it was before the store was last read.
        :param pause: waits for ``tick`` seconds, and returns whether something else has happened.
        """
        until = time.monotonic() + seconds
        while self.shared[:] == seen and time.monotonic() < until and not pause(tick):
            pass

    def begin(self) -> int:
        """Count a write that is about to be committed, while no other process can write.

        :returns: its number, for ``end``. If a process dies before that, the write counts as open
            until the next one ends.
        """
        shared = self._file.renew()
        begun = _NUMBERS.unpack(shared)[0] + 1
        shared[:8] = _NUMBER.pack(begun)
        return begun

    def end(self, begun: int) -> None:
        """Record that a write is committed; another one may have begun by now, or even ended."""
        shared = self._file.memory
        if _NUMBERS.unpack(shared)[1] < begun:
            shared[8:] = _NUMBER.pack(begun)


def _first_numbers() -> bytes:
    begin = time.time_ns()
    return _NUMBERS.pack(begin, begin)
