"""Readers of the values of a record, which collect every problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar
from unicodedata import normalize
from zoneinfo import ZoneInfo

from feedsvc.errors import MAX_PROBLEMS, Problem, RecordError
from feedsvc.ingest.media import Library, Measure, too_large
from feedsvc.ingest.record import markup, value_types
from feedsvc.ingest.record.dates import parse_date
from feedsvc.ingest.record.focus import point
from feedsvc.ingest.record.other_systems import hint
from feedsvc.ingest.record.parsed import Value
from feedsvc.model.article import Comments, Image, Media, Person, Related
from feedsvc.model.text import absolute_url, clean_text

Item = TypeVar("Item")

MAX_RELATED = 10
"""Related stories of an article: as many as readers look through below a text."""
MAX_ITEMS = {
    "related": MAX_RELATED,
    "sections": 10,
    **dict.fromkeys(("keywords", "byline", "media"), 100),
    "images": 500,
}
"""Items of the lists of a record: each costs time, and each section and author has feeds."""
_NO_PICTURE = "has no file and no url, so readers see no picture; add one of the two"
_SOURCES = ("file", "url")  # of a picture: exactly one is given


class Fields:
    """Reads the values of one record, and collects their problems.

    :param file: the file, as problems name it.
    :param path: its path below ``articles/``.
    """

    def __init__(self, file: str, path: str, zone: ZoneInfo, library: Library) -> None:
        self.problems: list[Problem] = []
        self.dependencies: set[str] = set()
        """Paths, below the newsroom's folder, where its pictures and sounds are or would be."""
        self.files: dict[str, Measure] = {}
        """The pictures and sounds that were found, by path."""
        self._wrong = 0
        self._file = file
        self._path = path
        self._zone = zone
        self.media_files = library

    def report(self, value: Value | None, key: str, message: str, *, note: bool = False) -> None:
        """Collect a problem at a value; at the top of the file without one.

        :raises RecordError: there are more than are shown.
        """
        line, column = (value.line, value.column) if value else (1, 1)
        message = " ".join(message.split())
        self.problems.append(Problem(self._file, line, column, key, message, note))
        self._wrong += not note
        if self._wrong > MAX_PROBLEMS:
            raise RecordError(self.problems, dependencies=tuple(self.dependencies))

    def mapping(
        self, given: Mapping[str, Value], known: Mapping[str, Reader], name: str = ""
    ) -> dict[str, Any]:
        """Read the keys of the record, or of the mapping called ``name`` in it."""
        values: dict[str, Any] = {}
        for key, value in given.items():
            full = f"{name}.{key}" if name else key
            read = known.get(key)
            if read is None:
                where = f"a key of {name}" if name else "a key of a record"
                self.report(value, full, f"is not {where}.{hint(key, known)}")
                continue
            for content in self._read(value, full, read):
                values[key] = content
        return values

    def _read(
        self, value: Value, key: str, read: Callable[[Fields, Value, str], Item]
    ) -> Iterator[Item]:
        """Yield the contents of a value; none of a blank one. A wrong one is reported."""
        if value.rest:
            hint = f'put it in quotes if "#{value.rest}" belongs to it'
            self.report(value, key, f'is read as "{value.data}"; {hint}', note=True)
        if value.blank:
            return
        try:
            yield read(self, value, key)
        except ValueError as error:
            self.report(value, key, str(error))

    def date(self, value: Value, _key: str) -> datetime:
        """Return a moment in UTC."""
        return parse_date(clean_text(value.text), self._zone)

    def texts(self, value: Value, key: str) -> tuple[str, ...]:
        """Return a list of texts, each once."""
        if isinstance(value.data, str):
            raise ValueError(f"must be a list: {key}: [{value.data}]")
        return tuple(dict.fromkeys(self.each(value, key, LINE)))

    def byline(self, value: Value, key: str) -> tuple[Person, ...]:
        """Return the names of a byline."""
        if isinstance(value.data, str):
            return tuple(map(Person, value_types.names(LINE(self, value, key))))
        return tuple(dict.fromkeys(self.each(value, key, Fields._person)))

    def _person(self, value: Value, key: str) -> Person:
        if isinstance(value.data, str):
            return Person(LINE(self, value, key))
        values = self._sub(value, key, PERSON)
        if "name" not in values:
            raise ValueError("lacks its name: {name: …, email: …, url: …}")
        return Person(**values)

    def image(self, value: Value, key: str) -> tuple[Image, ...]:
        """Return a picture; none if there are only words about it, as in a page saved as text."""
        data = value.data
        if isinstance(data, str) and data.strip():
            source = "url" if re.match(r"https?:", data.strip(), re.IGNORECASE) else "file"
            value = Value(value.line, value.column, {source: value})
        elif isinstance(data, dict) and all(key not in data or data[key].blank for key in _SOURCES):
            self._sub(value, key, IMAGE)
            self.report(value, key, _NO_PICTURE, note=True)
            return ()
        image = Image(**self._of_file(value, key, IMAGE, ("image",)))
        if image.url:
            for message in too_large(image.url, image.length, image.width, image.height):
                self.report(value, key, message, note=True)
        return (image,)

    def images(self, value: Value, key: str) -> tuple[Image, ...]:
        """Return a list of pictures."""
        return tuple(chain.from_iterable(self.each(value, key, Fields.image)))

    def media(self, value: Value, key: str) -> tuple[Media, ...]:
        """Return a list of sounds and films."""
        return tuple(self.each(value, key, Fields._medium))

    def _medium(self, value: Value, key: str) -> Media:
        return Media(**self._of_file(value, key, MEDIA, ("audio", "video")))

    def related(self, value: Value, key: str) -> tuple[Related, ...]:
        """Return pointers at other stories, in the order given."""
        stories = self.each(value, key, Fields._story)
        for story in stories:
            if stories.count(story) > 1:
                raise ValueError(f'names "{story.ref or story.url or story.headline}" twice')
        return tuple(stories)

    def _story(self, value: Value, key: str) -> Related:
        if isinstance(value.data, str):
            typed = clean_text(value.text)
            if re.match(r"https?:", typed, re.IGNORECASE):
                return Related(url=absolute_url(typed))
            return Related(ref=value_types.reference(typed))
        values = self._sub(value, key, RELATED)
        if not values:
            raise ValueError("must be an id, a path, a URL or {headline: …, url: …}")
        return Related(**values)

    def comments(self, value: Value, key: str) -> Comments:
        """Return the address and the number of the comments on an article."""
        return Comments(**self._sub(value, key, COMMENTS))

    def each(
        self, value: Value, key: str, read: Callable[[Fields, Value, str], Item]
    ) -> list[Item]:
        """Read every item of a list; a bad one is reported and left out."""
        if not isinstance(value.data, list):
            raise ValueError("must be a list, each item on a line that begins with a hyphen")
        if len(value.data) > MAX_ITEMS.get(key, len(value.data)):
            raise ValueError(f"has {len(value.data):,} items; {MAX_ITEMS[key]} are the most")
        return [content for item in value.data for content in self._read(item, key, read)]

    def _sub(self, value: Value, key: str, known: Mapping[str, Reader]) -> dict[str, Any]:
        if not isinstance(value.data, dict):
            sample = ", ".join(f"{name}: …" for name in known)
            raise ValueError(f"must be a mapping: {{{sample}}}")
        return self.mapping(value.data, known, key)

    def _of_file(
        self, value: Value, key: str, known: Mapping[str, Reader], kinds: tuple[str, ...]
    ) -> dict[str, Any]:
        before = len(self.problems)
        values = self._sub(value, key, known)
        name = values.pop("file", None)
        if before == len(self.problems) and (name is None) == ("url" not in values):
            raise ValueError("needs a file or a url, one of the two")
        if name is not None:
            self._measure(value, key, name, values)
        kind = values.get("type")
        if kind is not None and kind.split("/")[0] not in kinds:
            better = "; save it as JPEG" if "image" in kinds else "; save it as MP3 or MP4"
            given, advice = (kind, "") if kind else ("of a kind feeds do not carry", better)
            raise ValueError(f"is {given}, not {' or '.join(kinds)}{advice}")
        return values

    def measured(self, name: str) -> Measure:
        """Return the measured facts about a file of the newsroom.

        :raises ValueError: there is none, or it cannot be read.
        """
        try:
            file, places = self.media_files.find(name, self._path)
            self.dependencies.update(places)
            if file is None:
                looked = " and ".join(dict.fromkeys(normalize("NFC", place) for place in places))
                similar = next(self.media_files.similar(places), "")
                guess = f'; did you mean "{similar}"?' if similar else ""
                raise ValueError(f'there is no file "{name}"; looked for {looked}{guess}')
            measure = self.media_files.measure(file)
        except OSError as error:
            raise ValueError(f'"{name}" cannot be read: {error.strerror}') from None
        self.files[measure.path] = measure
        return measure

    def missing_article(self, name: str) -> str:
        """Return the message about a link to an article without a file; empty if there is one."""
        try:
            at = "root" if name[0] == "/" else self._path  # a slash begins at articles/
            file, places = self.media_files.find(name.lstrip("/"), at)
        except ValueError as error:
            return str(error)
        if file is not None:
            return ""
        self.dependencies.update(places)  # the note goes when the file comes
        guess = "".join(f'; did you mean "{it}"?' for it in self.media_files.similar(places))
        return f'there is no article file "{name}", so only the words of the link stay{guess}'

    def _measure(self, value: Value, key: str, name: str, values: dict[str, Any]) -> None:
        """Replace the values of a record by the facts that were measured from its file."""
        measure = self.measured(name)
        values |= {"path": measure.path, "digest": measure.digest}
        for message in self.media_files.notes(measure, name):
            self.report(value, f"{key}.file", message, note=True)
        for fact in ("type", "length", "width", "height"):
            real, typed = getattr(measure, fact), values.get(fact)
            if real is None:  # a sound has no width, nor has every picture
                continue
            if real and typed not in (None, real):
                message = f"is {real}, measured from the file; leave it out"
                self.report(value, f"{key}.{fact}", message, note=True)
            values[fact] = real


