"""Rendered fragments, kept so that no process renders an article a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, select

from feedsvc.store.schema import ARTICLES, FRAGMENTS
from feedsvc.store.statements import THESE, batches, insertion, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection


class NewRendering(NamedTuple):
    """A fragment that was made now."""

    id: str
    format: str
    number: int
    """Of the last change to the article that it was made of."""
    digest: str
    data: bytes


_THOSE = FRAGMENTS.c.format == bindparam("format"), FRAGMENTS.c.id.in_(THESE)
_FOUND = select(FRAGMENTS.c.id, FRAGMENTS.c.digest, FRAGMENTS.c.data).where(*_THOSE)
_STALE = delete(FRAGMENTS).where(*_THOSE)


def get_many(
    connection: Connection, format: str, ids: Sequence[str]
) -> dict[str, tuple[str, bytes]]:
    """Return for each article its fragment's digest and bytes, where there is one."""
    found: dict[str, tuple[str, bytes]] = {}
    for some in batches(ids):
        kept = connection.execute(_FOUND, {"format": format, "these": some})
        found |= {row.id: (row.digest, row.data) for row in kept}
    return found


def keep(connection: Connection, fragments: Collection[NewRendering]) -> None:
    """Keep fragments, but those of articles that changed meanwhile: a killed text must not stay."""
    ids = sorted({it.id for it in fragments})
    numbers: dict[str, int] = {}
    for some in batches(ids):
        found = connection.execute(rows(ARTICLES, "id", "id", "number"), {"these": some})
        numbers |= {row.id: row.number for row in found}
    current = {(it.id, it.format): it for it in fragments if numbers.get(it.id) == it.number}
    for format in sorted({format for _, format in current}):
        stale = [own for own, other in current if other == format]
        connection.execute(_STALE, {"format": format, "these": stale})
    values = [
        {"id": it.id, "format": it.format, "digest": it.digest, "data": it.data}
        for it in current.values()
    ]
    if values:
        connection.execute(insertion(FRAGMENTS), values)
