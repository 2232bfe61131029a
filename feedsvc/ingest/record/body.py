"""The text of a record, its body or its teaser: HTML for readers, files, links and problems."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import unquote

from feedsvc.errors import Problem
from feedsvc.ingest.files import is_json
from feedsvc.ingest.html.file_links import linked_article, without_addresses
from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.ingest.record.fields import Fields
from feedsvc.ingest.record.foreign_marks import foreign_marks
from feedsvc.ingest.record.markdown import render_markdown
from feedsvc.ingest.record.parsed import ParsedFile, Value
from feedsvc.ingest.record.places import Places
from feedsvc.model.article import Related
from feedsvc.model.paths import in_newsroom, media_path
from feedsvc.model.text import clean_characters

MAX_FILES = 1000
"""Pictures and sounds of the newsroom in a body: each is looked for, and watched from then on."""

_SHOWN = {
    "image": ("image/", "no picture"),
    "media": (("audio/", "video/"), "no sound and no film"),
    "link": (("image/", "audio/", "video/", "application/pdf"), "no picture, sound, film or PDF"),
}
"""The media types that a body may show, and the message about others."""


class BodyReader:
    """Makes clean HTML of one text of a record, and reports the parts that readers do not get.

    :param path: of the record, below ``articles/``.
    :param text: of the whole file.
    :param key: the key of the record that holds the text, for the problems.
    :param value: where it is in the file; None where it is below the front matter.
    """

    def __init__(
        self,
        path: str,
        text: str,
        parsed: ParsedFile,
        fields: Fields,
        key: str,
        value: Value | None,
    ) -> None:
        self.links: dict[Related, None] = {}
        """The articles that the text links to, in order."""
        self._path = path
        self._text = text
        self._line = parsed.line
        self._fields = fields
        self._key = key
        self._value = value
        self._left_out = False
        self._addresses: dict[tuple[str, str], str | None] = {}
        """Of the files that the text shows, by name and kind."""
        self._too_many = ""

    def html(self, typed: str, page: str, *, markdown: bool = True) -> str:
        """Return a text as clean HTML.

        :param page: the address that relative ones in it are relative to.
        """
        try:
            markup = render_markdown(typed) if markdown else typed
            closed = markdown and "<" not in typed
            cleaned = clean_html(markup, page, self._body_url, self._note, closed=closed)
        except ValueError as error:
            self._fields.report(self._value, self._key, str(error))
            return ""
        for mark, message in foreign_marks(markup, cleaned):
            self._note(mark, message)
        if not cleaned and self._left_out:
            message = "nothing of it is left for readers; the notes say what is left out"
            self._fields.problems.append(self._at("", message))
        if self._too_many:
            self._fields.report(self._value, self._key, self._too_many)
        return without_addresses(cleaned) if self.links else cleaned

    def _note(self, tag: str, message: str) -> None:
        """Report a part of the text that readers do not get."""
        self._left_out = True
        self._fields.problems.append(self._at(tag, message, note=True))

    def _body_url(self, source: str, kind: str) -> str | None:
        """Return the address of a file that the text shows or links to."""
        try:
            return self._file_url(source, kind)
        except ValueError as error:
            if kind != "link":
                raise
            self._too_many = str(error)  # the parser of HTML would swallow the error
            return None

    def _file_url(self, source: str, kind: str) -> str | None:
        """Return the address of a file that the text shows; report a missing one.

        :raises ValueError: there are too many.
        """
        if (source, kind) not in self._addresses:
            if len(self._addresses) == MAX_FILES:
                raise ValueError(f"shows more than {MAX_FILES:,} files; that is the most")
            self._addresses[source, kind] = self._find_file(source, kind)
        return self._addresses[source, kind]

    def _find_file(self, source: str, kind: str) -> str | None:
        name = clean_characters(unquote(source.partition("?")[0].partition("#")[0]))
        article = linked_article(source, self._path) if kind == "link" else None
        if article:
            self.links[Related(article[0])] = None
            if missing := self._fields.missing_article(name):
                self._fields.problems.append(self._at(name, missing, note=True))
            return article[1]
        types, message = _SHOWN[kind]
        try:
            measure = self._fields.measured(name)
        except ValueError as error:
            self._fields.problems.append(self._at(name, str(error), note=kind == "link"))
            return None
        if not measure.type.startswith(types):
            problem = self._at(name, f'"{name}" is {message}', note=kind == "link")
            self._fields.problems.append(problem)
            return None
        for note in self._fields.media_files.notes(measure, name):
            self._fields.problems.append(self._at(name, note, note=True))
        return media_path(measure.digest, measure.path)

    def _at(self, word: str, message: str, *, note: bool = False) -> Problem:
        """Return a problem at a word of the text."""
        line, column = self._places.find(word)
        return Problem(in_newsroom(self._path), line, column, self._key, message, note)

    @cached_property
    def _places(self) -> Places:
        value = self._value
        line, column = (value.line, value.column) if value else (self._line, 1)
        return Places(self._text, line, column, escaped=is_json(self._path))
