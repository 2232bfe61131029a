"""PNG (third edition): the chunks that decide how the picture looks are kept."""

import struct
import zlib

from feedsvc.ingest.pictures import exif
from feedsvc.ingest.pictures.picture import MAX_TEXT, DamagedPictureError, Picture

_SIGNATURE = 8
"""Bytes before the first chunk."""
_FRAME = 12
"""Bytes of a chunk besides its data: length, type, checksum."""

_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI mDCv cLLi bKGD hIST pHYs "
    b"sPLT acTL fcTL fdAT".split()
)
_PIXELS = (b"IDAT", b"fdAT")
"""Chunks of which a part is kept where the file ends in one."""
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_NAMES = {**dict.fromkeys(_TEXTS, "texts"), b"tIME": "the time of its last change"}


def pick(picture: Picture) -> None:
    """Publish a PNG without the data that does not show the picture."""
    position, kind = _SIGNATURE, b""
    picture.keep(0, position)
    while kind != b"IEND":
        picture.count()
        start = position
        length, kind = struct.unpack(">I4s", picture.at(start, 8))
        position += _FRAME + length
        if position > picture.size and kind not in _PIXELS:
            raise DamagedPictureError
        if kind in _KEPT:
            picture.keep(start, position)
        elif kind == b"eXIf":
            kept, removed = exif.published(picture.at(start + 8, min(length, exif.MAX_BYTES)))
            if kept:
                picture.insert(_chunk(kind, kept))
            picture.removed |= removed
        else:
            data = picture.at(start + 8, min(length, MAX_TEXT))
            picture.remove(data, _NAMES.get(kind, "data of an application"))
    picture.end(position)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
