"""What one consistent look into the store gives for a feed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from feedsvc.errors import NotFoundError
from feedsvc.model import paths, topics
from feedsvc.model.article import Listing
from feedsvc.model.feed_window import select
from feedsvc.model.paths import ancestors, archive_path, corrections_path
from feedsvc.store import articles, feeds, history, listings

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.store.database import Connection
    from feedsvc.store.feeds import FeedState

_FLOOD = 4
"""As many times what an archive and a feed hold may come between a feed and its archives."""


_LATEST = 10
"""Entries that tell how often a feed changes."""

_SECONDS = re.compile("-?[0-9]{1,12}")


class Neighbour(Struct, frozen=True):
    """Another document of an archived feed (RFC 5005 §4)."""

    rel: str
    path: str
    before: str = ""
    """It holds what comes after this place."""


class FeedContents(Struct, frozen=True, kw_only=True):
    """What a feed is made from, whatever its format."""

    number: int = 0
    """Of the last change to the feed."""
    changed: datetime | None = None
    """When the feed last changed otherwise than by time; None where it never did."""
    entries: Sequence[tuple[str, int]] = ()
    """The ids of the articles, each with the number of its last change."""
    corrections: Sequence[history.Notice] = ()
    """Instead of entries."""
    tombstones: Sequence[tuple[str, datetime, str]] = ()
    graves: tuple[datetime, ...] = ()
    """When time alone took or will take tombstones away."""
    moments: tuple[datetime, ...] = ()
    """When time alone changed or will change the feed: releases and expiries."""
    neighbours: Sequence[Neighbour] = ()
    archive: bool = False
    """Whether only corrections and kills change what it holds."""
    pace: int | None = None
    """Seconds between two of its newest entries; None where there are no two."""
    name: str = ""
    """Of a topic: what it is called in its newest articles here."""


class ContentsReader:
    """One look into the store."""

    def __init__(self, connection: Connection, config: Config, now: datetime) -> None:
        """Take a transaction that reads."""
        self._connection = connection
        self._config = config
        self._now = now

    def newest(self, section: str) -> FeedContents:
        """Return the newest of a section.

        :raises NotFoundError: there is no such section.
        """
        state = self._state(section)
        selected, more = self._select(section)
        previous: list[Neighbour] = []
        if more:
            waiting = archive_path(section, state.archives + 1)
            previous = [Neighbour("prev-archive", waiting, _cut(selected[-1]))]
        elif state.archives:
            previous = [Neighbour("prev-archive", archive_path(section, state.archives))]
        graves, last = self._graves(section)
        turns = listings.moments(self._connection, section, self._now)
        material = self._material(state, selected, (graves, last), turns, previous)
        name = self._name(section, selected)
        pace = _pace([listing.age for listing in selected[:_LATEST]])
        return msgspec.structs.replace(material, pace=pace, name=name)

    def archive(self, section: str, number: int, before: str) -> FeedContents:
        """Return an archive of a section, or what is between the newest and the last archive.

        :param before: not what the feed held when it named this place, and all that came then.
        :raises NotFoundError: there is no such section or archive.
        """
        state = self._state(section)
        if not 1 <= number <= state.archives + 1:
            raise NotFoundError(f"there is no archive {number} here")
        full = number <= state.archives
        if before:
            found = self._between(section, number if full else 0, _listing(before))
        elif full:
            found = listings.archived(self._connection, section, number)
        else:
            selected, more = self._select(section)
            found = self._between(section, 0, selected[-1]) if more else []
        lasting = full or bool(before)
        neighbours = [Neighbour("current", section)]
        if number > 1:
            neighbours.append(Neighbour("prev-archive", archive_path(section, number - 1)))
        if full and not before:
            neighbours.append(Neighbour("next-archive", archive_path(section, number + 1)))
        shown = [listing for listing in found if listing.shown(self._now)]
        graves = self._graves(section, number) if full else ((), None)
        state = feeds.state(self._connection, archive_path(section, number)) or state
        expiries = [listing.expires for listing in found if listing.expires]
        material = self._material(state, shown, graves, expiries, neighbours, archive=lasting)
        return msgspec.structs.replace(material, name=self._name(section, shown))

    def _name(self, section: str, shown: Sequence[Listing]) -> str:
        """Return what a topic is called in what is shown of it: that changes with just that."""
        if not paths.topic_kind(section):
            return ""
        ids = [listing.id for listing in shown[:_LATEST]]
        held = articles.get_many(self._connection, ids)
        return topics.name(section, [held[own] for own in ids])

    def _between(self, section: str, number: int, after: Listing) -> list[Listing]:
        limits = self._config.feeds
        most = _FLOOD * (limits.items + limits.archive_items)
        found = list(islice(listings.newest(self._connection, section, self._now, after), most))
        if number:
            found += listings.archived(self._connection, section, number, after, most)
        return sorted(found)[:most]

    def corrections(self, section: str) -> FeedContents:
        """Return what readers were last told of a section's articles.

        :raises NotFoundError: there is no such section.
        """
        self._state(section)
        state = feeds.state(self._connection, corrections_path(section))
        found: list[history.Notice] = []
        moments: list[datetime] = []
        for told in history.corrections(self._connection, section):
            article = told.article
            if not article.killed and article.status != "usable":
                continue  # as if it had never been
            moments += [told.moment, *article.turns()]
            if told.moment <= self._now and (article.killed or article.usable(self._now)):
                found.append(told)
            if len(found) == self._config.feeds.items:
                break
        return FeedContents(
            name=topics.name(section, [it.article for it in found])
            if paths.topic_kind(section)
            else "",
            number=state.number if state else 0,
            changed=state.changed if state else None,
            corrections=found,
            moments=tuple(moments),
            pace=_pace([-int(told.moment.timestamp()) for told in found[:_LATEST]]),
        )

    def archives(self, section: str, most: int) -> dict[int, datetime]:
        """Return when the newest article of each of a section's last archives came."""
        count = feeds.count_archives(self._connection, [section]).get(section, 0)
        if not count:
            return {}
        return listings.archive_ends(self._connection, section, max(1, count - most + 1))

    def _state(self, section: str) -> FeedState:
        state = feeds.state(self._connection, section)
        if state and state.changed:
            return state
        if state is None or feeds.is_secret(self._connection, section, self._now):
            expect(self._config, section)
        return state or feeds.FeedState(0, None, 0)

    def _select(self, section: str) -> tuple[list[Listing], bool]:
        limits = self._config.feeds
        found = listings.newest(self._connection, section, self._now)
        return select(found, self._now, limits.items, limits.hours)

    def _graves(
        self, section: str, archive: int = 0
    ) -> tuple[Sequence[tuple[str, datetime, str]], datetime | None]:
        """Return the tombstones to show, and when the last one was taken away."""
        lasts = timedelta(days=self._config.feeds.tombstone)
        since = self._now - lasts
        last = articles.last_expired_tombstone(self._connection, section, since, archive)
        graves = articles.tombstones(self._connection, section, since, archive)
        return graves, last + lasts if last else None

    def _material(
        self,
        state: FeedState,
        shown: Sequence[Listing],
        graves: tuple[Sequence[tuple[str, datetime, str]], datetime | None],
        moments: Sequence[datetime],
        neighbours: Sequence[Neighbour],
        *,
        archive: bool = False,
    ) -> FeedContents:
        tombstones, last = graves
        lasts = timedelta(days=self._config.feeds.tombstone)
        return FeedContents(
            number=state.number,
            changed=state.changed,
            entries=[(listing.id, listing.number) for listing in shown],
            tombstones=tombstones,
            graves=(*(killed + lasts for _, killed, _ in tombstones), *([last] if last else [])),
            moments=tuple(moments),
            neighbours=neighbours,
            archive=archive,
        )


def _pace(ages: Sequence[int]) -> int | None:
    return (ages[-1] - ages[0]) // (len(ages) - 1) if len(ages) > 1 else None


def expect(config: Config, section: str) -> None:
    """Go on with a section that has no articles only if the configuration names it.

    :raises NotFoundError: it does not.
    """
    if section and not any(section in ancestors(known) for known in config.sections):
        raise NotFoundError(f'there is no section "{section}" here')


def _cut(listing: Listing) -> str:
    return f"{-listing.age}.{listing.id}"


def _listing(cut: str) -> Listing:
    released, _, own = cut.partition(".")
    if not _SECONDS.fullmatch(released):
        raise NotFoundError(f'there is nothing before "{cut}" here')
    return Listing(-int(released), own)
