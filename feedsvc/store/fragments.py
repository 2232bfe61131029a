"""Rendered fragments, kept so that no process renders an article a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from feedsvc.store.schema import FRAGMENTS
from feedsvc.store.statements import THESE, batches, insertion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


_THOSE = FRAGMENTS.c.form == bindparam("form"), FRAGMENTS.c.id.in_(THESE)
_FOUND = select(FRAGMENTS.c.id, FRAGMENTS.c.digest, FRAGMENTS.c.data).where(*_THOSE)
_STALE = delete(FRAGMENTS).where(*_THOSE)


def get_many(connection: Connection, form: str, ids: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """Return for each article its fragment's digest and bytes, where there is one."""
    found: dict[str, tuple[str, bytes]] = {}
    for some in batches(ids):
        rows = connection.execute(_FOUND, {"form": form, "these": some})
        found |= {row.id: (row.digest, row.data) for row in rows}
    return found


def keep(connection: Connection, form: str, fragments: Iterable[tuple[str, str, bytes]]) -> None:
    """Keep fragments: id, digest and bytes of each."""
    rows = [
        {"id": own, "form": form, "digest": digest, "data": data} for own, digest, data in fragments
    ]
    connection.execute(_STALE, {"form": form, "these": [row["id"] for row in rows]})
    connection.execute(insertion(FRAGMENTS), rows)
