"""Writes of programs as values: who writes, under which condition, and with which result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from msgspec import Struct

from feedsvc.errors import Finding
from feedsvc.model.article import Article
from feedsvc.model.change import Change
from feedsvc.model.publisher import Publisher
from feedsvc.publishing.stored_records import Expected


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
