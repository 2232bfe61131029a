"""What a publish writes: articles put and removed, and exactly the feeds that this changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, func, insert, select, update

from feedsvc.model.article import Article, headline_key
from feedsvc.store.articles import decode, seconds
from feedsvc.store.schema import (
    ARTICLES,
    DEPENDENCIES,
    FEEDS,
    FRAGMENTS,
    LISTINGS,
    MEDIA,
    POINTERS,
    TOMBSTONES,
)
from feedsvc.urls import ancestors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_ENCODER = msgspec.json.Encoder(order="deterministic")


def put(connection: Connection, articles: Sequence[Article]) -> set[str]:
    """Add or replace articles; return the sections whose feeds this changes."""
    before = _rows(connection, [article.id for article in articles])
    data = {article.id: _ENCODER.encode(article) for article in articles}
    hidden = _hidden(connection, before.keys())
    fresh = [it for it in articles if before.get(it.id) != data[it.id] or it.id in hidden]
    if not fresh:
        return set()
    old = [decode(before[article.id]) for article in fresh if article.id in before]
    ids = [article.id for article in fresh]
    _unlist(connection, ids)
    connection.execute(delete(ARTICLES).where(ARTICLES.c.id.in_(ids)))
    rows = [
        {
            "id": article.id,
            "path": article.path,
            "stem": _stem(article),
            "headline": headline_key(article.headline),
            "section": article.section,
            "hidden": False,
            "data": data[article.id],
        }
        for article in fresh
    ]
    connection.execute(insert(ARTICLES), rows)
    unusable = [article.id for article in fresh if article.status != "usable"]
    connection.execute(delete(FRAGMENTS).where(FRAGMENTS.c.id.in_(unusable)))
    _list(connection, fresh)
    return _touched(connection, [*old, *fresh])


def remove(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Remove articles and everything rendered from them; return the sections this changes.

    The tombstone of a killed one stays: readers have to be told for longer than files are kept.
    """
    old = [decode(data) for data in _rows(connection, ids).values()]
    if not old:
        return set()
    for table in (LISTINGS, POINTERS, ARTICLES, FRAGMENTS):
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    return _touched(connection, old)


def hide(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Take articles out of all feeds, but keep them; return the sections this changes."""
    if not ids:
        return set()
    old = [decode(data) for data in _rows(connection, ids).values()]
    for table in (LISTINGS, POINTERS, FRAGMENTS):
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(hidden=True))
    return _touched(connection, old)


def show(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Put articles that were hidden back into their feeds; return the sections this changes."""
    if not ids:
        return set()
    old = [decode(data) for data in _rows(connection, ids).values()]
    _unlist(connection, ids)
    _list(connection, old)
    connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(hidden=False))
    return _touched(connection, old)


def bury(connection: Connection, ids: Sequence[str], now: datetime) -> set[str]:
    """Remove articles for good, with a tombstone for those that readers had.

    :returns: the sections this changes.
    """
    old = [decode(data) for data in _rows(connection, ids).values()]
    touched = remove(connection, ids)
    stones = [
        {"section": section, "killed": seconds(now), "id": article.id, "comment": ""}
        for article in old
        if article.usable(now)
        for section in ancestors(article.section)
    ]
    if stones:
        connection.execute(insert(TOMBSTONES), stones)
    return touched


def bump(connection: Connection, sections: Iterable[str], changed: datetime) -> None:
    """Give sections a new change number, the same for all, and a later moment of change."""
    names = sorted(sections)
    if not names:
        return
    number = (connection.execute(select(func.max(FEEDS.c.number))).scalar() or 0) + 1
    known = select(FEEDS.c.path, FEEDS.c.changed).where(FEEDS.c.path.in_(names))
    before = {row.path: row.changed for row in connection.execute(known)}
    connection.execute(delete(FEEDS).where(FEEDS.c.path.in_(names)))
    rows = [
        {
            "path": section,
            "kind": "section",
            "archives": 0,
            "number": number,
            # Two changes in one second are two for those who ask by date.
            "changed": max(seconds(changed), before.get(section, -1) + 1),
        }
        for section in names
    ]
    connection.execute(insert(FEEDS), rows)


