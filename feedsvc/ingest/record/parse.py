"""An article file becomes an Article, or a RecordError that names every problem at once."""

import re
from datetime import datetime
from pathlib import PurePosixPath
from unicodedata import normalize
from zoneinfo import ZoneInfo

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import UNPRINTABLE, Problem, RecordError
from feedsvc.ingest.files import is_json
from feedsvc.ingest.html.opening import without_headline
from feedsvc.ingest.html.summary import summary_of
from feedsvc.ingest.media import Library, Measure
from feedsvc.ingest.record.body import BodyReader
from feedsvc.ingest.record.fields import Fields
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.keys import RECORD, note_fields
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.parsed import ParsedFile, Value, decode
from feedsvc.ingest.record.pictures import with_pictures
from feedsvc.ingest.record.value_types import MAX_KEY
from feedsvc.model import paths
from feedsvc.model.article import Article, Related
from feedsvc.model.paths import COMING, in_newsroom
from feedsvc.model.text import plain_text
from feedsvc.model.topics import topics
from feedsvc.model.urls import HERE

_COPIED = (
    "guid origin headline byline published language keywords media related status embargoed "
    "expires url comments"
).split()
"""Keys whose values become fields of the Article unchanged."""

_BODIES = ("body_html", "body")
_FOR_MEMBERS = ("images", "media")
"""Keys of a record for members that other readers get nothing of, as of its body."""


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
        self._members_only = self._given("access")
        # A text or file that only members get is not even read: so no message can name it either.
        unread = _FOR_MEMBERS if self._members_only else ()
        keys = {key: value for key, value in parsed.keys.items() if key not in unread}
        self._values = fields.mapping(keys, RECORD)
        self._config = config
        self._draft = self._values.get("status") == "draft"
        self._updated: datetime | None = None
        texts = ("teaser",) if self._members_only else _BODIES
        value = next((parsed.keys[it] for it in texts if it in self._values), None)
        self._body = BodyReader(path, text, parsed, fields, texts[-1], value)

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
        self._check_access()
        self._check_updated()
        self._check_order("expires", "published")
        self._check_order("expires", "embargoed")
        if self._values.get("status") == "canceled" and "note" not in self._values:
            self._report("note", "is missing; say why, readers will see it", note=True)

    def _check_access(self) -> None:
        if "teaser" in self._values and not self._members_only:
            message = "is for an article with access: members; add that, or leave the teaser out"
            self._report("teaser", message)
        if "access" in self._values and not {"teaser", "summary"} & self._values.keys():
            message = "leaves readers only the headline; give them a teaser or a summary"
            self._report("access", message, note=True)

    def _check_updated(self) -> None:
        """Fill in the moment of the last change: no correction is older than the article."""
        published: datetime | None = self._values.get("published")
        typed: datetime | None = self._values.get("updated")
        if published and typed and typed < published:
            day = f"{published:%Y-%m-%d %H:%M}"
            self._report("updated", f"is before published ({day} UTC), so that counts", note=True)
        dates = [note.moment for note in note_fields(self._values.get("note", "")).get("notes", ())]
        self._updated = max(filter(None, (published, typed, *dates)), default=None)
        is_usable = self._values.get("status", "usable") == "usable"
        if published and self._updated and "note" in self._values and is_usable:
            appeared = max(published, self._values.get("embargoed") or published)
            if min(dates, default=self._updated) <= appeared:
                message = "is not dated after readers got the article, so they do not see it"
                advice = "set updated, or its date, to the moment of the correction"
                self._report("note", f"{message}; {advice}", note=True)

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
        slug, (section, *others) = values.get("slug", stem.name), self._sections()
        self._check_id(article_id, section)
        self._check_related(article_id, str(stem))
        site = self._config.site.url or HERE
        body = self._html("/".join(part for part in (site, section, slug) if part))
        if (rest := without_headline(body, values.get("headline", ""))) != body:
            body = rest
            self._report("headline", "is repeated by the text, where it is left out", note=True)
        summary = values.get("summary") or summary_of(body)
        made = "" if values.get("summary") else summary.rstrip("…")
        named = (*values.get("image", ()), *values.get("images", ()))
        files, given = self._fields.files.values(), self._parsed.keys.get("image")
        lead = given is None or not isinstance(given.data, dict)
        body, images = with_pictures(body, named, files, lead=lead)
        if self._draft or "headline" not in values or "published" not in values:
            return None
        return Article(
            **{key: values[key] for key in _COPIED if key in values},
            id=article_id,
            slug=slug,
            section=section,
            other_sections=tuple(others),
            page_only=not values.get("feeds", True),
            members_only=self._members_only,
            path=self._path,
            updated=self._updated or values["published"],
            **note_fields(values.get("note", "")),
            summary=summary,
            summarized=bool(made) and not plain_text(body).startswith(made),
            images=images,
            links=tuple(self._body.links),
            body=body,
            topics=self._topics(section),
        )

    def _html(self, page: str) -> str:
        """Return the text for readers; of an article for members that is its teaser alone."""
        values = self._values
        if self._members_only:
            return self._body.html(values.get("teaser", ""), page)
        if "body_html" in values:
            return self._body.html(values["body_html"], page, markdown=False)
        return self._body.html(values.get("body") or self._parsed.body, page)

    def _topics(self, section: str) -> tuple[str, ...]:
        values = self._values
        language = values.get("language") or self._config.language(section)
        if self._config.languages == [language]:
            language = ""  # a newsroom of one language needs no feed of it
        byline, keywords = values.get("byline", ()), values.get("keywords", ())
        return topics(byline, keywords, language, self._config.feeds.by)

    def _sections(self) -> tuple[str, ...]:
        """Return the article's own section, then the others; report the ones it cannot have."""
        given: tuple[str, ...] = self._values.get("sections", ())
        first = given[0] if given else self._folder()
        section = self._values.get("section", first)
        if given and section != first:
            message = f'is "{section}", but sections begins with "{first}"; keep one of the two'
            self._report("section", message)
        for path in (section, *given[1:]):
            message, note = _reserved(path, self._config)
            if message:
                self._report("sections" if path in given else "section", message, note=note)
        return section, *given[1:]

    def _folder(self) -> str:
        folder = str(PurePosixPath(self._path).parent)
        if folder == "." or self._given("section") or self._given("sections"):
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

    def _check_id(self, article_id: str, section: str) -> None:
        if (size := len(f"{section}{article_id}".encode())) > MAX_KEY:
            message = f"and the section have {size:,} bytes together; {MAX_KEY:,} are the most"
            self._report("id", message)
        if UNPRINTABLE.search(PurePosixPath(self._path).name):
            self._report("", "the file's name has characters that cannot be seen; rename it")
        if not self._given("id") and re.search(r"\s", article_id):
            message = f'from the file\'s name: "{article_id}" has spaces; rename it, or add an id'
            self._report("id", message)
        urls, guid = self._config.urls, self._values.get("guid", "")
        if guid.startswith(urls.tag("")) and guid != urls.tag(article_id):
            self._report(
                "guid", "is an id that feedsvc itself makes, of another article; leave it out"
            )

    def _check_related(self, article_id: str, stem: str) -> None:
        related: tuple[Related, ...] = self._values.get("related", ())
        if any(story.ref and story.ref in (article_id, stem) for story in related):
            self._report("related", "names the article itself; leave it out")


def _reserved(path: str, config: Config) -> tuple[str, bool]:
    """Return the problem of a section whose name feedsvc needs, and whether that is only a note.

    A section that config.toml names is not refused yet: its articles stay until it is renamed.
    """
    first = path.partition("/")[0]
    if first not in COMING:
        return "", False
    known = any(it.partition("/")[0] == first for it in config.sections)
    message = f'"{first}" is a name feedsvc needs for itself; '
    advice = f'rename the section soon, with was = "{first}" in config.toml for its readers'
    return message + (advice if known else "choose another"), known
