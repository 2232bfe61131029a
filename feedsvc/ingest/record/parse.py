"""An article file becomes an Article, or a RecordError that names every problem at once."""

import re
from datetime import datetime
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import UNPRINTABLE, Problem, RecordError
from feedsvc.ingest.files import is_json
from feedsvc.ingest.html.file_links import linked_article, without_addresses
from feedsvc.ingest.html.opening import without_headline
from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.ingest.html.summary import summary_of
from feedsvc.ingest.media import Library, Measure
from feedsvc.ingest.record.fields import Fields
from feedsvc.ingest.record.foreign_marks import foreign_marks
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.keys import RECORD, note_fields
from feedsvc.ingest.record.markdown import render_markdown
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.parsed import ParsedFile, Value, decode
from feedsvc.ingest.record.pictures import with_pictures
from feedsvc.ingest.record.places import Places
from feedsvc.model import paths
from feedsvc.model.article import Article, Related
from feedsvc.model.paths import in_newsroom, media_path
from feedsvc.model.text import clean_characters, plain_text
from feedsvc.model.topics import topics
from feedsvc.model.urls import HERE

MAX_FILES = 1000
"""Pictures and sounds of the newsroom in a body: each is looked for, and watched from then on."""

_SHOWN = {
    "image": ("image/", "no picture"),
    "media": (("audio/", "video/"), "no sound and no film"),
    "link": (("image/", "audio/", "video/", "application/pdf"), "no picture, sound, film or PDF"),
}
"""The media types that a body may show, and the message about others."""

_BODIES = ("body_html", "body")

_COPIED = (
    "headline byline published language keywords media related status embargoed expires url "
    "comments"
).split()
"""Keys whose values become fields of the Article unchanged."""


class Record(Struct, frozen=True):
    """The contents of an article file."""

    article: Article | None
    """None for a draft."""
    notes: tuple[Problem, ...]
    """Problems that do not keep the article from being published."""
    dependencies: tuple[str, ...]
    """Paths, below the newsroom's folder, where its pictures and sounds are or would be."""
    files: tuple[Measure, ...]
    """Its pictures and sounds."""
    names_id: bool = False
    """Whether it says the article's id, which is else the path of the file."""
    updated_at: tuple[int, int] = (1, 1)
    """Line and column of the key that dates its last change."""


def parse(path: str, data: bytes, config: Config, library: Library) -> Record:
    """Return the contents of an article file.

    :param path: below ``articles/``.
    :raises RecordError: with every problem found.
    """
    name = in_newsroom(path)
    text = decode(name, data)
    parsed = read_json(name, text) if is_json(path) else read_markdown(name, text)
    fields = Fields(name, path, ZoneInfo(config.site.timezone), library)
    parser = _Parser(path, text, parsed, fields, config)
    parser.check()
    article = parser.article()
    problems = (*parsed.problems, *fields.problems)
    dependencies, files = tuple(sorted(fields.dependencies)), tuple(fields.files.values())
    if any(not problem.note for problem in problems):
        raise RecordError(problems, dependencies=dependencies)
    key = parsed.keys.get("updated") or parsed.keys.get("note") or Value(1, 1, "")
    place = key.line, key.column
    return Record(article, problems, dependencies, files, parser.names_id, place)


