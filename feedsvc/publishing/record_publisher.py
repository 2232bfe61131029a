"""Save records for programs, one program at a time, and publish them at once."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Protocol

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import BusyError, FeedsvcError
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.change import Change
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


class Publishing(Protocol):
    """Publishes records: ``saved_records.SavedRecords``."""

    def publish(self, paths: Sequence[str], /) -> Sequence[Change]:
        """Publish records that were saved; return the changes."""
        ...

    def publish_changed(self, places: Collection[str], /) -> Sequence[Change]:
        """Publish the changes at some places; return the changes."""
        ...


class RecordPublisher:
    """Saves and publishes the records that programs write."""

    def __init__(
        self, config: Config, database: Database, reader: Reader, saved: Publishing
    ) -> None:
        self._config = config
        self._database = database
        self._reader = reader
        self._records = newsroom_records(config, database)
        self._saved = saved
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
            published = reversed(self._publish([prepared]))
            changes += [_logged(it) for it in published if it.id == prepared.record.id]
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
        self._publish(written)
        return errors

    def _mark_killed_copies(self, ready: Sequence[PreparedWrite]) -> None:
        """Mark new kills that are copies, before any process may see their files."""
        copies = [it for it in ready if it.is_copy and it.record.article is None]
        if paths := [it.path for it in copies if it.article and it.article.status == "canceled"]:
            with self._database.writing() as connection:
                history.mark_copies(connection, paths)

    def _publish(self, written: Sequence[PreparedWrite]) -> Sequence[Change]:
        for prepared in written:
            if prepared.read and prepared.data is not None:
                self._reader.expect(prepared.path, prepared.data, prepared.read)
        return self._saved.publish([it.path for it in written])

    def sync(self, file: str) -> None:
        """Publish a file that has changed, or the records that name it.

        :param file: below the newsroom's folder.
        """
        self._saved.publish_changed({file})

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

        They may be another process's, which was quicker to see the record: then they are read from
        the log, the newest first.
        """
        changes: list[Change] = []
        with self._database.writing(counted=False) as connection:
            last = history.last_action(connection)
            history.set_doers(connection, [path], write.by.name)
        try:
            yield changes
        except BaseException:
            article_history.set_doers(self._database, [path], "")
            raise
        if not changes:
            with self._database.reading() as connection:
                changes += history.actions(connection, None, article_id, last)


def _logged(change: Change) -> Change:
    """Return a change as the log has it."""
    moment, feeds = change.moment.replace(microsecond=0), dict(sorted(change.feeds.items()))
    return replace(change, moment=moment, feeds=feeds)
