"""The way out: from a request for a feed to the finished document."""

from datetime import datetime
from functools import lru_cache
from math import inf
from threading import Lock

import msgspec

from feedsvc.config.settings import Config
from feedsvc.errors import StoreAwayError
from feedsvc.formats.document import assemble
from feedsvc.formats.fingerprint import finished_with
from feedsvc.model.cache_tags import feed_tags
from feedsvc.model.feed import WITH_TOMBSTONES, Document
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
        self._entries = RenderedEntries(self._place, self.write_behind, memory // 2)
        self._made = SizedCache[FeedRequest, MadeFeed](
            memory, lambda made: made.document.size + _OVERHEAD
        )
        self._contents = SizedCache[FeedPath, FeedContents](_CONTENTS, lambda _: 1)
        self._finished_with = finished_with(config)
        self.kept = KeptFeeds(database) if database.shared else None
        """The feeds that this machine keeps for while a database server is away."""
        self._verified = SizedCache[FeedRequest, int](_CONTENTS, lambda _: 1)
        """The last change to a shared store with which a feed was found to be right."""
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
            if wanted.path.document == "archive":
                return self._made_archive(wanted, now)
            # One thread makes feeds. The others wait, without a transaction that would keep the
            # store's log from being emptied, and find theirs made; a feed that is ready need not.
            if not self._making.acquire(blocking=False):
                if made := self.ready(wanted, now):
                    return made
                self._making.acquire()
            try:
                return self._made_now(wanted, now)
            finally:
                self._making.release()
        except StoreAwayError:
            if made := self._as_it_was(wanted, now):
                return made
            raise

    def _made_archive(self, wanted: FeedRequest, now: datetime) -> MadeFeed:
        """Return an archive, which is hardly ever asked for, so it is not kept."""
        with self._database.reading() as connection:
            contents = ContentsReader(connection, self.config, now).read(wanted.path, wanted.before)
            return self._make(connection, wanted, contents, now)

    def _made_now(self, wanted: FeedRequest, now: datetime) -> MadeFeed:
        """Return a feed that is in memory, in the store, or made now, in one transaction."""
        with self._database.reading() as connection:
            revision = feeds.revision(connection, str(wanted.path))
            if made := self._current(connection, wanted, revision, now):
                return made
            made = None
            if self._made.get(wanted) is None:
                made = rendered_feeds.get(connection, wanted, self._finished_with)
            if made is None or not made.validity.holds(revision, now):
                contents = self._contents_of(connection, wanted.path, revision, now)
                made = self._make(connection, wanted, contents, now)
                self.deltas.remember(wanted, made)
            self._keep(connection, wanted, made)
            return made

    def _keep(self, connection: Connection, wanted: FeedRequest, made: MadeFeed) -> None:
        """Keep a feed in memory, and on the disk of this machine if the store may be away."""
        self._made.put(wanted, made)
        if self.kept:
            number = number_of(connection)
            self._verified.put(wanted, number)
            self.kept.put(KeptFeed(wanted, made, self._finished_with, number))

    def ready(self, wanted: FeedRequest, now: datetime) -> MadeFeed | None:
        """Return a feed if it is in memory, as it is now; else None.

        While the store is away, it is as it was.
        """
        if self._made.get(wanted) is None:
            return None
        try:
            with self._database.reading() as connection:
                revision = feeds.revision(connection, str(wanted.path))
                return self._current(connection, wanted, revision, now)
        except StoreAwayError:
            return self._as_it_was(wanted, now)

    def _current(
        self, connection: Connection, wanted: FeedRequest, revision: int, now: datetime
    ) -> MadeFeed | None:
        """Return the feed in memory; None if there is none, or it is not right at a revision."""
        made = self._made.get(wanted)
        if made is None or not made.validity.holds(revision, now):
            return None
        if self.kept:
            self._verified.put(wanted, number_of(connection))
        return made

    def _as_it_was(self, wanted: FeedRequest, now: datetime) -> MadeFeed | None:
        """Return a feed as it was when the store could last be asked, from memory or the disk.

        None where this machine has seen a later change to the store, or an article in it has
        expired.
        """
        made, counter = self._made.get(wanted), self.pulse
        silent = STALE < counter.silence() < inf
        if made is None or silent or self._verified.get(wanted) != counter.newest():
            made = self.kept.get(wanted, self._finished_with) if self.kept else None
        return None if made and made.document.ends and made.document.ends <= now else made

    def last(self, wanted: FeedRequest, now: datetime) -> Document | None:
        """Return the last state of a feed in memory, if it only lacks newer articles.

        For times of too many requests: None if anything in it was corrected, killed or moved.
        """
        made, contents = self._made.get(wanted), self._contents.get(wanted.path)
        if made is None or contents is None or contents.corrections:
            return None
        if not made.validity.holds(contents.validity.revision, now):
            return None
        with self._database.reading() as connection:
            same = articles.are_unchanged(connection, contents.revisions)
        return made.document if same else None

    def finish(
        self, wanted: FeedRequest, document: Document, encodings: dict[str, bytes]
    ) -> Document | None:
        """Keep a feed with its bytes in all codings, in memory and in the store.

        :param document: the feed that was encoded.
        :returns: the feed with its encodings; None if it is not the present one any more.
        """
        with self._making:
            made = self._made.get(wanted)
            if made is None or made.document is not document:
                return None
            document = msgspec.structs.replace(document, encodings=encodings)
            finished = made._replace(document=document)
            self._made.put(wanted, finished)
        self._database.offer(
            lambda it: rendered_feeds.keep(it, wanted, finished, self._finished_with)
        )
        return document

    def changed_since(self, revision: int) -> dict[FeedPath, int]:
        """Return the feeds that changed after a revision, each with its own now."""
        with self._database.reading() as connection:
            changed = feeds.changed_since(connection, revision)
        return {FeedPath.parse(path): number for path, number in changed.items()}

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
