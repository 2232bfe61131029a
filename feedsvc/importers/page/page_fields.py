"""The fields found in a page: one value for each key of a record, and its source."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import dropwhile
from typing import Any

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import is_later, read_date
from feedsvc.importers.page.vocabulary import pattern, words
from feedsvc.ingest.html import addresses
from feedsvc.ingest.record.fields import IMAGE, MAX_RELATED
from feedsvc.ingest.record.keys import KEYS
from feedsvc.model.languages import language_tag
from feedsvc.model.paths import section_path
from feedsvc.model.text import absolute_url, clean_text, slug

_ROOT = pattern("home_address")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
"""Letters as newsrooms write them in addresses."""
_NORMALIZERS = {"section": section_path, "url": absolute_url, "language": language_tag}
"""Functions that bring the text of a key into its one form; other texts stay as they are."""

Crumb = tuple[str, str]
"""Name and address of a part of a breadcrumb."""


class PageFields:
    """The fields of a page, with the keys of a record; the first value found for a key stays."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        """Where each value was found; for a key without a value, why it has none."""
        self.languages: tuple[str, ...] = ()
        """Language tags of the page, as far as known; they decide how dates are read."""
        self.house: set[str] = set()
        """Words of the names of the publisher; they are no section, and no person."""
        self.lists_stories = False
        self._notes = list[tuple[str, str]]()

    def get(self, key: str) -> str:
        """Return the text of a key, empty without one."""
        return self.fields.get(key, "")

    def put(self, key: str, value: str | None, source: str) -> None:
        """Keep a text, in the one form that its key has in records."""
        text = clean_text(value or "")
        if not text or key in self.fields:
            return
        try:
            self.put_value(key, _NORMALIZERS.get(key, str)(text), source)
        except ValueError as error:
            self.refuse(key, f"{source}: {error}")

    def put_date(self, key: str, text: str, source: str, languages: Sequence[str] = ()) -> None:
        """Keep a date that can be read in one way only; say why another is refused."""
        text = clean_text(text)
        if not text or key in self.fields:
            return
        date = read_date(text, (*self.languages, *languages))
        problem = date.problem or f'"{text[:60]}" is not a date'
        self.refuse(key, f"{source} {problem}")
        note = f" ({date.problem})" if date.problem else ""
        self.put_value(key, date.value, source + note)

    def put_breadcrumbs(self, crumbs: Iterable[Crumb], source: str) -> None:
        """Keep as a section the crumbs that are neither the home page, the site nor the article."""
        path = addresses.path(self.get("url"))
        host = addresses.host(self.get("url")).removeprefix("www.")
        homes = set(map(comparable, (*words("home"), *self.house, host, *host.split(".")[-2:-1])))
        trail = [(name, address) for name, address in crumbs if name.strip()]
        trail = trail[: -1 if trail and self._is_article(*trail[-1]) else None]
        trail = dropwhile(lambda it: comparable(it[0]) in homes or _ROOT.fullmatch(it[1]), trail)
        # The paper itself spells its sections in its addresses, as "kaernten" for "Kärnten".
        parts: list[str] = []
        for name, address in trail:
            spelled = slug(name.casefold().translate(_SPELLED))
            is_in_path = f"/{spelled}/" in f"{path}/{addresses.path(address)}/".lower()
            parts.append(spelled if is_in_path else slug(name))
        self.put("section", "/".join(filter(None, parts)), source)

    def _is_article(self, name: str, address: str) -> bool:
        """Return whether a crumb is the article itself: by its address, or by its words."""
        headline, url = comparable(self.get("headline")), self.get("url").rstrip("/")
        path, count = addresses.path(url).lower().strip("/"), len(name.split())
        return (
            count > 6
            or comparable(name) == headline
            or (count >= 3 and shared_words(name, headline) > 0.7)
            or bool(url and address.partition("#")[0].rstrip("/") == url)
            or ("/" in path and slug(name) == path.rpartition("/")[2].partition(".")[0])
        )

    def add_note(self, key: str, note: str) -> None:
        """Add a note to the source of a key."""
        self._notes.append((key, note))

    def put_value(self, key: str, value: Any, source: str) -> None:
        """Keep a list, a mapping or a text that is clean already."""
        if value and key not in self.fields:
            self.fields[key] = value
            self.sources[key] = source

    def put_texts(self, key: str, texts: Iterable[str], source: str) -> None:
        """Keep a list of texts, each once."""
        cleaned = dict.fromkeys(map(clean_text, texts))
        self.put_value(key, [text for text in cleaned if text], source)

    def put_comments(self, text: str, source: str) -> None:
        """Keep the number in a line about comments."""
        if (count := line_patterns.comments(text)) is not None and count >= 0:
            self.put_value("comments", {"count": count}, source)

    def put_related(self, stories: Iterable[Mapping[str, str]], source: str) -> None:
        """Keep the related stories, each once and without the article itself."""
        article = {comparable(self.get("headline")), self.get("url")}
        related: dict[str, dict[str, str]] = {}
        for story in stories:
            given = {key: clean_text(text) for key, text in story.items() if text.strip()}
            name = comparable(story["headline"])
            is_call = pattern("dialogue").match(story["headline"].strip())
            if name and not is_call and not article & {name, given.get("url")}:
                related.setdefault(name, given)
        self.put_value("related", list(related.values())[:MAX_RELATED], source)

    def put_images(self, images: Iterable[Mapping[str, Any]], source: str) -> None:
        """Keep the images that have something to keep: one as ``image``, several as ``images``."""
        records = [{key: image[key] for key in IMAGE if image.get(key)} for image in images]
        filled = list(filter(None, records))
        key, value = ("image", filled[0]) if len(filled) == 1 else ("images", filled)
        self.put_value(key, value, source)

    def refuse(self, key: str, reason: str) -> None:
        """Say why a key has no value, for as long as none is put."""
        self.sources.setdefault(key, f"not set: {reason}")

    def finish(self) -> None:
        """Remove the values that contradict others, and put the keys in order."""
        published, updated = self.get("published"), self.get("updated")
        summary, line = self.get("summary"), comparable(self.get("summary"))
        text = comparable(re.sub(r"\]\([^()\s]*\)", "", self.get("body")))
        reasons: dict[str, str] = {}
        if updated and published and not is_later(updated, published):
            reasons["updated"] = f"{updated} is not later than published"
        if summary and line == comparable(self.get("headline")):
            reasons["summary"] = "it is the headline"
        elif len(summary) > 40 and re.search(r"[\w,;:–—-]$", summary) and text.startswith(line):
            reasons["summary"] = "it is the beginning of the text, cut"
        for key, reason in reasons.items():
            del self.fields[key]
            self.sources[key] = f"not set: {reason}"
        if not published:
            self.refuse("published", "the page shows no date")
            self.put_value("status", "draft", "published is not set")
        for key, note in self._notes:
            self.sources[key] = "; ".join(filter(None, (self.sources.get(key), note)))
        self.fields = {key: self.fields[key] for key in KEYS if key in self.fields}
        self.sources = {key: self.sources[key] for key in KEYS if key in self.sources}


def shared_words(text: str, other: str) -> float:
    """Return the share of the words of the shorter text that the other has, too."""
    words, others = (set(pattern("word").findall(each.casefold())) for each in (text, other))
    least = min(len(words), len(others))
    shared = len(words & others)
    return shared / least if shared > 1 or shared == least == 1 == len(words | others) else 0.0


def comparable(text: str) -> str:
    """Return the words of a text, the same for each of its spellings."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
