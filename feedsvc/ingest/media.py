"""Pictures and sounds, measured from their bytes, never guessed from their names."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path, PurePosixPath
from posixpath import normpath
from unicodedata import normalize

from msgspec import Struct

from feedsvc.config.regular_file import Stamp, open_regular, stamp_of
from feedsvc.ingest.files import GONE, stamp
from feedsvc.ingest.pictures import PublishedParts, published_parts
from feedsvc.model.digests import media_digest
from feedsvc.model.paths import MEDIA_FOLDER, MEDIA_FOLDERS, in_newsroom
from feedsvc.model.published_file import PublishedFile
from feedsvc.model.renditions import HEAVIEST, RESIZED

_ISO_BRANDS = {
    "image/avif": b"avif avis",
    "audio/mp4": b"M4A  M4B  F4A ",
    "video/mp4": b"isom iso2 iso3 iso4 iso5 iso6 mp41 mp42 avc1 M4V  M4VH M4VP F4V  dash MSNV",
    "video/quicktime": b"qt  ",
    "video/3gpp": b"3gp4 3gp5 3gp6 3gp7 3g2a",
}
"""ISO 14496-12 §4.3: major brands, four bytes each. HEIC is none of them: browsers show none."""

_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
    (re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), "audio/mpeg"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "audio/aac"),
    (re.compile(rb"fLaC"), "audio/flac"),
    (re.compile(rb"OggS.{24,}?(?:\x80theora|OVP80)", re.DOTALL), "video/ogg"),
    (re.compile(rb"OggS"), "audio/ogg"),
    (re.compile(rb"\x1aE\xdf\xa3.{0,60}webm", re.DOTALL), "video/webm"),
)

_BEFORE_ROOT = ((b"<?xml", b"?>"), (b"<!--", b"-->"), (b"<!DOCTYPE svg", b">"), (b"<!--", b"-->"))
"""Begin and end of markup that may precede the root of a document (XML 1.0 §2.8)."""

MAX_PIXELS = 4000
"""Of width or height of a picture, above which a note advises a smaller one."""

_HEAD = 1 << 16
"""Bytes, from the beginning of a file, that are enough to find out its type."""

_MAX_PLACE = 600
"""Bytes of the path of a picture or sound: with the id of its article it must fit an index of
PostgreSQL."""


class Measure(Struct, frozen=True):
    """The measured facts about a file, as readers get it."""

    path: str
    """Below the newsroom's folder."""
    digest: str
    type: str
    """Media type, from the first bytes."""
    length: int
    """In bytes."""
    published: PublishedParts
    original: str
    """The digest of the newsroom's own file."""
    stamp: Stamp
    """Of the newsroom's file when it was measured."""
    width: int | None = None
    height: int | None = None

    def notes(self, name: str) -> Iterator[str]:
        """Yield a sentence for each part of the file that readers do not get.

        :param name: the file as the record has it.
        """
        if self.published.removed:
            removed = ", ".join(self.published.removed)
            yield f'"{name}" is published without {removed}; the file stays as it is'
        if self.published.damaged:
            yield f'"{name}" is incomplete or damaged; readers get as much as can be read'


def too_large(
    name: str, length: int | None, width: int | None, height: int | None
) -> Iterator[str]:
    """Yield a sentence about a picture that many readers do not show; none for a smaller one."""
    pixels = [it for it in (width, height) if it]
    sizes: list[str] = []
    if length and length > HEAVIEST:
        sizes.append(f"{length / 1_000_000:.1f} MB")
    if max(pixels, default=0) > MAX_PIXELS:
        sizes.append(f"{' × '.join(map(str, pixels))} pixels")
    if sizes:
        limits = f"{HEAVIEST // 1_000_000} MB or {MAX_PIXELS} pixels"
        yield (
            f'"{name}" has {" and ".join(sizes)}; above {limits} many readers show no picture; '
            "make it smaller"
        )


def media_type(data: bytes) -> str:
    """Return the media type by the first bytes; empty for a kind that feeds do not carry."""
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return next((kind for kind, brands in _ISO_BRANDS.items() if brand in brands), "")
    kind = next((kind for magic, kind in _MAGIC if magic.match(data[:4096])), "")
    return kind or ("image/svg+xml" if _is_svg(data) else "")


