"""The pages of feeds, for people who may want to subscribe: entries, pace, archives."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from feedsvc.config.settings import Config, Place
from feedsvc.formats.entry import describe
from feedsvc.model.feed import Entry, Format
from feedsvc.model.paths import FeedPath
from feedsvc.store import articles
from feedsvc.store.database import Connection, Database
from feedsvc.syndication.feed_contents import ContentsReader
from feedsvc.syndication.related import related_links, stories_of
from feedsvc.syndication.sections import feed_urls

_ARCHIVES = 120
"""Archives that a page links to, at most; each archive links to the one before it."""


class ArchiveLink(Struct, frozen=True):
    """An archive of a feed (RFC 5005 §4)."""

    number: int
    newest: datetime
    """When the newest article in it was released."""
    urls: dict[Format, str]


class SectionPage(Struct, frozen=True):
    """A feed as its page shows it."""

    place: Place
    title: str
    urls: dict[Format, str]
    corrections: dict[Format, str]
    archives: Sequence[ArchiveLink]
    """The newest first, 120 at most."""
    changed: datetime | None
    """When it last changed; None where it is empty."""
    pace: timedelta | None
    """The usual time between two of its newest entries; None where it has fewer than two."""
    entries: Sequence[Entry]
    """The newest first, as many as a feed holds at least."""


class SectionPages:
    """The pages of one newsroom's feeds. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    def page(self, section: str, now: datetime) -> SectionPage:
        """Return the page of a section's or topic's feed.

        :raises NotFoundError: there is no such section.
        """
        with self._database.reading() as connection:
            reader = ContentsReader(connection, self._config, now)
            contents = reader.newest(section)
            ids = [article_id for article_id, _ in contents.entries[: self._config.feeds.items]]
            entries = self._entries(connection, ids, now)
            archives = reader.archives(section, _ARCHIVES)
        place, urls = self._config.place(section), self._config.urls
        changed = [contents.changed] if contents.changed else []
        return SectionPage(
            place=place,
            title=contents.name or place.title or self._config.site.title,
            urls=feed_urls(urls, section),
            corrections=feed_urls(urls, FeedPath(section, "corrections")),
            archives=[
                ArchiveLink(number, newest, feed_urls(urls, FeedPath(section, "archive", number)))
                for number, newest in sorted(archives.items(), reverse=True)
            ],
            # A feed that has not changed since the store was filled is dated by its articles.
            changed=max([*changed, *(entry.updated for entry in entries)]) if entries else None,
            pace=None if contents.pace is None else timedelta(seconds=contents.pace),
            entries=entries,
        )

    def _entries(self, connection: Connection, ids: Sequence[str], now: datetime) -> list[Entry]:
        by_id = articles.get_many(connection, ids)
        candidates = articles.find(connection, stories_of(by_id.values()))
        entries: list[Entry] = []
        for article in map(by_id.__getitem__, ids):
            place = self._config.place(article.section)
            entry = describe(article, related_links(article, candidates, place, now), place)
            language = article.language or place.language
            entries.append(msgspec.structs.replace(entry, language=language))
        return entries
