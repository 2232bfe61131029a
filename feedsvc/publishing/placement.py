"""Where articles stand: among a section's newest, before the next archive, or in an archive."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.model.feed_window import Window, select
from feedsvc.model.paths import archive_path
from feedsvc.store import articles, feeds, listings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Listing
    from feedsvc.store.database import Connection

_MANY = 50
"""Archives that are filled at once."""


class Appearances(Struct, frozen=True):
    """The feeds that an article stands in, by their paths."""

    feeds: frozenset[str] = frozenset()
    newest: frozenset[str] = frozenset()
    """Of them, the sections that it is among the newest of."""
    waiting: frozenset[str] = frozenset()
    """The sections in which it waits for the next archive."""


NOWHERE = Appearances()


class Placement:
    """Where articles stand while one transaction goes on."""

    def __init__(self, connection: Connection, config: Config) -> None:
        """Take a transaction, and how many articles feeds and archives hold."""
        self._connection = connection
        self._items, self._hours = config.feeds.items, config.feeds.hours
        self._held = config.feeds.archive_items
        self._windows: dict[tuple[str, datetime], Window | None] = {}
        self._lefts: dict[tuple[str, datetime], int] = {}

    def look_again(self) -> None:
        """Take notice of what was written."""
        self._windows.clear()
        self._lefts.clear()

    def places(self, ids: Collection[str], at: datetime) -> dict[str, Appearances]:
        """Return where articles stand at a moment, by their ids; nothing of those nowhere."""
        if not ids:
            return {}
        found = listings.positions(self._connection, ids)
        names = {place.section for places in found.values() for place in places}
        archives = feeds.count_archives(self._connection, names)
        standing: dict[str, Appearances] = {}
        for own, places in found.items():
            paths: set[str] = set()
            newest: set[str] = set()
            waiting: set[str] = set()
            for place in places:
                if not place.listing.shown(at):
                    continue
                number = place.archive or archives.get(place.section, 0) + 1
                if not place.archive and self._holds(place, at):
                    newest.add(place.section)
                    continue
                paths.add(archive_path(place.section, number))
                if not place.archive:
                    waiting.add(place.section)
            standing[own] = Appearances(
                frozenset(paths | newest), frozenset(newest), frozenset(waiting)
            )
        return standing

    def _holds(self, place: listings.ListingPosition, at: datetime) -> bool:
        window = self._window(place.section, at)
        return window is not None and window.holds(place.listing)

    def _window(self, section: str, at: datetime) -> Window | None:
        """Return the newest."""
        if (section, at) not in self._windows:
            ends = listings.first_and_last(self._connection, section, at, self._items)
            self._windows[section, at] = Window(*ends, self._hours) if ends else None
        return self._windows[section, at]

    def _left(self, section: str, at: datetime) -> int:
        """Return how many are neither among the newest nor in an archive."""
        if (section, at) not in self._lefts:
            window = self._window(section, at)
            left = listings.count_after(self._connection, section, window.end, at) if window else 0
            self._lefts[section, at] = left
        return self._lefts[section, at]

    def waiting(self, sections: Collection[str], at: datetime) -> set[str]:
        """Return the paths of the archives that are being filled, where anything is in them."""
        some = [section for section in sections if self._left(section, at)]
        archives = feeds.count_archives(self._connection, some) if some else {}
        return {archive_path(section, archives.get(section, 0) + 1) for section in some}

    def leads_on(self, section: str, at: datetime, arrived: int) -> bool:
        """Tell whether a feed names an older document where it did not, or no longer does.

        :param arrived: how many more than before wait for the next archive.
        """
        left = self._left(section, at)
        return (left > 0) != (left > arrived)

    def graves(self, ids: Collection[str]) -> dict[str, set[str]]:
        """Return by their ids the feeds that say of articles that they are deleted."""
        buried = articles.sections_with_tombstones(self._connection, ids)
        places = listings.positions(self._connection, buried)
        return {
            own: sections
            | {
                archive_path(it.section, it.archive)
                for it in places.get(own, ())
                if it.archive and it.section in sections
            }
            for own, sections in buried.items()
        }

    def archive(self, section: str, now: datetime) -> list[str]:
        """Put the oldest of a section into archives, as far as these come to be full.

        As many as a feed holds are left between the newest and the archives, so that what is
        withdrawn among the newest can be made up for without opening an archive.

        :returns: the paths of the new archives.
        """
        if self._left(section, now) < self._items + self._held:
            return []
        self.look_again()
        edge = self._edge(section, now)
        first = feeds.count_archives(self._connection, [section]).get(section, 0) + 1
        number, limit = first, _MANY * self._held
        while rows := listings.oldest_after(self._connection, section, edge, limit):
            packs = _packs(rows, self._held, now)
            if packs:
                listings.fill_archives(self._connection, section, number, packs)
                number += len(packs)
            elif len(rows) < limit:
                break
            else:
                limit *= 2  # so many have expired
        paths = [archive_path(section, each) for each in range(first, number)]
        feeds.set_archives(self._connection, section, number - 1)
        return paths

    def _edge(self, section: str, now: datetime) -> Listing:
        """Return the last one that must stay out of the archives."""
        found = listings.newest(self._connection, section, now)
        selected, _ = select(found, now, self._items, self._hours)
        after = listings.newest(self._connection, section, now, selected[-1])
        shown = (listing for listing in after if listing.shown(now))
        return next(islice(shown, self._items - 1, None))


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
