"""The end of the way out: what was gathered for a feed, and its entries, become a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedsvc.feeds.document import assemble
from feedsvc.feeds.words import CORRECTIONS, word
from feedsvc.material import LONG_AGO
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
from feedsvc.topics import kind
from feedsvc.urls import STYLE, corrections_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feedsvc.config import Config
    from feedsvc.material import Material
    from feedsvc.pieces import Piece
    from feedsvc.urls import Urls

_HOPE = 10
"""What part of the time between two entries a feed is likely to stay as it is."""


class Wanted(NamedTuple):
    """The document that somebody asks for."""

    path: str
    section: str
    form: Format
    before: str = ""


class Composer:
    """Makes documents of one newsroom."""

    def __init__(self, config: Config, urls: Urls) -> None:
        """Take what the heads of feeds say."""
        self._config = config
        self._urls = urls

    def compose(
        self, wanted: Wanted, material: Material, pieces: Sequence[Piece], now: datetime
    ) -> Document:
        """Return the finished feed."""
        document = self._document(wanted, material, pieces, now)
        if not self._config.cdn.tags:
            return document
        ids = [
            *(own for own, _ in material.entries),
            *(it.article.id for it in material.corrections),
        ]
        return msgspec.structs.replace(document, tags=tags(wanted.section, *ids))

    def _document(
        self, wanted: Wanted, material: Material, pieces: Sequence[Piece], now: datetime
    ) -> Document:
        past = [it for it in moments(wanted.form, material, pieces) if it <= now]
        return assemble(
            # The feed itself tells only what its articles say, so that it is the same everywhere.
            self._feed(wanted, max(past, default=LONG_AGO), material),
            [piece.fragment for piece in pieces],
            wanted.form,
            last_modified=min(max(*past, material.changed, LONG_AGO), now),
            ages=self._ages(material),
        )

    def _ages(self, material: Material) -> tuple[int, int]:
        """Return how long a feed may be used without asking, as long as it seems likely to last."""
        cache = self._config.cache
        if material.archive:
            return cache.archives, cache.archives
        likely = 0 if material.pace is None else material.pace // _HOPE
        return max(cache.least, min(likely, cache.most)), cache.shared

    def _feed(self, wanted: Wanted, updated: datetime, material: Material) -> Feed:
        path, section, form, before = wanted
        site, urls = self._config.site, self._urls
        about = self._config.section(section)
        title = self._config.feed_title(section, material.name)
        # Archives are the same feed as the one they belong to, in other documents.
        subject, corrections = section, corrections_path(section)
        if path == corrections:
            title, subject = f"{word(CORRECTIONS, self._config.language(section))} – {title}", path
        neighbours = [
            Link(urls.feed(it.path, form, it.before), it.rel, MEDIA_TYPES[form])
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
                Link(urls.feed(path, form, before), "self", MEDIA_TYPES[form]),
                Link(urls.section(section), "alternate", "text/html"),
                *neighbours,
                *(self._editions(section, form) if path == section and not before else ()),
            ),
            rights=site.rights,
            icon=urls.join(site.icon),
            logo=urls.join(about.image) or urls.join(site.logo),
            tombstones=tuple(
                Tombstone(urls.tag(own), killed, comment)
                for own, killed, comment in material.tombstones
                if form in WITH_TOMBSTONES
            ),
            archive=material.archive,
            style=urls.feeds + STYLE if self._config.feeds.browser_view == "css" else "",
            corrections="" if path == corrections else urls.feed(corrections, form),
        )

    def _editions(self, section: str, form: Format) -> list[Link]:
        """Return the links to the same feed in other languages."""
        return [
            Link(
                self._urls.feed(it, form),
                "alternate",
                MEDIA_TYPES[form],
                hreflang=self._config.language(it),
            )
            for it in self._config.editions(section)
            if it != section
        ]


def tags(section: str, *ids: str) -> tuple[str, ...]:
    """Return what caches in front may purge an answer by: where it belongs, and its articles.

    :param section: a topic, too; empty for the site.
    """
    place = section.replace("/", ":", 1) if kind(section) else ""
    place = place or (f"section:{section}" if section else "site")
    return (place, *(f"article:{own}" for own in ids))


def moments(form: Format, material: Material, pieces: Sequence[Piece]) -> list[datetime]:
    """Return when time alone changed or will change a feed."""
    graves = material.graves if form in WITH_TOMBSTONES else ()
    return [*material.moments, *graves, *(it for piece in pieces for it in piece.moments)]