def serve(connection: Connection, files: Iterable[tuple[str, str, str, datetime]]) -> None:
    """Let pictures and sounds be served: path, digest, media type and release of each."""
    rows: dict[str, dict[str, str | int | bool]] = {}
    for path, digest, kind, released in files:
        first = min(seconds(released), int(rows.get(path, {}).get("released", seconds(released))))
        row = {"path": path, "digest": digest, "type": kind, "released": first, "gone": False}
        rows[path] = row
    if rows:
        connection.execute(delete(MEDIA).where(MEDIA.c.path.in_(rows)))
        connection.execute(insert(MEDIA), list(rows.values()))


def withdraw(connection: Connection, path: str, places: Collection[str]) -> None:
    """Serve a killed article's pictures and sounds no longer, unless another article has them too.

    :param path: the record of the killed article.
    """
    shared = select(DEPENDENCIES.c.place).where(
        DEPENDENCIES.c.place.in_(places), DEPENDENCIES.c.path != path
    )
    gone = set(places) - set(connection.execute(shared).scalars())
    connection.execute(update(MEDIA).where(MEDIA.c.path.in_(gone)).values(gone=True))


def _stem(article: Article) -> str:
    return article.path.rpartition(".")[0]


def _rows(connection: Connection, ids: Sequence[str]) -> dict[str, bytes]:
    rows = connection.execute(select(ARTICLES.c.id, ARTICLES.c.data).where(ARTICLES.c.id.in_(ids)))
    return {row.id: row.data for row in rows}


def _hidden(connection: Connection, ids: Collection[str]) -> set[str]:
    found = select(ARTICLES.c.id).where(ARTICLES.c.id.in_(ids), ARTICLES.c.hidden.is_(True))
    return set(connection.execute(found).scalars())


def _unlist(connection: Connection, ids: Sequence[str]) -> None:
    for table in (LISTINGS, POINTERS, TOMBSTONES):
        connection.execute(delete(table).where(table.c.id.in_(ids)))


def _list(connection: Connection, articles: Sequence[Article]) -> None:
    usable = [article for article in articles if article.status == "usable"]
    killed = [(article, article.killed) for article in articles if article.killed]
    listings = [
        {
            "section": section,
            "released": seconds(article.released),
            "id": article.id,
            "expires": seconds(article.expires) if article.expires else None,
        }
        for article in [*usable, *(article for article, _ in killed)]
        for section in ancestors(article.section)
    ]
    tombstones = [
        {
            "section": section,
            "killed": seconds(moment),
            "id": article.id,
            "comment": article.note,
        }
        for article, moment in killed
        for section in ancestors(article.section)
    ]
    pointers = {
        (
            f"ref:{story.ref}" if story.ref else f"headline:{headline_key(story.headline)}",
            article.id,
        )
        for article in usable
        for story in article.related
        if not story.url
    }
    if listings:
        connection.execute(insert(LISTINGS), listings)
    if tombstones:
        connection.execute(insert(TOMBSTONES), tombstones)
    if pointers:
        rows = [{"target": target, "id": own} for target, own in sorted(pointers)]
        connection.execute(insert(POINTERS), rows)


def _touched(connection: Connection, articles: Sequence[Article]) -> set[str]:
    """Return the sections that hold these articles, or hold one that points at them."""
    targets = {f"ref:{article.id}" for article in articles}
    targets |= {f"ref:{_stem(article)}" for article in articles}
    targets |= {f"headline:{headline_key(article.headline)}" for article in articles}
    pointing = connection.execute(
        select(ARTICLES.c.section)
        .join(POINTERS, POINTERS.c.id == ARTICLES.c.id)
        .where(POINTERS.c.target.in_(targets))
        .distinct()
    ).scalars()
    own = {it.section for it in articles if it.status == "usable" or it.killed}
    return {above for section in {*own, *pointing} for above in ancestors(section)}
