"""A picture's file while its publishable parts are picked out."""

from typing import BinaryIO

from feedsvc.ingest.pictures.exif import POSITION
from feedsvc.model.published_file import ZEROS, Part

MAX_BLOCKS = 1_000_000
"""Segments, chunks and blocks that are looked at, which takes about two seconds. Real pictures have
a thousandth of that; the rest is not published."""

MAX_PARTS = 4096
"""Parts between which something was taken out; real pictures have ten."""

MAX_TEXT = 1 << 20
"""Bytes of data to be left out that are looked at, to give the data a name."""


class DamagedPictureError(ValueError):
    """The file does not go on as its format says, so the rest cannot be read."""


class Picture:
    """An open file, and the parts of it that are published.

    :param size: of the file in bytes.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._blocks = 0
        self.size = size
        self.parts: list[Part] = []
        self.removed: set[str] = set()
        """Names of the data that is left out, for the newsroom."""

    def at(self, offset: int, length: int) -> bytes:
        """Return bytes of the file.

        :raises DamagedPictureError: the file ends before.
        """
        data = self.up_to(offset, length)
        if len(data) < length:
            raise DamagedPictureError
        return data

    def up_to(self, offset: int, length: int) -> bytes:
        """Return bytes of the file, fewer where it ends before."""
        self._file.seek(offset)
        return self._file.read(length)

    def count(self) -> None:
        """Count a block.

        :raises DamagedPictureError: there are too many.
        """
        self._blocks += 1
        if self._blocks > MAX_BLOCKS or len(self.parts) > MAX_PARTS:
            raise DamagedPictureError

    def keep(self, start: int, end: int) -> None:
        """Publish a part of the file, as far as the file reaches."""
        end = min(end, self.size)
        last = self.parts[-1] if self.parts else b""
        if isinstance(last, tuple) and last[0] != ZEROS and last[0] + last[1] == start:
            self.parts[-1] = (last[0], end - last[0])
        elif start < end:
            self.parts.append((start, end - start))

    def clear(self, start: int, end: int, head: bytes) -> int:
        """Publish zeros in place of a part of the file; return where that part ends.

        :param head: the first bytes instead, if there is room for them.
        """
        start = min(start, self.size)
        end = max(start, min(end, self.size))
        head = head if start + len(head) <= end else b""
        self.parts += [head, (ZEROS, end - start - len(head))]
        return end

    def insert(self, data: bytes) -> None:
        """Publish bytes that are not in the file."""
        self.parts.append(data)

    def remove(self, data: bytes, name: str = "data of an application") -> None:
        """Note that data is left out: XMP, or else data of a name."""
        self.removed.add("XMP" if b"adobe:ns:meta" in data or b"xap/1.0" in data else name)
        if b"GPSLatitude" in data:
            self.removed.add(POSITION)

    def end(self, position: int) -> None:
        """Note that the picture ends at a position, wherever the file ends."""
        if position < self.size:
            self.removed.add("data behind its end")
