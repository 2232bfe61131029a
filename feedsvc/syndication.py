"""The way out: the store's articles become entries, entries fragments, fragments a feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.errors import GoneError, NotFoundError, Problem
from feedsvc.feeds import fragment
from feedsvc.feeds.document import assemble
from feedsvc.feeds.entry import describe
from feedsvc.feeds.selection import choose, select
from feedsvc.ingest.media import Library
from feedsvc.model.article import Article, Related
from feedsvc.model.feed import FORMATS, MEDIA_TYPES, Author, Document, Feed, Format, Link, Tombstone
from feedsvc.store import articles, files, fragments
from feedsvc.urls import Urls, ancestors, media_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedsvc.config import Config
    from feedsvc.store.database import Database

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_KEPT = 256
"""Finished feeds in memory."""


class MediaFile(Struct, frozen=True):
    """A picture or sound of the newsroom, ready to be sent."""

    file: Path
    type: str
    url: str
    """Its address now: the root-relative one with its digest."""
    current: bool
    """Whether that is the address it was asked for at."""


class FeedSummary(Struct, frozen=True):
    """What people are told of a section's feeds."""

    section: str
    title: str
    description: str
    newest: str
    """The newest headline; empty where there is none."""
    language: str
    urls: dict[Format, str]


class _Kept(Struct, frozen=True):
    """A finished feed, and how long it stays true while nobody publishes."""

    document: Document
    number: int
    since: datetime
    until: datetime | None

    def fits(self, number: int, now: datetime) -> bool:
        return (
            self.number == number and self.since <= now and (self.until is None or now < self.until)
        )


class _Material(Struct, frozen=True):
    """What one consistent look into the store gave for a feed."""

    number: int
    changed: datetime
    """When somebody last did something to the feed."""
    articles: list[Article]
    related: dict[Related, list[Article]]
    fragments: dict[str, tuple[str, bytes]]
    tombstones: list[tuple[str, datetime, str]]
    moments: list[datetime]
    """When time alone changed or will change the feed: corrections, releases and expiries."""


