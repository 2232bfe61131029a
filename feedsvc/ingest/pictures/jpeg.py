"""JPEG (ITU-T T.81 annex B): the segments that decide how the picture looks are kept."""

import re
import struct

from feedsvc.ingest.pictures import exif
from feedsvc.ingest.pictures.picture import DamagedPictureError, Picture

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker other than the ones inside of a scan; any number of 0xFF may precede it."""

_BLOCKS = 1 << 6, 1 << 18
"""Bytes that are searched for a marker at first, and at most at once."""

_ALONE = (0x01, 0xD8)
"""Markers without a segment, besides that of the end."""
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP13, _APP14 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
_KEPT = {*range(0xC0, 0xD0), _END, _SCAN, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF} - {0xC8}
"""Frames, scans, tables, and the distance of restarts."""

_EXIF = b"Exif\0\0"
_JFIF_LENGTH, _ADOBE_LENGTH = 16, 14
"""Bytes of these segments, without a thumbnail or anything else at the end."""


def pick(picture: Picture) -> None:
    """Publish a JPEG without the data that does not show the picture."""
    picture.keep(0, 2)
    position, marker = 2, 0
    while marker != _END:
        picture.count()
        start = _next_marker(picture, position)
        if marker == _SCAN:
            picture.keep(position, start)
        elif start > position:
            picture.removed.add("data between its segments")
        if start == picture.size and marker == _SCAN:
            return  # an incomplete picture, which may still be shown
        marker = picture.at(start, 2)[1]
        position = _segment_end(picture, start, marker)
        if marker in _KEPT:
            picture.keep(start, position)
        else:
            _pick_from(picture, marker, start, position - start - 2)
    picture.end(position)


def _segment_end(picture: Picture, start: int, marker: int) -> int:
    if marker == _END or marker in _ALONE:
        return start + 2
    (length,) = struct.unpack(">H", picture.at(start + 2, 2))
    end = start + 2 + length
    if length < 2 or end > picture.size:
        raise DamagedPictureError
    return end


def _next_marker(picture: Picture, position: int) -> int:
    """Return where the next marker is; the end of the file if there is none."""
    size, most = _BLOCKS
    while len(data := picture.up_to(position, size)) > 1:
        if match := _MARKER.search(data):
            return position + match.start()
        position += len(data) - data.endswith(b"\xff")
        size = min(2 * size, most)
    return picture.size


def _pick_from(picture: Picture, marker: int, start: int, length: int) -> None:
    """Publish the needed part of the segment of an application; nothing of a comment."""
    data = picture.at(start + 4, max(0, length - 2))
    match marker:
        case _ if marker == _APP0 and data.startswith(b"JFIF\0"):
            _keep_head(picture, start, length, _JFIF_LENGTH, b"\0\0")
        case _ if marker == _APP1 and data.startswith(_EXIF):
            kept, removed = exif.published(data.removeprefix(_EXIF))
            if kept:
                content = _EXIF + kept
                picture.insert(struct.pack(">BBH", 0xFF, _APP1, len(content) + 2) + content)
            picture.removed |= removed
        case _ if marker == _APP2 and data.startswith(b"ICC_PROFILE\0"):
            picture.keep(start, start + 2 + length)
        case _ if marker == _APP14 and data.startswith(b"Adobe"):
            _keep_head(picture, start, length, _ADOBE_LENGTH)
        case _:
            names = {_COMMENT: "a comment", _APP0: "a thumbnail", _APP13: "IPTC"}
            picture.remove(data, names.get(marker, "data of an application"))


def _keep_head(picture: Picture, start: int, length: int, wanted: int, end: bytes = b"") -> None:
    """Publish the head of a segment.

    :param wanted: its length.
    :param end: its last bytes, which say that nothing follows.
    """
    whole = picture.at(start, 2 + length)
    head = whole[:2] + struct.pack(">H", wanted) + whole[4 : 2 + wanted - len(end)] + end
    if head == whole:
        return picture.keep(start, start + len(whole))
    if length >= wanted:
        picture.insert(head)
    picture.removed.add("a thumbnail" if end else "data of an application")
    return None
