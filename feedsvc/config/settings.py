"""config.toml becomes a frozen Config, or a ConfigError that names every problem at once.

A value given on the command line wins over ``FEEDSVC_TABLE_KEY`` in the environment, that over
config.toml, that over the default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from msgspec import Struct

from feedsvc.config import redirects
from feedsvc.model import languages, paths, topics
from feedsvc.model.urls import Urls

DEFAULT_PORT = 8000


class SiteSettings(Struct, frozen=True, kw_only=True):
    """``[site]``: the publication."""

    title: str
    url: str = ""
    """Where articles are read; without a slash at the end. Empty: at ``[feeds] url``."""
    pages: bool | None = None
    """Whether articles have pages here; None: they do where ``url`` is empty."""
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    rights: str = ""
    icon: str = ""
    logo: str = ""
    tag: str = ""
    """Authority and date of every tag URI (RFC 4151), such as ``quay.example,2026``."""
    show_problems: bool = False
    security_contact: str = ""
    """Whom to tell of a weakness: a mailto:, https: or tel: URI (RFC 9116 §2.5.3)."""


class FeedSettings(Struct, frozen=True, kw_only=True):
    """``[feeds]``: what the feeds hold and where they are."""

    url: str = f"http://localhost:{DEFAULT_PORT}"
    """Where this service is reached from outside; without a slash at the end."""
    items: int = 30
    hours: int = 48
    content: Literal["full", "summary"] = "full"
    kill_notice: int = 7
    """Days for which the notice of a kill stands in the place of the article."""
    archive_items: int = 100
    """Entries of each archive document (RFC 5005 §4)."""
    browser_view: Literal["", "css"] = ""
    """How browsers show a feed that they load without saying that a person opened it."""
    by: tuple[paths.TopicKind, ...] = paths.TOPIC_KINDS
    """The kinds of feeds that there are besides those of sections."""
    tombstone: int = 90
    """Days for which Atom and JSON feeds say that a killed article is deleted (RFC 6721)."""


class CacheSettings(Struct, frozen=True, kw_only=True):
    """``[cache]``: seconds for which feeds may be used without asking (RFC 9111)."""

    least: int = 60
    """Of a feed that changes all the time."""
    most: int = 3600
    """Of a feed that hardly ever changes."""
    archives: int = 24 * 3600
    shared: int = 60
    """What a cache of many, such as a CDN, may take at most."""
    states: int = 32
    """States of each feed that are remembered for readers that have one of them (RFC 3229)."""


class LimitSettings(Struct, frozen=True, kw_only=True):
    """``[limits]``: what is more is answered 429 (RFC 6585)."""

    repeats: int = 0
    """Times in an hour that a client may fetch one feed without saying what it has; 0: any."""
    connections: int = 4096
    """Of each worker of ``serve``."""
    queue: int = 100
    """Requests of each worker of ``serve`` that wait while others are answered."""


class LogSettings(Struct, frozen=True, kw_only=True):
    """``[log]``: what is written down."""

    requests: str = ""
    """The file for a line of each answer, from the newsroom's folder; ``-`` for standard output."""


class CdnSettings(Struct, frozen=True, kw_only=True):
    """``[cdn]``: the cache of many in front."""

    tags: Literal["", "surrogate-key", "cache-tag"] = ""
    """The header that names what an answer is made of, so that it can be purged by that."""


class SectionSettings(Struct, frozen=True, kw_only=True):
    """``[sections."world/europe"]``: what the path alone does not say."""

    title: str = ""
    description: str = ""
    image: str = ""
    language: str = ""
    was: tuple[str, ...] = ()
    """What it was called before, where its feeds are still asked for."""
    edition_of: str = ""
    """The section that it is in another language."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything config.toml says, checked."""

    file: Path
    """config.toml, whatever its name."""
    root: Path
    """The newsroom's folder: that of config.toml."""
    state: Path
    """Where the store lives: ``$STATE_DIRECTORY``, else ``.feedsvc/`` in the root."""
    site: SiteSettings
    feeds: FeedSettings
    cache: CacheSettings
    limits: LimitSettings
    log: LogSettings
    cdn: CdnSettings
    grace: int
    """``[articles] grace``: seconds after which an article whose file is gone is deleted."""
    max_bytes: int
    """``[articles] max_bytes``: what a record may have."""
    sections: dict[str, SectionSettings]
    old: redirects.RedirectRules
    """``[[redirects]]``, ``[urls]``, and what the sections were called."""

    @property
    def home(self) -> str:
        """Return where articles are read; without a slash at the end."""
        return self.site.url or self.feeds.url

    @property
    def urls(self) -> Urls:
        """Return what makes this newsroom's addresses."""
        here = not self.site.url
        return Urls(site=self.home, feeds=self.feeds.url, tag=self.site.tag, reads_here=here)

    @property
    def pages(self) -> bool:
        """Tell whether articles have pages here."""
        return not self.site.url if self.site.pages is None else self.site.pages

    @property
    def articles(self) -> Path:
        """Return the folder of the records."""
        return self.root / "articles"

    def section(self, path: str) -> SectionSettings:
        """Return a section with its title filled in: from the last part of its path."""
        known = self.sections.get(path, SectionSettings())
        title = path.rpartition("/")[2].replace("-", " ").replace("_", " ")
        return SectionSettings(
            title=known.title or title[:1].upper() + title[1:],
            description=known.description,
            image=known.image,
            language=known.language,
        )

    def feed_title(self, section: str, name: str = "") -> str:
        """Return what a section's feed calls itself; the site's for the empty section.

        :param name: of a topic; without it, as its address spells it.
        """
        if paths.topic_kind(section) == "lang":
            return f"{self.site.title} ({self.language(section)})"
        name = name or self.section(section).title
        return f"{name} – {self.site.title}" if section else self.site.title

    def language(self, section: str) -> str:
        """Return the language of a section: its own, that of one above it, else the site's.

        That of a topic is the site's, unless it is a language itself.
        """
        if paths.topic_kind(section) == "lang":
            return languages.canonical_case(section.partition("/")[2])
        parts = section.split("/")
        for depth in range(len(parts), 0, -1):
            known = self.sections.get("/".join(parts[:depth]))
            if known and known.language:
                return known.language
        return self.site.language

    @property
    def languages(self) -> list[str]:
        """Return the languages that the configuration names, the site's first."""
        others = {section.language for section in self.sections.values()}
        return [self.site.language, *sorted(others - {"", self.site.language})]

    def editions(self, section: str) -> list[str]:
        """Return the same section in all its languages, itself among them; nothing of one alone.

        Those of the site are its feeds by language.
        """
        if not section or paths.topic_kind(section) == "lang":
            found = map(topics.language_topic, self.languages if "lang" in self.feeds.by else ())
        else:
            first = self.sections.get(section, SectionSettings()).edition_of or section
            others = (path for path, it in self.sections.items() if it.edition_of == first)
            found = iter((first, *others))
        editions = sorted(found)
        return editions if len(editions) > 1 else []
