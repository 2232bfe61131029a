"""The keys of a record: what each may hold, read one by one, every problem collected."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from feedsvc.errors import Problem, did_you_mean
from feedsvc.ingest.files import SUFFIXES
from feedsvc.ingest.record import value_types
from feedsvc.ingest.record.dates import parse_date
from feedsvc.model.article import Comments, Image, Media, Person, Related
from feedsvc.model.paths import below_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from feedsvc.ingest.media import Library, Measure
    from feedsvc.ingest.record.parsed import Value

    Item = TypeVar("Item")

MAX_RELATED = 10
WHERE = ("file", "url")
"""Keys that say where a picture is."""


def reference(text: str) -> str:
    """Return a pointer at an article, an id or a path, in its one form."""
    path = PurePosixPath(below_articles(text).strip("/"))
    return str(path.with_suffix("")) if path.suffix in SUFFIXES else str(path)


class Fields:
    """Reads the values of one record; what is wrong is collected in ``problems``."""

    def __init__(self, file: str, path: str, zone: ZoneInfo, library: Library) -> None:
        """Take the file as problems name it, and its path below ``articles/``."""
        self.problems: list[Problem] = []
        self.dependencies: set[str] = set()
        """Places, below the newsroom's folder, where the record's files are or would be."""
        self.files: dict[str, Measure] = {}
        """The pictures and sounds that are there."""
        self._file = file
        self._path = path
        self._zone = zone
        self._library = library

    def report(self, value: Value | None, key: str, message: str, *, note: bool = False) -> None:
        """Collect a problem at a value; at the top of the file without one."""
        line, column = (value.line, value.column) if value else (1, 1)
        said = " ".join(message.split())
        self.problems.append(Problem(self._file, line, column, key, said, note))

    def mapping(
        self, given: Mapping[str, Value], known: Mapping[str, Reader], name: str = ""
    ) -> dict[str, Any]:
        """Read the keys of the record, or of the mapping called ``name`` in it."""
        found: dict[str, Any] = {}
        for key, value in given.items():
            full = f"{name}.{key}" if name else key
            read = known.get(key)
            if read is None:
                where = f"a key of {name}" if name else "a key of a record"
                hint = did_you_mean(key, known) or f" Known are {', '.join(known)}."
                self.report(value, full, f"is not {where}.{hint}")
                continue
            self._note_rest(value, full)
            if value.blank:
                continue  # a key without a value is as good as none
            try:
                found[key] = read(self, value, full)
            except ValueError as error:
                self.report(value, full, str(error))
        return found

    def _note_rest(self, value: Value, key: str) -> None:
        if value.rest:
            said = f'is read as "{value.data}"; put it in quotes if "#{value.rest}" belongs to it'
            self.report(value, key, said, note=True)

    def date(self, value: Value, _key: str) -> datetime:
        """Return a moment in UTC."""
        return parse_date(value_types.text(value), self._zone)

    def texts(self, value: Value, key: str) -> tuple[str, ...]:
        """Return a list of texts, each once."""
        if isinstance(value.data, str):
            raise ValueError(f"must be a list: {key}: [{value.data}]")
        return tuple(dict.fromkeys(self._each(value, key, _scalar(value_types.line))))

    def byline(self, value: Value, key: str) -> tuple[Person, ...]:
        """Return the names of a byline."""
        if isinstance(value.data, str):
            return (Person(value_types.line(value)),)
        return tuple(dict.fromkeys(self._each(value, key, Fields._person)))

    def _person(self, value: Value, key: str) -> Person:
        if isinstance(value.data, str):
            return Person(value_types.line(value))
        found = self._sub(value, key, PERSON)
        if "name" not in found:
            raise ValueError("lacks its name: {name: …, email: …, url: …}")
        return Person(**found)

    def image(self, value: Value, key: str) -> tuple[Image, ...]:
        """Return a picture; none where there are only words about it, as on a page's plain text."""
        data = value.data
        if isinstance(data, dict) and all(key not in data or data[key].blank for key in WHERE):
            self._sub(value, key, IMAGE)
            said = "has no file and no url, so readers see no picture; add one of the two"
            self.report(value, key, said, note=True)
            return ()
        return (Image(**self._of_file(value, key, IMAGE, ("image",))),)

    def images(self, value: Value, key: str) -> tuple[Image, ...]:
        """Return a list of pictures."""
        return tuple(image for found in self._each(value, key, Fields.image) for image in found)

    def media(self, value: Value, key: str) -> tuple[Media, ...]:
        """Return a list of sounds and films."""
        return tuple(self._each(value, key, Fields._medium))

    def _medium(self, value: Value, key: str) -> Media:
        return Media(**self._of_file(value, key, MEDIA, ("audio", "video")))

    def related(self, value: Value, key: str) -> tuple[Related, ...]:
        """Return pointers at other stories, in the order given."""
        if isinstance(value.data, list) and len(value.data) > MAX_RELATED:
            raise ValueError(f"has {len(value.data)} stories; keep the {MAX_RELATED} best")
        found = self._each(value, key, Fields._story)
        for story in found:
            if found.count(story) > 1:
                raise ValueError(f'names "{story.ref or story.url or story.headline}" twice')
        return tuple(found)

    def _story(self, value: Value, key: str) -> Related:
        if isinstance(value.data, str):
            typed = value_types.text(value)
            if re.match(r"https?:", typed, re.IGNORECASE):
                return Related(url=value_types.url(value))
            return Related(ref=reference(typed))
        found = self._sub(value, key, RELATED)
        if not found:
            raise ValueError("must be an id, a path, a URL or {headline: …, url: …}")
        return Related(**found)

    def comments(self, value: Value, key: str) -> Comments:
        """Return where an article is discussed, and how much."""
        return Comments(**self._sub(value, key, COMMENTS))

    def _each(
        self, value: Value, key: str, read: Callable[[Fields, Value, str], Item]
    ) -> list[Item]:
        """Read every item of a list; a bad one is reported and left out."""
        if not isinstance(value.data, list):
            raise ValueError("must be a list, each item on a line that begins with a hyphen")
        found: list[Item] = []
        for item in value.data:
            self._note_rest(item, key)
            if item.blank:
                continue
            try:
                found.append(read(self, item, key))
            except ValueError as error:
                self.report(item, key, str(error))
        return found

    def _sub(self, value: Value, key: str, known: Mapping[str, Reader]) -> dict[str, Any]:
        if not isinstance(value.data, dict):
            sample = ", ".join(f"{name}: …" for name in known)
            raise ValueError(f"must be a mapping: {{{sample}}}")
        return self.mapping(value.data, known, key)

    def _of_file(
        self, value: Value, key: str, known: Mapping[str, Reader], kinds: tuple[str, ...]
    ) -> dict[str, Any]:
        before = len(self.problems)
        found = self._sub(value, key, known)
        name = found.pop("file", None)
        if before == len(self.problems) and (name is None) == ("url" not in found):
            raise ValueError("needs a file or a url, one of the two")
        if name is not None:
            self._measure(value, key, name, found)
        kind = found.get("type")
        if kind is not None and kind.split("/")[0] not in kinds:
            raise ValueError(
                f"is {kind or 'of a kind feeds do not carry'}, not {' or '.join(kinds)}"
            )
        return found

    def measured(self, name: str) -> Measure:
        """Return what a file of the newsroom really is.

        :raises ValueError: there is none, or it cannot be read.
        """
        try:
            file, places = self._library.find(name, self._path)
            self.dependencies.update(places)
            if file is None:
                raise ValueError(f'there is no file "{name}"; looked for {" and ".join(places)}')
            measure = self._library.measure(file)
        except OSError as error:
            raise ValueError(f'"{name}" cannot be read: {error.strerror}') from None
        self.files[measure.path] = measure
        return measure

    def _measure(self, value: Value, key: str, name: str, found: dict[str, Any]) -> None:
        """Put what the file really is in the place of what the record says."""
        measure = self.measured(name)
        found |= {"path": measure.path, "digest": measure.digest}
        for what in ("type", "length", "width", "height"):
            real, told = getattr(measure, what), found.get(what)
            if real is None:  # a sound has no width, and some pictures do not tell theirs
                continue
            if real and told not in (None, real):
                message = f"is {real}, measured from the file; leave it out"
                self.report(value, f"{key}.{what}", message, note=True)
            found[what] = real