def _is_svg(data: bytes) -> bool:
    """Return whether the root of a document is that of SVG."""
    rest = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    for begin, end in _BEFORE_ROOT:
        while rest.startswith(begin):
            rest = rest.partition(end)[2].lstrip()
    return re.match(rb"<svg[\s/>]", rest) is not None


class Library:
    """The pictures and sounds below ``articles/`` and ``media/``.

    :param resizes: whether readers get large pictures in smaller sizes.
    """

    def __init__(self, root: Path, *, resizes: bool = False) -> None:
        self._root = root.resolve()
        self._resizes = resizes
        self._known: dict[Path, tuple[Stamp, Measure]] = {}
        self._seen: dict[str, Stamp] = {}

    def seen(self, places: Iterable[str]) -> dict[str, Stamp]:
        """Return the stamps that places had when they were last looked at."""
        return {place: self._seen.get(place, GONE) for place in places}

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
        folder = PurePosixPath(in_newsroom(article)).parent
        places = [normpath(folder / relative), normpath(PurePosixPath(MEDIA_FOLDER) / relative)]
        if relative.parts[0] in MEDIA_FOLDERS:
            places.append(normpath(relative))
        # On some disks names are decomposed.
        places += [other for it in places if (other := normalize("NFD", it)) != it]
        if (size := max(len(place.encode()) for place in places)) > _MAX_PLACE:
            raise ValueError(f"leads to a path of {size:,} bytes; {_MAX_PLACE} are the most")
        inside = [place for place in places if place.partition("/")[0] in MEDIA_FOLDERS]
        for place in inside:
            file = self._root / place
            self._seen[place] = stamp(file)  # before looking, so that no change is missed
            if file.is_file():
                real = file.resolve()
                roots = [(self._root / folder).resolve() for folder in MEDIA_FOLDERS]
                if not any(map(real.is_relative_to, roots)):
                    message = f'"{name}" is a link out of articles/ and media/; copy the file there'
                    raise ValueError(message)
                return file, inside
        if not inside:
            raise ValueError(f'"{name}" leads out of articles/ and media/; copy the file there')
        return None, inside

    def similar(self, places: Iterable[str]) -> Iterator[str]:
        """Yield the names of files at the places of a missing one, but for upper and lower case."""
        for place in places:
            file = self._root / place
            with suppress(OSError):
                names = sorted(entry.name for entry in file.parent.iterdir())
                yield from (it for it in names if it.casefold() == file.name.casefold())

    def notes(self, measure: Measure, name: str) -> Iterator[str]:
        """Yield a sentence for each thing that readers do not get of a file.

        :param name: the file as the record has it.
        """
        yield from measure.notes(name)
        resized = self._resizes and measure.type in RESIZED
        if measure.type.startswith("image/") and not resized:
            yield from too_large(name, measure.length, measure.width, measure.height)

    def measure(self, file: Path) -> Measure:
        """Return the facts about a file. A file that did not change is not read again.

        :raises OSError: it cannot be read, or changed meanwhile.
        :raises ValueError: it is no plain file.
        """
        before = stamp(file)
        known = self._known.get(file)
        if known and known[0] == before:
            return known[1]
        measure = measured(file.relative_to(self._root).as_posix(), file)
        self._known[file] = (before, measure)
        return measure


def measured(path: str, file: Path) -> Measure:
    """Return the facts about a file.

    :param path: as readers see it.
    :raises OSError: it cannot be read.
    :raises ValueError: it is no plain file.
    """
    with open_regular(file) as data:
        stamp = stamp_of(os.fstat(data.fileno()))
        kind = media_type(data.read(_HEAD))
        width, height = _dimensions(data) if kind.startswith("image/") else (-1, -1)
        data.seek(0)
        original = media_digest(data)
        published = published_parts(data, kind, data.tell())
        sent = PublishedFile(data, published.parts)
        return Measure(
            path=path,
            digest=original if published.whole else media_digest(sent),
            type=kind,
            length=sent.length,
            width=round(width) if width >= 1 else None,
            height=round(height) if height >= 1 else None,
            published=published,
            original=original,
            stamp=stamp,
        )


def _dimensions(data: BufferedReader) -> tuple[int | float, int | float]:
    """Return width and height of a picture; -1 for an incomplete one, which may still be shown."""
    import imagesize  # of use to the processes that read pictures alone; it takes a while

    data.seek(0)
    width = height = -1
    with suppress(ValueError):
        width, height = imagesize.get(data)  # pyright: ignore[reportUnknownMemberType]
    return width, height
