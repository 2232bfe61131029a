"""A write that was checked: the bytes of its record, and how they get onto the disk."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.errors import Finding
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.conflicts import Claim, claims
from feedsvc.ingest.record.content import Content, changed_file, new_file, whole_file
from feedsvc.ingest.records import RecordWrite
from feedsvc.model.article import Article
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing.history import stem
from feedsvc.publishing.stored_record import StoredRecord, etag_of
from feedsvc.publishing.writes import Written


class PreparedWrite(Struct, frozen=True):
    """A write that was checked, and changes nothing yet."""

    record: StoredRecord
    path: str
    """Below ``articles/``."""
    data: bytes | None
    """None where the record has the same content already."""
    article: Article | None
    """None for a draft."""
    read: ReadFile | None
    """The file as it will be read; None where that is to be found out."""
    result: Written
    is_copy: bool = False
    """Whether it is the file of another newsroom, whose readers may know the article."""

    @property
    def bytes_written(self) -> RecordWrite:
        """Return the bytes that the record gets."""
        return RecordWrite(self.path, self.record.data, self.data or b"")

    @property
    def names(self) -> set[Claim]:
        """Return the names that no other article may have, and the address of its page."""
        if self.article is None:
            return {("id", self.record.id)}
        return {*claims(self.article), ("page", self.article.section, self.article.slug)}


def prepared(
    record: StoredRecord,
    content: Content,
    read: ReadFile,
    notes: Sequence[Finding],
    *,
    whole: bool,
) -> PreparedWrite:
    """Return the write that gives a record another content.

    :param whole: write all of the file anew, and not only the keys that change.
    :raises EditError: the notation of the file cannot hold the content.
    """
    before = record.content
    if before and content == {key: before[key] for key in before if key != "id"}:
        same = Written(id=record.id, file=record.file, etag=record.etag, notes=notes)
        return PreparedWrite(record, record.path, None, read.article, None, same)
    path, data = _file(record, content, whole=whole)
    result = Written(
        id=record.id,
        file=in_newsroom(path),
        etag=etag_of(data),
        created=record.data is None,
        notes=notes,
    )
    known = _read_at(path, read, names_id=_names_id(record)) if whole else None
    return PreparedWrite(record, path, data, read.article, known, result)


def prepared_file(
    record: StoredRecord, data: bytes, read: ReadFile, notes: Sequence[Finding]
) -> PreparedWrite:
    """Return the write that gives a record other bytes, as they are."""
    result = Written(
        id=record.id,
        file=record.file,
        etag=etag_of(data),
        created=record.data is None,
        notes=notes,
    )
    known = None if read.problems or stem(record.path) != record.id else read
    new = None if data == record.data else data
    return PreparedWrite(record, record.path, new, read.article, known, result, is_copy=True)


def _read_at(path: str, read: ReadFile, *, names_id: bool) -> ReadFile | None:
    """Return content as it is read from its file; None where problems have other places there."""
    if read.problems or read.record is None or read.record.article is None:
        return None
    article = replace(read.record.article, path=path)
    return replace(read, record=replace(read.record, article=article, names_id=names_id))


def _file(record: StoredRecord, content: Content, *, whole: bool) -> tuple[str, bytes]:
    """Return the path and the bytes of a record with another content."""
    base = stem(record.path)
    content = {"id": record.id, **content} if _names_id(record) else content
    if record.data is None and base == record.path:
        return new_file(base, content)
    if whole or record.data is None:
        return record.path, whole_file(record.path, content)
    return record.path, changed_file(record.path, record.data, content)


def _names_id(record: StoredRecord) -> bool:
    """Return whether a record says the id of its article, which is else its path."""
    return "id" in (record.content or {}) or stem(record.path) != record.id
