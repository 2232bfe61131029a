"""The end of the way out: what was gathered for a feed, and its entries, become a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedsvc.formats.document import assemble
from feedsvc.formats.translations import translate
from feedsvc.model.feed import (
    MEDIA_TYPES,
    WITH_TOMBSTONES,
    Author,
    Document,
    Feed,
    Format,
    Link,
    Tombstone,
)
from feedsvc.model.paths import STYLESHEET, corrections_path, topic_kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.urls import Urls
    from feedsvc.syndication.entries import CachedEntry
    from feedsvc.syndication.feed_contents import FeedContents

_HOPE = 10
"""What part of the time between two entries a feed is likely to stay as it is."""


class FeedRequest(NamedTuple):
    """The document that somebody asks for."""

    path: str
    section: str
    format: Format
    before: str = ""


class FeedHeads:
    """Makes documents of one newsroom."""

    def __init__(self, config: Config, urls: Urls) -> None:
        """Take what the heads of feeds say."""
        self._config = config
        self._urls = urls

    def compose(
        self,
        wanted: FeedRequest,
        material: FeedContents,
        pieces: Sequence[CachedEntry],
        now: datetime,
    ) -> Document:
        """Return the finished feed."""
        document = self._document(wanted, material, pieces, now)
        if not self._config.cdn.tags:
            return document
        ids = [
            *(own for own, _ in material.entries),
            *(it.article.id for it in material.corrections),
        ]
        return msgspec.structs.replace(document, tags=cache_tags(wanted.section, *ids))

    def _document(
        self,
        wanted: FeedRequest,
        material: FeedContents,
        pieces: Sequence[CachedEntry],
        now: datetime,
    ) -> Document:
        past = [it for it in moments(wanted.format, material, pieces) if it <= now]
        # The feed itself tells only what its articles say, so that it is the same everywhere.
        feed = self._feed(wanted, max(past, default=None), material)
        return assemble(
            feed,
            [piece.fragment for piece in pieces],
            wanted.format,
            last_modified=min(max(feed.dated, material.changed or feed.dated), now),
            ages=self._ages(material),
        )

    def _ages(self, material: FeedContents) -> tuple[int, int]:
        """Return how long a feed may be used without asking, as long as it seems likely to last."""
        cache = self._config.cache
        if material.archive:
            return cache.archives, cache.archives
        likely = 0 if material.pace is None else material.pace // _HOPE
        return max(cache.least, min(likely, cache.most)), cache.shared

    def _feed(self, wanted: FeedRequest, updated: datetime | None, material: FeedContents) -> Feed:
        path, section, format, before = wanted
        site, urls = self._config.site, self._urls
        about = self._config.section(section)
        title = self._config.feed_title(section, material.name)
        # Archives are the same feed as the one they belong to, in other documents.
        subject, corrections = section, corrections_path(section)
        if path == corrections:
            title = f"{translate('corrections', self._config.language(section))} – {title}"
            subject = path
        neighbours = [
            Link(urls.feed(it.path, format, it.before), it.rel, MEDIA_TYPES[format])
            for it in material.neighbours
        ]
        return Feed(
            id=urls.feed_id(subject),
            title=title,
            subtitle=about.description if section else site.description,
            updated=updated,
            language=self._config.language(section),
            author=Author(site.title, uri=self._config.home),
            links=(
                Link(urls.feed(path, format, before), "self", MEDIA_TYPES[format]),
                Link(urls.section(section), "alternate", "text/html"),
                *neighbours,
                *(self._editions(section, format) if path == section and not before else ()),
            ),
            rights=site.rights,
            icon=urls.join(site.icon),
            logo=urls.join(about.image) or urls.join(site.logo),
            tombstones=tuple(
                Tombstone(urls.tag(own), killed, comment)
                for own, killed, comment in material.tombstones
                if format in WITH_TOMBSTONES
            ),
            archive=material.archive,
            style=urls.feeds + STYLESHEET if self._config.feeds.browser_view == "css" else "",
            corrections="" if path == corrections else urls.feed(corrections, format),
        )

    def _editions(self, section: str, format: Format) -> list[Link]:
        """Return the links to the same feed in other languages."""
        return [
            Link(
                self._urls.feed(it, format),
                "alternate",
                MEDIA_TYPES[format],
                hreflang=self._config.language(it),
            )
            for it in self._config.editions(section)
            if it != section
        ]


def cache_tags(section: str, *ids: str) -> tuple[str, ...]:
    """Return what caches in front may purge an answer by: where it belongs, and its articles.

    :param section: a topic, too; empty for the site.
    """
    place = section.replace("/", ":", 1) if topic_kind(section) else ""
    place = place or (f"section:{section}" if section else "site")
    return (place, *(f"article:{own}" for own in ids))


def moments(
    format: Format, material: FeedContents, pieces: Sequence[CachedEntry]
) -> list[datetime]:
    """Return when time alone changed or will change a feed."""
    graves = material.graves if format in WITH_TOMBSTONES else ()
    return [*material.moments, *graves, *(it for piece in pieces for it in piece.moments)]
