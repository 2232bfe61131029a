"""Find the records on the disk by the ids of their articles."""

from pathlib import Path

from feedsvc.config.settings import Config
from feedsvc.errors import UNPRINTABLE, ConflictError, Finding, RecordError, RefusedError
from feedsvc.ingest import files
from feedsvc.ingest.record.content import content_of
from feedsvc.ingest.record.value_types import identifier
from feedsvc.model.article import Article
from feedsvc.model.paths import MAX_NAME, in_newsroom
from feedsvc.model.publisher import Publisher
from feedsvc.model.text import composed
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.store import articles
from feedsvc.store.database import Database


def find(config: Config, database: Database, article_id: str, by: Publisher) -> StoredRecord:
    """Return the place of an article's record, and the record if there is one.

    :raises RefusedError: no article can have this id.
    :raises ConflictError: the file that it would have belongs to another article.
    """
    try:
        return _find(config, database, composed(article_id))
    except ConflictError:
        if not by.sections:
            raise
        # That article may be in a section of which the publisher must not learn.
        message = f'"{article_id}" is no id for a new article; another file has its place'
        raise ConflictError(message) from None


def _find(config: Config, database: Database, article_id: str) -> StoredRecord:
    with database.reading() as connection:
        article = articles.get_many(connection, [article_id]).get(article_id)
    if article:
        return _record(config, article_id, article.path, article)
    _check_id(config.articles, article_id)
    folder = f"{config.articles}/"  # a Path for each suffix takes its time
    paths = (f"{article_id}{suffix}" for suffix in files.SUFFIXES)
    path = next((path for path in paths if files.stamp(folder + path) != files.GONE), None)
    if path is None:
        return StoredRecord(article_id, article_id, None, None, None)
    record = _record(config, article_id, path, None)
    other = (record.content or {}).get("id", article_id)
    with database.reading() as connection:
        owner = next(iter(articles.at_path(connection, path)), other)
    if owner != article_id:
        raise ConflictError(f'{record.file} is the file of the article "{owner}"')
    return record


def _record(config: Config, article_id: str, path: str, article: Article | None) -> StoredRecord:
    """Return a record as it is.

    :raises ConflictError: it cannot be read.
    """
    data = _read(config, path)
    try:
        content = None if data is None else content_of(path, data)
    except RecordError:
        content = None
    return StoredRecord(article_id, path, data, content, article)


def _read(config: Config, path: str) -> bytes | None:
    """Return the bytes of a record; None where it is not there.

    :raises ConflictError: it cannot be read.
    """
    try:
        return files.read(config.articles, path, config.records.max_bytes)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else error
        raise ConflictError(f"{in_newsroom(path)} {reason}") from None


def _check_id(folder: Path, article_id: str) -> None:
    """Check that an id can be the path of a file.

    :raises RefusedError: it cannot.
    """
    try:
        identifier(article_id)
    except ValueError as error:
        raise RefusedError([Finding("/id", str(error))]) from None
    parts = article_id.split("/")
    names = [*parts[:-1], f"{parts[-1]}.md"]
    if not all(map(_is_name, names)) or UNPRINTABLE.search(article_id):
        advice = "such as world/europe/flood; no part may be empty, very long, or begin with . or _"
        raise RefusedError([Finding("/id", f"must be a path below articles/, {advice}")])
    if not files.is_visible(folder, f"{article_id}.md"):
        raise ConflictError(f"a folder of {in_newsroom(article_id)} is a symbolic link")


def _is_name(part: str) -> bool:
    """Return whether a file or folder of records can have a name."""
    return part != "" and not files.is_ignored(part) and len(part.encode()) <= MAX_NAME
