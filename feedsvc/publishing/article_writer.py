"""Write articles for programs: each write is checked, saved in its file, and published.

A write is answered when the feeds have changed. Its record is on the disk before: if the process
ends between, the next look at the files publishes it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError, FeedsvcError, Finding, RefusedError
from feedsvc.ingest.conflicts import Claim
from feedsvc.ingest.record.content import Content, content_of
from feedsvc.ingest.record.write import record_path
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.article import Article
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import rights, stored_records, trial
from feedsvc.publishing.bulk_lines import BulkLine, InterpretedLine, StoredLines, stored_lines
from feedsvc.publishing.content_check import ContentCheck
from feedsvc.publishing.interpretation import Interpreter
from feedsvc.publishing.interpreted import Interpreted, LongContentError, content_from_values
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.prepared_write import PreparedWrite, prepared, prepared_file
from feedsvc.publishing.record_publisher import RecordPublisher
from feedsvc.publishing.saved_records import SavedRecords
from feedsvc.publishing.stored_record import StoredRecord, existing_content
from feedsvc.publishing.writes import (
    BulkItem,
    RecordFile,
    Write,
    Written,
    merge_patch,
)
from feedsvc.store import article_files
from feedsvc.store.database import Database

_TOGETHER = 250
"""Articles that are published together."""

Revise = Callable[[StoredRecord], Content]
"""Returns the new content of a record."""


class ArticleWriter:
    """Writes the articles of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self.records = newsroom_records(config, database)
        self._reader = Reader(config, self.records)
        self._check = ContentCheck(config, database, self._reader)
        self._interpreter = Interpreter(config, self.records)
        saved = SavedRecords(config, database, clock, self._reader)
        self._publisher = RecordPublisher(config, database, self._reader, saved)
        self.refresh = self._publisher.refresh

    def put(self, article_id: str, values: Mapping[str, Any], write: Write) -> Written:
        """Write an article as a whole, a new one or in the place of the one that is there.

        :raises FeedsvcError: it was not written; the message says why.
        """
        return self._write(article_id, lambda _: content_from_values(values), write)

    def patch(self, article_id: str, patch: Mapping[str, Any], write: Write) -> Written:
        """Change an article by a merge patch (RFC 7396).

        :raises FeedsvcError: as for ``put``.
        """

        def revise(record: StoredRecord) -> Content:
            return content_from_values(merge_patch(existing_content(record), patch))

        return self._write(article_id, revise, write, whole=False)

    def create(
        self, values: Mapping[str, Any], write: Write, minted: Callable[[str], None]
    ) -> Written:
        """Write a new article under an id that is made of its section, its day and its headline.

        :param minted: called with the id before anything is written.
        :raises FeedsvcError: as for ``put``.
        """
        content = content_from_values(values)
        if "id" in content:
            raise RefusedError([Finding("/id", "is made here; PUT an article that has an id")])
        texts = {key: value for key, value in content.items() if isinstance(value, str)}
        path = record_path({"headline": "", **texts})

        def place() -> StoredRecord:
            record = self._unused(path.removesuffix(".md"), write.by)
            minted(record.id)
            return record

        return self._revise(place, lambda _: {**content}, write)

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
        with self._publisher.turn():
            record = self.find(article_id, write.by)
            known = rights.visible(write.by, record)
            write.expected.check(known)
            existing_content(known)
            rights.check_deletion(write.by, record)
            if write.trial:
                tried = trial.deleted(self._database, self._config, record.id, self._clock())
                return Written(id=record.id, changes=tried.changes)
            with self._publisher.logged(record.path, record.id, write) as changes:
                with self._database.writing() as connection:
                    article_files.accept_deletion(connection, record.path)
                self.records.delete(record.path)
                self._publisher.sync(record.file)
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
        return self._revise(lambda: self.find(article_id, write.by), revise, write, whole=whole)

    def _revise(
        self,
        find: Callable[[], StoredRecord],
        revise: Revise,
        write: Write,
        *,
        whole: bool = True,
        known: Interpreted | None = None,
    ) -> Written:
        """Write an article in its turn; long content is interpreted before, while others write."""
        try:
            with self._publisher.turn():
                prepared = self._prepare(find(), revise, write, whole=whole, known=known)
                return self._publish(prepared, write)
        except LongContentError as long:
            known = self._interpreter.one(long.path, long.data)
        return self._revise(find, revise, write, whole=whole, known=known)

    def _publish(self, prepared: PreparedWrite, write: Write) -> Written:
        record, result = prepared.record, prepared.result
        if prepared.data is None:
            return result
        if write.trial:
            article = prepared.article
            tried = trial.written(self._database, self._config, record.id, article, self._clock())
            return replace(result, changes=tried.changes, article=tried.article)
        return replace(result, changes=self._publisher.publish(prepared, write))

    def _prepare(
        self,
        record: StoredRecord,
        revise: Revise,
        write: Write,
        *,
        whole: bool = True,
        known: Interpreted | None,
    ) -> PreparedWrite:
        """Return a write that was checked, and changes nothing yet.

        :raises FeedsvcError: it is not possible.
        :raises LongContentError: its content is to be interpreted before.
        """
        visible = rights.visible(write.by, record)
        write.expected.check(visible)
        content = revise(visible)
        rights.check_sections(write.by, record, content)
        if (given := content.pop("id", record.id)) != record.id:
            raise RefusedError([Finding("/id", f'is "{given}", but the address names another')])
        read, notes = self._check.checked(record, content, self._clock(), write, known)
        rights.check_write(write.by, record, content)
        return prepared(record, content, read, notes, whole=whole)

    def put_many(
        self, articles: Iterable[BulkItem | FeedsvcError], write: Write
    ) -> Iterator[tuple[BulkItem | FeedsvcError, Written | FeedsvcError]]:
        """Write articles as ``put`` does, but publish some hundred together.

        :returns: each article with its result, which does not say how the feeds changed, or with
            the error for which it was not written. An error in the place of an article is its own.
        """
        lines = map(BulkLine.of, articles)
        interpreted = self._interpreter.many(lines, BulkLine.likely_interpreted_as)
        while some := [*islice(interpreted, _TOGETHER)]:
            try:
                results = self._put_together(some, write)
            except FeedsvcError as error:  # nothing can be written now
                results = [line.error or error for line, _ in some]
            yield from zip((line.item for line, _ in some), results, strict=True)

    def _put_together(
        self, lines: Sequence[InterpretedLine], write: Write
    ) -> list[Written | FeedsvcError]:
        results: list[Written | FeedsvcError] = []
        with self._publisher.turn():
            ready: dict[int, PreparedWrite] = {}
            names, stored = set[Claim](), stored_lines(self._database, lines)
            for position, line in enumerate(lines):
                one = self._prepared(*line, write, stored)
                if isinstance(one, PreparedWrite) and not names.isdisjoint(one.names):
                    self._publish_many(ready, results, write)
                    names.clear()
                    stored = None  # it has changed
                    one = self._prepared(*line, write, stored)
                results.append(one if isinstance(one, FeedsvcError) else one.result)
                if isinstance(one, PreparedWrite) and one.data is not None and not write.trial:
                    ready[position] = one
                    names |= one.names
            self._publish_many(ready, results, write)
        return results

    def _publish_many(
        self,
        ready: dict[int, PreparedWrite],
        results: list[Written | FeedsvcError],
        write: Write,
    ) -> None:
        errors = self._publisher.publish_many([*ready.values()], write)
        for position, error in zip(ready, errors, strict=True):
            results[position] = error or results[position]
        ready.clear()

    def _prepared(
        self, line: BulkLine, known: Interpreted | None, write: Write, stored: StoredLines | None
    ) -> PreparedWrite | FeedsvcError:
        if line.error:
            return line.error
        try:
            if isinstance(line.item, RecordFile):
                return self._prepare_file(line.item, write, known)
            given = self._config, self._database, line.id, write.by
            record = stored_records.find(*given, stored.articles if stored else None)
            known = known and known._replace(names=stored.names if stored else None)
            return self._prepare(record, lambda _: {**(line.content or {})}, write, known=known)
        except FeedsvcError as error:
            return error

    def _prepare_file(
        self, file: RecordFile, write: Write, known: Interpreted | None
    ) -> PreparedWrite:
        """Return the write of a record as its file, which changes nothing yet.

        :raises FeedsvcError: it is not possible.
        """
        stored_records.check_path(self.records, file.path)
        now = self._clock()
        read, notes = self._check.checked_file(file.path, file.data, now, known)
        content = content_of(file.path, file.data)
        record = stored_records.at(self._config, self._database, file.path, content, write.by)
        write.expected.check(rights.visible(write.by, record))
        rights.check_sections(write.by, record, content)
        rights.check_write(write.by, record, content)
        read = self._check.checked_names(record, read, now, write)
        return prepared_file(record, file.data, read, notes)
