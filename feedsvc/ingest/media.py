"""Pictures and sounds, measured from their bytes, never guessed from their names."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from io import BytesIO
from pathlib import Path, PurePosixPath

import imagesize
from msgspec import Struct

_ISO_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
"""ISO 14496-12 §4.3: the major brands that are no ``video/mp4``."""

_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
    (re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), "audio/mpeg"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "audio/aac"),
    (re.compile(rb"fLaC"), "audio/flac"),
    (re.compile(rb"OggS.{24,}?(?:\x80theora|OVP80)", re.DOTALL), "video/ogg"),
    (re.compile(rb"OggS"), "audio/ogg"),
    (re.compile(rb"\x1aE\xdf\xa3.{0,60}webm", re.DOTALL), "video/webm"),
    (
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*"
            rb"(?:<\?xml.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE svg.*?>\s*)*<svg[\s>]",
            re.DOTALL,
        ),
        "image/svg+xml",
    ),
)

_FOLDERS = ("articles", "media")
"""The only folders of a newsroom that files are served from."""


class Measure(Struct, frozen=True):
    """What a file really is."""

    path: str
    """Below the newsroom's folder."""
    digest: str
    type: str
    """Media type, from the first bytes."""
    length: int
    """In bytes."""
    width: int | None = None
    height: int | None = None


def media_type(data: bytes) -> str:
    """Return the media type that the first bytes tell; empty for a kind feeds do not carry."""
    if data[4:8] == b"ftyp":
        return _ISO_BRANDS.get(data[8:12], "video/mp4")
    return next((kind for magic, kind in _MAGIC if magic.match(data[:4096])), "")


class Library:
    """The pictures and sounds below ``articles/`` and ``media/``."""

    def __init__(self, root: Path) -> None:
        """Take the newsroom's folder."""
        self._root = root.resolve()
        self._known: dict[Path, tuple[tuple[int, int], Measure]] = {}

    def find(self, name: str, article: str) -> tuple[Path | None, list[str]]:
        """Look for a file that a record names.

        :param name: as the record has it.
        :param article: the record's path below ``articles/``.
        :returns: the file, if there is one, and every place it was or would be looked for.
        :raises ValueError: it leads out of the newsroom.
        """
        relative = PurePosixPath(name)
        if relative.is_absolute() or not relative.parts:
            raise ValueError(f'"{name}" must be relative to the article or to media/')
        folder = PurePosixPath("articles", article).parent
        places = [_normal(folder / relative), _normal(PurePosixPath("media") / relative)]
        if relative.parts[0] in _FOLDERS:
            places.append(_normal(relative))
        inside = [place for place in places if place.partition("/")[0] in _FOLDERS]
        for place in inside:
            file = self._root / place
            if file.is_file():
                self._check_inside(file, name)
                return file, inside
        if not inside:
            raise ValueError(f'"{name}" leads out of articles/ and media/; copy the file there')
        return None, inside

    def _check_inside(self, file: Path, name: str) -> None:
        real = file.resolve()
        if not any(real.is_relative_to((self._root / folder).resolve()) for folder in _FOLDERS):
            raise ValueError(f'"{name}" is a link out of articles/ and media/; copy the file there')

    def measure(self, file: Path) -> Measure:
        """Return what a file really is. One that did not change is not read again.

        :raises OSError: it cannot be read.
        """
        stat = file.stat()
        stamp = (stat.st_size, stat.st_mtime_ns)
        known = self._known.get(file)
        if known and known[0] == stamp:
            return known[1]
        data = file.read_bytes()
        measure = _measure(file.relative_to(self._root).as_posix(), data)
        self._known[file] = (stamp, measure)
        return measure


def _measure(path: str, data: bytes) -> Measure:
    kind = media_type(data)
    width = height = -1
    if kind.startswith("image/"):
        with suppress(ValueError):  # a picture cut short; it may still show
            width, height = imagesize.get(BytesIO(data))  # pyright: ignore[reportUnknownMemberType]
    return Measure(
        path=path,
        digest=hashlib.sha256(data).hexdigest()[:16],
        type=kind,
        length=len(data),
        width=round(width) if width >= 1 else None,
        height=round(height) if height >= 1 else None,
    )


def _normal(path: PurePosixPath) -> str:
    """Resolve ``..`` without looking at the disk; what leads out begins with ``..``."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
