"""Which feeds there are: sections, topics, and how many archives each has."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.formats.autodiscovery import alternates
from feedsvc.model import topics
from feedsvc.model.article import Article, headline_key
from feedsvc.model.feed import FORMATS, Format
from feedsvc.model.paths import FeedPath, ancestors
from feedsvc.model.text import slug
from feedsvc.model.urls import Urls
from feedsvc.store import articles, feeds, listings
from feedsvc.store.database import Connection, Database

_MOST_TOPICS = 50
"""Authors, keywords and languages that a search finds at most."""


class FeedSummary(Struct, frozen=True):
    """The feeds of a section or topic, as a list of all feeds shows them."""

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
    """The sections and topics of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    def overview(self, now: datetime) -> list[FeedSummary]:
        """Return every section with its feeds, the site first, in the order of a tree."""
        with self._database.reading() as connection:
            return [
                self._summary(connection, section, now)
                for section in section_paths(connection, self._config, now)
            ]

    def search(self, words: str, now: datetime) -> list[FeedSummary]:
        """Return the sections, authors, keywords and languages with some words in their names."""
        key, slugged = headline_key(words), slug(words)
        with self._database.reading() as connection:
            sections = [
                section
                for section in section_paths(connection, self._config, now)
                if any(key in headline_key(text) for text in self._names(section))
            ]
            most = _MOST_TOPICS if slugged else 0
            named = feeds.shown(connection, now, "topic", slugged, most)
            return [self._summary(connection, path, now) for path in (*sections, *named)]

    def _names(self, section: str) -> tuple[str, ...]:
        about = self._config.section(section)
        return (section, about.title, about.description) if section else (self._config.site.title,)

    def paths(self, now: datetime) -> list[str]:
        """Return the path of every section, the site first, in the order of a tree."""
        with self._database.reading() as connection:
            return section_paths(connection, self._config, now)

    def below(self, section: str, now: datetime) -> dict[str, str]:
        """Return the titles of the sections right below one, by their paths."""
        children = (it for it in self.paths(now) if it and it.rpartition("/")[0] == section)
        return {it: self._config.section(it).title for it in children}

    def alternates(self, section: str) -> list[str]:
        """Return the tags by which readers find feeds: a section's in RSS and Atom, and the site's.

        :param section: empty for the site alone.
        """
        return alternates(self._config, section)

    def archives(self, now: datetime) -> dict[str, int]:
        """Return every section, and then every topic, and how many archives each has.

        A feed that lost its last entry is among them, because readers still ask for it.
        """
        with self._database.reading() as connection:
            names = [
                *_in_order(feeds.public(connection, now), self._config),
                *feeds.public(connection, now, "topic"),
            ]
            counts = feeds.count_archives(connection, names)
        return {section: counts.get(section, 0) for section in names}

    def _summary(self, connection: Connection, section: str, now: datetime) -> FeedSummary:
        place = self._config.place(section)
        newest = _newest(connection, section, now)
        name = topics.name(section, newest) if FeedPath(section).topic else place.title
        return FeedSummary(
            section=section,
            title=name if section else self._config.site.title,
            description=place.description,
            newest=newest[0].headline if newest else "",
            language=place.language,
            urls=feed_urls(place.urls, section),
            corrections=feed_urls(place.urls, FeedPath(section, "corrections")),
        )


def feed_urls(urls: Urls, path: FeedPath | str) -> dict[Format, str]:
    """Return the addresses of a feed in all formats."""
    return {format: urls.feed(path, format) for format in FORMATS}


def section_paths(connection: Connection, config: Config, now: datetime) -> list[str]:
    """Return the path of every section, the site first, in the order of a tree.

    A section is there while it or its archives have entries, or where config.toml names it.
    """
    return _in_order(feeds.shown(connection, now), config)


def _in_order(sections: Collection[str], config: Config) -> list[str]:
    """Return sections, the ones of config.toml and the ones above them, in the order of a tree."""
    known = {*sections, *config.sections}
    names = {above for section in known for above in ancestors(section)} | {""}
    return sorted(names, key=lambda name: name.split("/"))


def _newest(connection: Connection, section: str, now: datetime) -> list[Article]:
    """Return the newest usable article of a section, or nothing; notices of kills are left out."""
    for listing in listings.newest(connection, section, now):
        article = articles.get_many(connection, [listing.id])[listing.id]
        if article.usable(now):
            return [article]
    return []
