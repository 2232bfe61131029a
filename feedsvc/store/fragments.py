"""Rendered fragments, kept so that no process renders an article a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from feedsvc.store.schema import FRAGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


def get_many(connection: Connection, form: str, ids: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """Return for each article its fragment's digest and bytes, where there is one."""
    rows = connection.execute(
        select(FRAGMENTS.c.id, FRAGMENTS.c.digest, FRAGMENTS.c.data).where(
            FRAGMENTS.c.form == form, FRAGMENTS.c.id.in_(ids)
        )
    )
    return {row.id: (row.digest, row.data) for row in rows}


def keep(connection: Connection, form: str, fragments: Iterable[tuple[str, str, bytes]]) -> None:
    """Keep fragments: id, digest and bytes of each."""
    rows = [
        {"id": own, "form": form, "digest": digest, "data": data} for own, digest, data in fragments
    ]
    stale = FRAGMENTS.c.id.in_([row["id"] for row in rows])
    connection.execute(delete(FRAGMENTS).where(FRAGMENTS.c.form == form, stale))
    connection.execute(insert(FRAGMENTS), rows)
