"""Entries as bytes, kept in memory and in the store, so that each is made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.formats import render
from feedsvc.formats.document import RenderedEntry, rendered_entry
from feedsvc.formats.entry import describe, describe_correction
from feedsvc.store import articles, rendered_entries
from feedsvc.store.rendered_entries import NewRendering
from feedsvc.syndication.related import related_now, stories_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feedsvc.config.settings import Config
    from feedsvc.model.feed import Format
    from feedsvc.store.database import Connection
    from feedsvc.store.history import Notice

_KEPT_BYTES = 16_000_000
"""In memory, at most."""
_AROUND = 600
"""Of them, what Python takes for a piece besides its body."""


class CachedEntry(Struct, frozen=True):
    """An entry of one format, ready to stand in any document."""

    number: int
    """Of the last change to it that is known here."""
    fragment: RenderedEntry
    moments: Sequence[datetime]
    """When time alone changed it or its feed, or will."""
    until: datetime | None
    """When time alone changes it next."""

    def fits(self, number: int, now: datetime) -> bool:
        """Tell whether it is still so."""
        return self.number == number and (self.until is None or now < self.until)


class RenderedEntries:
    """The entries of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        """Begin with nothing in memory."""
        self._config = config
        self._kept: dict[tuple[str, Format], CachedEntry] = {}
        self._size = 0
        self._lock = Lock()

    def collect(
        self,
        connection: Connection,
        wanted: Sequence[tuple[str, int]],
        format: Format,
        now: datetime,
    ) -> tuple[list[CachedEntry], list[NewRendering]]:
        """Return the pieces of articles, and of those that were made now what the store may keep.

        :param connection: in the same view of which the articles stand so.
        :param wanted: ids of articles, each with the number of its last change.
        """
        found = self._found(wanted, format, now)
        missing = {own: number for own, number in wanted if own not in found}
        fresh: list[NewRendering] = []
        if missing:
            for own, piece, digest in self._load(connection, missing, format, now):
                found[own] = piece
                if digest:
                    fresh.append(
                        NewRendering(own, format, piece.number, digest, piece.fragment.body)
                    )
            self._keep({own: found[own] for own in missing}, format)
        return [found[own] for own, _ in wanted], fresh

    def told(self, wanted: Sequence[Notice], format: Format, now: datetime) -> list[CachedEntry]:
        """Return the pieces of corrections and kills."""
        found = self._found([(told.key, told.number) for told in wanted], format, now)
        fresh = {told.key: self._tell(told, format) for told in wanted if told.key not in found}
        self._keep(fresh, format)
        found |= fresh
        return [found[told.key] for told in wanted]

    def _tell(self, told: Notice, format: Format) -> CachedEntry:
        entry = describe_correction(told.article, told.moment, told.note, self._config)
        return CachedEntry(told.number, rendered_entry(render.render(entry, format)), (), None)

    def _found(
        self, wanted: Sequence[tuple[str, int]], format: Format, now: datetime
    ) -> dict[str, CachedEntry]:
        found: dict[str, CachedEntry] = {}
        for own, number in wanted:
            kept = self._kept.get((own, format))
            if kept and kept.fits(number, now):
                found[own] = kept
        if self._size > _KEPT_BYTES // 2:
            self._keep(found, format)  # so that what is asked for all the time is let go of last
        return found

    def _keep(self, pieces: Mapping[str, CachedEntry], format: Format) -> None:
        """Keep pieces in memory, and let go of those that were not asked for for longest."""
        with self._lock:
            for own, piece in pieces.items():
                old = self._kept.pop((own, format), None)
                self._size += _size(piece) - (_size(old) if old else 0)
                self._kept[own, format] = piece
            while self._size > _KEPT_BYTES and self._kept:
                self._size -= _size(self._kept.pop(next(iter(self._kept))))

    def _load(
        self, connection: Connection, wanted: Mapping[str, int], format: Format, now: datetime
    ) -> list[tuple[str, CachedEntry, str]]:
        """Return pieces from the store, or made anew; then with the digest to keep them under."""
        held = articles.get_many(connection, wanted)
        kept = rendered_entries.get_many(connection, format, list(wanted))
        candidates = articles.find(connection, stories_of(held.values()))
        loaded: list[tuple[str, CachedEntry, str]] = []
        for own, number in wanted.items():
            article = held[own]
            related = related_now(article, candidates, now)
            entry = describe(article, related, self._config)
            digest = render.digest(entry, format)
            known, body = kept.get(own, ("", b""))
            if known != digest:
                body = render.render(entry, format)
            turns = [
                moment
                for story in article.related
                for it in candidates.get(story, ())
                for moment in it.turns()
            ]
            piece = CachedEntry(
                number,
                rendered_entry(body),
                (article.updated, *turns),
                min((moment for moment in turns if moment > now), default=None),
            )
            loaded.append((own, piece, "" if known == digest else digest))
        return loaded


def _size(piece: CachedEntry) -> int:
    return len(piece.fragment.body) + _AROUND
