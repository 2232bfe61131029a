"""The way out: from a request for a feed to the finished document."""

from datetime import datetime
from functools import lru_cache
from math import inf
from threading import Lock
from typing import NamedTuple

import msgspec

from feedsvc.config.settings import Config
from feedsvc.errors import StoreAwayError
from feedsvc.formats.document import assemble
from feedsvc.formats.fingerprint import described_with, finished_with
from feedsvc.model.cache_tags import feed_tags
from feedsvc.model.feed import FORMATS, WITH_TOMBSTONES, Document
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.model.sized_cache import SizedCache
from feedsvc.model.validity import MadeFeed, Validity
from feedsvc.store import articles, feed_fetches, feeds, rendered_feeds
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.database import Connection, Database
from feedsvc.store.feed_fetches import FeedFetches
from feedsvc.store.kept_feeds import STALE, KeptFeed, KeptFeeds
from feedsvc.store.seen_changes import number_of
from feedsvc.store.write_behind import WriteBehind
from feedsvc.syndication.deltas import Deltas
from feedsvc.syndication.entries import RenderedEntries
from feedsvc.syndication.feed_contents import ContentsReader, FeedContents
from feedsvc.syndication.feed_head import ages, feed_head

MEMORY = 32_000_000
"""Bytes of finished feeds in memory: 200 sections in three formats, with thirty articles each.
Half as much is for their entries."""
_CONTENTS = 1024
"""Feeds whose contents are in memory: about as many as finished ones."""
_PLACES = 1024
"""Sections and topics whose titles, languages and addresses are in memory."""
_OVERHEAD = 4000
"""Bytes of memory that a finished feed takes besides its body."""


class _Verified(NamedTuple):
    """The state of the store in which a feed was last found to be right."""

    counter: int | None
    """The change counter, as it was before the store was asked; None if that was no sure sign."""
    number: int
    """Of the last change to a shared store."""


class _Held:
    """A feed in memory."""

    def __init__(self, made: MadeFeed, verified: _Verified) -> None:
        self.made = made
        self.verified = verified
        self.outdated = False
        """Whether it is known to have changed."""


