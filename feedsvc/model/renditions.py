"""The smaller copies of a picture, as they were made."""

from pathlib import PurePosixPath

from msgspec import Struct

from feedsvc.model.paths import RENDITIONS

WIDTHS = (320, 640, 1200, 1920)
"""Pixels of width of the copies: for lists, for telephones, for texts and for dense screens."""
RESIZED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
"""The types of pictures of which copies are made."""
HEAVIEST = 2_000_000
"""Bytes of a picture, above which aggregators and mail programs begin to refuse it."""

MOST_PIXELS = 100_000_000
"""Pixels of a picture: to show more, a reader's machine needs more memory than it may have."""


class Resized(Struct, frozen=True):
    """The result of the process that makes smaller copies."""

    width: int = 0
    """In pixels, as the picture is shown."""
    height: int = 0
    shown: bool = True
    """Whether readers show the picture itself, so that it is one of its sizes if it is small."""
    names: tuple[str, ...] = ()
    """The files that were made, the narrowest first."""
    fault: str = ""
    """Why there are none."""


class RenditionFile(Struct, frozen=True):
    """A smaller copy, as it is in the state folder."""

    name: str
    """Its width and its suffix, such as ``640.jpg``."""
    digest: str
    type: str
    length: int
    width: int
    height: int
    modified: int
    """Nanoseconds since 1970."""

    @property
    def file(self) -> str:
        """Return its path in the state folder."""
        return rendition_file(self.digest, self.name)


class Renditions(Resized, frozen=True):
    """The smaller copies of a picture."""

    files: tuple[RenditionFile, ...] = ()
    """The narrowest first."""


def rendition_path(source: str, name: str) -> str:
    """Return the path of a copy in its address.

    It does not depend on the content, so that an old address leads to the copy of today.

    :param source: the path of the picture below the newsroom's folder.
    """
    return f"{RENDITIONS}/{source}/{name}"


def is_rendition(path: str) -> bool:
    """Return whether a path in an address is that of a copy."""
    return path.startswith(f"{RENDITIONS}/")


def rendition_file(digest: str, path: str) -> str:
    """Return the path of a copy in the state folder, from its digest and any path that it has."""
    return f"{RENDITIONS}/{digest}{PurePosixPath(path).suffix}"
