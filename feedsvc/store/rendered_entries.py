"""Rendered entries, kept so that no process renders an article a second time."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from feedsvc.store.schema import ARTICLES, FRAGMENTS
from feedsvc.store.statements import THESE, batches, fetch, insert_rows, select_rows


class Rendering(NamedTuple):
    """An entry in the bytes of a format."""

    ingredients: str
    """A digest of everything that the entry was made of: its article and the configuration."""
    digest: str
    """Of the entry before it was written as bytes: it may outlive its ingredients."""
    data: bytes


class NewRendering(NamedTuple):
    """A rendering that is to be kept."""

    id: str
    format: str
    number: int
    """Of the last change to the article that it was made of."""
    rendering: Rendering


_OF_ARTICLES = FRAGMENTS.c.format == bindparam("format"), FRAGMENTS.c.id.in_(THESE)
_ENTRIES = select(FRAGMENTS.c.id, FRAGMENTS.c.digest, FRAGMENTS.c.data).where(*_OF_ARTICLES)
_DELETION = delete(FRAGMENTS).where(*_OF_ARTICLES)


def get_many(connection: Connection, format: str, ids: Sequence[str]) -> dict[str, Rendering]:
    """Return rendered entries by the ids of their articles."""
    entries: dict[str, Rendering] = {}
    for some in batches(ids):
        rows = fetch(connection.execute(_ENTRIES, {"format": format, "these": some}))
        for article_id, digests, data in rows:
            ingredients, _, digest = digests.partition(" ")
            entries[article_id] = Rendering(ingredients, digest, data)
    return entries


def keep(connection: Connection, entries: Collection[NewRendering]) -> None:
    """Keep entries, unless their articles changed meanwhile: a killed text must not stay."""
    ids = sorted({entry.id for entry in entries})
    articles = select_rows(connection, ARTICLES, "id", ids, "id", "number")
    revisions = {row.id: row.number for row in articles}
    current = {
        (entry.id, entry.format): entry
        for entry in entries
        if revisions.get(entry.id) == entry.number
    }
    for format in sorted({format for _, format in current}):
        ids = [article_id for article_id, other in current if other == format]
        connection.execute(_DELETION, {"format": format, "these": ids})
    values = [
        {
            "id": entry.id,
            "format": entry.format,
            "digest": f"{entry.rendering.ingredients} {entry.rendering.digest}",
            "data": entry.rendering.data,
        }
        for entry in current.values()
    ]
    insert_rows(connection, FRAGMENTS, values)
