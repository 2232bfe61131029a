"""The last feeds of this machine, in a file of its own: they are read while the store is away.

A feed may be given out of the file only as long as this machine has seen no change to the store
that the file has not. Who writes the file asks the store in the same transaction which feeds have
changed, and deletes these. So no kill or correction that this machine knows of is undone.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Collection, Generator
from contextlib import closing, contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import zstandard
from sqlalchemy import Connection

from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.model.validity import MadeFeed
from feedsvc.store import feeds
from feedsvc.store.folder import make_file
from feedsvc.store.seen_changes import number_of

if TYPE_CHECKING:
    from feedsvc.store.database import Database

log = logging.getLogger(__name__)

FILE_NAME = "feeds.sqlite"
"""The file in the state folder."""
STALE = 24 * 3600.0
"""Seconds without the store after which no feed is given out any more. Other machines may be able
to use the store, and publish a kill that this one does not hear of; and an outage may take a night.
"""
DELAY = 1.0
"""Seconds after which feeds are written: only the last state of each."""
MOST = 256_000_000
"""Bytes of compressed feeds, at most: some ten thousand. The oldest leave first, archives before
all others."""
SIGN = 60.0
"""Seconds between two notes that the feeds are right still, as long as nothing changes."""
_PATIENCE = 10.0
"""Seconds to wait for another process that writes the file."""
_LAYOUT = 2
"""The version of the tables; a file with others is made anew."""
_TABLES = """
DROP TABLE IF EXISTS feeds; DROP TABLE IF EXISTS state;
CREATE TABLE feeds (
    path TEXT NOT NULL, format TEXT NOT NULL, before TEXT NOT NULL, number INTEGER NOT NULL,
    etag TEXT NOT NULL, made_with TEXT NOT NULL, place TEXT, archive INTEGER NOT NULL,
    written REAL NOT NULL, size INTEGER NOT NULL, facts BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (path, format, before)
);
CREATE INDEX feeds_written ON feeds (archive, written, size);
CREATE INDEX feeds_place ON feeds (place) WHERE place IS NOT NULL;
CREATE TABLE state (number INTEGER NOT NULL, revision INTEGER NOT NULL, verified REAL NOT NULL);
INSERT INTO state VALUES (0, 0, 0)
"""
_GET = """
SELECT state.number, verified, made_with, facts, body FROM state, feeds
WHERE path = ? AND format = ? AND before = ?
"""
_SAME = """
SELECT 1 FROM feeds
WHERE (path, format, before, number, etag, made_with) = (?, ?, ?, ?, ?, ?)
"""
_DELETE = "DELETE FROM feeds WHERE path = ? AND place IS NULL AND number <> ?"
_TRIM = """
DELETE FROM feeds WHERE rowid IN (
    SELECT row FROM (
        SELECT rowid AS row, sum(size) OVER (ORDER BY archive, written DESC, rowid) AS total
        FROM feeds
    ) WHERE total > ?
)
"""
_DECODER = msgspec.msgpack.Decoder(MadeFeed)
_ENCODER = msgspec.msgpack.Encoder()


class _State(NamedTuple):
    """The state of the store that the file agrees with."""

    number: int
    """Of the last change to the store."""
    revision: int
    """The highest of any feed."""
    verified: float
    """When they last agreed, in seconds since 1970."""


class KeptFeed(NamedTuple):
    """A feed to be kept."""

    wanted: FeedRequest
    made: MadeFeed
    made_with: str
    """A digest of the code and the configuration."""
    number: int
    """Of the last change to the store in the state that it was made from."""
    shares_section: bool = False
    """Whether any change to its section may be one of it, too: an archive that is not full, or one
    together with newer articles."""


class KeptFeeds:
    """The feeds that this machine keeps. Safe to share between threads.

    :param database: the store that they are from.
    """

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._path = database.path.with_name(FILE_NAME)
        self._most = most
        self._lock = Lock()
        self._timer: Timer | None = None
        self._waiting: dict[FeedRequest, KeptFeed] = {}
        self._failed = False
        """Whether the file could not be written the last time."""

    def put(self, feed: KeptFeed) -> None:
        """Keep a feed soon."""
        with self._lock:
            self._waiting[feed.wanted] = feed
            if self._timer is None:
                # Started only now, and not with the process, it survives a server's fork.
                self._timer = Timer(DELAY, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Keep the feeds that wait; where the store is away or the disk is full they are lost."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            waiting, self._waiting, self._timer = self._waiting, {}, None
        if waiting:
            self.agree(waiting.values())

    def get(self, wanted: FeedRequest, made_with: str) -> MadeFeed | None:
        """Return a feed, if this machine knows of no newer state, and knew none lately."""
        try:
            with self._opened() as file:
                row = file.execute(_GET, _key(wanted)).fetchone()
        except sqlite3.Error:
            return None
        if row is None:
            return None
        number, verified, kept_with, facts, body = row
        outdated = number < self._database.change_counter.newest()
        if outdated or kept_with != made_with or time.time() - verified > STALE:
            return None
        document, validity = _DECODER.decode(facts)
        body = zstandard.ZstdDecompressor().decompress(body)
        return MadeFeed(msgspec.structs.replace(document, body=body), validity)

    def agree(self, new: Collection[KeptFeed] = ()) -> bool:
        """Delete the feeds that have changed in the store, and keep new ones.

        :returns: whether the file agrees with the store now.
        """
        try:
            with self._opened() as file, _writing(file):
                agreed = self._database.consult(lambda it: self._agree(file, it, new))
                if not agreed:
                    number = _state(file).number
                    self._keep(file, [feed for feed in new if feed.number == number])
        except sqlite3.Error as error:
            if not self._failed:
                log.warning("no feeds can be kept in the file %s: %s", self._path, error)
            self._failed = True
            if type(error) is sqlite3.DatabaseError:  # it is damaged, or no file of SQLite
                self._path.unlink(missing_ok=True)
            return False
        self._failed = False
        return agreed

    def _agree(
        self, file: sqlite3.Connection, connection: Connection, new: Collection[KeptFeed]
    ) -> None:
        before = _state(file)
        now = _State(number_of(connection), feeds.next_revision(connection) - 1, time.time())
        replaced = now.number < before.number or now.revision < before.revision  # by a copy
        empty = replaced or not before.number
        changed = {} if empty else feeds.changed_since(connection, before.revision)
        revisions = feeds.revisions(connection, {str(feed.wanted.path) for feed in new})
        if now[:2] == before[:2] and not new and 0 <= now.verified - before.verified < SIGN:
            return
        if replaced:
            file.execute("DELETE FROM feeds")
        file.executemany(_DELETE, changed.items())
        places = {FeedPath.parse(path).place for path in changed}
        file.executemany("DELETE FROM feeds WHERE place = ?", [(place,) for place in places])
        file.execute("UPDATE state SET number = ?, revision = ?, verified = ?", now)
        present = [
            feed
            for feed in new
            if feed.number == now.number
            or (
                not feed.shares_section
                and feed.made.validity.revision == revisions.get(str(feed.wanted.path), 0)
            )
        ]
        self._keep(file, present)

    def _keep(self, file: sqlite3.Connection, feeds: Collection[KeptFeed]) -> None:
        """Keep feeds that agree with the state of the store that the file has."""
        for feed in feeds:
            _keep(file, feed)
        if feeds and file.execute("SELECT total(size) FROM feeds").fetchone()[0] > self._most:
            file.execute(_TRIM, (self._most,))

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        make_file(self._path)
        with closing(sqlite3.connect(self._path, _PATIENCE, isolation_level=None)) as file:
            file.execute("PRAGMA secure_delete = ON")  # nothing may be left of a killed story
            yield file


@contextmanager
def _writing(file: sqlite3.Connection) -> Generator[None]:
    file.execute("BEGIN IMMEDIATE")
    if file.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
        for statement in _TABLES.split(";"):
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {_LAYOUT}")
    yield
    file.execute("COMMIT")


def _state(file: sqlite3.Connection) -> _State:
    return _State(*file.execute("SELECT number, revision, verified FROM state").fetchone())


def _keep(file: sqlite3.Connection, feed: KeptFeed) -> None:
    """Keep a feed, unless it is kept already."""
    path, (document, validity) = feed.wanted.path, feed.made
    state = *_key(feed.wanted), validity.revision, document.etag, feed.made_with
    if file.execute(_SAME, state).fetchone():
        return
    body = zstandard.ZstdCompressor().compress(document.body)
    facts = _ENCODER.encode(
        MadeFeed(msgspec.structs.replace(document, body=b"", encodings={}), validity)
    )
    place = path.place if feed.shares_section else None
    size, archive = len(facts) + len(body), path.document == "archive"
    row = *state, place, archive, time.time(), size, facts, body
    file.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _key(wanted: FeedRequest) -> tuple[str, str, str]:
    return str(wanted.path), wanted.format, wanted.before