class Feeds:
    """The feeds of one newsroom. Safe to share between threads.

    :param memory: bytes of finished feeds that are kept.
    """

    def __init__(self, config: Config, database: Database, memory: int = MEMORY) -> None:
        self.config = config
        self.write_behind = WriteBehind(database)
        self.deltas = Deltas(database, self.write_behind, config.cache.states)
        self._database = database
        self._place = lru_cache(_PLACES)(config.place)
        self._entries = RenderedEntries(
            self._place, described_with(config), self.write_behind, memory // 2
        )
        self._held = SizedCache[FeedRequest, _Held](
            memory, lambda held: held.made.document.size + _OVERHEAD
        )
        self._contents = SizedCache[FeedPath, FeedContents](_CONTENTS, lambda _: 1)
        self._finished_with = finished_with(config)
        self.kept = KeptFeeds(database) if database.shared else None
        """The feeds that this machine keeps for while a database server is away."""
        self._making = Lock()

    def document(self, wanted: FeedRequest, now: datetime) -> Document:
        """Return a feed as it is now.

        :raises NotFoundError: there is no such section or archive.
        """
        return self.made(wanted, now).document

    def fetched(self, path: FeedPath, revision: int, moment: datetime, fetches: int) -> None:
        """Count whole answers with a state of a feed, in the background."""
        row = FeedFetches(str(path), revision, moment, fetches)
        self.write_behind.put(feed_fetches.add, [row])

    def flush(self) -> None:
        """Write now all that is kept in the background."""
        self.write_behind.flush()
        if self.kept:
            self.kept.flush()

    def made(self, wanted: FeedRequest, now: datetime) -> MadeFeed:
        """Return a feed as it is now, and how long it stays so.

        :raises NotFoundError: there is no such section or archive.
        """
        try:
            # A feed that is ready need not wait for another.
            if self._making.locked() and (made := self.ready(wanted, now)):
                return made
            return self.made_anew(wanted, now)
        except StoreAwayError:
            if made := self._as_it_was(wanted, now):
                return made
            raise

    def made_anew(self, wanted: FeedRequest, now: datetime) -> MadeFeed:
        """Return a feed that is in memory, in the store, or made now, in one transaction.

        One thread makes it. The others wait, without a transaction that would keep the store's
        log from being emptied, and find it made.

        :raises NotFoundError: there is no such section or archive.
        """
        if wanted.path.document == "archive":  # hardly ever asked for, so it is not kept
            return self._made_archive(wanted, now)
        with self._making:
            if made := self._at_once(wanted, now):
                return made
            count = self._count()
            with self._database.reading() as connection:
                held, number = self._held.get(wanted), number_of(connection)
                revision = feeds.revision(connection, str(wanted.path))
                if held and held.made.validity.holds(revision, now):
                    held.verified = _Verified(count, number)
                    return held.made
                made = None
                if held is None:
                    made = rendered_feeds.get(connection, wanted, self._finished_with)
                if made is None or not made.validity.holds(revision, now):
                    contents = self._contents_of(connection, wanted.path, revision, now)
                    made = self._make(connection, wanted, contents, now)
                    self.deltas.remember(wanted, made)
            self._held.put(wanted, _Held(made, _Verified(count, number)))
            if self.kept:
                self.kept.put(KeptFeed(wanted, made, self._finished_with, number))
            return made

    def _made_archive(self, wanted: FeedRequest, now: datetime) -> MadeFeed:
        with self._database.reading() as connection:
            contents = ContentsReader(connection, self.config, now).read(wanted.path, wanted.before)
            made, number = self._make(connection, wanted, contents, now), number_of(connection)
        if self.kept and (not wanted.before or self._is_linked(wanted)):
            full = contents.archive and not wanted.before
            kept = KeptFeed(wanted, made, self._finished_with, number, shares_section=not full)
            self.kept.put(kept)
        return made

    def _is_linked(self, wanted: FeedRequest) -> bool:
        """Return whether the feed names this archive: a request may name any place to begin at."""
        feed = self._contents.get(FeedPath(wanted.path.place))
        links = feed.neighbours if feed else ()
        return (wanted.path, wanted.before) in [(link.path, link.before) for link in links]

    def _count(self) -> int | None:
        """Return the change counter; None while it is no sure sign that nothing has changed."""
        return self.pulse.now() if self.pulse.hears_all() else None

    def _at_once(self, wanted: FeedRequest, now: datetime) -> MadeFeed | None:
        """Return a feed if nothing was written since it was right; the store is not asked."""
        held, count = self._held.get(wanted), self._count()
        if held is None or count is None or held.verified.counter != count:
            return None
        made = held.made
        return made if made.validity.holds(made.validity.revision, now) else None

    def ready(self, wanted: FeedRequest, now: datetime) -> MadeFeed | None:
        """Return a feed if it is in memory, as it is now; else None.

        While the store is away, it is as it was.
        """
        if made := self._at_once(wanted, now):
            return made
        held, count = self._held.get(wanted), self._count()
        if held is None or held.outdated:
            return None
        try:
            with self._database.reading() as connection:
                revision = feeds.revision(connection, str(wanted.path))
                verified = _Verified(count, number_of(connection))
        except StoreAwayError:
            return self._as_it_was(wanted, now)
        if not held.made.validity.holds(revision, now):
            return None
        held.verified = verified
        return held.made

    def _as_it_was(self, wanted: FeedRequest, now: datetime) -> MadeFeed | None:
        """Return a feed as it was when the store could last be asked, from memory or the disk.

        None where this machine has seen a later change to the store, or an article in it has
        expired.
        """
        if self.kept is None:  # a store in a file is never away, but may be of another version
            return None
        held, counter = self._held.get(wanted), self.pulse
        silent = STALE < counter.silence() < inf
        if held and not silent and held.verified.number == counter.newest():
            made: MadeFeed | None = held.made
        else:
            made = self.kept.get(wanted, self._finished_with)
        return None if made and made.document.ends and made.document.ends <= now else made

    def last(self, wanted: FeedRequest, now: datetime) -> Document | None:
        """Return the last state of a feed in memory, if it only lacks newer articles.

        For times of too many requests: None if anything in it was corrected, killed or moved.
        """
        held, contents = self._held.get(wanted), self._contents.get(wanted.path)
        if held is None or contents is None or contents.corrections:
            return None
        if not held.made.validity.holds(contents.validity.revision, now):
            return None
        with self._database.reading() as connection:
            same = articles.are_unchanged(connection, contents.revisions)
        return held.made.document if same else None

    def finish(
        self, wanted: FeedRequest, document: Document, encodings: dict[str, bytes]
    ) -> Document | None:
        """Keep a feed with its bytes in all codings, in memory and in the store.

        :param document: the feed that was encoded.
        :returns: the feed with its encodings; None if it is not the present one any more.
        """
        with self._making:
            held = self._held.get(wanted)
            if held is None or held.made.document is not document:
                return None
            document = msgspec.structs.replace(document, encodings=encodings)
            finished = held.made._replace(document=document)
            self._held.put(wanted, _Held(finished, held.verified))
        self._database.offer(
            lambda it: rendered_feeds.keep(it, wanted, finished, self._finished_with)
        )
        return document

    def changed_since(self, revision: int) -> dict[FeedPath, int]:
        """Return the feeds that changed after a revision, each with its own now."""
        with self._database.reading() as connection:
            rows = feeds.changed_since(connection, revision)
        changed = {FeedPath.parse(path): number for path, number in rows.items()}
        for path, number in changed.items():
            for format in FORMATS:
                held = self._held.get(FeedRequest(path, format))
                if held and held.made.validity.revision != number:
                    held.outdated = True
        return changed

    @property
    def pulse(self) -> ChangeCounter:
        """Return the counter of the store's changes."""
        return self._database.change_counter

    def _contents_of(
        self, connection: Connection, path: FeedPath, revision: int, now: datetime
    ) -> FeedContents:
        """Return the contents of a feed, which are the same in all formats."""
        contents = self._contents.get(path)
        if contents is None or not contents.validity.holds(revision, now):
            contents = ContentsReader(connection, self.config, now).read(path)
            self._contents.put(path, contents)
        return contents

    def _make(
        self, connection: Connection, wanted: FeedRequest, contents: FeedContents, now: datetime
    ) -> MadeFeed:
        place, format = self._place(wanted.path.place), wanted.format
        entries = self._entries.rendered(connection, contents, format, now)
        # Time alone changed or will change the feed at these.
        moments = [*contents.moments, *(moment for entry in entries for moment in entry.moments)]
        if format in WITH_TOMBSTONES:
            moments += contents.tombstone_ends
        past = [moment for moment in moments if moment <= now]
        head = feed_head(place, wanted, contents, max(past, default=None))
        document = assemble(
            head,
            [entry.rendered for entry in entries],
            format,
            last_modified=max(head.dated, contents.changed or head.dated),
            ages=ages(self.config.cache, contents, wanted.before),
        )
        if contents.ends:
            document = msgspec.structs.replace(document, ends=contents.ends)
        if self.config.cdn.header:
            tags = feed_tags(wanted.path, *contents.article_ids)
            document = msgspec.structs.replace(document, tags=tags)
        return MadeFeed(document, Validity.starting(now, contents.validity.revision, moments))