if TYPE_CHECKING:
    Reader = Callable[[Fields, Value, str], Any]


def _scalar(read: Callable[[Value], Item]) -> Callable[[Fields, Value, str], Item]:
    """Make a reader of a single value one of a key."""
    return lambda _fields, value, _key: read(value)


_TEXT, _LINE = _scalar(value_types.text), _scalar(value_types.line)
_URL, _SIZE, _TYPE = (
    _scalar(value_types.url),
    _scalar(value_types.size),
    _scalar(value_types.media_type),
)

PERSON: dict[str, Reader] = {"name": _LINE, "email": _scalar(value_types.email), "url": _URL}
IMAGE: dict[str, Reader] = {
    "file": _TEXT,
    "url": _URL,
    "caption": _TEXT,
    "credit": _TEXT,
    "alt": _TEXT,
    "width": _SIZE,
    "height": _SIZE,
    "length": _SIZE,
    "type": _TYPE,
}
MEDIA: dict[str, Reader] = {
    "file": _TEXT,
    "url": _URL,
    "title": _TEXT,
    "duration": _scalar(value_types.duration),
    "type": _TYPE,
    "length": _SIZE,
}
RELATED: dict[str, Reader] = {"headline": _LINE, "url": _URL}
COMMENTS: dict[str, Reader] = {"url": _URL, "count": _scalar(value_types.number)}
RECORD: dict[str, Reader] = {
    "id": _scalar(value_types.identifier),
    "headline": _LINE,
    "summary": _TEXT,
    "byline": Fields.byline,
    "section": _scalar(value_types.section),
    "published": Fields.date,
    "updated": Fields.date,
    "language": _scalar(value_types.language),
    "keywords": Fields.texts,
    "image": Fields.image,
    "images": Fields.images,
    "media": Fields.media,
    "related": Fields.related,
    "status": _scalar(value_types.status),
    "embargoed": Fields.date,
    "expires": Fields.date,
    "note": _TEXT,
    "slug": _scalar(value_types.slug),
    "url": _URL,
    "comments": Fields.comments,
    "body": _scalar(value_types.prose),
    "body_html": _scalar(value_types.prose),
}
"""Every key of a record with what reads it; ``body`` and ``body_html`` are for JSON."""


KEYS = (
    "id", "headline", "summary", "byline", "section", "published", "updated", "language",
    "keywords", "image", "images", "media", "related", "status", "embargoed", "expires",
    "note", "slug", "url", "comments", "body",
)  # fmt: skip
"""The keys of a record in the order records are written in."""
