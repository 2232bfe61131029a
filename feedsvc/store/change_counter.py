"""Change counter in shared memory: processes read it to see whether the store changed."""

import struct
from pathlib import Path

from feedsvc.store.shared_memory import open_shared_memory

_NUMBER, _NUMBERS = struct.Struct("=Q"), struct.Struct("=QQ")
"""How many writes have begun, and the latest of them that has ended."""


class ChangeCounter:
    """Counts the writes of all processes; reading it takes less than a microsecond."""

    def __init__(self, path: Path) -> None:
        self.shared = open_shared_memory(path, _NUMBERS.size)
        """Bytes that change with every write; comparing takes a tenth of the time of ``now``."""

    def now(self) -> int | None:
        """Return a number that differs after each write; None just while one is committed.

        If it is the same before and after a transaction that reads, that has seen the last state.
        """
        begun, ended = _NUMBERS.unpack(self.shared)
        return begun if begun == ended else None

    def begin(self) -> int:
        """Count a write that is about to be committed, while no other process can write.

        :returns: its number, for ``end``. If a process dies before that, the write counts as open
            until the next one ends.
        """
        begun = _NUMBERS.unpack(self.shared)[0] + 1
        self.shared[:8] = _NUMBER.pack(begun)
        return begun

    def end(self, begun: int) -> None:
        """Record that a write is committed; another one may have begun by now, or even ended."""
        if _NUMBERS.unpack(self.shared)[1] < begun:
            self.shared[8:] = _NUMBER.pack(begun)
