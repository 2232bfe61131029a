"""A record as it is on the disk, and the state in which a program expects it to be."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from msgspec import Struct

from feedsvc.errors import ConflictError, NotFoundError, OutdatedError
from feedsvc.model.article import Article
from feedsvc.model.digests import short_etag
from feedsvc.model.paths import in_newsroom
from feedsvc.model.text import clean_text, composed


class StoredRecord(Struct, frozen=True):
    """The place of an article's record, and the record if there is one."""

    id: str
    """Of the article."""
    path: str
    """Below ``articles/``; of a record that is not there yet, without suffix."""
    data: bytes | None
    """None where there is no file."""
    content: dict[str, Any] | None
    """None where there is no file, or one that cannot be read."""
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
    def status(self) -> str:
        """Return the status: ``new`` where there is neither a file nor an article."""
        if self.content is not None:
            return status_of(self.content)
        return self.article.status if self.article else "new" if self.data is None else "usable"

    @property
    def sections(self) -> set[str]:
        """Return its sections, in its file and in the feeds; none where there is no such article.

        A file that cannot be read is in the section of its folder.
        """
        listed = self.article.named_sections if self.article else ()
        named = () if self.data is None else sections_of(self.path, self.content)
        return {*listed, *named}


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
    """Return the entity tag of the bytes of a record."""
    return short_etag(hashlib.sha256(data).hexdigest())


def existing_content(record: StoredRecord) -> dict[str, Any]:
    """Return the content of a record.

    :raises NotFoundError: there is none.
    :raises ConflictError: it has mistakes.
    """
    if record.data is None:
        raise NotFoundError(f'there is no article "{record.id}"')
    if record.content is None:
        raise ConflictError(
            f"{record.file} has mistakes, so it cannot be read; PUT the whole article, or mend it"
        )
    return record.content


def status_of(content: Mapping[str, Any]) -> str:
    """Return the status that content has."""
    return clean_text(str(content.get("status", "usable")))


def sections_of(path: str, content: Mapping[str, Any] | None) -> list[str]:
    """Return the sections of a record: its own, and any others that carry it, too."""
    folder = path.rpartition("/")[0]
    content = content or {}
    others = content.get("sections")
    named: list[Any] = cast("list[Any]", others) if isinstance(others, list) else []
    named = [content.get("section") or (named[0] if named else folder), *named]
    return [composed(clean_text(it).strip("/")) for it in named if isinstance(it, str)]
