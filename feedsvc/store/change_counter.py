"""A number in shared memory that tells every process at once that the store has changed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from feedsvc.store.shared_memory import open_shared_memory

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER, _NUMBERS = struct.Struct("=Q"), struct.Struct("=QQ")
"""How many writes were begun, and which of them was the last to end."""


class ChangeCounter:
    """Beats with every write. Reading it costs less than a microsecond, and asks nobody."""

    def __init__(self, path: Path) -> None:
        """Open the file that the processes share; it is made if need be.

        :raises StoreError: it cannot be.
        """
        self.shared = open_shared_memory(path, _NUMBERS.size)
        """Bytes that change with every write; comparing takes a tenth of the time of ``now``."""

    def now(self) -> int | None:
        """Return a number that is another one after each write; None just while one is kept.

        Whoever sees the same number before and after a look at the store has seen its last state.
        """
        begun, ended = _NUMBERS.unpack(self.shared)
        return begun if begun == ended else None

    def begin(self) -> int:
        """Beat for a write that is about to be kept, while nobody else can write.

        :returns: what ``end`` is to be told. Where a process dies before that, it stays open
            until the next one writes.
        """
        begun = _NUMBERS.unpack(self.shared)[0] + 1
        self.shared[:8] = _NUMBER.pack(begun)
        return begun

    def end(self, begun: int) -> None:
        """Beat for a write that is done; another one may have begun already, or even ended."""
        if _NUMBERS.unpack(self.shared)[1] < begun:
            self.shared[8:] = _NUMBER.pack(begun)
