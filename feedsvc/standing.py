"""Where articles stand: among a section's newest, before the next archive, or in an archive."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.feeds.selection import select
from feedsvc.store import feeds, listings
from feedsvc.urls import archive_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from feedsvc.config import Config
    from feedsvc.model.article import Listing
    from feedsvc.store.database import Connection

_MANY = 50
"""Archives that are filled at once."""


class Place(Struct, frozen=True):
    """The feeds that an article stands in, by their paths."""

    feeds: frozenset[str] = frozenset()
    newest: frozenset[str] = frozenset()
    """Of them, the sections that it is among the newest of."""


NOWHERE = Place()


class Standing:
    """Where articles stand while one transaction goes on."""

    def __init__(self, connection: Connection, config: Config) -> None:
        """Take a transaction, and how many articles feeds and archives hold."""
        self._connection = connection
        self._items, self._hours = config.feeds.items, config.feeds.hours
        self._held = config.feeds.archive_items
        self._newest: dict[str, tuple[set[str], bool]] = {}

    def places(self, ids: Collection[str], at: datetime) -> dict[str, Place]:
        """Return where articles stand at a moment, by their ids; nothing of those nowhere."""
        self._newest.clear()
        found = listings.places(self._connection, ids)
        names = {place.section for places in found.values() for place in places}
        archives = feeds.count_archives(self._connection, names)
        standing: dict[str, Place] = {}
        for own, places in found.items():
            paths: set[str] = set()
            newest: set[str] = set()
            for place in places:
                if not place.listing.shown(at):
                    continue
                number = place.archive or archives.get(place.section, 0) + 1
                if not place.archive and own in self._window(place.section, at)[0]:
                    newest.add(place.section)
                else:
                    paths.add(archive_path(place.section, number))
            standing[own] = Place(frozenset(paths | newest), frozenset(newest))
        return standing

    def _window(self, section: str, at: datetime) -> tuple[set[str], bool]:
        if section not in self._newest:
            found = listings.newest(self._connection, section, at)
            selected, more = select(found, at, self._items, self._hours)
            self._newest[section] = {listing.id for listing in selected}, more
        return self._newest[section]

    def waiting(self, sections: Collection[str], at: datetime) -> set[str]:
        """Return the paths of the archives that are being filled, where anything is in them."""
        archives = feeds.count_archives(self._connection, sections)
        return {
            archive_path(section, archives.get(section, 0) + 1)
            for section in sections
            if self._window(section, at)[1]
        }

    def archive(self, section: str, now: datetime) -> list[str]:
        """Put the oldest of a section into archives, as far as these come to be full.

        As many as a feed holds are left between the newest and the archives, so that what is
        withdrawn among the newest can be made up for without opening an archive.

        :returns: the paths of the new archives.
        """
        least = 2 * self._items + self._held
        if listings.count(self._connection, section, now) < least:
            return []
        edge = self._edge(section, now)
        if edge is None:
            return []
        first = feeds.count_archives(self._connection, [section]).get(section, 0) + 1
        number, limit = first, _MANY * self._held
        while rows := listings.oldest(self._connection, section, edge, limit):
            packs = _packs(rows, self._held, now)
            if packs:
                listings.freeze(self._connection, section, number, packs)
                number += len(packs)
            elif len(rows) < limit:
                break
            else:
                limit *= 2  # so many have expired
        paths = [archive_path(section, each) for each in range(first, number)]
        if paths:
            feeds.set_archives(self._connection, section, number - 1)
        return paths

    def _edge(self, section: str, now: datetime) -> Listing | None:
        """Return the last one that must stay out of the archives."""
        found = listings.newest(self._connection, section, now)
        selected, more = select(found, now, self._items, self._hours)
        if not more:
            return None
        after = listings.newest(self._connection, section, now, selected[-1])
        shown = (listing for listing in after if listing.shown(now))
        return next(islice(shown, self._items - 1, None), None)


def _packs(rows: Sequence[Listing], held: int, now: datetime) -> list[list[Listing]]:
    """Return full archives; what has expired comes along with its neighbours."""
    packs: list[list[Listing]] = []
    pack: list[Listing] = []
    shown = 0
    for listing in rows:
        pack.append(listing)
        shown += listing.shown(now)
        if shown == held:
            packs.append(pack)
            pack, shown = [], 0
    return packs
