"""Check the content of a record before it is written: as ``feedsvc check`` checks a file."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import Finding, Problem, RefusedError
from feedsvc.ingest import conflicts
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.files import too_long
from feedsvc.ingest.record.content import Content, Pointers
from feedsvc.ingest.timed_reader import SHORT, Reader
from feedsvc.model.article import Article
from feedsvc.publishing.article_ids import ArticleIds, StoredNames, stored_names
from feedsvc.publishing.interpreted import Interpreted, LongContentError, interpreted_as
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.published_guids import keep_guids
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.publishing.writes import Write
from feedsvc.store import feeds, page_urls
from feedsvc.store.database import Database

_TAKEN = "is that of another article; choose another"


class ContentCheck:
    """Checks content for one newsroom, for one thread."""

    def __init__(self, config: Config, database: Database, reader: Reader) -> None:
        self._config = config
        self._database = database
        self._reader = reader

    def interpreted(self, record: StoredRecord, content: Content) -> ReadFile:
        """Return the article that content makes, with all problems."""
        place, data = interpreted_as(record.id, record.path, content)
        return self._interpreted(record, place, data, self._reader.interpret)

    def checked(
        self,
        record: StoredRecord,
        content: Content,
        now: datetime,
        write: Write,
        known: Interpreted | None,
    ) -> tuple[ReadFile, Sequence[Finding]]:
        """Return the article that content makes, and the notes about it.

        A lenient write gets the mistakes as well.

        :param known: content that was interpreted already, perhaps this one.
        :raises RefusedError: there are mistakes.
        :raises LongContentError: it is to be interpreted before.
        """
        place, data = interpreted_as(record.id, record.path, content)
        read = self._interpreted(record, place, data, self._reading(known)).as_of(now)
        names = known.names if known else None
        problems = [*read.problems, *self._conflicts(record, read, now, write, names)]
        pointers = Pointers(data) if problems else None
        findings = [_finding(it, pointers) for it in sorted(problems) if pointers]
        return read, findings if write.lenient else _without_errors(findings)

    def checked_file(
        self, path: str, data: bytes, now: datetime, known: Interpreted | None
    ) -> tuple[ReadFile, Sequence[Finding]]:
        """Return a record's file as it will be read, and the notes about it.

        :param path: below ``articles/``.
        :param known: as for ``checked``.
        :raises RefusedError: there are mistakes.
        """
        self._check_length(data)
        read = self._reading(known)(path, data).as_of(now)
        return read, _without_errors(map(_finding_in_text, sorted(read.problems)))

    def checked_names(
        self, record: StoredRecord, read: ReadFile, now: datetime, write: Write
    ) -> ReadFile:
        """Return a file as that of its article, which has no other one's names.

        :raises RefusedError: another article has one of them.
        """
        if read.record and read.article:
            article = replace(read.article, id=record.id)
            read = replace(read, record=replace(read.record, article=article))
        _without_errors(map(_finding_in_text, self._conflicts(record, read, now, write)))
        return read

    def _conflicts(
        self,
        record: StoredRecord,
        read: ReadFile,
        now: datetime,
        write: Write,
        names: StoredNames | None = None,
    ) -> Sequence[Problem]:
        """Return the problems of names and addresses that other articles have."""
        if not read.article:
            return ()
        file = replace(read, path=record.path, problems=())
        same, guid = self._name_conflicts(file, now, names or self._stored_names(file))
        taken = [*self._page_conflicts(read.article), *same]
        if write.by.sections:  # no word of articles in other sections
            taken = [replace(it, message=_TAKEN) for it in taken]
        return [*taken, *guid]

    def _check_length(self, data: bytes) -> None:
        most = self._config.records.max_bytes
        if len(data) > most:
            raise RefusedError([Finding("", too_long(len(data), most))])

    def _interpreted(
        self,
        record: StoredRecord,
        place: str,
        data: bytes,
        interpret: Callable[[str, bytes], ReadFile],
    ) -> ReadFile:
        self._check_length(data)
        read = interpret(place, data)
        if read.record and read.article:
            article = replace(read.article, path=record.path)
            read = replace(read, record=replace(read.record, article=article))
        return read

    def _reading(self, known: Interpreted | None) -> Callable[[str, bytes], ReadFile]:
        """Return the function that interprets content, or returns it as it was interpreted."""

        def interpret(path: str, data: bytes) -> ReadFile:
            if known and known[:2] == (path, data):
                return known.read
            if known is None and len(data) > SHORT:
                raise LongContentError(path, data)
            return self._reader.interpret(path, data)

        return interpret

    def _stored_names(self, file: ReadFile) -> StoredNames:
        with self._database.reading() as connection:
            return stored_names(connection, [file], [file.path])

    def _name_conflicts(
        self, file: ReadFile, now: datetime, names: StoredNames
    ) -> tuple[Sequence[Problem], Sequence[Problem]]:
        """Return the problems for which the article would be refused when its file is read.

        :returns: of names that other articles have, and of a guid that readers know otherwise.
        """
        owners = ArticleIds(newsroom_records(self._config, self._database).exists)
        owners.know(names.owners)
        decided = owners.decide(file)
        problems = decided.problems if decided else ()
        if file.article and file.article.guid == names.guids.get(file.article.id, ""):
            return problems, ()
        with self._database.reading() as connection:
            return problems, keep_guids(connection, [file], names.guids, now)[0].problems

    def _page_conflicts(self, article: Article) -> list[Problem]:
        """Return the problem of a page whose address is that of another one."""
        if not (self._config.pages and article.has_page):
            return []
        below = f"{article.section}/{article.slug}".lstrip("/")
        with self._database.reading() as connection:
            there = page_urls.at_address(connection, article.section, article.slug)
            is_section = feeds.revision(connection, below) or below in self._config.sections
        pages = (it.article.path for it in there if it.article.id != article.id)
        owner = next((path for path in pages if path != article.path), article.path)
        message = conflicts.slug_conflict(article, {below} if is_section else set(), owner)
        if not message:
            return []
        return [conflicts.slug_problem(article, message)]


def _without_errors(findings: Iterable[Finding]) -> Sequence[Finding]:
    """Return findings that are all notes.

    :raises RefusedError: some are not.
    """
    findings = [*findings]
    if errors := [it for it in findings if not it.note]:
        raise RefusedError(errors)
    return findings


def _finding_in_text(problem: Problem) -> Finding:
    """Return a problem of a record that is sent as the text of its file."""
    key = f"{problem.key}: " if problem.key else ""
    place = f"line {problem.line}, column {problem.column}"
    return Finding("/text", f"{key}{problem.message} ({place})", problem.note)


def _finding(problem: Problem, pointers: Pointers) -> Finding:
    return Finding(pointers.find(problem), problem.message, problem.note)
