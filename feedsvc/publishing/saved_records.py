"""Publish records that a program has just saved, without a look at any other."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from feedsvc.config.settings import Config
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.change import Change
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing.sync import Kept, Sync, sync
from feedsvc.store import article_files
from feedsvc.store.database import Database


class SavedRecords:
    """Publishes the records of one newsroom, for one thread.

    :param reader: expects the records, as far as they have been interpreted.
    """

    def __init__(
        self, config: Config, database: Database, clock: Callable[[], datetime], reader: Reader
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._kept = Kept(reader)

    def publish(self, paths: Sequence[str]) -> Sequence[Change]:
        """Publish records by their paths below ``articles/``; return the changes.

        There are none of records that another process has published already.
        """
        saved = _SavedSync(self._database, self._config, self._clock(), (), self._kept)
        if saved.is_outdated:
            return self.publish_changed(None)
        waiting = saved.publish(paths)
        if not waiting:
            return saved.changes
        return (*saved.changes, *self.publish_changed({*map(in_newsroom, waiting)}))

    def publish_changed(self, places: Collection[str] | None) -> Sequence[Change]:
        """Publish all changes, or the ones at places of the newsroom's folder; return them."""
        now = self._clock()
        return sync(self._database, self._config, now, near=places, kept=self._kept).changes


class _SavedSync(Sync):
    """A pass over the records that were saved."""

    @property
    def is_outdated(self) -> bool:
        """Return whether all files are to be read again, or all feeds to be made again."""
        return self._stale or bool(self._rendered)

    @property
    def changes(self) -> Sequence[Change]:
        """Return the changes that were published."""
        return self._changes

    def publish(self, paths: Sequence[str]) -> Sequence[str]:
        """Publish records; return the ones that waited for an id, which may be free now."""
        self._ids.expect(paths)
        self._publish(self._read([*paths]))
        self._publish(self._ids.postponed(), last=True)
        with self._database.reading() as connection:
            return article_files.awaiting_id(connection) if self._sections else ()
