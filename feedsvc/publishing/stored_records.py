"""Find the records on the disk by the ids of their articles."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError, Finding, RecordError, RefusedError
from feedsvc.ingest import files
from feedsvc.ingest.record.content import Content, content_of
from feedsvc.ingest.record.value_types import identifier
from feedsvc.ingest.records import Records
from feedsvc.model.article import Article
from feedsvc.model.paths import in_newsroom
from feedsvc.model.publisher import Publisher
from feedsvc.model.text import composed
from feedsvc.publishing.history import stem
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.store import articles
from feedsvc.store.database import Database

_PARTS = "no part may be empty, very long, or begin with . or _, nor the path be very long"
"""The rule for the parts of a path."""


def find(
    config: Config,
    database: Database,
    article_id: str,
    by: Publisher,
    known: Mapping[str, Article] | None = None,
) -> StoredRecord:
    """Return the place of an article's record, and the record if there is one.

    :param known: the articles in the store by their ids, this one among them if it is there.
    :raises RefusedError: no article can have this id.
    :raises ConflictError: the file that it would have belongs to another article.
    """
    with _discreet(article_id, by):
        return _find(config, database, composed(article_id), known)


def at(
    config: Config, database: Database, path: str, content: Content, by: Publisher
) -> StoredRecord:
    """Return the place of a record whose file is given, and the record if there is one.

    :param path: of the file, below ``articles/``.
    :param content: that the file is to have.
    :raises ConflictError: the file is another article's, or its article is in another file.
    """
    with database.reading() as connection:
        owner = next(iter(articles.at_path(connection, path)), "")
        article_id: str = content.get("id") or owner or composed(stem(path))
        article = articles.get_many(connection, [article_id]).get(article_id)
    with _discreet(article_id, by):
        if owner not in ("", article_id):
            raise ConflictError(f'{in_newsroom(path)} is the file of the article "{owner}"')
        other = article.path if article else path
        records = newsroom_records(config, database)
        if other != path and records.exists(other):
            raise ConflictError(f'the article "{article_id}" is in the file {in_newsroom(other)}')
        return _record(records, article_id, path, article)


@contextmanager
def _discreet(article_id: str, by: Publisher) -> Generator[None]:
    """Name no other article in a conflict where it may be in a section closed to the publisher.

    :raises ConflictError: there is a conflict.
    """
    try:
        yield
    except ConflictError:
        if not by.sections:
            raise
        message = f'"{article_id}" is no id for a new article; another file has its place'
        raise ConflictError(message) from None


def _find(
    config: Config, database: Database, article_id: str, known: Mapping[str, Article] | None
) -> StoredRecord:
    if known is None:
        with database.reading() as connection:
            known = articles.get_many(connection, [article_id])
    article = known.get(article_id)
    records = newsroom_records(config, database)
    if article:
        return _record(records, article_id, article.path, article)
    _check_id(records, article_id)
    paths = [f"{article_id}{suffix}" for suffix in files.SUFFIXES]
    missing = records.missing(paths)
    path = next((it for it in paths if it not in missing), None)
    if path is None:
        return StoredRecord(article_id, article_id, None, None, None)
    record = _record(records, article_id, path, None)
    other = (record.content or {}).get("id", article_id)
    with database.reading() as connection:
        owner = next(iter(articles.at_path(connection, path)), other)
    if owner != article_id:
        raise ConflictError(f'{record.file} is the file of the article "{owner}"')
    return record


def _record(records: Records, article_id: str, path: str, article: Article | None) -> StoredRecord:
    """Return a record as it is.

    :raises ConflictError: it cannot be read.
    """
    data = _read(records, path)
    try:
        content = None if data is None else content_of(path, data)
    except RecordError:
        content = None
    return StoredRecord(article_id, path, data, content, article)


def _read(records: Records, path: str) -> bytes | None:
    """Return the bytes of a record; None where it is not there.

    :raises ConflictError: it cannot be read.
    """
    content = records.read(path)
    if content.data is None and content.stamp != files.GONE:
        raise ConflictError(f"{in_newsroom(path)} {content.reason}")
    return content.data


def _check_id(records: Records, article_id: str) -> None:
    """Check that an id can be the path of a file.

    :raises RefusedError: it cannot.
    """
    try:
        identifier(article_id)
    except ValueError as error:
        raise RefusedError([Finding("/id", str(error))]) from None
    if not files.is_path(f"{article_id}.md"):
        advice = f"such as world/europe/flood; {_PARTS}"
        raise RefusedError([Finding("/id", f"must be a path below articles/, {advice}")])
    _check_folders(records, f"{article_id}.md")


def check_path(records: Records, path: str) -> None:
    """Check that a path below ``articles/`` can be that of a record.

    :raises FeedsvcError: it cannot.
    """
    if not (files.is_record(path) and files.is_path(path)):
        advice = f"must be the path of a record, such as articles/world/flood.md; {_PARTS}"
        raise RefusedError([Finding("/file", advice)])
    _check_folders(records, path)


def _check_folders(records: Records, path: str) -> None:
    if not records.is_reachable(path):
        raise ConflictError(f"a folder of {in_newsroom(path)} is a symbolic link")
