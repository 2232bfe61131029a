"""The way out: the store's articles become entries, entries fragments, fragments a feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from feedsvc.feeds.document import assemble
from feedsvc.feeds.words import CORRECTIONS, word
from feedsvc.material import LONG_AGO, Gathering, Material, expect
from feedsvc.model.feed import MEDIA_TYPES, Author, Document, Feed, Format, Link, Tombstone
from feedsvc.pieces import Pieces
from feedsvc.store import feeds, fragments
from feedsvc.urls import Urls, archive_path, corrections_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from feedsvc.config import Config
    from feedsvc.pieces import Piece
    from feedsvc.store.database import Database
    from feedsvc.store.fragments import Fresh
    from feedsvc.store.pulse import Pulse

_SECOND = timedelta(seconds=1)
_KEPT = 256
"""Finished feeds in memory, at most."""
_KEPT_BYTES = 16_000_000
"""Their bytes, at most."""


_OFFERED = 20
"""New fragments that are written at once."""
_HOPE = 10
"""What part of the time between two entries a feed is likely to stay as it is."""


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


class _Gathered(Struct, frozen=True):
    """What a feed is made from, and how long that stays true while nobody publishes."""

    material: Material
    since: datetime
    until: datetime | None

    def fits(self, number: int, now: datetime) -> bool:
        same = self.material.number == number and self.since <= now
        return same and (self.until is None or now < self.until)


class _Wanted(NamedTuple):
    """The document that somebody asks for."""

    path: str
    section: str
    form: Format
    before: str = ""


class Syndication:
    """Gives out the feeds of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self.config = config
        self._database = database
        self._urls = Urls(config)
        self._kept: dict[tuple[str, Format], _Kept] = {}
        self._gathered: dict[str, _Gathered] = {}
        self._pieces = Pieces(config, self._urls)
        self._fresh: list[Fresh] = []
        self._assembling = Lock()

    def document(self, section: str, form: Format, now: datetime) -> Document:
        """Return a section's feed as it is now; the site's for the empty section.

        :raises NotFoundError: there is no such section.
        """
        return self._document(section, section, form, now, lambda it: it.newest(section))

    @property
    def pulse(self) -> Pulse:
        """Return what beats with every change."""
        return self._database.pulse

    def at_hand(
        self, path: str, form: Format, now: datetime
    ) -> tuple[Document, datetime | None] | None:
        """Return a feed that need not be made, and when time alone changes it; else None.

        :param path: of a section or of corrections, without the format.
        """
        kept = self._kept.get((path, form))
        if kept is None:
            return None
        with self._database.reading() as connection:
            number = feeds.number(connection, path)
        return (kept.document, kept.until) if kept.fits(number, now) else None

    def changed_since(self, number: int) -> dict[str, int]:
        """Return the paths of the feeds that changed after a change, each with its number now."""
        with self._database.reading() as connection:
            return feeds.changed_since(connection, number)

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
        return self.archive_until(section, number, form, now, before)[0]

    def archive_until(
        self, section: str, number: int, form: Format, now: datetime, before: str = ""
    ) -> tuple[Document, datetime | None]:
        """Return what ``archive`` does, and when time alone changes it."""
        path = archive_path(section, number)
        with self._database.reading() as connection:
            gathering = Gathering(connection, self.config, now)
            material = gathering.archive(section, number, before)
            made = self._pieces.collect(connection, material.entries, form, now)
        document = self._assemble(_Wanted(path, section, form, before), material, made, now)
        return document, _until(form, material, made[0], now)

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
                kept = self._make(_Wanted(path, section, form), now, gather)
                self._keep(path, form, kept)
        return kept.document

    def _make(
        self, wanted: _Wanted, now: datetime, gather: Callable[[Gathering], Material]
    ) -> _Kept:
        """Make a feed; what is gathered for one format serves the others, too."""
        path, form = wanted.path, wanted.form
        with self._database.reading() as connection:
            known = self._gathered.get(path)
            if known is None or not known.fits(feeds.number(connection, path), now):
                material = gather(Gathering(connection, self.config, now))
                known = _Gathered(material, now, _next(material.moments + material.graves, now))
                self._remember(path, known)
            made = self._pieces.collect(connection, known.material.entries, form, now)
        document = self._assemble(wanted, known.material, made, now)
        until = _until(form, known.material, made[0], now)
        return _Kept(document, known.material.number, now, until)

    def _remember(self, path: str, known: _Gathered) -> None:
        self._gathered.pop(path, None)
        self._gathered[path] = known
        if len(self._gathered) > _KEPT:
            del self._gathered[next(iter(self._gathered))]

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
        wanted: _Wanted,
        material: Material,
        made: tuple[Sequence[Piece], Sequence[Fresh]],
        now: datetime,
    ) -> Document:
        pieces, fresh = made
        form = wanted.form
        self._offer(fresh)
        past = [it for it in _moments(form, material, pieces) if it <= now]
        told = self._pieces.told(material.corrections, form, now)
        return assemble(
            # The feed itself tells only what its articles say, so that it is the same everywhere.
            self._feed(wanted, max(past, default=LONG_AGO), material),
            [piece.fragment for piece in (*told, *pieces)],
            form,
            last_modified=min(max(*past, material.changed, LONG_AGO), now),
            ages=self._ages(material),
        )

    def _offer(self, fresh: Sequence[Fresh]) -> None:
        """Let the store keep fragments, many at once: made anew they cost little more than kept."""
        self._fresh.extend(fresh)
        if len(self._fresh) >= _OFFERED:
            many, self._fresh = self._fresh, []
            self._database.offer(lambda connection: fragments.keep(connection, many))

    def _ages(self, material: Material) -> tuple[int, int]:
        """Return how long a feed may be used without asking, as long as it seems likely to last."""
        cache = self.config.cache
        if material.archive:
            return cache.archives, cache.archives
        likely = 0 if material.pace is None else material.pace // _HOPE
        return max(cache.least, min(likely, cache.most)), cache.shared

    def _feed(self, wanted: _Wanted, updated: datetime, material: Material) -> Feed:
        path, section, form, before = wanted
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
                if form == "atom"
            ),
            archive=material.archive,
        )


def _moments(form: Format, material: Material, pieces: Sequence[Piece]) -> list[datetime]:
    """Return when time alone changed or will change a feed."""
    graves = material.graves if form == "atom" else ()
    return [*material.moments, *graves, *(it for piece in pieces for it in piece.moments)]


def _until(
    form: Format, material: Material, pieces: Sequence[Piece], now: datetime
) -> datetime | None:
    """Return when time alone changes a feed next."""
    # Two changes in one second are two seconds apart: then the date goes on by itself.
    soon = [now + _SECOND] if material.changed > now else []
    return _next([*_moments(form, material, pieces), *soon], now)


def _next(moments: Iterable[datetime], now: datetime) -> datetime | None:
    return min((moment for moment in moments if moment > now), default=None)