class _Parser:
    """Checks the keys against each other, fills in the defaults, and builds the article."""

    def __init__(
        self, path: str, text: str, parsed: ParsedFile, fields: Fields, config: Config
    ) -> None:
        self._path = path
        self._parsed = parsed
        self._fields = fields
        self._values = fields.mapping(parsed.keys, RECORD)
        self._config = config
        self._draft = self._values.get("status") == "draft"
        self._text = text
        self._updated: datetime | None = None
        self._places: Places | None = None
        self._left_out = False
        self._addresses: dict[tuple[str, str], str | None] = {}
        """Of the files that the body shows, by name and kind."""
        self._links: dict[Related, None] = {}
        """The articles that the body links to, in order."""
        self._too_many = ""

    def _report(self, key: str, message: str, *, note: bool = False) -> None:
        self._fields.report(self._parsed.keys.get(key), key, message, note=note)

    def check(self) -> None:
        """Report keys that are missing, and values that contradict each other."""
        reported = {problem.key for problem in self._fields.problems}
        if not self._values.get("headline") and "headline" not in reported:
            self._report("headline", "is missing; add headline: …")
        if "published" not in self._values and not self._draft and "published" not in reported:
            self._report("published", "is missing; add published: 2026-11-21 08:30")
        if "body" in self._values and self._parsed.body.strip():
            self._report("body", "belongs below the front matter of a Markdown file, not in it")
        if "body" in self._values and "body_html" in self._values:
            self._report("body_html", "and body are both given; keep one")
        self._check_updated()
        self._check_order("expires", "published")
        self._check_order("expires", "embargoed")
        if self._values.get("status") == "canceled" and "note" not in self._values:
            self._report("note", "is missing; say why, readers will see it", note=True)

    def _check_updated(self) -> None:
        """Fill in the moment of the last change: no correction is older than the article."""
        published: datetime | None = self._values.get("published")
        typed: datetime | None = self._values.get("updated")
        if published and typed and typed < published:
            day = f"{published:%Y-%m-%d %H:%M}"
            self._report("updated", f"is before published ({day} UTC), so that counts", note=True)
        dates = [note.moment for note in note_fields(self._values.get("note", "")).get("notes", ())]
        self._updated = max(filter(None, (published, typed, *dates)), default=None)

    def _check_order(self, late: str, early: str) -> None:
        first: datetime | None = self._values.get(early)
        second: datetime | None = self._values.get(late)
        if first and second and second < first:
            message = f"is before {early} ({first:%Y-%m-%d %H:%M} UTC); it must not be earlier"
            self._report(late, message)

    def article(self) -> Article | None:
        """Return the article; None for a draft, and where something is missing."""
        values = self._values
        stem = PurePosixPath(normalize("NFC", self._path)).with_suffix("")
        article_id = values.get("id", str(stem))
        slug, section = values.get("slug", stem.name), values.get("section", self._folder())
        self._check_id(article_id)
        self._check_related(article_id, str(stem))
        site = self._config.site.url or HERE
        body = self._html("/".join(part for part in (site, section, slug) if part))
        typed, body = body, without_headline(body, values.get("headline", ""))
        if typed != body:
            self._report("headline", "is repeated by the text, where it is left out", note=True)
        summary = values.get("summary") or summary_of(body)
        made = "" if values.get("summary") else summary.rstrip("…")
        named = (*values.get("image", ()), *values.get("images", ()))
        files, given = self._fields.files.values(), self._parsed.keys.get("image")
        lead = given is None or not isinstance(given.data, dict)
        body, images = with_pictures(body, named, files, lead=lead)
        if self._draft or not {"headline", "published"} <= values.keys():
            return None
        return Article(
            **{key: values[key] for key in _COPIED if key in values},
            id=article_id,
            slug=slug,
            section=section,
            path=self._path,
            updated=self._updated or values["published"],
            **note_fields(values.get("note", "")),
            summary=summary,
            summarized=bool(made) and not plain_text(body).startswith(made),
            images=images,
            links=tuple(self._links),
            body=body,
            topics=self._topics(section),
        )

    def _topics(self, section: str) -> tuple[str, ...]:
        language = self._values.get("language") or self._config.language(section)
        if self._config.languages == [language]:
            language = ""  # a newsroom of one language needs no feed of it
        byline, keywords = (self._values.get(key, ()) for key in ("byline", "keywords"))
        return topics(byline, keywords, language, self._config.feeds.by)

    def _folder(self) -> str:
        folder = str(PurePosixPath(self._path).parent)
        if folder == "." or self._given("section"):
            return ""
        try:
            return paths.section_path(folder)
        except ValueError as error:
            self._report("section", f"from the folder: {error}; or give the record a section")
            return ""

    def _given(self, key: str) -> bool:
        return key in self._parsed.keys and not self._parsed.keys[key].blank

    @property
    def names_id(self) -> bool:
        """Return whether the record says the article's id."""
        return "id" in self._values

    def _check_id(self, article_id: str) -> None:
        if UNPRINTABLE.search(PurePosixPath(self._path).name):
            self._report("", "the file's name has characters that cannot be seen; rename it")
        if not self._given("id") and re.search(r"\s", article_id):
            message = f'from the file\'s name: "{article_id}" has spaces; rename it, or add an id'
            self._report("id", message)

    def _check_related(self, article_id: str, stem: str) -> None:
        related: tuple[Related, ...] = self._values.get("related", ())
        if any(story.ref and story.ref in (article_id, stem) for story in related):
            self._report("related", "names the article itself; leave it out")

    def _html(self, page: str) -> str:
        try:
            prose = self._values.get("body") or self._parsed.body
            markup = self._values.get("body_html") or render_markdown(prose)
            cleaned = clean_html(markup, page, self._body_url, self._note_in_body)
        except ValueError as error:
            self._report("body", str(error))
            return ""
        for mark, message in foreign_marks(markup, cleaned):
            self._note_in_body(mark, message)
        if not cleaned and self._left_out:
            message = "nothing of it is left for readers; the notes say what is left out"
            self._fields.problems.append(self._at_body("", message))
        if self._too_many:
            self._report("body", self._too_many)
        return without_addresses(cleaned) if self._links else cleaned

    def _note_in_body(self, tag: str, message: str) -> None:
        """Report a part of the body that readers do not get."""
        self._left_out = True
        self._fields.problems.append(self._at_body(tag, message, note=True))

    def _body_url(self, source: str, kind: str) -> str | None:
        """Return the address of a file that the body shows or links to."""
        try:
            return self._file_url(source, kind)
        except ValueError as error:
            if kind != "link":
                raise
            self._too_many = str(error)  # the parser of HTML would swallow the error
            return None

    def _file_url(self, source: str, kind: str) -> str | None:
        """Return the address of a file that the body shows; report a missing one.

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
            self._links[Related(article[0])] = None
            return article[1]
        types, message = _SHOWN[kind]
        try:
            measure = self._fields.measured(name)
            wrong = "" if measure.type.startswith(types) else f'"{name}" is {message}'
        except ValueError as error:
            measure, wrong = None, str(error)
        if measure is None or wrong:
            self._fields.problems.append(self._at_body(name, wrong, note=kind == "link"))
            return None
        for note in measure.notes(name):
            self._fields.problems.append(self._at_body(name, note, note=True))
        return media_path(measure.digest, measure.path)

    def _at_body(self, word: str, message: str, *, note: bool = False) -> Problem:
        """Return a problem at a word of the body."""
        if self._places is None:
            self._places = self._body_places()
        line, column = self._places.find(word)
        return Problem(in_newsroom(self._path), line, column, "body", message, note)

    def _body_places(self) -> Places:
        value = next((self._parsed.keys[it] for it in _BODIES if it in self._values), None)
        line, column = (value.line, value.column) if value else (self._parsed.line, 1)
        return Places(self._text, line, column, escaped=is_json(self._path))
