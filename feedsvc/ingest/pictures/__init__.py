"""The published parts of a picture: all that decides how it looks, and nothing about its origin.

Segments are left out, pixels are never touched. All goes that is not known to be needed: the
position, the owner, serial numbers, notes of the maker, thumbnails, comments, data behind the end.
The orientation and the colour profile stay.
"""

from typing import BinaryIO

from msgspec import Struct

from feedsvc.ingest.pictures import avif, gif, jpeg, png, webp
from feedsvc.ingest.pictures.picture import DamagedPictureError, Picture
from feedsvc.model.published_file import Part

_FORMATS = {
    "image/jpeg": jpeg.pick,
    "image/png": png.pick,
    "image/webp": webp.pick,
    "image/gif": gif.pick,
    "image/avif": avif.pick,
}


class PublishedParts(Struct, frozen=True):
    """The parts of a file that are published."""

    parts: tuple[Part, ...]
    removed: tuple[str, ...] = ()
    """Names of the data that is left out, for the newsroom."""
    whole: bool = True
    damaged: bool = False
    """Whether the file does not go on as its format says; the rest is left out."""


def published_parts(file: BinaryIO, kind: str, size: int) -> PublishedParts:
    """Return the published parts of a file, in a time linear in its size.

    :param kind: its media type; files that are no pictures are published whole.
    :param size: in bytes.
    """
    whole: tuple[Part, ...] = ((0, size),)
    if kind not in _FORMATS:
        return PublishedParts(whole)
    picture, damaged = Picture(file, size), False
    try:
        _FORMATS[kind](picture)
    except DamagedPictureError:
        damaged = True
    removed = tuple(sorted(picture.removed))
    parts = tuple(picture.parts) if removed or damaged else whole
    return PublishedParts(parts, removed, whole=parts == whole, damaged=damaged)
