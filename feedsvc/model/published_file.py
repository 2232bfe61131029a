"""The bytes that readers get of a picture, sound or film, read from the newsroom's file."""

from __future__ import annotations

import os
from bisect import bisect_right
from io import SEEK_CUR, SEEK_SET, BufferedReader, RawIOBase
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer

Part = tuple[int, int] | bytes
"""Offset and length of bytes in the newsroom's file, or bytes that stand in for some of them."""

ZEROS = -1
"""The offset of a part that is zeros alone."""


class ChangedError(OSError):
    """A file was changed while it was read."""


def length_of(parts: Sequence[Part]) -> int:
    """Return how many bytes readers get."""
    return sum(map(_length, parts))


class PublishedFile(RawIOBase):
    """The published parts of an open file, which can be read like a file of their own.

    Reading raises a ChangedError once the newsroom's file has changed: its parts would be wrong.

    :param file: open for reading; it is closed with this one.
    :param parts: None for the whole file.
    """

    def __init__(self, file: BufferedReader, parts: Sequence[Part] | None) -> None:
        self._file = file
        self.status = os.fstat(file.fileno())
        """The state of the newsroom's file when reading began."""
        self._parts = ((0, self.status.st_size),) if parts is None else parts
        self._ends = list(accumulate(map(_length, self._parts)))
        self._position = 0

    @property
    def length(self) -> int:
        """Return how many bytes there are."""
        return self._ends[-1] if self._ends else 0

    def close(self) -> None:
        """Close the newsroom's file, too."""
        self._file.close()
        super().close()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that reading can begin anywhere."""
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a position."""
        start = {SEEK_SET: 0, SEEK_CUR: self._position}.get(whence, self.length)
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read the next bytes, at most to the end of a part; return how many they are."""
        view = memoryview(buffer).cast("B")
        index = bisect_right(self._ends, self._position)
        if index == len(self._parts) or not view:
            return 0
        part = self._parts[index]
        inside = self._position - self._ends[index] + _length(part)
        size = min(len(view), _length(part) - inside)
        if isinstance(part, bytes):
            data = part[inside : inside + size]
        elif part[0] == ZEROS:
            data = bytes(size)
        else:
            data = os.pread(self._file.fileno(), size, part[0] + inside)
            self._check(size, data)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _check(self, size: int, data: bytes) -> None:
        """Raise a ChangedError if the file has changed since it was opened."""
        now, before = os.fstat(self._file.fileno()), self.status
        linked = now.st_nlink != before.st_nlink  # which changes the ctime, and no content
        same = now.st_mtime_ns == before.st_mtime_ns
        if len(data) != size or not same or (now.st_ctime_ns != before.st_ctime_ns and not linked):
            raise ChangedError(None, "it was changed while it was read", self._file.name)


def _length(part: Part) -> int:
    return len(part) if isinstance(part, bytes) else part[1]
