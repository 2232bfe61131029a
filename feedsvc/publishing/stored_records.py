"""The records as they are on the disk, found by the ids of their articles."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple, cast

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import (
    UNPRINTABLE,
    ConflictError,
    Finding,
    NotFoundError,
    OutdatedError,
    RecordError,
    RefusedError,
)
from feedsvc.ingest import files
from feedsvc.ingest.record.content import Content, content_of
from feedsvc.ingest.record.value_types import identifier
from feedsvc.model.article import Article
from feedsvc.model.paths import MAX_NAME, in_newsroom
from feedsvc.model.text import composed
from feedsvc.store import articles
from feedsvc.store.database import Database


class StoredRecord(Struct, frozen=True):
    """The place of an article's record, and the record if there is one."""

    id: str
    """Of the article."""
    path: str
    """Below ``articles/``; of a record that is not there yet, without suffix."""
    data: bytes | None
    """None where there is no file."""
    article: Article | None
    """As it was last published, also if its file is gone; None for a draft, and for a new one."""

    @property
    def file(self) -> str:
        """Return the path of the file below the newsroom's folder."""
        return in_newsroom(self.path)

    @property
    def etag(self) -> str:
        """Return the entity tag of the content, which is the same on every machine."""
        return etag_of(self.data or b"")

    @property
    def content(self) -> Content | None:
        """Return the content; None where there is no file, or one that cannot be read."""
        try:
            return None if self.data is None else content_of(self.path, self.data)
        except RecordError:
            return None

    @property
    def status(self) -> str:
        """Return the status: ``new`` where there is neither a file nor an article."""
        content = self.content
        if content is not None:
            return status_of(content)
        return self.article.status if self.article else "new" if self.data is None else "usable"


class Expected(NamedTuple):
    """The state in which a program expects an article to be (RFC 9110 §13.1)."""

    etags: frozenset[str] | None = None
    """It has one of these entity tags; None for any."""
    exists: bool = False
    """It is there."""
    new: bool = False
    """It is not there."""

    def check(self, record: StoredRecord) -> None:
        """Check that an article is in this state.

        :raises OutdatedError: it is not.
        """
        if self.new and record.data is not None:
            raise OutdatedError(f'there is an article "{record.id}" already; it was left alone')
        if (self.exists or self.etags is not None) and record.data is None:
            raise OutdatedError(f'there is no article "{record.id}", so nothing can be changed')
        if self.etags is not None and record.etag not in self.etags:
            raise OutdatedError(
                f'"{record.id}" was changed since you read it; get it again, and repeat your '
                "change with its new ETag"
            )


def etag_of(data: bytes) -> str:
    """Return the entity tag of the bytes of a record, which ``files.digest`` in the store is of."""
    return short_etag(hashlib.sha256(data).hexdigest())


def short_etag(digest: str) -> str:
    """Return the entity tag that belongs to the digest of a file."""
    return digest[:32]


def find(config: Config, database: Database, article_id: str) -> StoredRecord:
    """Return the place of an article's record, and the record if there is one.

    :raises RefusedError: no article can have this id.
    :raises ConflictError: the file that it would have belongs to another article.
    """
    article_id = composed(article_id)
    with database.reading() as connection:
        article = articles.get_many(connection, [article_id]).get(article_id)
    if article:
        return StoredRecord(article_id, article.path, _read(config, article.path), article)
    _check_id(config.articles, article_id)
    paths = (f"{article_id}{suffix}" for suffix in files.SUFFIXES)
    path = next((path for path in paths if (config.articles / path).is_file()), None)
    if path is None:
        return StoredRecord(article_id, article_id, None, None)
    record = StoredRecord(article_id, path, _read(config, path), None)
    other = (record.content or {}).get("id", article_id)
    with database.reading() as connection:
        owner = next(iter(articles.at_path(connection, path)), other)
    if owner != article_id:
        raise ConflictError(f'{record.file} is the file of the article "{owner}"')
    return record


def existing_content(record: StoredRecord) -> Content:
    """Return the content of a record.

    :raises NotFoundError: there is none.
    :raises ConflictError: it has mistakes.
    """
    if record.data is None:
        raise NotFoundError(f'there is no article "{record.id}"')
    content = record.content
    if content is None:
        raise ConflictError(
            f"{record.file} has mistakes, so it cannot be read; PUT the whole article, or mend it"
        )
    return content


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


def status_of(content: Content) -> str:
    """Return the status that content has."""
    return str(content.get("status", "usable"))


def sections_of(path: str, content: Content) -> list[str]:
    """Return the sections of a record: its own, and any others that carry it, too."""
    folder = path.rpartition("/")[0]
    others = content.get("sections")
    named: list[Any] = cast("list[Any]", others) if isinstance(others, list) else []
    named = [content.get("section") or (named[0] if named else folder), *named]
    return [composed(it.strip().strip("/")) for it in named if isinstance(it, str)]
