"""Writes of programs as values: who writes, under which condition, and with which result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from msgspec import Struct

from feedsvc.errors import FeedsvcError, Finding
from feedsvc.model.article import Article
from feedsvc.model.change import Change
from feedsvc.model.publisher import Publisher
from feedsvc.publishing.stored_record import Expected, StoredRecord


class Write(Struct, frozen=True, kw_only=True):
    """Who writes, under which condition, and whether it is only a trial."""

    by: Publisher
    expected: Expected = Expected()
    trial: bool = False
    """Nothing is stored; the result has the changes that it would make."""
    lenient: bool = False
    """Other mistakes in the record do not stop it, as where it is killed."""


class Written(Struct, frozen=True, kw_only=True):
    """The result of a write."""

    id: str
    file: str = ""
    """The record, below the newsroom's folder; empty where it was deleted."""
    etag: str = ""
    created: bool = False
    changes: Sequence[Change] = ()
    """The changes to the article, with the feeds that they changed."""
    notes: Sequence[Finding] = ()
    article: Article | None = None
    """Of a trial: the article as it would be; None where there would be none."""


Values = Mapping[str, Any]
"""The keys of a record with their values, as JSON has them."""


class RecordFile(Struct, frozen=True):
    """A record as its file, byte for byte."""

    path: str
    """Below ``articles/``."""
    data: bytes


BulkItem = tuple[str, Values] | RecordFile
"""One of many articles: its id with its values, or its file."""


class Writer(Protocol):
    """Writes articles: ``article_writer.ArticleWriter``, as far as programs know of it.

    Each method raises a FeedsvcError where it cannot do its work.
    """

    def find(self, article_id: str, by: Publisher, /) -> StoredRecord:
        """Return the place of an article's record, and the record if there is one."""
        ...

    def article(self, record: StoredRecord, /) -> Article | None:
        """Return the article as its record says it now; None for a draft."""
        ...

    def put(self, article_id: str, values: Values, write: Write, /) -> Written:
        """Write an article as a whole."""
        ...

    def patch(self, article_id: str, patch: Values, write: Write, /) -> Written:
        """Change an article by a merge patch (RFC 7396)."""
        ...

    def create(self, values: Values, write: Write, minted: Callable[[str], None], /) -> Written:
        """Write a new article, and call a function with its id before."""
        ...

    def change(
        self, article_id: str, revise: Callable[[StoredRecord], dict[str, Any]], write: Write, /
    ) -> Written:
        """Give an article that is there the content that a function returns."""
        ...

    def delete(self, article_id: str, write: Write, /) -> Written:
        """Delete the record of an article."""
        ...

    def put_many(
        self, articles: Iterable[BulkItem | FeedsvcError], write: Write, /
    ) -> Iterator[tuple[BulkItem | FeedsvcError, Written | FeedsvcError]]:
        """Write articles as ``put`` does, but publish some hundred together."""
        ...


def merge_patch(target: Any, patch: Any) -> Any:
    """Return a value changed by a merge patch (RFC 7396 §2)."""
    if not isinstance(patch, Mapping):
        return patch
    result: dict[str, Any] = dict(cast("Any", target)) if isinstance(target, Mapping) else {}
    for key, value in cast("Mapping[str, Any]", patch).items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result
