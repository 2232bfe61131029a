"""Entries as bytes, kept in memory and in the store, so that each is made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.feeds import fragment
from feedsvc.feeds.document import Fragment, fragment_of
from feedsvc.feeds.entry import describe, describe_correction
from feedsvc.feeds.selection import choose
from feedsvc.store import articles, fragments
from feedsvc.store.fragments import Fresh

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feedsvc.config import Config
    from feedsvc.model.article import Article, Related
    from feedsvc.model.feed import Format
    from feedsvc.store.database import Connection
    from feedsvc.store.history import Told
    from feedsvc.urls import Urls

_KEPT_BYTES = 16_000_000
"""In memory, at most."""
_AROUND = 600
"""Of them, what Python takes for a piece besides its body."""


class Piece(Struct, frozen=True):
    """An entry of one format, ready to stand in any document."""

    number: int
    """Of the last change to it that is known here."""
    fragment: Fragment
    moments: Sequence[datetime]
    """When time alone changed it or its feed, or will."""
    until: datetime | None
    """When time alone changes it next."""

    def fits(self, number: int, now: datetime) -> bool:
        """Tell whether it is still so."""
        return self.number == number and (self.until is None or now < self.until)


class Pieces:
    """The entries of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, urls: Urls) -> None:
        """Begin with nothing in memory."""
        self._config = config
        self._urls = urls
        self._kept: dict[tuple[str, Format], Piece] = {}
        self._size = 0
        self._lock = Lock()

    def collect(
        self,
        connection: Connection,
        wanted: Sequence[tuple[str, int]],
        form: Format,
        now: datetime,
    ) -> tuple[list[Piece], list[Fresh]]:
        """Return the pieces of articles, and of those that were made now what the store may keep.

        :param connection: in the same view of which the articles stand so.
        :param wanted: ids of articles, each with the number of its last change.
        """
        found = self._found(wanted, form, now)
        missing = {own: number for own, number in wanted if own not in found}
        fresh: list[Fresh] = []
        if missing:
            for own, piece, digest in self._load(connection, missing, form, now):
                found[own] = piece
                if digest:
                    fresh.append(Fresh(own, form, piece.number, digest, piece.fragment.body))
            self._keep({own: found[own] for own in missing}, form)
        return [found[own] for own, _ in wanted], fresh

    def told(self, wanted: Sequence[Told], form: Format, now: datetime) -> list[Piece]:
        """Return the pieces of corrections and kills."""
        found = self._found([(told.key, told.number) for told in wanted], form, now)
        fresh = {told.key: self._tell(told, form) for told in wanted if told.key not in found}
        self._keep(fresh, form)
        found |= fresh
        return [found[told.key] for told in wanted]

    def _tell(self, told: Told, form: Format) -> Piece:
        entry = describe_correction(told.article, told.moment, told.note, self._config, self._urls)
        return Piece(told.number, fragment_of(fragment.render(entry, form)), (), None)

    def _found(
        self, wanted: Sequence[tuple[str, int]], form: Format, now: datetime
    ) -> dict[str, Piece]:
        found: dict[str, Piece] = {}
        for own, number in wanted:
            kept = self._kept.get((own, form))
            if kept and kept.fits(number, now):
                found[own] = kept
        if self._size > _KEPT_BYTES // 2:
            self._keep(found, form)  # so that what is asked for all the time is let go of last
        return found

    def _keep(self, pieces: Mapping[str, Piece], form: Format) -> None:
        """Keep pieces in memory, and let go of those that were not asked for for longest."""
        with self._lock:
            for own, piece in pieces.items():
                old = self._kept.pop((own, form), None)
                self._size += _size(piece) - (_size(old) if old else 0)
                self._kept[own, form] = piece
            while self._size > _KEPT_BYTES and self._kept:
                self._size -= _size(self._kept.pop(next(iter(self._kept))))

    def _load(
        self, connection: Connection, wanted: Mapping[str, int], form: Format, now: datetime
    ) -> list[tuple[str, Piece, str]]:
        """Return pieces from the store, or made anew; then with the digest to keep them under."""
        held = articles.get_many(connection, wanted)
        kept = fragments.get_many(connection, form, list(wanted))
        candidates = articles.find(connection, stories_of(held.values()))
        loaded: list[tuple[str, Piece, str]] = []
        for own, number in wanted.items():
            article = held[own]
            related = related_now(article, candidates, now)
            entry = describe(article, related, self._config, self._urls)
            digest = fragment.digest(entry, form)
            known, body = kept.get(own, ("", b""))
            if known != digest:
                body = fragment.render(entry, form)
            turns = [
                moment
                for story in article.related
                for it in candidates.get(story, ())
                for moment in it.turns()
            ]
            piece = Piece(
                number,
                fragment_of(body),
                (article.updated, *turns),
                min((moment for moment in turns if moment > now), default=None),
            )
            loaded.append((own, piece, "" if known == digest else digest))
        return loaded


def _size(piece: Piece) -> int:
    return len(piece.fragment.body) + _AROUND


def stories_of(held: Iterable[Article]) -> list[Related]:
    """Return the related stories of articles."""
    return [story for article in held for story in article.related]


def related_now(
    article: Article, candidates: Mapping[Related, Sequence[Article]], now: datetime
) -> dict[Related, Article | None]:
    """Return what an article's related stories are now; one that is not out yet is not named."""
    related: dict[Related, Article | None] = {}
    for story in article.related:
        found = candidates.get(story, ())
        chosen = choose(story, found, now)
        if chosen or not found:
            related[story] = chosen
    return related
