"""What a publish writes: articles put, hidden, shown and removed, with all that is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, select, update

from feedsvc.model.article import Article, headline_key
from feedsvc.model.paths import listed_in
from feedsvc.store import page_urls
from feedsvc.store.articles import decode
from feedsvc.store.media import stem
from feedsvc.store.schema import ARCHIVES, ARTICLES, FRAGMENTS, LISTINGS, POINTERS, TOMBSTONES
from feedsvc.store.statements import batches, deletion, insertion, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Table

_ENCODER = msgspec.json.Encoder(order="deterministic")


def changed(
    connection: Connection, articles: Sequence[Article]
) -> tuple[list[Article], dict[str, Article], set[str]]:
    """Return those that are not in the store just so, what they are there, and which are hidden."""
    ids = [article.id for article in articles]
    found = connection.execute(rows(ARTICLES, "id", "id", "data", "hidden"), {"these": ids})
    known = {row.id: row for row in found}
    fresh = [
        article
        for article in articles
        if article.id not in known
        or known[article.id].hidden
        or known[article.id].data != _ENCODER.encode(article)
    ]
    old = {it.id: decode(known[it.id].data) for it in fresh if it.id in known}
    return fresh, old, {own for own, row in known.items() if row.hidden}


def hidden(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those articles that are in no feed because their files are gone."""
    found = select(ARTICLES.c.id).where(ARTICLES.c.id.in_(ids), ARTICLES.c.hidden.is_(True))
    return set(connection.execute(found).scalars())


def put(connection: Connection, articles: Sequence[Article], number: int) -> None:
    """Add or replace articles.

    :param number: of the change.
    """
    ids = [article.id for article in articles]
    gone = connection.execute(deletion(ARTICLES, "id"), {"these": ids}).rowcount
    # Of what was not there, at most the tombstone is.
    _unlist(connection, ids, TOMBSTONES, *((LISTINGS, POINTERS) if gone else ()))
    values = [
        {
            "id": article.id,
            "path": article.path,
            "stem": stem(article),
            "headline": headline_key(article.headline),
            "section": article.section,
            **page_urls.columns(article),
            "hidden": False,
            "number": number,
            "data": _ENCODER.encode(article),
        }
        for article in articles
    ]
    connection.execute(insertion(ARTICLES), values)
    unusable = [article.id for article in articles if article.status != "usable"]
    if unusable:
        connection.execute(deletion(FRAGMENTS, "id"), {"these": unusable})
    _list(connection, articles)


def renumber(connection: Connection, ids: Collection[str], number: int) -> None:
    """Remember that the entries of articles look different, though the articles are the same."""
    for some in batches(sorted(ids)):
        connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(some)).values(number=number))


def remove(connection: Connection, articles: Sequence[Article]) -> None:
    """Remove articles and everything rendered from them.

    The tombstone of a killed one stays: readers have to be told for longer than files are kept.
    """
    ids = [article.id for article in articles]
    for table in (LISTINGS, POINTERS, ARTICLES, FRAGMENTS, ARCHIVES):
        connection.execute(deletion(table, "id"), {"these": ids})


def hide(connection: Connection, articles: Sequence[Article]) -> None:
    """Take articles out of all feeds, but keep them, and their places in the archives."""
    ids = [article.id for article in articles]
    for table in (LISTINGS, POINTERS, FRAGMENTS):
        connection.execute(deletion(table, "id"), {"these": ids})
    connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(hidden=True))


def unhide(connection: Connection, articles: Sequence[Article]) -> None:
    """Put articles that were hidden back into their feeds."""
    ids = [article.id for article in articles]
    _unlist(connection, ids, LISTINGS, POINTERS, TOMBSTONES)
    _list(connection, articles)
    connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(hidden=False))


def add_tombstones(connection: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Remove articles for good, with a tombstone for those that readers had."""
    ids = [article.id for article in articles]
    for table in (LISTINGS, POINTERS, ARTICLES, FRAGMENTS):
        connection.execute(deletion(table, "id"), {"these": ids})
    stones = [
        {"section": section, "killed": now, "id": article.id, "comment": ""}
        for article in articles
        if article.usable(now)
        for section in listed_in(article)
    ]
    if stones:
        connection.execute(insertion(TOMBSTONES), stones)


def referring(connection: Connection, articles: Iterable[Article]) -> dict[str, set[str]]:
    """Return by the ids of articles the ids of those that name them as related."""
    targets: dict[str, set[str]] = {}
    for article in articles:
        for target in (f"ref:{article.id}", f"ref:{stem(article)}"):
            targets.setdefault(target, set()).add(article.id)
        if article.headline:
            key = f"headline:{headline_key(article.headline)}"
            targets.setdefault(key, set()).add(article.id)
    found: dict[str, set[str]] = {}
    for row in connection.execute(rows(POINTERS, "target"), {"these": [*targets]}):
        for own in targets[row.target]:
            found.setdefault(own, set()).add(row.id)
    return found


def _unlist(connection: Connection, ids: Sequence[str], *tables: Table) -> None:
    for table in tables:
        connection.execute(deletion(table, "id"), {"these": ids})


def _list(connection: Connection, articles: Sequence[Article]) -> None:
    usable = [article for article in articles if article.status == "usable"]
    killed = [(article, article.killed) for article in articles if article.killed]
    archived = _archive(connection, articles)
    listings = [
        {
            "section": section,
            "released": article.released,
            "id": article.id,
            "expires": article.expires,
        }
        for article in [*usable, *(article for article, _ in killed)]
        for section in listed_in(article)
        if article.killed or (section, article.id) not in archived
    ]
    tombstones = [
        {
            "section": section,
            "killed": moment,
            "id": article.id,
            "comment": article.note,
        }
        for article, moment in killed
        for section in listed_in(article)
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
        connection.execute(insertion(LISTINGS), listings)
    if tombstones:
        connection.execute(insertion(TOMBSTONES), tombstones)
    if pointers:
        values = [{"target": target, "id": own} for target, own in sorted(pointers)]
        connection.execute(insertion(POINTERS), values)


def _archive(connection: Connection, articles: Sequence[Article]) -> set[tuple[str, str]]:
    """Return section and id of those that an archive holds, and stay in it.

    An article stays where it was while its section and its release do; a killed one stays, too,
    so that its notice stands where readers have it from.
    """
    found = {article.id: article for article in articles}
    kept: set[tuple[str, str]] = set()
    for row in connection.execute(rows(ARCHIVES, "id"), {"these": [*found]}).all():
        article = found[row.id]
        same = article.killed or (article.status == "usable" and row.released == article.released)
        at = (ARCHIVES.c.section == row.section, ARCHIVES.c.id == row.id)
        if not same or row.section not in listed_in(article):
            connection.execute(delete(ARCHIVES).where(*at))
            continue
        kept.add((row.section, row.id))
        if row.expires != article.expires:
            connection.execute(update(ARCHIVES).where(*at).values(expires=article.expires))
    return kept
