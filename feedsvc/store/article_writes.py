"""Write articles: put, hide, unhide and remove them, with the rows that depend on them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Table, delete, update

from feedsvc.model.article import Article, headline_key
from feedsvc.model.paths import listed_in
from feedsvc.store import page_urls
from feedsvc.store.articles import decode, stem, target, targets
from feedsvc.store.schema import (
    ARCHIVES,
    ARTICLES,
    FRAGMENTS,
    LISTINGS,
    PAGES_ONLY,
    POINTERS,
    TOMBSTONES,
)
from feedsvc.store.statements import batches, delete_rows, insert_rows, select_rows

_ENCODER = msgspec.json.Encoder(order="deterministic")


def changed(
    connection: Connection, articles: Sequence[Article]
) -> tuple[list[Article], dict[str, Article], set[str]]:
    """Return the articles that differ from the store, their stored versions, and the hidden ids."""
    ids = [article.id for article in articles]
    stored = select_rows(connection, ARTICLES, "id", ids, "id", "data", "hidden")
    known = {row.id: row for row in stored}
    fresh = [
        article
        for article in articles
        if article.id not in known
        or known[article.id].hidden
        or known[article.id].data != _ENCODER.encode(article)
    ]
    old = {it.id: decode(known[it.id].data) for it in fresh if it.id in known}
    return fresh, old, {row.id for row in known.values() if row.hidden}


def hidden(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return which of the articles are in no feed because their files are gone."""
    rows = select_rows(connection, ARTICLES, "id", ids, "id", "hidden")
    return {row.id for row in rows if row.hidden}


def put(
    connection: Connection,
    articles: Sequence[Article],
    revision: int,
    replaced: Collection[str],
    deleted: Collection[str],
) -> None:
    """Add articles, or replace them, as changed by the revision of a number.

    :param replaced: the ids of the ones that are in the store.
    :param deleted: the ids of the ones that have tombstones there.
    """
    for table in (ARTICLES, LISTINGS, POINTERS):
        delete_rows(connection, table, "id", replaced)
    delete_rows(connection, TOMBSTONES, "id", deleted)
    values = [
        {
            "id": article.id,
            "path": article.path,
            "stem": stem(article),
            "headline": headline_key(article.headline),
            "section": article.section,
            **page_urls.columns(article),
            "hidden": False,
            "number": revision,
            "data": _ENCODER.encode(article),
        }
        for article in articles
    ]
    insert_rows(connection, ARTICLES, values)
    secret = [it for it in articles if it.status != "usable" or it.members_only]
    _delete(connection, secret, FRAGMENTS)
    _list(connection, articles)


def renumber(connection: Connection, ids: Collection[str], revision: int) -> None:
    """Record that the entries of articles look different, though the articles are the same.

    Their rendered entries are deleted: they may name an article that was killed.
    """
    delete_rows(connection, FRAGMENTS, "id", sorted(ids))
    for some in batches(sorted(ids)):
        connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(some)).values(number=revision))


def remove(connection: Connection, articles: Sequence[Article]) -> None:
    """Remove articles and everything rendered from them.

    The tombstone of a killed one stays, for readers that ask after its file is gone.
    """
    _delete(connection, articles, LISTINGS, POINTERS, ARTICLES, FRAGMENTS, ARCHIVES)


def hide(connection: Connection, articles: Sequence[Article]) -> None:
    """Take articles out of all feeds, but keep them, and their places in the archives."""
    _delete(connection, articles, LISTINGS, POINTERS, FRAGMENTS)
    _mark_hidden(connection, articles, hidden=True)


def unhide(connection: Connection, articles: Sequence[Article]) -> None:
    """Put articles that were hidden back into their feeds."""
    _delete(connection, articles, LISTINGS, POINTERS, TOMBSTONES)
    _list(connection, articles)
    _mark_hidden(connection, articles, hidden=False)


def add_tombstones(connection: Connection, articles: Sequence[Article], now: datetime) -> None:
    """Remove articles for good, and add a tombstone for each one that readers had."""
    _delete(connection, articles, LISTINGS, POINTERS, ARTICLES, FRAGMENTS)
    tombstones = [
        {"section": section, "killed": now, "id": article.id, "comment": ""}
        for article in articles
        if article.usable(now)
        for section in listed_in(article)
    ]
    insert_rows(connection, TOMBSTONES, tombstones)


def referring(connection: Connection, articles: Iterable[Article]) -> dict[str, set[str]]:
    """Return by the ids of articles the ids of the articles that name them as related."""
    named: dict[str, set[str]] = {}
    for article in articles:
        for name in targets(article):
            named.setdefault(name, set()).add(article.id)
    referring: dict[str, set[str]] = {}
    for row in select_rows(connection, POINTERS, "target", named):
        for article_id in named[row.target]:
            referring.setdefault(article_id, set()).add(row.id)
    return referring


def _delete(connection: Connection, articles: Sequence[Article], *tables: Table) -> None:
    """Delete the rows of articles from tables."""
    ids = [article.id for article in articles]
    for table in tables:
        delete_rows(connection, table, "id", ids)


def _mark_hidden(connection: Connection, articles: Sequence[Article], *, hidden: bool) -> None:
    ids = [article.id for article in articles]
    connection.execute(update(ARTICLES).where(ARTICLES.c.id.in_(ids)).values(hidden=hidden))


def _list(connection: Connection, articles: Sequence[Article]) -> None:
    killed, alone = [article for article in articles if article.killed], [PAGES_ONLY]
    archived = _archived(connection, articles)
    listings = [
        {
            "section": section,
            "released": article.released,
            "id": article.id,
            "expires": article.expires,
        }
        for article in articles
        if article.killed or article.status == "usable"
        for section in (listed_in(article) if article.killed or not article.page_only else alone)
        if article.killed or (section, article.id) not in archived
    ]
    tombstones = [
        {"section": section, "killed": article.killed, "id": article.id, "comment": article.note}
        for article in killed
        for section in listed_in(article)
    ]
    pointers = {
        (target(story), article.id)
        for article in articles
        if article.status == "usable"
        for story in article.references
        if not story.url
    }
    insert_rows(connection, LISTINGS, listings)
    insert_rows(connection, TOMBSTONES, tombstones)
    rows = [{"target": name, "id": article_id} for name, article_id in sorted(pointers)]
    insert_rows(connection, POINTERS, rows)


def _archived(connection: Connection, articles: Sequence[Article]) -> set[tuple[str, str]]:
    """Return section and id of the articles that stay in an archive, and remove the others.

    An article stays where it was while its section and its release do; a killed one stays, too,
    so that its notice stands where readers have it from.
    """
    by_id = {article.id: article for article in articles}
    staying: set[tuple[str, str]] = set()
    for row in list(select_rows(connection, ARCHIVES, "id", by_id)):
        article = by_id[row.id]
        same = article.killed or (article.status == "usable" and row.released == article.released)
        at = (ARCHIVES.c.section == row.section, ARCHIVES.c.id == row.id)
        if not same or row.section not in listed_in(article):
            connection.execute(delete(ARCHIVES).where(*at))
            continue
        staying.add((row.section, row.id))
        if row.expires != article.expires:
            connection.execute(update(ARCHIVES).where(*at).values(expires=article.expires))
    return staying
