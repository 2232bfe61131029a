"""A number in shared memory that tells every process at once that the store has changed."""

from __future__ import annotations

import mmap
import os
import struct
from typing import TYPE_CHECKING

from feedsvc.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER, _NUMBERS = struct.Struct("=Q"), struct.Struct("=QQ")
"""How many writes were begun, and which of them was the last to end."""


def shared_file(path: Path, size: int) -> mmap.mmap:
    """Return a file as memory that all processes share; it is made if need be, or made longer.

    :param size: in bytes.
    :raises StoreError: it cannot be used.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if os.fstat(handle).st_size < size:
                os.ftruncate(handle, size)
            return mmap.mmap(handle, size)
        finally:
            os.close(handle)
    except OSError as error:
        reason = f"the file {path} cannot be used: {error.strerror}"
        raise StoreError(f"{reason}; let feedsvc write the file and its folder") from None


class ChangeCounter:
    """Beats with every write. Reading it costs less than a microsecond, and asks nobody."""

    def __init__(self, path: Path) -> None:
        self.shared = shared_file(path, _NUMBERS.size)
        """While its bytes are the same ones, ``now`` is the same number; to compare them costs a
        tenth of asking."""

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
