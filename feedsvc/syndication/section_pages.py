"""What a person sees of a feed before subscribing to it: its entries, and how it lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from feedsvc.formats.entry import describe
from feedsvc.model.feed import FORMATS, Entry, Format
from feedsvc.model.paths import archive_path, corrections_path
from feedsvc.store import articles
from feedsvc.syndication.feed_contents import ContentsReader
from feedsvc.syndication.related import related_now, stories_of

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.store.database import Connection, Database


_ARCHIVES = 120
"""Of a section that people are shown; each leads to the one before it."""


class ArchiveLink(Struct, frozen=True):
    """An archive of a feed (RFC 5005 §4)."""

    number: int
    newest: datetime
    """When the newest article in it came."""
    urls: dict[Format, str]


class SectionPage(Struct, frozen=True):
    """A section's feed as people are told of it."""

    section: str
    title: str
    description: str
    language: str
    """BCP 47."""
    home: str
    """Where people read the section."""
    urls: dict[Format, str]
    corrections: dict[Format, str]
    editions: Sequence[tuple[str, str]]
    """The language and the path of each section that is this one in another language."""
    archives: Sequence[ArchiveLink]
    """The newest first, as far as they are shown."""
    changed: datetime | None
    """When it last changed; None where nothing is in it."""
    pace: timedelta | None
    """The time between two of its newest entries; None where there are no two."""
    entries: Sequence[Entry]
    """The newest first, as many as a feed holds at least."""


class SectionPages:
    """Shows the feeds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self._config = config
        self._database = database
        self._urls = config.urls

    def preview(self, section: str, now: datetime) -> SectionPage:
        """Return what people see of a section's feed.

        :raises NotFoundError: there is no such section.
        """
        with self._database.reading() as connection:
            gathering = ContentsReader(connection, self._config, now)
            material = gathering.newest(section)
            ids = [own for own, _ in material.entries[: self._config.feeds.items]]
            entries = self._entries(connection, ids, now)
            archives = gathering.archives(section, _ARCHIVES)
        about = self._config.section(section)
        changed = [material.changed] if material.changed else []
        return SectionPage(
            section=section,
            title=material.name or about.title or self._config.site.title,
            description=about.description if section else self._config.site.description,
            language=self._config.language(section),
            home=self._urls.section(section),
            urls=self._addresses(section),
            corrections=self._addresses(corrections_path(section)),
            editions=[
                (self._config.language(it), it)
                for it in self._config.editions(section)
                if it != section
            ],
            archives=[
                ArchiveLink(number, newest, self._addresses(archive_path(section, number)))
                for number, newest in sorted(archives.items(), reverse=True)
            ],
            # A feed that nobody changed since the store was filled dates from its articles.
            changed=max([*changed, *(it.updated for it in entries)]) if entries else None,
            pace=None if material.pace is None else timedelta(seconds=material.pace),
            entries=entries,
        )

    def _addresses(self, path: str) -> dict[Format, str]:
        return {format: self._urls.feed(path, format) for format in FORMATS}

    def _entries(self, connection: Connection, ids: Sequence[str], now: datetime) -> list[Entry]:
        held = articles.get_many(connection, ids)
        candidates = articles.find(connection, stories_of(held.values()))
        found = [(held[own], related_now(held[own], candidates, now)) for own in ids]
        return [
            msgspec.structs.replace(
                describe(article, related, self._config, self._urls),
                language=article.language or self._config.language(article.section),
            )
            for article, related in found
        ]
