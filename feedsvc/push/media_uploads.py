"""Put pictures and sounds into the object store, and delete the ones that no reader may have."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO, NamedTuple, cast

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, FetchError, NotFoundError
from feedsvc.publishing.purging import purge_stored
from feedsvc.push.object_store import ObjectStore, StoredObject, open_store
from feedsvc.store import article_files, media, outbox, stored_media
from feedsvc.store.database import Database
from feedsvc.store.media import KnownMedia
from feedsvc.store.outbox import Job
from feedsvc.store.stored_media import MediaKey
from feedsvc.syndication.media import MediaFiles

CACHING = "public, max-age=31536000, s-maxage=3600, immutable"
"""A key holds a digest, so its object never changes. But it may be withdrawn, and caches that many
share hear of that within an hour."""
_KEY = re.compile(r"[0-9a-f]{16}/.")
"""The beginning of the key of a picture or sound."""
_GRACE = timedelta(hours=1)
"""An object younger than this may be about to be recorded."""


class Orphans(NamedTuple):
    """The objects in the store of pictures that no reader needs."""

    keys: tuple[str, ...]
    size: int
    """In bytes."""


class MediaUploads:
    """Does the jobs about the object store. Safe to share between threads."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._address = config.remote_media.store
        self._root = config.root
        self._database = database
        self._clock = clock
        self._files = MediaFiles(config, database)

    def work(self, job: Job) -> None:
        """Store a picture or sound, or delete it where no reader may have it.

        :raises FetchError: that is not possible now.
        """
        key, now = MediaKey.parse(job.key), self._clock()
        with self._database.reading() as connection:
            wanted = stored_media.is_wanted(connection, key, now)
            address = media.find(connection, key.path, key.digest, now)
        if self._address and wanted and address and address.media.digest == key.digest:
            self._upload(key, address.media)
            self._record(job, key)
            return
        if self._address and not wanted:
            self._store.delete([job.key])
        with self._database.writing(counted=False) as connection:
            if not wanted:
                stored_media.forget(connection, key)
                purge_stored(connection, self._config, [key], now)
            outbox.finish(connection, job)

    def sweep(self) -> None:
        """Ask for the objects of expired and withdrawn articles to be deleted, and for lost ones.

        One is lost where the store of articles was replaced by an older copy.
        """
        if not self._address:
            return
        now = self._clock()
        with self._database.reading() as connection:
            ended = stored_media.ended(connection, now)
            wanted = stored_media.wanted(connection, now)
            lost = wanted - stored_media.stored(connection, wanted, self._address)
        if ended or lost:
            with self._database.writing(counted=False) as connection:
                outbox.add(connection, stored_media.JOB, map(str, ended), now)
                outbox.add(connection, stored_media.JOB, map(str, lost), now, renew=False)

    def orphans(self) -> Orphans:
        """Return the objects that no article of today shows.

        :raises FeedsvcError: there is no store, or it cannot be read.
        """
        if not self._address:
            raise FeedsvcError("there is no store of pictures: config.toml has no [media] store")
        now = self._clock()
        # Listed first: an object that is stored meanwhile is no orphan.
        objects = [it for it in self._store.objects() if _is_ours(it, now - _GRACE)]
        with self._database.reading() as connection:
            wanted = {*map(str, stored_media.wanted(connection, now))}
        left = [it for it in objects if it.key not in wanted]
        return Orphans(tuple(it.key for it in left), sum(it.size for it in left))

    def delete(self, orphans: Orphans) -> None:
        """Delete orphans.

        :raises FetchError: the store cannot be used.
        """
        self._store.delete(orphans.keys)
        with self._database.writing(counted=False) as connection:
            keys = [*map(MediaKey.parse, orphans.keys)]
            for key in keys:
                stored_media.forget(connection, key)
            purge_stored(connection, self._config, keys, self._clock())

    @property
    def _store(self) -> ObjectStore:
        return open_store(self._address, self._root)

    def _upload(self, key: MediaKey, known: KnownMedia) -> None:
        store = self._store
        if store.size(str(key)) == known.length:
            return  # a key holds a digest, so these are the bytes
        try:
            with self._files.open(known) as content:
                store.put(str(key), cast("IO[bytes]", content), known.type, CACHING)
        except (NotFoundError, BlockingIOError) as error:
            raise FetchError(f"cannot be read now: {error}") from None

    def _record(self, job: Job, key: MediaKey) -> None:
        """Record that a picture or sound is stored, and mark the records that wait for it."""
        now = self._clock()
        with self._database.writing(counted=False) as connection:
            stored_media.keep(connection, key, self._address)
            if stored_media.is_wanted(connection, key, now):
                article_files.mark(connection, stored_media.records(connection, key))
                outbox.finish(connection, job)
            else:  # it was killed meanwhile
                outbox.add(connection, stored_media.JOB, [job.key], now)


def _is_ours(one: StoredObject, before: datetime) -> bool:
    """Return whether feedsvc may have put an object there, before a moment."""
    return one.modified < before and _KEY.match(one.key) is not None
