"""WebP (RFC 9649): the chunks that decide how the picture looks are kept."""

import struct

from feedsvc.ingest.pictures import exif
from feedsvc.ingest.pictures.picture import MAX_TEXT, Picture
from feedsvc.model.published_file import length_of

_HEAD = 12
"""Bytes before the first chunk."""

_EXTENDED = 10
"""Bytes of the extended header (RFC 9649 §2.7.1)."""
_KEPT = (b"VP8 ", b"VP8L", b"ANIM", b"ANMF", b"ALPH", b"ICCP")
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
"""Flags of the extended header (RFC 9649 §2.7.1)."""


def pick(picture: Picture) -> None:
    """Publish a WebP without the data that does not show the picture."""
    (length,) = struct.unpack("<4xI", picture.at(0, 8))
    end = 8 + length
    extended = b""
    if picture.up_to(_HEAD, 8) == struct.pack("<4sI", b"VP8X", _EXTENDED):
        extended = picture.at(_HEAD, 8 + _EXTENDED)
    picture.insert(b"")  # the headers, once the rest is known
    try:
        _pick_chunks(picture, _HEAD + len(extended), end, oriented=bool(extended))
    finally:
        picture.parts[0] = _headers(picture, extended)
    picture.end(end)


def _pick_chunks(picture: Picture, position: int, end: int, *, oriented: bool) -> None:
    """Publish chunks from a position on.

    :param oriented: whether the picture may have an orientation.
    """
    while position < end:
        picture.count()
        kind, length = struct.unpack("<4sI", picture.at(position, 8))
        start, position = position + 8, position + 8 + length + length % 2
        if kind in _KEPT:
            picture.keep(start - 8, position)
        elif kind == b"EXIF":
            data = picture.at(start, min(length, exif.MAX_BYTES)).removeprefix(b"Exif\0\0")
            kept, removed = exif.published(data)
            if kept and oriented:
                picture.insert(struct.pack("<4sI", kind, len(kept)) + kept)
            picture.removed |= removed
        else:
            picture.remove(picture.up_to(start, min(length, MAX_TEXT)))


def _headers(picture: Picture, extended: bytes) -> bytes:
    """Return the two headers, which name the parts that follow."""
    if extended:
        oriented = any(isinstance(part, bytes) and part[:4] == b"EXIF" for part in picture.parts)
        flags = extended[8] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if oriented else 0)
        extended = extended[:8] + bytes([flags]) + extended[9:]
    length = 4 + len(extended) + length_of(picture.parts)
    return struct.pack("<4sI4s", b"RIFF", length, b"WEBP") + extended
