"""What there is: sections with their feeds, pictures and sounds, problems in the files."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec import Struct

from feedsvc.errors import GoneError, NotFoundError, Problem
from feedsvc.formats.autodiscovery import alternates, link
from feedsvc.formats.opml import MEDIA_TYPE, Outline, opml
from feedsvc.ingest.media import Library
from feedsvc.model import paths, topics
from feedsvc.model.article import headline_key
from feedsvc.model.feed import FORMATS, Document, Format
from feedsvc.model.paths import OUTLINES, ancestors, below_articles, corrections_path, media_path
from feedsvc.model.text import slug
from feedsvc.store import article_files, articles, feeds, history, key_values, listings, media
from feedsvc.syndication.media import MediaFile

if TYPE_CHECKING:
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Article
    from feedsvc.model.change import Change, Version
    from feedsvc.store.database import Connection, Database


_FOUND = 50
"""Authors, keywords and languages that a search tells of at most."""


class FeedSummary(Struct, frozen=True):
    """What people are told of a section's feeds."""

    section: str
    """Or an author, a keyword or a language."""
    title: str
    description: str
    newest: str
    """The newest headline; empty where there is none."""
    language: str
    urls: dict[Format, str]
    corrections: dict[Format, str]


class Sections:
    """Tells what one newsroom has. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self.config = config
        self._database = database
        self._urls = config.urls
        self._library = Library(config.root)

    def overview(self, now: datetime) -> list[FeedSummary]:
        """Return every section with its feeds, the site first, in the order of a tree."""
        with self._database.reading() as connection:
            return [
                self._summary(connection, section, now)
                for section in self._sections(connection, now)
            ]

    def search(self, words: str, now: datetime) -> list[FeedSummary]:
        """Return the sections, authors, keywords and languages that are called like some words."""
        looked_for, written = headline_key(words), slug(words)
        with self._database.reading() as connection:
            sections = [
                it
                for it in self._sections(connection, now)
                if any(looked_for in headline_key(text) for text in self._said(it))
            ]
            named = (it for it in feeds.all_paths(connection, "topic") if written and written in it)
            open_ones = (it for it in named if not feeds.is_secret(connection, it, now))
            found = [*sections, *islice(open_ones, _FOUND)]
            return [self._summary(connection, path, now) for path in found]

    def _said(self, section: str) -> tuple[str, ...]:
        about = self.config.section(section)
        return (section, about.title, about.description) if section else (self.config.site.title,)

    def sections(self, now: datetime) -> list[str]:
        """Return the path of every section, the site first, in the order of a tree."""
        with self._database.reading() as connection:
            return self._sections(connection, now)

    def below(self, section: str, now: datetime) -> dict[str, str]:
        """Return the titles of the sections right below one, by their paths."""
        found = (it for it in self.sections(now) if it and it.rpartition("/")[0] == section)
        return {it: self.config.section(it).title for it in found}

    def opml(self, now: datetime) -> Document:
        """Return all sections' feeds as OPML, which is dated with the newest change of any.

        Within it, that is the newest release, expiry, correction or kill, which the articles alone
        tell of, so that it is the same everywhere; ``last_modified`` is that of the store.
        """
        with self._database.reading() as connection:
            sections = self._sections(connection, now)
            # What is released, expires or is corrected in a section is so in the site, too.
            turns = [it for it in listings.moments(connection, "", now) if it <= now]
            told = max([*turns, *_corrected(connection, now)], default=self._urls.first_day)
            changed = feeds.newest_change(connection)
        return opml(
            self.config.site.title,
            [self._outline(section) for section in sections],
            dates=(told, min(max(told, changed or told), now.replace(microsecond=0))),
            url=self.outline_url,
            ages=(self.config.cache.least, self.config.cache.shared),
        )

    def _outline(self, section: str) -> Outline:
        title = self.config.feed_title(section)
        return Outline(
            section=section,
            text=self.config.section(section).title if section else title,
            title=title,
            feed=self._urls.feed(section, "rss"),
            page=self._urls.section(section),
            language=self.config.language(section),
        )

    @property
    def outline_url(self) -> str:
        """Return the address of all feeds as OPML."""
        return self.config.feeds.url + OUTLINES

    def alternates(self, section: str) -> list[str]:
        """Return the tags by which readers find feeds: a section's in RSS and Atom, and the site's.

        :param section: empty for the site alone.
        """
        return alternates(self.config, self._urls, section)

    def outline_link(self) -> str:
        """Return the tag by which readers find all feeds at once."""
        return link(MEDIA_TYPE, f"{self.config.site.title} (OPML)", self.outline_url)

    def archives(self, now: datetime) -> dict[str, int]:
        """Return every section, and then every topic, and how many archives each has."""
        with self._database.reading() as connection:
            names = [
                *self._sections(connection, now),
                *feeds.public(connection, now, "topic"),
            ]
            counts = feeds.count_archives(connection, names)
        return {section: counts.get(section, 0) for section in names}

    def _sections(self, connection: Connection, now: datetime) -> list[str]:
        known = {*feeds.public(connection, now), *self.config.sections}
        names = {above for section in known for above in ancestors(section)} | {""}
        return sorted(names, key=lambda name: name.split("/"))

    def _summary(self, connection: Connection, section: str, now: datetime) -> FeedSummary:
        about = self.config.section(section)
        newest = _newest(connection, section, now)
        title = about.title if section else self.config.site.title
        if paths.topic_kind(section):
            title = topics.name(section, newest)
        return FeedSummary(
            section=section,
            title=title,
            description=about.description if section else self.config.site.description,
            newest=newest[0].headline if newest else "",
            language=self.config.language(section),
            urls={format: self._urls.feed(section, format) for format in FORMATS},
            corrections={
                format: self._urls.feed(corrections_path(section), format) for format in FORMATS
            },
        )

    def problems(self) -> list[Problem]:
        """Return what is wrong in the article files."""
        with self._database.reading() as connection:
            return article_files.problems(connection)

    def media(self, digest: str, path: str, now: datetime) -> MediaFile:
        """Return a picture or sound of the newsroom.

        :raises NotFoundError: no published record names such a file.
        :raises GoneError: it was withdrawn with its article.
        """
        with self._database.reading() as connection:
            known = media.find(connection, path)
        if known is None:
            raise NotFoundError(f'there is no picture or sound "{path}" here')
        if known.gone:
            raise GoneError("this was withdrawn together with its article")
        file = self.config.root / path
        try:
            self._library.check_inside(file, path)
            same = self._library.measure(file).digest == known.digest
        except (OSError, ValueError):
            same = False
        if known.released > now or not same:
            # Not yet; or something else stands there by now, which nobody has told of yet.
            raise NotFoundError(f'there is no picture or sound "{path}" here now')
        return MediaFile(
            file=file,
            type=known.type,
            url=media_path(known.digest, path),
            current=known.digest == digest,
        )

    def served(self, now: datetime) -> dict[str, str]:
        """Return the pictures and sounds that may be had, and their digests, by their paths."""
        with self._database.reading() as connection:
            return media.served(connection, now)

    def store(self) -> str:
        """Return a name that no other store has; change numbers mean nothing beyond one."""
        with self._database.reading() as connection:
            name = key_values.setting(connection, "name")
        if name is None:
            name = uuid4().hex
            with self._database.writing() as connection:
                key_values.set_setting(connection, "name", name)
        return name

    def ready(self) -> bool:
        """Tell whether the store has been filled from the files, and can be read."""
        with self._database.reading() as connection:
            return key_values.is_filled(connection)

    def find(self, name: str) -> Article:
        """Return an article by its id, or by its record's path with or without ``articles/``.

        :raises NotFoundError: there is no such article.
        """
        path = below_articles(name)
        with self._database.reading() as connection:
            found = articles.get_many(connection, [name]) or articles.at_path(connection, path)
        for article in found.values():
            return article
        raise NotFoundError(
            f'there is no article "{name}" here; give its id, or its file such as world/flood.md'
        )

    def versions(self, own: str) -> list[Version]:
        """Return what an article was and is, the oldest first."""
        with self._database.reading() as connection:
            return history.versions(connection, own)

    def log(self, limit: int, own: str | None = None) -> list[Change]:
        """Return the newest acts, the newest first; of one article where its id is given."""
        with self._database.reading() as connection:
            return history.actions(connection, limit, own)


def _corrected(connection: Connection, now: datetime) -> list[datetime]:
    """Return when readers were last told of a correction or a kill; nothing if never."""
    told = history.corrections(connection, "")
    seen = (it.moment for it in told if it.moment <= now and _is_seen(it.article, now))
    return list(islice(seen, 1))


def _is_seen(article: Article, now: datetime) -> bool:
    return bool(article.killed) or article.usable(now)


def _newest(connection: Connection, section: str, now: datetime) -> list[Article]:
    """Return the newest article of a section, if there is one; the notice of a kill is none."""
    for listing in listings.newest(connection, section, now):
        article = articles.get_many(connection, [listing.id])[listing.id]
        if article.usable(now):
            return [article]
    return []
