"""The story of an article that another system sent, with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.config.source_settings import SourceSettings
from feedsvc.ingest.record.keys import MAX_ALSO
from feedsvc.model.pushed_article import PushedArticle
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.publishing.writes import Write
from feedsvc.store.sources import SentState

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than any version: nothing comes after an article whose id is never used again."""


class Story(Struct, frozen=True, kw_only=True):
    """An article that was sent, with all that is known of it."""

    source: SourceSettings
    article: PushedArticle
    records: Sequence[StoredRecord]
    """The records of its story, that of the earliest version first: one, or two to be joined."""
    states: Mapping[str, SentState]
    """By ids in the system that sent it."""
    write: Write
    now: datetime

    @property
    def record(self) -> StoredRecord | None:
        """Return the record of its story; None where there is none."""
        return self.records[0] if self.records else None

    @property
    def newest(self) -> StoredRecord | None:
        """Return the record with the newest version, as far as records can be read."""

        def age(record: StoredRecord) -> tuple[bool, datetime]:
            return record.content is not None, self.revised_of(record) or _LONG_AGO

        return max(self.records, key=age, default=None)

    @property
    def stored(self) -> datetime | None:
        """Return the moment of the newest version that is stored."""
        return self.revised_of(self.newest) if self.newest else None

    def revised_of(self, record: StoredRecord) -> datetime | None:
        """Return the moment of the version of a record in its system; None for another system."""
        return _revised(record) if origin_ids(record, self.source.name) else None

    @property
    def revised(self) -> datetime:
        """Return the moment of this version: that of its arrival where the system has none."""
        return _NEVER if self.article.final else self.article.revised or self.now

    @property
    def moment(self) -> datetime:
        """Return the moment of this version for readers, which is never in the future."""
        return min(self.revised, self.now)

    @property
    def withdrawn(self) -> SentState | None:
        """Return the last withdrawal of this version, or of the one before it."""
        names = self.article.id, self.article.former
        states = [self.states[it] for it in names if it in self.states]
        return max((it for it in states if it.withdrawn), default=None)

    @property
    def lenient(self) -> Write:
        """Return a write that mistakes elsewhere in the record do not stop."""
        return replace(self.write, lenient=True)

    def origin(self, record: StoredRecord | None = None) -> dict[str, Any]:
        """Return the origin of the story.

        :param record: the only one, of two, whose ids are wanted.
        """
        system, article = self.source.name, self.article
        known = [it for each in self.records for it in origin_ids(each, system)]
        ids = origin_ids(record, system) if record else known
        if article.id not in known:
            ids += [it for it in (article.former, article.id) if it and it not in known]
        elif article.former and article.former not in known:
            ids.insert(ids.index(article.id), article.former)
        revised = max(self.revised, self.stored or self.revised)
        also = ids[1:][-MAX_ALSO:]
        stamp = {} if revised == _NEVER else {"revised": revised.isoformat()}
        return {"system": system, "id": ids[0], **stamp, "also": also}


def origin_ids(record: StoredRecord, system: str) -> list[str]:
    """Return the ids of an article in a system; none if it comes from another one."""
    origin = _origin(record)
    also = origin.get("also")
    if origin.get("system") != system:
        return []
    listed = cast("list[Any]", also) if isinstance(also, list) else []
    return [it for it in (origin.get("id"), *listed) if isinstance(it, str)]


def _revised(record: StoredRecord) -> datetime | None:
    try:
        revised = datetime.fromisoformat(str(_origin(record).get("revised")))
        if revised.tzinfo:
            return revised
    except ValueError:
        pass
    # A person wrote it in another notation, or there is none.
    origin = record.article.origin if record.article else None
    return origin.revised if origin else None


def _origin(record: StoredRecord) -> Mapping[str, Any]:
    if record.content is not None:
        origin = record.content.get("origin")
        return cast("Mapping[str, Any]", origin) if isinstance(origin, dict) else {}
    origin = record.article.origin if record.article else None
    if origin is None:
        return {}
    return {"system": origin.system, "id": origin.id, "also": [*origin.also]}
