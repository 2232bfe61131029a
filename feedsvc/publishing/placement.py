"""Which documents an article appears in: the current feed, the archive being filled, or a full one.

The documents of a feed are linked as RFC 5005 §4 says.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.model.article import Listing
from feedsvc.model.feed_window import Window, select
from feedsvc.model.paths import FeedPath
from feedsvc.store import archive_closing, articles, feeds, listings
from feedsvc.store.database import Connection
from feedsvc.store.listings import ListingPosition


class Appearances(Struct, frozen=True):
    """The documents that an article appears in, by their paths."""

    feeds: frozenset[str] = frozenset()
    newest: frozenset[str] = frozenset()
    """Of these, the sections whose current feed has it."""
    waiting: frozenset[str] = frozenset()
    """The sections whose archive being filled has it."""


NOWHERE = Appearances()


class Placement:
    """The documents that articles appear in, during one transaction."""

    def __init__(self, connection: Connection, config: Config) -> None:
        self._connection = connection
        self._items, self._hours = config.feeds.items, config.feeds.hours
        self.kill_entries = config.feeds.kill_entry
        """Whether feeds have entries about kills besides the notices."""
        self._archive_items = config.feeds.archive_items
        self._windows: dict[tuple[str, datetime], Window | None] = {}
        self._waiting: dict[tuple[str, datetime], int] = {}
        self._archives: dict[str, int] = {}
        """By section, how many archives it has."""

    def appearances(self, ids: Collection[str], at: datetime) -> dict[str, Appearances]:
        """Return where articles appear at a moment, by their ids."""
        positions = {
            article_id: [position for position in some if position.listing.shown(at)]
            for article_id, some in listings.positions(self._connection, ids).items()
        }
        listed = (it for some in positions.values() for it in some if not it.archive)
        sections = {position.section for position in listed}
        archives, windows = self._count_archives(sections), self._read_windows(sections, at)
        return {it: _appearances(some, archives, windows) for it, some in positions.items()}

    def _count_archives(self, sections: Iterable[str]) -> dict[str, int]:
        """Return by section how many archives it has."""
        unread = {*sections} - self._archives.keys()
        counts = feeds.count_archives(self._connection, unread)
        self._archives |= {section: counts.get(section, 0) for section in unread}
        return self._archives

    def _read_windows(self, sections: Collection[str], at: datetime) -> dict[str, Window | None]:
        """Return by section the range that its current feed holds; None where it is empty."""
        unread = [section for section in sections if (section, at) not in self._windows]
        ends = listings.first_and_last(self._connection, unread, at, self._items)
        for section in unread:
            window = Window(*ends[section], self._hours) if section in ends else None
            self._windows[section, at] = window
        return {section: self._windows[section, at] for section in sections}

    def _count_waiting(self, sections: Collection[str], at: datetime) -> dict[str, int]:
        """Return by section how many articles are neither in its feed nor in a full archive."""
        unread = [section for section in sections if (section, at) not in self._waiting]
        windows = self._read_windows(unread, at)
        ends = {section: window.end for section in unread if (window := windows[section])}
        counts = listings.count_after(self._connection, ends, at)
        self._waiting |= {(section, at): counts.get(section, 0) for section in unread}
        return {section: self._waiting[section, at] for section in sections}

    def filling_archives(self, sections: Collection[str], at: datetime) -> dict[str, str]:
        """Return by section the path of the archive being filled, where it has entries."""
        counts = self._count_waiting(sections, at)
        waiting = [section for section, count in counts.items() if count]
        archives = self._count_archives(waiting)
        return {it: str(FeedPath(it, "archive", archives[it] + 1)) for it in waiting}

    def is_relinked(self, section: str, at: datetime, arrived: int) -> bool:
        """Return whether a feed points to the archive being filled and did not, or no longer does.

        :param arrived: how many more articles than before are in that archive.
        """
        waiting = self._count_waiting([section], at)[section]
        return (waiting > 0) != (waiting > arrived)

    def feeds_with_tombstones(self, ids: Collection[str]) -> dict[str, set[str]]:
        """Return by the ids of articles the documents that have tombstones of them."""
        tombstones = articles.sections_with_tombstones(self._connection, ids)
        positions = listings.positions(self._connection, tombstones)
        return {
            article_id: sections
            | {
                str(FeedPath(position.section, "archive", position.archive))
                for position in positions.get(article_id, ())
                if position.archive and position.section in sections
            }
            for article_id, sections in tombstones.items()
        }

    def fill_archives(self, sections: Iterable[str], now: datetime) -> dict[str, list[str]]:
        """Close the archives that have come to be full, after articles were written.

        As many articles as a feed holds stay between the current feed and the full archives, so
        that an article withdrawn from the feed can be made up for without opening an archive.

        :returns: the paths of the closed archives by section, where there are any.
        """
        self._forget()
        waiting = self._count_waiting(sorted(sections), now)
        full = [it for it, count in waiting.items() if count >= self._items + self._archive_items]
        closed = {section: self._close_archives(section, now) for section in full}
        closed = {section: paths for section, paths in closed.items() if paths}
        if closed:
            self._forget()
        return closed

    def _forget(self) -> None:
        """Forget everything that was counted before the last write."""
        self._windows.clear()
        self._waiting.clear()
        self._archives.clear()

    def _close_archives(self, section: str, now: datetime) -> list[str]:
        edge = self._edge(section, now)
        first = feeds.count_archives(self._connection, [section]).get(section, 0) + 1
        closed = archive_closing.close_archives(
            self._connection, section, edge, first, self._archive_items, now
        )
        feeds.set_archives(self._connection, section, first + closed - 1)
        return [str(FeedPath(section, "archive", each)) for each in range(first, first + closed)]

    def _edge(self, section: str, now: datetime) -> Listing:
        """Return the last article that must stay out of the full archives."""
        newest = listings.newest(self._connection, section, now)
        selected, _ = select(newest, now, self._items, self._hours)
        after = listings.newest(self._connection, section, now, selected[-1])
        shown = (listing for listing in after if listing.shown(now))
        return next(islice(shown, self._items - 1, None))


def _appearances(
    positions: Iterable[ListingPosition],
    archives: Mapping[str, int],
    windows: Mapping[str, Window | None],
) -> Appearances:
    archived: set[str] = set()
    newest: set[str] = set()
    waiting: set[str] = set()
    for position in positions:
        section = position.section
        if position.archive:
            archived.add(str(FeedPath(section, "archive", position.archive)))
        elif (window := windows[section]) and window.holds(position.listing):
            newest.add(section)
        else:
            archived.add(str(FeedPath(section, "archive", archives[section] + 1)))
            waiting.add(section)
    return Appearances(frozenset(archived | newest), frozenset(newest), frozenset(waiting))
