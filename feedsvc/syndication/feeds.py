"""The way out: the store's articles become entries, entries fragments, fragments a feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from feedsvc.formats.delta import changes
from feedsvc.formats.fingerprint import finished_with
from feedsvc.model.feed import Document
from feedsvc.model.paths import archive_path, corrections_path
from feedsvc.store import articles, feeds, rendered_feeds
from feedsvc.store.feed_states import KeptState
from feedsvc.store.write_behind import WriteBehind
from feedsvc.syndication.entries import RenderedEntries
from feedsvc.syndication.feed_contents import ContentsReader, FeedContents, expect
from feedsvc.syndication.feed_head import FeedHeads, FeedRequest, moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from feedsvc.config.settings import Config
    from feedsvc.model.feed import Format
    from feedsvc.store.change_counter import ChangeCounter
    from feedsvc.store.database import Database
    from feedsvc.store.rendered_entries import NewRendering
    from feedsvc.syndication.entries import CachedEntry

_SECOND = timedelta(seconds=1)
_KEPT = 1024
"""Finished feeds in memory, at most."""
_KEPT_BYTES = 32_000_000
"""Their bytes, at most: 200 sections in three formats, with thirty articles each."""


class _MadeFeed(Struct, frozen=True):
    """A finished feed, and how long it stays true while nobody publishes."""

    document: Document
    number: int
    since: datetime
    until: datetime | None

    def fits(self, number: int, now: datetime) -> bool:
        return (
            self.number == number and self.since <= now and (self.until is None or now < self.until)
        )


class _Gathered(Struct, frozen=True):
    """What a feed is made from, and how long that stays true while nobody publishes."""

    material: FeedContents
    since: datetime
    until: datetime | None

    def fits(self, number: int, now: datetime) -> bool:
        same = self.material.number == number and self.since <= now
        return same and (self.until is None or now < self.until)


class Feeds:
    """Gives out the feeds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self.config = config
        self._database = database
        urls = config.urls
        self._kept: dict[tuple[str, Format], _MadeFeed] = {}
        self._size = 0
        self._gathered: dict[str, _Gathered] = {}
        self._pieces = RenderedEntries(config)
        self._composer = FeedHeads(config, urls)
        self.shelf = WriteBehind(database, config.cache.states)
        self._finished_with = finished_with(config)
        self._assembling = Lock()

    def document(self, section: str, format: Format, now: datetime) -> Document:
        """Return a section's feed as it is now; the site's for the empty section.

        :raises NotFoundError: there is no such section.
        """
        return self._document(section, section, format, now, lambda it: it.newest(section))

    @property
    def pulse(self) -> ChangeCounter:
        """Return what beats with every change."""
        return self._database.change_counter

    def at_hand(
        self, path: str, format: Format, now: datetime
    ) -> tuple[Document, datetime | None] | None:
        """Return a feed that need not be made, and when time alone changes it; else None.

        :param path: of a section or of corrections, without the format.
        """
        kept = self._kept.get((path, format))
        if kept is None:
            return None
        with self._database.reading() as connection:
            number = feeds.revision(connection, path)
        return (kept.document, kept.until) if kept.fits(number, now) else None

    def last(self, path: str, format: Format, now: datetime) -> Document | None:
        """Return the last state of a feed that was made here, if it only lacks what is newer.

        For when there is no time to make it: whatever was corrected, killed or moved is not in it.
        """
        kept, known = self._kept.get((path, format)), self._gathered.get(path)
        if kept is None or known is None or known.material.number != kept.number:
            return None
        if not kept.fits(kept.number, now) or known.material.corrections:
            return None
        with self._database.reading() as connection:
            same = articles.are_unchanged(connection, dict(known.material.entries))
        return kept.document if same else None

    def finish(
        self, path: str, format: Format, document: Document, encodings: dict[str, bytes]
    ) -> Document | None:
        """Take a feed's bytes in all codings, made at leisure, and let the store keep them.

        :param document: the feed as it was when somebody began with it.
        :returns: the feed with them; None where it is another one by now.
        """
        kept = self._kept.get((path, format))
        if kept is None or kept.document is not document:
            return None
        better = msgspec.structs.replace(document, encodings=encodings)
        one = rendered_feeds.KeptFeed(better, kept.number, kept.since, kept.until)
        with self._assembling:
            self._keep(path, format, _MadeFeed(*one))
        made_with = self._finished_with
        self._database.offer(lambda it: rendered_feeds.keep(it, (path, format), one, made_with))
        return better

    def changed_since(self, number: int) -> dict[str, int]:
        """Return the paths of the feeds that changed after a change, each with its number now."""
        with self._database.reading() as connection:
            return feeds.changed_since(connection, number)

    def corrections(self, section: str, format: Format, now: datetime) -> Document:
        """Return the feed of a section's corrections and kills.

        :raises NotFoundError: there is no such section.
        """
        path = corrections_path(section)
        return self._document(path, section, format, now, lambda it: it.corrections(section))

    def since(
        self, path: str, format: Format, document: Document, etags: Sequence[str]
    ) -> Document | None:
        """Return of a feed only what is new or changed since a state it was in (RFC 3229).

        :param path: of a section or of corrections, without the format.
        :param etags: of states that somebody has.
        :returns: None where none of them is known, or nothing in it is as it was.
        """
        with self._database.reading() as connection:
            state = self.shelf.find(connection, path, format, etags)
        return changes(document, state.etag, state.marks) if state else None

    def archive(
        self, section: str, number: int, format: Format, now: datetime, before: str = ""
    ) -> Document:
        """Return an archive of a section's feed (RFC 5005 §4).

        :param number: ascending from 1; the one after the last is being filled.
        :param before: where the feed ended that named this address: then it holds just what comes
            after that, whatever is published while somebody goes from one document to the next.
        :raises NotFoundError: there is no such section or archive.
        """
        return self.archive_until(section, number, format, now, before)[0]

    def archive_until(
        self, section: str, number: int, format: Format, now: datetime, before: str = ""
    ) -> tuple[Document, datetime | None]:
        """Return what ``archive`` does, and when time alone changes it."""
        path = archive_path(section, number)
        with self._database.reading() as connection:
            gathering = ContentsReader(connection, self.config, now)
            material = gathering.archive(section, number, before)
            made = self._pieces.collect(connection, material.entries, format, now)
        document = self._assemble(FeedRequest(path, section, format, before), material, made, now)
        return document, _until(format, material, made[0], now)

    def _document(
        self,
        path: str,
        section: str,
        format: Format,
        now: datetime,
        gather: Callable[[ContentsReader], FeedContents],
    ) -> Document:
        number = self._number(path, section)
        kept = self._kept.get((path, format))
        if kept and kept.fits(number, now):
            return kept.document
        # One thread makes the feed; those that ask meanwhile wait, and find it made.
        with self._assembling:
            kept = self._kept.get((path, format))
            if kept is None or not kept.fits(number, now):
                kept = self._make(FeedRequest(path, section, format), now, gather)
                self._keep(path, format, kept)
        return kept.document

    def _make(
        self, wanted: FeedRequest, now: datetime, gather: Callable[[ContentsReader], FeedContents]
    ) -> _MadeFeed:
        """Make a feed; what is gathered for one format serves the others, too."""
        path, format = wanted.path, wanted.format
        with self._database.reading() as connection:
            number = feeds.revision(connection, path)
            if (path, format) not in self._kept:  # a process begins, or it was let go of
                found = rendered_feeds.get(connection, (path, format), self._finished_with)
                kept = _MadeFeed(*found) if found else None
                if kept and kept.fits(number, now):
                    return kept
            known = self._gathered.get(path)
            if known is None or not known.fits(number, now):
                material = gather(ContentsReader(connection, self.config, now))
                known = _Gathered(material, now, _next(material.moments + material.graves, now))
                self._remember(path, known)
            made = self._pieces.collect(connection, known.material.entries, format, now)
        document = self._assemble(wanted, known.material, made, now)
        until = _until(format, known.material, made[0], now)
        number = known.material.number
        self.shelf.put((), KeptState(path, format, document.etag, number, document.marks))
        return _MadeFeed(document, number, now, until)

    def _remember(self, path: str, known: _Gathered) -> None:
        self._gathered.pop(path, None)
        self._gathered[path] = known
        if len(self._gathered) > _KEPT:
            del self._gathered[next(iter(self._gathered))]

    def _keep(self, path: str, format: Format, kept: _MadeFeed) -> None:
        """Keep a feed in memory, and let go of those that were made longest ago."""
        old = self._kept.pop((path, format), None)
        self._kept[path, format] = kept
        self._size += kept.document.size - (old.document.size if old else 0)
        while len(self._kept) > _KEPT or (self._size > _KEPT_BYTES and len(self._kept) > 1):
            self._size -= self._kept.pop(next(iter(self._kept))).document.size

    def _number(self, path: str, section: str) -> int:
        with self._database.reading() as connection:
            number = feeds.revision(connection, path)
        if number == 0 and path == section:
            expect(self.config, section)
        return number

    def _assemble(
        self,
        wanted: FeedRequest,
        material: FeedContents,
        made: tuple[Sequence[CachedEntry], Sequence[NewRendering]],
        now: datetime,
    ) -> Document:
        pieces, fresh = made
        self.shelf.put(fresh)
        told = self._pieces.told(material.corrections, wanted.format, now)
        return self._composer.compose(wanted, material, (*told, *pieces), now)


def _until(
    format: Format, material: FeedContents, pieces: Sequence[CachedEntry], now: datetime
) -> datetime | None:
    """Return when time alone changes a feed next."""
    # Two changes in one second are two seconds apart: then the date goes on by itself.
    soon = [now + _SECOND] if material.changed and material.changed > now else []
    return _next([*moments(format, material, pieces), *soon], now)


def _next(moments: Iterable[datetime], now: datetime) -> datetime | None:
    return min((moment for moment in moments if moment > now), default=None)