Reader = Callable[[Fields, Value, str], Any]


def typed(read: Callable[[str], Item]) -> Callable[[Fields, Value, str], Item]:
    """Return the reader of a key whose value a function takes as it was typed."""
    return lambda _fields, value, _key: read(value.text)


def text(read: Callable[[str], Item]) -> Callable[[Fields, Value, str], Item]:
    """Return the reader of a key whose value a function takes as one line."""
    return typed(lambda line: read(clean_text(line)))


def noted(read: Callable[[str], tuple[str, str]]) -> Callable[[Fields, Value, str], str]:
    """Return the reader of a key from a function that returns a text, and a note if any."""

    def reader(fields: Fields, value: Value, key: str) -> str:
        text, note = read(value.text)
        if note:
            fields.report(value, key, note, note=True)
        return text

    return reader


LINE, WORDS, TEXT = noted(value_types.line), noted(markup.words), typed(clean_text)
URL, _SIZE, _TYPE = map(text, (absolute_url, value_types.size, value_types.media_type))

PERSON: dict[str, Reader] = {"name": LINE, "email": text(value_types.email), "url": URL}
IMAGE: dict[str, Reader] = {
    "file": TEXT,
    "url": URL,
    **dict.fromkeys(("caption", "credit", "alt"), WORDS),
    **dict.fromkeys(("width", "height", "length"), _SIZE),
    "type": _TYPE,
    "focus": lambda _fields, value, _key: point(value),
}
MEDIA: dict[str, Reader] = {
    "file": TEXT,
    "url": URL,
    "title": WORDS,
    "duration": text(value_types.duration),
    "type": _TYPE,
    "length": _SIZE,
}
RELATED: dict[str, Reader] = {"headline": LINE, "url": URL}
COMMENTS: dict[str, Reader] = {"url": URL, "count": text(value_types.number)}
