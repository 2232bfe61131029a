"""An article file becomes an Article, or a RecordError that names every problem at once."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from msgspec import Struct

from feedsvc.errors import Problem, RecordError
from feedsvc.ingest.html.sanitize import clean_html, first_sentences, nesting, plain_text
from feedsvc.ingest.media import Measure
from feedsvc.ingest.record.fields import RECORD, Fields
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.parsed import ParsedFile, decode
from feedsvc.model import paths
from feedsvc.model.article import Article, Related
from feedsvc.model.paths import in_newsroom, media_path
from feedsvc.model.text import clean_characters
from feedsvc.model.topics import topics
from feedsvc.model.urls import HERE

if TYPE_CHECKING:
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.ingest.files import ArticleFile
    from feedsvc.ingest.media import Library

MAX_NESTING = 1000
"""Elements within each other; the time to clean them grows with the square of their number."""

_PLACED_AT_MOST = 1000
"""Problems of a body that are told with their lines: each is looked for from its beginning."""

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


_SHOWN = {
    "image": ("image/", "no picture"),
    "media": (("audio/", "video/"), "no sound and no film"),
}
"""What a body may show: the media types, and what is said of others."""

_WITHDRAWN = re.compile(
    r"""(?:^|[{,])[ \t]*["']?status["']?[ \t]*:[ \t]*["']?"""
    r"""(?:draft|withheld|cancell?ed|killed|retracted)\b""",
    re.MULTILINE | re.IGNORECASE,
)


class Record(Struct, frozen=True):
    """What a file holds."""

    article: Article | None
    """None for a draft."""
    notes: tuple[Problem, ...]
    """What is worth telling the newsroom, while the article is published all the same."""
    dependencies: tuple[str, ...]
    """Places, below the newsroom's folder, where its pictures and sounds are or would be."""
    files: tuple[Measure, ...]
    """Its pictures and sounds."""


def parse(file: ArticleFile, config: Config, library: Library) -> Record:
    """Return what an article file holds.

    :raises RecordError: with every problem found.
    """
    name = in_newsroom(file.path)
    text = decode(name, file.data)
    source = read_json(name, text) if file.path.endswith(".json") else read_markdown(name, text)
    fields = Fields(name, file.path, ZoneInfo(config.site.timezone), library)
    found = fields.mapping(source.keys, RECORD)
    parser = _Parser(file.path, source, fields, found, config)
    parser.check()
    article = parser.article()
    problems = [*source.problems, *fields.problems]
    if any(not problem.note for problem in problems):
        dependencies = sorted(fields.dependencies)
        raise RecordError(problems, dependencies=dependencies)
    return Record(
        article=article,
        notes=tuple(problems),
        dependencies=tuple(sorted(fields.dependencies)),
        files=tuple(fields.files.values()),
    )


def says_withdrawn(data: bytes) -> bool:
    """Tell whether a wrong record means to withdraw its article, however it puts it.

    A slip of the pen in a kill must not keep the story up.
    """
    text = data.decode("utf-8", "replace")
    end = text.find("\n---", 3) if text.startswith("---") else -1
    return _WITHDRAWN.search(text, 0, end if end > 0 else len(text)) is not None


class _Parser:
    """Checks the keys against each other, fills in the defaults, and builds the article."""

    def __init__(
        self, path: str, source: ParsedFile, fields: Fields, found: dict[str, Any], config: Config
    ) -> None:
        self._path = path
        self._keys = source.keys
        self._fields = fields
        self._found = found
        self._config = config
        self._body = source.body
        self._line = source.line
        self._draft = found.get("status") == "draft"
        self._placed = 0

    def _report(self, key: str, message: str, *, note: bool = False) -> None:
        self._fields.report(self._keys.get(key), key, message, note=note)

    def check(self) -> None:
        """Report what is missing, and what does not fit together."""
        told = {problem.key for problem in self._fields.problems}
        if not self._found.get("headline") and "headline" not in told:
            self._report("headline", "is missing; add headline: …")
        if "published" not in self._found and not self._draft and "published" not in told:
            self._report("published", "is missing; add published: 2026-11-21 08:30")
        if "body" in self._found and self._body.strip():
            self._report("body", "stands below the front matter in a Markdown file, not in it")
        if "body" in self._found and "body_html" in self._found:
            self._report("body_html", "and body are both given; keep one")
        self._check_order("updated", "published")
        self._check_order("expires", "published")
        self._check_order("expires", "embargoed")
        if self._found.get("status") == "canceled" and "note" not in self._found:
            self._report("note", "is missing; say why, readers will be shown it", note=True)

    def _check_order(self, late: str, early: str) -> None:
        first: datetime | None = self._found.get(early)
        second: datetime | None = self._found.get(late)
        if first and second and second < first:
            message = f"is before {early} ({first:%Y-%m-%d %H:%M} UTC); it must not be earlier"
            self._report(late, message)

    def article(self) -> Article | None:
        """Return the article; None for a draft, and where something is missing."""
        found = self._found
        stem = PurePosixPath(self._path).with_suffix("")
        own = {"id": str(stem), "slug": stem.name, "section": self._folder()} | {
            key: found[key] for key in ("id", "slug", "section") if key in found
        }
        self._check_id(own["id"])
        self._check_related(own["id"], str(stem))
        site = self._config.site.url or HERE
        place = "/".join(part for part in (site, own["section"], own["slug"]) if part)
        body = self._html(place)
        if self._draft or "headline" not in found or "published" not in found:
            return None
        text = plain_text(body)
        summary = found.get("summary") or first_sentences(text)
        same = (
            "headline byline published language keywords media related status embargoed expires "
            "note url comments"
        ).split()
        return Article(
            **own,
            **{key: found[key] for key in same if key in found},
            path=self._path,
            updated=found.get("updated", found["published"]),
            summary=summary,
            summary_in_body=text.startswith(summary.rstrip("…")),
            images=(*found.get("image", ()), *found.get("images", ())),
            body=body,
            topics=self._topics(own["section"]),
        )

    def _topics(self, section: str) -> tuple[str, ...]:
        found = self._found
        language = found.get("language") or self._config.language(section)
        # What is all in one language needs no feed of its own for that.
        alone = self._config.languages == [language]
        byline, keywords = found.get("byline", ()), found.get("keywords", ())
        return topics(byline, keywords, "" if alone else language, self._config.feeds.by)

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
        return key in self._keys and not self._keys[key].blank

    def _check_id(self, own: str) -> None:
        if not self._given("id") and re.search(r"\s", own):
            self._report(
                "id", f'from the file\'s name: "{own}" has spaces; rename it, or add an id'
            )

    def _check_related(self, own: str, stem: str) -> None:
        related: tuple[Related, ...] = self._found.get("related", ())
        if any(story.ref and story.ref in (own, stem) for story in related):
            self._report("related", "names the article itself; leave it out")

    def _html(self, page: str) -> str:
        if "body_html" in self._found:
            markup = self._found["body_html"]
        else:
            markup = _MARKDOWN.render(self._found.get("body") or self._body)
        if nesting(markup) > MAX_NESTING:
            self._report("body", f"nests more than {MAX_NESTING:,} elements; close them")
            return ""
        return clean_html(markup, page, self._own)

    def _own(self, source: str, kind: str) -> str | None:
        """Return the address of a file that the body shows; report one that is not there."""
        name = clean_characters(unquote(source.partition("?")[0].partition("#")[0]))
        kinds, said = _SHOWN[kind]
        try:
            measure = self._fields.measured(name)
        except ValueError as error:
            self._fields.problems.append(self._at_body(name, str(error)))
            return None
        if not measure.type.startswith(kinds):
            self._fields.problems.append(self._at_body(name, f'"{name}" is {said}'))
            return None
        return media_path(measure.digest, measure.path)

    def _at_body(self, word: str, message: str) -> Problem:
        """Return a problem at the line of the body that a word stands on.

        Of very many, the last are told where the body begins.
        """
        self._placed += 1
        found = self._body.find(word) if self._placed <= _PLACED_AT_MOST else 0
        line = self._line + self._body.count("\n", 0, max(found, 0))
        return Problem(in_newsroom(self._path), line, 1, "body", message)
