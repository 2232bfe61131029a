"""AVIF (ISO 23008-12): EXIF and XMP become empty, but as long, as all is found by its place."""

import struct
from collections.abc import Iterator
from io import BytesIO

from feedsvc.ingest.pictures import exif
from feedsvc.ingest.pictures.picture import MAX_TEXT, DamagedPictureError, Picture

_SILENT = (b"Exif", b"mime", b"uri ")
"""Types of items that show nothing (ISO 23008-12 annex A, ISO 14496-12 §8.11.6)."""

_NO_EXIF = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
"""EXIF data without a tag, which decoders expect where an item says EXIF."""

_IN_FILE, _IN_DATA = 0, 1
"""Where the data of an item is: in the file, or in a box of its own (ISO 14496-12 §8.11.3)."""

_MOST = 64
"""Pieces of data that show nothing, each of which is looked at; pictures have two or three."""

_Span = tuple[int, int]
"""Begin and end."""


def pick(picture: Picture) -> None:
    """Publish an AVIF with zeros in place of the data that does not show the picture."""
    position = 0
    for start, end, head in sorted(_silent_parts(picture)):
        begin = max(position, start)
        picture.keep(position, begin)
        position = picture.clear(begin, end, head)
    picture.keep(position, picture.size)


def _silent_parts(picture: Picture) -> Iterator[tuple[int, int, bytes]]:
    """Yield begin and end of the data that shows nothing, and the bytes that it has to begin with.

    All data is noted that there is.
    """
    metadata = dict(_boxes(picture, 0, picture.size)).get(b"meta")
    if metadata is None:
        return
    boxes = dict(_boxes(picture, metadata[0] + 4, metadata[1]))
    if b"iinf" not in boxes or b"iloc" not in boxes:
        return
    silent = dict(_items(picture, *boxes[b"iinf"]))
    extents = (extent for extent in _extents(picture, boxes) if extent[0] in silent)
    for number, (item, start, end) in enumerate(extents):
        if number == _MOST:
            raise DamagedPictureError
        data = picture.up_to(start, min(end - start, MAX_TEXT))
        if not data.removeprefix(_NO_EXIF).strip(b"\0"):
            continue  # there is nothing to hide
        if silent[item] == b"Exif":
            offset = int.from_bytes(data[:4], "big")  # of the byte order
            picture.removed |= exif.published(data[4 + offset :])[1]
            yield start, end, _NO_EXIF
        else:
            picture.remove(data)
            yield start, end, b""


def _boxes(picture: Picture, start: int, end: int) -> Iterator[tuple[bytes, _Span]]:
    """Yield the types of boxes one after another, and where their contents are."""
    while start + 8 <= end:
        picture.count()
        size, kind = struct.unpack(">I4s", picture.at(start, 8))
        head = 8
        if size == 1:
            size, head = int.from_bytes(picture.at(start + 8, 8), "big"), 16
        after = start + size if size else end
        if after < start + head:
            raise DamagedPictureError
        yield kind, (start + head, min(after, end))
        start = after


def _items(picture: Picture, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and the types of the items that show nothing."""
    first = start + (6 if picture.at(start, 1) == b"\0" else 8)
    for _, (entry, _) in _boxes(picture, first, end):
        width = 4 if picture.at(entry, 1) == b"\3" else 2
        data = picture.at(entry + 4, width + 6)
        if (kind := data[width + 2 :]) in _SILENT:
            yield int.from_bytes(data[:width], "big"), kind


def _extents(picture: Picture, boxes: dict[bytes, _Span]) -> Iterator[tuple[int, int, int]]:
    """Yield the numbers of all items, each with the begin and the end of a part of its data."""
    start, end = boxes[b"iloc"]
    content = BytesIO(picture.at(start, min(end - start, MAX_TEXT)))

    def number(size: int) -> int:
        return int.from_bytes(content.read(size), "big")

    version, _, sizes = number(1), number(3), number(2)
    offset_size, length_size, base_size, index_size = (sizes >> it & 15 for it in (12, 8, 4, 0))
    width = 4 if version == 2 else 2
    for _ in range(number(width)):
        picture.count()
        item, method = number(width), number(2) & 15 if version else _IN_FILE
        _, base, count = number(2), number(base_size), number(2)
        for _ in range(count):
            picture.count()
            _, offset = number(index_size if version else 0), number(offset_size)
            length = number(length_size)
            first, last = boxes.get(b"idat", (0, 0)) if method == _IN_DATA else (0, picture.size)
            begin = first + base + offset
            yield item, begin, min(begin + length, last) if length else last
