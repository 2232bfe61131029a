"""Everything a feed document needs from the store, read in one transaction."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import msgspec
from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.model import topics
from feedsvc.model.article import Listing
from feedsvc.model.feed_window import select
from feedsvc.model.paths import FeedPath, ancestors
from feedsvc.model.validity import Validity
from feedsvc.store import articles, feeds, history, listings, releases
from feedsvc.store.articles import DeletedArticle
from feedsvc.store.database import Connection
from feedsvc.store.feeds import FeedState

_FLOOD = 4
"""Articles that may be published while a reader goes from a feed to its archives, as a multiple
of the entries of both: enough for any, and no request reads the whole store."""

_LATEST = 10
"""Entries that show how often a feed changes, and how its topic is spelled."""

_SECONDS = re.compile("-?[0-9]{1,12}")


class Neighbour(Struct, frozen=True):
    """Another document of an archived feed (RFC 5005 §4)."""

    rel: str
    path: FeedPath
    before: str = ""
    """See ``FeedRequest.before``."""


class FeedContents(Struct, frozen=True, kw_only=True):
    """The contents of a feed, the same in every format."""

    validity: Validity
    changed: datetime | None = None
    """When the feed last changed otherwise than by time; None where it never did."""
    entries: Sequence[tuple[str, int]] = ()
    """The ids of the articles, each with the number of its last change."""
    corrections: Sequence[history.Notice] = ()
    """Instead of entries."""
    kills: Sequence[tuple[int, history.Notice]] = ()
    """Kills that have an entry of their own, each with the number of entries before it."""
    tombstones: Sequence[DeletedArticle] = ()
    tombstone_ends: tuple[datetime, ...] = ()
    """When time alone removed or will remove tombstones."""
    moments: tuple[datetime, ...] = ()
    """When time alone changed or will change the feed: releases and expiries."""
    ends: datetime | None = None
    """When the first of its articles expires; None where none does."""
    neighbours: Sequence[Neighbour] = ()
    archive: bool = False
    """Whether only corrections and kills change it."""
    pace: int | None = None
    """Seconds between two of its newest entries; None where there are no two."""
    name: str = ""
    """Of a topic: as its newest articles here spell it."""

    @property
    def article_ids(self) -> list[str]:
        """Return the ids of all articles in it."""
        notices = (notice.article.id for notice in self.corrections)
        return [*self.revisions, *notices]

    @property
    def revisions(self) -> dict[str, int]:
        """Return by the ids of the articles the numbers of their last changes."""
        return dict(self.entries) | {kill.article.id: kill.number for _, kill in self.kills}


class ContentsReader:
    """Reads the contents of feeds.

    :param connection: in a transaction, so that all of it is of one state.
    """

    def __init__(self, connection: Connection, config: Config, now: datetime) -> None:
        self._connection = connection
        self._config = config
        self._now = now

    def read(self, path: FeedPath, before: str = "") -> FeedContents:
        """Return the contents of a feed.

        :param before: of an archive: see ``FeedRequest.before``.
        :raises NotFoundError: there is no such section or archive.
        """
        if path.document == "archive":
            return self._archive(path, before)
        if path.document == "corrections":
            return self._corrections(path)
        return self.newest(path.place)

    def newest(self, section: str) -> FeedContents:
        """Return the newest entries of a section or topic.

        :raises NotFoundError: there is no such section.
        """
        selected, more = self._select(section)
        state = self._state(section, selected)
        previous: list[Neighbour] = []
        if more or state.archives:
            number = state.archives + more
            before = f"{-selected[-1].age}.{selected[-1].id}" if more else ""
            previous.append(Neighbour("prev-archive", FeedPath(section, "archive", number), before))
        tombstones, last = self._tombstones(section)
        kills = self._kills(section) if tombstones or last else []
        ends = (notice.article.expires for notice in kills)
        moments = [
            *releases.moments(self._connection, section, self._now),
            *(moment for moment in ends if moment),
        ]
        contents = self._contents(state, selected, moments, tombstones, last)
        return msgspec.structs.replace(
            contents,
            neighbours=previous,
            kills=_placed(kills, selected),
            ends=min((it.expires for it in selected if it.expires), default=None),
            pace=_pace([listing.age for listing in selected[:_LATEST]]),
            name=self._name(section, selected),
        )

    def _archive(self, path: FeedPath, before: str) -> FeedContents:
        """Return an archive, or the articles between the newest ones and the last archive."""
        section, _, number = path
        state = self._state(section)
        if not 1 <= number <= state.archives + 1:
            raise NotFoundError(f"there is no archive {number} here")
        full = number <= state.archives
        held = self._held(section, number if full else 0, before)
        shown = [listing for listing in held if listing.shown(self._now)]
        expiries = [listing.expires for listing in held if listing.expires]
        contents = self._contents(
            feeds.state(self._connection, str(path)) or state,
            shown,
            expiries,
            *(self._tombstones(section, number) if full else ((), None)),
        )
        neighbours = [Neighbour("current", FeedPath(section))]
        if number > 1:
            neighbours.append(Neighbour("prev-archive", path._replace(number=number - 1)))
        if full and not before:
            neighbours.append(Neighbour("next-archive", path._replace(number=number + 1)))
        return msgspec.structs.replace(
            contents,
            neighbours=neighbours,
            archive=full or bool(before),
            ends=min((it.expires for it in shown if it.expires), default=None),
            name=self._name(section, shown),
        )

    def _held(self, section: str, archive: int, before: str) -> Sequence[Listing]:
        """Return the articles that an archive holds.

        :param archive: 0 for the one that is being filled.
        """
        if before:
            return self._between(section, archive, _listing(before))
        if archive:
            return listings.archived(self._connection, section, archive)
        selected, more = self._select(section)
        return self._between(section, 0, selected[-1]) if more else []

    def _name(self, section: str, shown: Sequence[Listing]) -> str:
        """Return the name of a topic, as the articles spell it that the feed shows."""
        if not FeedPath(section).topic:
            return ""
        ids = [listing.id for listing in shown[:_LATEST]]
        held = articles.get_many(self._connection, ids)
        return topics.name(section, [held[article_id] for article_id in ids])

    def _between(self, section: str, archive: int, after: Listing) -> list[Listing]:
        limits = self._config.feeds
        most = _FLOOD * (limits.items + limits.archive_items)
        held = list(islice(listings.newest(self._connection, section, self._now, after), most))
        if archive:
            held += listings.archived(self._connection, section, archive, after, most)
        return sorted(held)[:most]

    def _corrections(self, path: FeedPath) -> FeedContents:
        """Return the last corrections and kills of a section's articles."""
        section = path.place
        self._state(section)
        state = feeds.state(self._connection, str(path))
        notices: list[history.Notice] = []
        moments: list[datetime] = []
        for notice in history.corrections(self._connection, section):
            article = notice.article
            if not article.killed and article.status != "usable":
                continue  # as if it had never been published
            moments += [notice.moment, *article.turns()]
            if notice.moment <= self._now and (article.killed or article.usable(self._now)):
                notices.append(notice)
            if len(notices) == self._config.feeds.items:
                break
        newest = [notice.article for notice in notices]
        return FeedContents(
            name=topics.name(section, newest) if path.topic else "",
            validity=Validity.starting(self._now, state.number if state else 0, moments),
            changed=state.changed if state else None,
            corrections=notices,
            moments=tuple(moments),
            ends=min((it.expires for it in newest if it.expires), default=None),
            pace=_pace([-int(notice.moment.timestamp()) for notice in notices[:_LATEST]]),
        )

    def archives(self, section: str, most: int) -> dict[int, datetime]:
        """Return when the newest article of each of a section's last archives was released."""
        count = feeds.count_archives(self._connection, [section]).get(section, 0)
        if not count:
            return {}
        return listings.archive_ends(self._connection, section, max(1, count - most + 1))

    def _state(self, section: str, shown: Sequence[Listing] = ()) -> FeedState:
        """Return the state of a feed; articles that it shows now prove that it is no secret."""
        name = self._config.present_name(section)
        if name and not self._select(section)[0]:  # else its articles have not been moved yet
            raise NotFoundError(f'the section "{section}" is called "{name}" now')
        state = feeds.state(self._connection, section)
        if state and state.changed:
            return state
        is_known = shown or not feeds.is_secret(self._connection, section, self._now)
        # The configuration may name a section that has no articles yet.
        named = not section or any(section in ancestors(it) for it in self._config.sections)
        if not named and (state is None or not is_known):
            raise NotFoundError(f'there is no section "{section}" here')
        return state or feeds.FeedState(0, None, 0)

    def _select(self, section: str) -> tuple[list[Listing], bool]:
        limits = self._config.feeds
        newest = listings.newest(self._connection, section, self._now)
        return select(newest, self._now, limits.items, limits.hours)

    def _tombstones(
        self, section: str, archive: int = 0
    ) -> tuple[Sequence[DeletedArticle], datetime | None]:
        """Return the tombstones to show, and when the last one was removed."""
        lasts = timedelta(days=self._config.feeds.tombstone)
        since = self._now - lasts
        last = articles.last_expired_tombstone(self._connection, section, since, archive)
        shown = articles.tombstones(self._connection, section, since, archive)
        return shown, last + lasts if last else None

    def _kills(self, section: str) -> list[history.Notice]:
        """Return the kills that the newest feed of a section tells in an entry of their own."""
        if not self._config.feeds.kill_entry:
            return []
        since = self._now - timedelta(days=self._config.feeds.kill_notice)
        return history.kills(self._connection, section, since, self._now)

    def _contents(
        self,
        state: FeedState,
        shown: Sequence[Listing],
        moments: Sequence[datetime],
        tombstones: Sequence[DeletedArticle],
        last: datetime | None,
    ) -> FeedContents:
        lasts = timedelta(days=self._config.feeds.tombstone)
        ends = (*(it.killed + lasts for it in tombstones), *([last] if last else []))
        return FeedContents(
            validity=Validity.starting(self._now, state.number, (*moments, *ends)),
            changed=state.changed,
            entries=[(listing.id, listing.number) for listing in shown],
            tombstones=tombstones,
            tombstone_ends=ends,
            moments=tuple(moments),
        )


def _placed(
    kills: Sequence[history.Notice], selected: Sequence[Listing]
) -> list[tuple[int, history.Notice]]:
    """Return kills, each with the number of the entries above its own: its notice is the last."""
    ages = [listing.age for listing in selected]
    return [(bisect_right(ages, -int(kill.moment.timestamp())), kill) for kill in kills]


def _pace(ages: Sequence[int]) -> int | None:
    return (ages[-1] - ages[0]) // (len(ages) - 1) if len(ages) > 1 else None


def _listing(before: str) -> Listing:
    released, _, article_id = before.partition(".")
    if not _SECONDS.fullmatch(released):
        raise NotFoundError(f'there is nothing before "{before}" here')
    return Listing(-int(released), article_id)
