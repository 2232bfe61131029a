"""What a page is found to say: one value for each key of a record, and where it was found."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from feedsvc.importers.page.dates import is_later, read_date
from feedsvc.ingest.record.fields import KEYS
from feedsvc.model import languages, paths, urls
from feedsvc.model.text import clean_text, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MOST_RELATED = 10
"""As many related stories as a record may have."""

_MARKUP = re.compile(
    r"</?(?:a|abbr|b|br|div|em|font|h[1-6]|i|img|li|p|small|span|strong|sub|sup|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|\w{2,31});", re.IGNORECASE)


class FoundFields:
    """Collects the fields of a page; whoever finds a field first is believed."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.fields: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self.languages: tuple[str, ...] = ()
        """What the page is written in, as far as known; decides what dates mean."""
        self.headline = ""

    def put(self, key: str, value: str | None, source: str) -> None:
        """Keep a text, in the one form that its key has in records."""
        text = clean_text(value or "")
        if not text or key in self.fields:
            return
        try:
            self._keep(key, _READERS.get(key, str)(text), source)
        except ValueError as error:
            self.refuse(key, f"{source}: {error}")

    def put_date(self, key: str, text: str, source: str, languages: Sequence[str] = ()) -> None:
        """Keep a date that nobody can misread; say why another is none."""
        text = clean_text(text)
        if not text or key in self.fields:
            return
        found = read_date(text, (*self.languages, *languages))
        if found.value:
            note = f" ({found.problem})" if found.problem else ""
            self._keep(key, found.value, source + note)
        else:
            problem = found.problem or f'"{text[:60]}" is not a date'
            self.refuse(key, f"{source} {problem}")

    def put_section(self, crumbs: Iterable[str], source: str) -> None:
        """Keep a breadcrumb as the path of a section."""
        if "section" not in self.fields:
            self.put("section", "/".join(filter(None, map(slug, crumbs))), source)

    def put_any(self, key: str, value: Any, source: str) -> None:
        """Keep a list or a mapping that is clean already."""
        if value and key not in self.fields:
            self._keep(key, value, source)

    def put_texts(self, key: str, texts: Iterable[str], source: str) -> None:
        """Keep a list of texts, each once."""
        cleaned = (clean_text(text) for text in texts)
        self.put_any(key, list(dict.fromkeys(filter(None, cleaned))), source)

    def put_related(self, stories: Iterable[Mapping[str, str]], source: str) -> None:
        """Keep the related stories, each once and without the article itself."""
        own = {same(self.fields.get("headline", "")), self.fields.get("url", "")}
        found: dict[str, dict[str, str]] = {}
        for story in stories:
            headline = clean_text(story["headline"])
            if headline and not own & {same(headline), story.get("url")}:
                found.setdefault(same(headline), {**story, "headline": headline})
        self.put_any("related", list(found.values())[:MOST_RELATED], source)

    def put_images(self, images: Sequence[Mapping[str, Any]], source: str) -> None:
        """Keep the pictures: one as ``image``, several as ``images``."""
        found = [{key: image[key] for key in image if image[key]} for image in images]
        single = len(found) == 1
        self.put_any("image" if single else "images", found[0] if single else found, source)

    def refuse(self, key: str, reason: str) -> None:
        """Say why a key is not set, for as long as nothing else sets it."""
        self.sources.setdefault(key, f"not set: {reason}")

    def _keep(self, key: str, value: Any, source: str) -> None:
        self.fields[key] = value
        self.sources[key] = source

    def finish(self) -> None:
        """Take out what contradicts the rest, and put the keys in order."""
        published, updated = self.fields.get("published"), self.fields.get("updated")
        if updated and not (published and is_later(updated, published)):
            del self.fields["updated"]
            self.sources["updated"] = f"not set: {updated} is not later than published"
        if same(self.fields.get("summary", "")) == same(self.fields.get("headline", "")):
            self.fields.pop("summary", None)
            self.sources.pop("summary", None)
        if not published:
            self.sources.setdefault("published", "not set: the page shows no date")
            self.put_any("status", "draft", "published is not set")
        self.fields = {key: self.fields[key] for key in KEYS if key in self.fields}
        self.sources = {key: self.sources[key] for key in KEYS if key in self.sources}


def plain(text: str) -> str:
    """Return one line of plain text of what may hold tags and character references by mistake."""
    text = _REFERENCE.sub(lambda match: html.unescape(match[0]), text)
    return clean_text(_MARKUP.sub(" ", text))


def same(text: str) -> str:
    """Return what two spellings of one text have in common."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


_READERS: dict[str, Callable[[str], str]] = {
    "section": paths.section_path,
    "url": urls.absolute_url,
    "language": languages.language_tag,
}
"""What brings the values of a key into their one form; other texts stay as they are."""
