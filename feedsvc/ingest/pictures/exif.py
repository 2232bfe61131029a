"""EXIF (CIPA DC-008): the orientation is kept, and all else goes."""

import struct

POSITION = "the position where it was taken"

MAX_BYTES = 1 << 16
"""Bytes that are looked at: in a JPEG there are no more (DC-008 §4.7.2)."""

_ORIENTATION, _GPS = 0x0112, 0x8825
_SHORT = 3
_TURNED = range(2, 9)
"""The orientations that change how a picture is shown (DC-008 §4.6.5.1.6)."""


def published(data: bytes) -> tuple[bytes, set[str]]:
    """Return the EXIF data to publish, empty for none, and names of the rest.

    :param data: from the byte order on, as in TIFF.
    """
    tags = _first_directory(data)
    kept = _oriented(tags[_ORIENTATION]) if tags.get(_ORIENTATION) in _TURNED else b""
    removed = {"EXIF", POSITION} if _GPS in tags else {"EXIF"}
    return kept, removed if data != kept else set[str]()


def _first_directory(data: bytes) -> dict[int, int]:
    """Return the tags of the first directory, and the values that are short numbers."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        entries = data[start + 2 : start + 2 + 12 * count]
        entries = entries[: len(entries) // 12 * 12]
        fields = struct.iter_unpack(f"{order}HHIHxx", entries)
        return {tag: value if kind == _SHORT else 0 for tag, kind, _, value in fields}
    except struct.error:
        return {}


def _oriented(orientation: int) -> bytes:
    """Return EXIF data that holds an orientation alone."""
    head = b"MM\0*" + struct.pack(">IH", 8, 1)
    return head + struct.pack(">HHIHHI", _ORIENTATION, _SHORT, 1, orientation, 0, 0)
