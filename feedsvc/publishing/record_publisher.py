"""Save records for programs, one program at a time, and publish them at once."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from threading import Lock

from feedsvc.config.settings import Config
from feedsvc.errors import BusyError, FeedsvcError
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.change import Change
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing import history as article_history
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.prepared_write import PreparedWrite
from feedsvc.publishing.status import Status
from feedsvc.publishing.writes import Write
from feedsvc.store import history
from feedsvc.store.database import Database
from feedsvc.store.lock import EDIT_LOCK_FILE

PATIENCE = 20.0
"""Seconds that a write waits for others."""


class RecordPublisher:
    """Saves and publishes the records that programs write.

    :param sync: publishes files that have changed, by their paths below the newsroom's folder.
    """

    def __init__(
        self, config: Config, database: Database, reader: Reader, sync: Callable[..., None]
    ) -> None:
        self._config = config
        self._database = database
        self._reader = reader
        self._records = newsroom_records(config, database)
        self.sync = sync
        self._status = Status(database)
        self._mine = Lock()

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait until no other program writes.

        :raises BusyError: that takes too long, or the articles have not been read yet.
        """
        if not self._status.is_filled():
            raise BusyError("the articles have not been read yet; try again in a moment")
        busy = BusyError("others are writing; try again in a moment")
        if not self._mine.acquire(timeout=PATIENCE):
            raise busy
        try:
            with self._database.lock(EDIT_LOCK_FILE, PATIENCE) as mine:
                if not mine:
                    raise busy
                yield
        finally:
            self._mine.release()

    def publish(self, prepared: PreparedWrite, write: Write) -> Sequence[Change]:
        """Save a record and publish it; return the changes.

        :raises FeedsvcError: it cannot be saved.
        """
        with self.logged(prepared.path, prepared.record.id, write) as changes:
            self._records.save(prepared.bytes_written)
            self._expect(prepared)
            self.sync(in_newsroom(prepared.path))
        return changes

    def publish_many(
        self, ready: Sequence[PreparedWrite], write: Write
    ) -> list[FeedsvcError | None]:
        """Save records, and publish them.

        :returns: for each record the error for which it could not be saved.
        """
        if not ready:
            return []
        article_history.set_doers(self._database, [it.path for it in ready], write.by.name)
        self._mark_killed_copies(ready)
        errors = self._records.save_many([it.bytes_written for it in ready])
        written = [it for it, error in zip(ready, errors, strict=True) if error is None]
        for prepared in written:
            self._expect(prepared)
        self.sync(*(in_newsroom(it.path) for it in written))
        return errors

    def _mark_killed_copies(self, ready: Sequence[PreparedWrite]) -> None:
        """Mark new kills that are copies, before any process may see their files."""
        copies = [it for it in ready if it.is_copy and it.record.article is None]
        if paths := [it.path for it in copies if it.article and it.article.status == "canceled"]:
            with self._database.writing() as connection:
                history.mark_copies(connection, paths)

    def _expect(self, prepared: PreparedWrite) -> None:
        if prepared.read and prepared.data is not None:
            self._reader.expect(prepared.path, prepared.data, prepared.read)

    def refresh(self, picture: str) -> None:
        """Publish the records that name a picture or sound, unless all are read soon.

        :param picture: below the newsroom's folder.
        :raises BusyError: others are writing.
        """
        if self._status.is_filled():
            with self.turn():
                self.sync(picture)

    @contextmanager
    def logged(self, path: str, article_id: str, write: Write) -> Generator[list[Change]]:
        """Name the writer in the log, and collect the changes that follow.

        They may be another process's: it publishes the record as soon as it sees it.
        """
        changes: list[Change] = []
        with self._database.writing() as connection:
            last = history.last_action(connection)
            history.set_doers(connection, [path], write.by.name)
        try:
            yield changes
        except BaseException:
            article_history.set_doers(self._database, [path], "")
            raise
        with self._database.reading() as connection:
            changes += history.actions(connection, None, article_id, last)