class Syndication:
    """Gives out the feeds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self.config = config
        self._database = database
        self._urls = Urls(config)
        self._kept: dict[tuple[str, Format], _Kept] = {}
        self._assembling = Lock()
        self._library = Library(config.root)

    def document(self, section: str, form: Format, now: datetime) -> Document:
        """Return a section's feed as it is now; the site's for the empty section.

        :raises NotFoundError: there is no such section.
        """
        number = self._number(section)
        kept = self._kept.get((section, form))
        if kept and kept.fits(number, now):
            return kept.document
        # One thread makes the feed; those that ask meanwhile wait, and find it made.
        with self._assembling:
            kept = self._kept.get((section, form))
            if kept is None or not kept.fits(number, now):
                kept = self._assemble(section, form, now)
                self._kept[section, form] = kept
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
        return kept.document

    def _number(self, section: str) -> int:
        with self._database.reading() as connection:
            change = articles.change(connection, section)
        if change is None:
            self._expect(section)
        return change.number if change else 0

    def _expect(self, section: str) -> None:
        """Go on with a section that has no articles only if the configuration names it."""
        if section and not self._configured(section):
            raise NotFoundError(f'there is no section "{section}" here')

    def _configured(self, section: str) -> bool:
        return any(section in ancestors(known) for known in self.config.sections)

    def _assemble(self, section: str, form: Format, now: datetime) -> _Kept:
        material = self._collect(section, form, now)
        past = [moment for moment in material.moments if moment <= now]
        # The feed itself tells only what its articles say, so that it is the same everywhere.
        feed = self._feed(section, form, max(past, default=_LONG_AGO), material.tombstones)
        document = assemble(
            feed,
            self._render(material, form, now),
            form,
            last_modified=min(max(*past, material.changed, _LONG_AGO), now),
        )
        future = (it for it in (*material.moments, material.changed) if it > now)
        return _Kept(document, material.number, now, min(future, default=None))

    def _collect(self, section: str, form: Format, now: datetime) -> _Material:
        limits = self.config.feeds.items, self.config.feeds.hours
        grave = timedelta(days=self.config.feeds.tombstone)
        with self._database.reading() as connection:
            change = articles.change(connection, section)
            if articles.is_secret(connection, section, now):
                self._expect(section)
            selected = select(articles.newest(connection, section, now), now, *limits)
            stories = [story for article in selected for story in article.related]
            related = articles.find(connection, stories)
            kept = fragments.get_many(connection, form, [article.id for article in selected])
            graves, last = [], None
            if form == "atom":
                graves = articles.tombstones(connection, section, now - grave)
                last = articles.last_forgotten(connection, section, now - grave)
            moments = [
                *(killed + grave for _, killed, _ in graves),
                *([last + grave] if last else []),
                *articles.moments(connection, section, now),
                *(article.updated for article in selected),
                *(moment for found in related.values() for moment in _turns(found)),
            ]
        return _Material(
            number=change.number if change else 0,
            changed=change.changed if change else _LONG_AGO,
            articles=selected,
            related=related,
            fragments=kept,
            tombstones=graves,
            moments=moments,
        )

    def _render(self, material: _Material, form: Format, now: datetime) -> list[bytes]:
        """Return the articles' fragments; what was never rendered is, and is kept."""
        pieces: list[bytes] = []
        fresh: list[tuple[str, str, bytes]] = []
        for article in material.articles:
            related: dict[Related, Article | None] = {}
            for story in article.related:
                candidates = material.related.get(story, ())
                chosen = choose(story, candidates, now)
                if chosen or not candidates:  # one that is not out yet is not even named
                    related[story] = chosen
            entry = describe(article, related, self.config, self._urls)
            digest = fragment.digest(entry, form)
            kept, piece = material.fragments.get(article.id, ("", b""))
            if kept != digest:
                piece = fragment.render(entry, form)
                fresh.append((article.id, digest, piece))
            pieces.append(piece)
        if fresh:
            self._database.offer(lambda connection: fragments.keep(connection, form, fresh))
        return pieces

    def _feed(
        self,
        section: str,
        form: Format,
        updated: datetime,
        tombstones: Sequence[tuple[str, datetime, str]],
    ) -> Feed:
        site, urls = self.config.site, self._urls
        about = self.config.section(section)
        return Feed(
            id=urls.feed_id(section),
            title=f"{about.title} – {site.title}" if section else site.title,
            subtitle=about.description if section else site.description,
            updated=updated,
            language=self.config.language(section),
            author=Author(site.title, uri=site.url),
            links=(
                Link(urls.feed(section, form), "self", MEDIA_TYPES[form]),
                Link(urls.section(section), "alternate", "text/html"),
            ),
            rights=site.rights,
            icon=urls.join(site.icon),
            logo=urls.join(about.image) or urls.join(site.logo),
            tombstones=tuple(
                Tombstone(urls.tag(own), killed, comment) for own, killed, comment in tombstones
            ),
        )

    def overview(self, now: datetime) -> list[FeedSummary]:
        """Return every section with its feeds, the site first, in the order of a tree."""
        with self._database.reading() as connection:
            known = {*articles.sections(connection, now), *self.config.sections}
            names = {above for section in known for above in ancestors(section)} | {""}
            return [
                self._summary(section, articles.newest(connection, section, now, 2), now)
                for section in sorted(names, key=lambda name: name.split("/"))
            ]

    def _summary(self, section: str, newest: Iterable[Article], now: datetime) -> FeedSummary:
        about = self.config.section(section)
        article = next((article for article in newest if article.usable(now)), None)
        return FeedSummary(
            section=section,
            title=about.title if section else self.config.site.title,
            description=about.description if section else self.config.site.description,
            newest=article.headline if article else "",
            language=self.config.language(section),
            urls={form: self._urls.feed(section, form) for form in FORMATS},
        )

    def problems(self) -> list[Problem]:
        """Return what is wrong in the article files."""
        with self._database.reading() as connection:
            return files.problems(connection)

    def media(self, digest: str, path: str, now: datetime) -> MediaFile:
        """Return a picture or sound of the newsroom.

        :raises NotFoundError: no published record names such a file.
        :raises GoneError: it was withdrawn with its article.
        """
        with self._database.reading() as connection:
            known = files.media(connection, path)
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

    def ready(self) -> bool:
        """Tell whether the store has been filled from the files, and can be read."""
        with self._database.reading() as connection:
            return files.is_filled(connection)


def _turns(candidates: Sequence[Article]) -> list[datetime]:
    """Return the moments at which a related story appears or disappears."""
    usable = [article for article in candidates if article.status == "usable"]
    return [
        moment for article in usable for moment in (article.released, article.expires) if moment
    ]
