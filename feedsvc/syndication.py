"""The way out: the store's articles become entries, entries fragments, fragments a feed."""

from __future__ import annotations

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.feeds import fragment
from feedsvc.feeds.document import assemble
from feedsvc.feeds.entry import describe, describe_correction
from feedsvc.feeds.selection import choose
from feedsvc.feeds.words import CORRECTIONS, word
from feedsvc.material import LONG_AGO, Gathering, Material, expect
from feedsvc.model.feed import MEDIA_TYPES, Author, Document, Feed, Format, Link, Tombstone
from feedsvc.store import feeds, fragments
from feedsvc.urls import Urls, archive_path, corrections_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedsvc.config import Config
    from feedsvc.model.article import Article, Related
    from feedsvc.store.database import Database

_KEPT = 256
"""Finished feeds in memory, at most."""
_KEPT_BYTES = 32_000_000
"""Their bytes, at most."""


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


class Syndication:
    """Gives out the feeds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self.config = config
        self._database = database
        self._urls = Urls(config)
        self._kept: dict[tuple[str, Format], _Kept] = {}
        self._assembling = Lock()

    def document(self, section: str, form: Format, now: datetime) -> Document:
        """Return a section's feed as it is now; the site's for the empty section.

        :raises NotFoundError: there is no such section.
        """
        return self._document(section, section, form, now, lambda it: it.newest(section))

    def corrections(self, section: str, form: Format, now: datetime) -> Document:
        """Return the feed of a section's corrections and kills.

        :raises NotFoundError: there is no such section.
        """
        path = corrections_path(section)
        return self._document(path, section, form, now, lambda it: it.corrections(section))

    def archive(
        self, section: str, number: int, form: Format, now: datetime, before: str = ""
    ) -> Document:
        """Return an archive of a section's feed (RFC 5005 §4).

        :param number: ascending from 1; the one after the last is being filled.
        :param before: where the feed ended that named this address: then it holds just what comes
            after that, whatever is published while somebody goes from one document to the next.
        :raises NotFoundError: there is no such section or archive.
        """
        path = archive_path(section, number)
        with self._database.reading() as connection:
            material = Gathering(connection, self.config, form, now).archive(
                section, number, before
            )
        return self._assemble(path, section, form, now, material, before)

    def _document(
        self,
        path: str,
        section: str,
        form: Format,
        now: datetime,
        gather: Callable[[Gathering], Material],
    ) -> Document:
        number = self._number(path, section)
        kept = self._kept.get((path, form))
        if kept and kept.fits(number, now):
            return kept.document
        # One thread makes the feed; those that ask meanwhile wait, and find it made.
        with self._assembling:
            kept = self._kept.get((path, form))
            if kept is None or not kept.fits(number, now):
                with self._database.reading() as connection:
                    number = feeds.number(connection, path)
                    material = gather(Gathering(connection, self.config, form, now))
                document = self._assemble(path, section, form, now, material)
                future = (it for it in (*material.moments, material.changed) if it > now)
                kept = _Kept(document, number, now, min(future, default=None))
                self._keep(path, form, kept)
        return kept.document

    def _keep(self, path: str, form: Format, kept: _Kept) -> None:
        """Keep a feed in memory, and let go of those that were made longest ago."""
        self._kept.pop((path, form), None)
        self._kept[path, form] = kept
        size = sum(len(each.document.body) for each in self._kept.values())
        while len(self._kept) > _KEPT or (size > _KEPT_BYTES and len(self._kept) > 1):
            gone = self._kept.pop(next(iter(self._kept)))
            size -= len(gone.document.body)

    def _number(self, path: str, section: str) -> int:
        with self._database.reading() as connection:
            number = feeds.number(connection, path)
        if number == 0 and path == section:
            expect(self.config, section)
        return number

    def _assemble(
        self,
        path: str,
        section: str,
        form: Format,
        now: datetime,
        material: Material,
        before: str = "",
    ) -> Document:
        past = [moment for moment in material.moments if moment <= now]
        # The feed itself tells only what its articles say, so that it is the same everywhere.
        feed = self._feed(path, section, form, max(past, default=LONG_AGO), material, before)
        return assemble(
            feed,
            self._render(material, form, now),
            form,
            last_modified=min(max(*past, material.changed, LONG_AGO), now),
        )

    def _render(self, material: Material, form: Format, now: datetime) -> list[bytes]:
        """Return the articles' fragments; what was never rendered is, and is kept."""
        pieces = [
            fragment.render(describe_correction(article, told, note, self.config, self._urls), form)
            for told, note, article in material.corrections
        ]
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
        path: str,
        section: str,
        form: Format,
        updated: datetime,
        material: Material,
        before: str,
    ) -> Feed:
        site, urls = self.config.site, self._urls
        about = self.config.section(section)
        title = f"{about.title} – {site.title}" if section else site.title
        # Archives are the same feed as the one they belong to, in other documents.
        subject = section
        if path == corrections_path(section):
            title, subject = f"{word(CORRECTIONS, self.config.language(section))} – {title}", path
        neighbours = [
            Link(urls.feed(it.path, form, it.before), it.rel, MEDIA_TYPES[form])
            for it in material.neighbours
        ]
        return Feed(
            id=urls.feed_id(subject),
            title=title,
            subtitle=about.description if section else site.description,
            updated=updated,
            language=self.config.language(section),
            author=Author(site.title, uri=site.url),
            links=(
                Link(urls.feed(path, form, before), "self", MEDIA_TYPES[form]),
                Link(urls.section(section), "alternate", "text/html"),
                *neighbours,
            ),
            rights=site.rights,
            icon=urls.join(site.icon),
            logo=urls.join(about.image) or urls.join(site.logo),
            tombstones=tuple(
                Tombstone(urls.tag(own), killed, comment)
                for own, killed, comment in material.tombstones
            ),
            archive=material.archive,
        )
