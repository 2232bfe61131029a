"""Write articles for programs: each write is checked, saved in its file, and published.

A write is answered when the feeds have changed. Its record is on the disk before: if the process
ends between, the next look at the files publishes it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import BusyError, ConflictError, FeedsvcError, Finding, RefusedError
from feedsvc.ingest.conflicts import Claim
from feedsvc.ingest.record.content import Content, content_from
from feedsvc.ingest.record.save import delete_record
from feedsvc.ingest.record.write import record_path
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.article import Article
from feedsvc.model.change import Change
from feedsvc.model.paths import in_newsroom
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import rights, stored_records, sync, trial
from feedsvc.publishing.content_check import ContentCheck
from feedsvc.publishing.prepared_write import PreparedWrite, prepared, save
from feedsvc.publishing.status import Status
from feedsvc.publishing.stored_record import StoredRecord, existing_content
from feedsvc.publishing.writes import Write, Written, merge_patch
from feedsvc.store import article_files, history
from feedsvc.store.database import Database
from feedsvc.store.lock import EDIT_LOCK_FILE, wait_for_lock

PATIENCE = 20.0
"""Seconds that a write waits for others."""
_SAVING = 8
"""Records that are saved at the same time."""
Revise = Callable[[StoredRecord], Content]
"""Returns the new content of a record."""


class ArticleWriter:
    """Writes the articles of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._status = Status(database)
        self._reader = Reader(config)
        self._check = ContentCheck(config, database, self._reader)
        self._mine = Lock()

    def put(self, article_id: str, values: Mapping[str, Any], write: Write) -> Written:
        """Write an article as a whole, a new one or in the place of the one that is there.

        :raises FeedsvcError: it was not written; the message says why.
        """
        return self._write(article_id, lambda _: _content_from(values), write)

    def patch(self, article_id: str, patch: Mapping[str, Any], write: Write) -> Written:
        """Change an article by a merge patch (RFC 7396).

        :raises FeedsvcError: as for ``put``.
        """

        def revise(record: StoredRecord) -> Content:
            return _content_from(merge_patch(existing_content(record), patch))

        return self._write(article_id, revise, write, whole=False)

    def create(
        self, values: Mapping[str, Any], write: Write, minted: Callable[[str], None]
    ) -> Written:
        """Write a new article under an id that is made of its section, its day and its headline.

        :param minted: called with the id before anything is written.
        :raises FeedsvcError: as for ``put``.
        """
        content = _content_from(values)
        if "id" in content:
            raise RefusedError([Finding("/id", "is made here; PUT an article that has an id")])
        texts = {key: value for key, value in content.items() if isinstance(value, str)}
        path = record_path({"headline": "", **texts})
        with self._turn():
            record = self._unused(path.removesuffix(".md"), write.by)
            minted(record.id)
            return self._revise(record, lambda _: content, write)

    def _unused(self, article_id: str, by: Publisher) -> StoredRecord:
        """Return the place of a new record, whose id has a number behind it where it is taken."""
        number, tried = 1, article_id
        while True:
            try:
                record = self.find(tried, by)
                if record.data is None and record.article is None:
                    return record
            except ConflictError:
                pass  # its file is there, and of another article
            number += 1
            tried = f"{article_id}-{number}"

    def change(self, article_id: str, revise: Revise, write: Write) -> Written:
        """Give an article that is there the content that a function returns.

        :raises FeedsvcError: as for ``put``.
        """
        return self._write(article_id, revise, write, whole=False)

    def delete(self, article_id: str, write: Write) -> Written:
        """Delete the record of an article, as if its file were deleted on purpose.

        :raises FeedsvcError: it was not deleted.
        """
        with self._turn():
            record = self.find(article_id, write.by)
            known = rights.visible(write.by, record)
            write.expected.check(known)
            existing_content(known)
            rights.check_deletion(write.by, record)
            if write.trial:
                tried = trial.deleted(self._database, self._config, record.id, self._clock())
                return Written(id=record.id, changes=tried.changes)
            with self._logged(record.path, record.id, write) as changes:
                with self._database.writing() as connection:
                    article_files.accept_deletion(connection, record.path)
                delete_record(self._config.articles / record.path, record.file)
                self._sync(record.file)
            return Written(id=record.id, changes=changes)

    def find(self, article_id: str, by: Publisher) -> StoredRecord:
        """Return the place of an article's record, and the record if there is one.

        :raises FeedsvcError: as for ``stored_records.find``.
        """
        return stored_records.find(self._config, self._database, article_id, by)

    def article(self, record: StoredRecord) -> Article | None:
        """Return the article as its record says it now; None for a draft.

        It is as it was last published where the record has mistakes.
        """
        content = record.content
        read = self._check.interpreted(record, content).record if content else None
        return read.article if read else record.article

    def _write(
        self, article_id: str, revise: Revise, write: Write, *, whole: bool = True
    ) -> Written:
        with self._turn():
            return self._revise(self.find(article_id, write.by), revise, write, whole=whole)

    def _revise(
        self, record: StoredRecord, revise: Revise, write: Write, *, whole: bool = True
    ) -> Written:
        prepared = self._prepare(record, revise, write, whole=whole)
        result = prepared.result
        if prepared.data is None:
            return result
        if write.trial:
            article = prepared.article
            tried = trial.written(self._database, self._config, record.id, article, self._clock())
            return replace(result, changes=tried.changes, article=tried.article)
        with self._logged(prepared.path, record.id, write) as changes:
            save(self._config, prepared)
            self._expect(prepared)
            self._sync(result.file)
        return replace(result, changes=changes)

    def _prepare(
        self, record: StoredRecord, revise: Revise, write: Write, *, whole: bool = True
    ) -> PreparedWrite:
        """Return a write that was checked, and changes nothing yet.

        :raises FeedsvcError: it is not possible.
        """
        known = rights.visible(write.by, record)
        write.expected.check(known)
        content = revise(known)
        rights.check_sections(write.by, record, content)
        if (given := content.pop("id", record.id)) != record.id:
            raise RefusedError([Finding("/id", f'is "{given}", but the address names another')])
        read, notes = self._check.checked(record, content, self._clock(), write)
        rights.check_write(write.by, record, content)
        return prepared(record, content, read, notes, whole=whole)

    def put_many(
        self, articles: Sequence[tuple[str, Mapping[str, Any]]], write: Write
    ) -> list[Written | FeedsvcError]:
        """Write articles as ``put`` does, but publish them together; the results do not say how.

        :returns: for each article the result, or the error for which it was not written.
        """
        results: list[Written | FeedsvcError] = []
        with self._turn():
            ready: list[tuple[int, PreparedWrite]] = []
            names = set[Claim]()
            for position, (article_id, values) in enumerate(articles):
                one = self._prepared(article_id, values, write)
                if isinstance(one, PreparedWrite) and not names.isdisjoint(one.names):
                    self._publish_many(ready, results, write)
                    names.clear()
                    one = self._prepared(article_id, values, write)
                results.append(one if isinstance(one, FeedsvcError) else one.result)
                if isinstance(one, PreparedWrite) and one.data is not None and not write.trial:
                    ready.append((position, one))
                    names |= one.names
            self._publish_many(ready, results, write)
        return results

    def _prepared(
        self, article_id: str, values: Mapping[str, Any], write: Write
    ) -> PreparedWrite | FeedsvcError:
        try:
            content = _content_from(values)
            return self._prepare(self.find(article_id, write.by), lambda _: content, write)
        except FeedsvcError as error:
            return error

    def _publish_many(
        self,
        ready: list[tuple[int, PreparedWrite]],
        results: list[Written | FeedsvcError],
        write: Write,
    ) -> None:
        """Save records, several at once as the disk is slow, and publish them."""

        def saved(item: tuple[int, PreparedWrite]) -> str | None:
            try:
                save(self._config, item[1])
            except FeedsvcError as error:
                results[item[0]] = error
                return None
            return in_newsroom(item[1].path)

        if not ready:
            return
        paths = [it.path for _, it in ready]
        sync.announce(self._database, paths, write.by.name)
        with ThreadPoolExecutor(_SAVING) as pool:
            files = set(filter(None, pool.map(saved, ready)))
        for _, one in ready:
            self._expect(one)
        self._sync(*files)
        ready.clear()

    def _expect(self, write: PreparedWrite) -> None:
        if write.read and write.data is not None:
            self._reader.expect(write.path, write.data, write.read)

    def _sync(self, *files: str) -> None:
        kept = sync.Kept(self._reader)
        sync.sync(self._database, self._config, self._clock(), near=files, kept=kept)

    @contextmanager
    def _turn(self) -> Generator[None]:
        """Wait until no other program writes.

        :raises BusyError: that takes too long, or the articles have not been read yet.
        """
        if not self._status.is_filled():
            raise BusyError("the articles have not been read yet; try again in a moment")
        busy = BusyError("others are writing; try again in a moment")
        if not self._mine.acquire(timeout=PATIENCE):
            raise busy
        try:
            with wait_for_lock(self._config.state / EDIT_LOCK_FILE, PATIENCE) as mine:
                if not mine:
                    raise busy
                yield
        finally:
            self._mine.release()

    @contextmanager
    def _logged(self, path: str, article_id: str, write: Write) -> Generator[list[Change]]:
        """Name the writer in the log, and collect the changes that follow.

        They may be another process's: it publishes the record as soon as it sees it.
        """
        changes: list[Change] = []
        with self._database.reading() as connection:
            last = history.last_action(connection)
        sync.announce(self._database, [path], write.by.name)
        try:
            yield changes
        except BaseException:
            sync.announce(self._database, [path], "")
            raise
        with self._database.reading() as connection:
            changes += history.actions(connection, None, article_id, last)


def _content_from(values: Mapping[str, Any]) -> Content:
    content = content_from(values)
    if content.get("status") == "usable":
        del content["status"]  # as it is without one
    return content
