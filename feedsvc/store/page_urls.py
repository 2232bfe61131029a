"""Current and former URLs of articles' pages."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, tuple_, update

from feedsvc.model.article import Article, headline_key
from feedsvc.store.articles import decode
from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARTICLES, MOVED, TOMBSTONES
from feedsvc.store.statements import batches, delete_rows, insert_rows, select_rows


class FoundPage(NamedTuple):
    """An article that has its page at an address."""

    article: Article
    hidden: bool
    """Whether it is in no feed, because its file is gone."""


class PageMonth(NamedTuple):
    """The pages that were published in one month (UTC)."""

    year: int
    month: int
    number: int
    """How many there are."""
    changed: datetime
    """When one of them was last published or corrected."""


class PageAddress(NamedTuple):
    """The address of a page."""

    section: str
    slug: str
    changed: datetime
    """When it was published, or last corrected."""


_SECOND = timedelta(seconds=1)
"""The precision of the store: to be before the next second is to be now, or earlier."""

_AT_ADDRESS = (
    select(ARTICLES.c.data, ARTICLES.c.hidden)
    .where(ARTICLES.c.section == bindparam("section"), ARTICLES.c.slug == bindparam("slug"))
    .order_by(ARTICLES.c.id)
)
_NOW = bindparam("now", type_=Moment)
_OPEN = and_(
    ARTICLES.c.hidden.is_(False), or_(ARTICLES.c.closes.is_(None), ARTICLES.c.closes > _NOW)
)
_BEFORE = ARTICLES.c.opens < bindparam("end")
_BETWEEN = and_(ARTICLES.c.opens >= bindparam("begin"), _BEFORE)
_LAST = select(func.max(ARTICLES.c.opens)).where(_OPEN, _BEFORE)
_TOTAL = select(func.count(), func.max(ARTICLES.c.opens), func.max(ARTICLES.c.updated)).where(
    _OPEN, _BETWEEN
)
_ADDRESSES = (
    select(ARTICLES.c.section, ARTICLES.c.slug, ARTICLES.c.opens, ARTICLES.c.updated)
    .where(_OPEN, _BETWEEN)
    .order_by(ARTICLES.c.opens.desc(), ARTICLES.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def columns(article: Article) -> dict[str, Any]:
    """Return the columns that tell where the page of an article is, from when and until when."""
    return {
        "slug": article.slug,
        "opens": article.released if article.has_page else None,
        "closes": article.expires,
        "updated": article.updated,
    }


def at_address(connection: Connection, section: str, slug: str) -> list[FoundPage]:
    """Return the articles at an address, embargoed, expired and hidden ones included."""
    rows = connection.execute(_AT_ADDRESS, {"section": section, "slug": slug})
    return [FoundPage(decode(row.data), row.hidden) for row in rows]


def former(connection: Connection, section: str, slug: str) -> tuple[str, FoundPage | None] | None:
    """Return the id of the article that was last at an address, and its page now if it has one.

    None if readers never had an article there.
    """
    wanted = (
        select(MOVED.c.id, ARTICLES.c.data, ARTICLES.c.hidden)
        .join_from(MOVED, ARTICLES, ARTICLES.c.id == MOVED.c.id, isouter=True)
        .where(MOVED.c.section == section, MOVED.c.slug == slug)
    )
    row = connection.execute(wanted).first()
    if row is None:
        return None
    return row.id, None if row.data is None else FoundPage(decode(row.data), row.hidden)


def kill_note(connection: Connection, article_id: str) -> str:
    """Return why an article was killed that is gone for good; empty if no reason was given."""
    wanted = select(func.max(TOMBSTONES.c.comment)).where(TOMBSTONES.c.id == article_id)
    return connection.execute(wanted).scalar() or ""


def all_pages(connection: Connection, now: datetime) -> list[tuple[str, str, int]]:
    """Return section, slug and revision of all pages that readers may have."""
    columns = ARTICLES.c["section", "slug", "number"]
    wanted = select(*columns).where(_OPEN, _BEFORE).order_by(*columns)
    pages = connection.execute(wanted, {"now": now, "end": now + _SECOND})
    return [(page.section, page.slug, page.number) for page in pages]


def successors(connection: Connection, articles: Iterable[Article]) -> dict[str, Article]:
    """Return by the ids of articles their successors: the same articles under other ids.

    A record whose file was moved, and that names no id, is another article; readers of the old one
    look for this one.
    """
    usable = [article for article in articles if article.status == "usable"]
    keys = {headline_key(article.headline) for article in usable}
    rows = select_rows(connection, ARTICLES, "headline", keys, "data", "hidden")
    namesakes = [decode(row.data) for row in rows if not row.hidden]
    same = {(it.slug, it.headline, it.published): it for it in namesakes if it.has_page}
    pairs = ((it.id, same.get((it.slug, it.headline, it.published))) for it in usable)
    return {old: successor for old, successor in pairs if successor and successor.id != old}


def predecessors(connection: Connection, articles: Iterable[Article]) -> dict[str, list[Article]]:
    """Return by the ids of new articles the stored ones that they would succeed."""
    keys = {article.id: _story_key(article) for article in articles}
    headlines = {headline_key(headline) for _, headline, _ in keys.values()}
    stored: dict[tuple[str, str, datetime], list[Article]] = {}
    for row in select_rows(connection, ARTICLES, "headline", headlines, "data"):
        article = decode(row.data)
        stored.setdefault(_story_key(article), []).append(article)
    return {article_id: stored.get(key, []) for article_id, key in keys.items()}


def _story_key(article: Article) -> tuple[str, str, datetime]:
    """Return a key that is equal for one story in two files; a kill leaves no headline."""
    headline = "" if article.status == "canceled" else article.headline
    return article.slug, headline, article.published


def record_move(connection: Connection, articles: Collection[Article], now: datetime) -> None:
    """Record the addresses that articles leave, if readers had them there."""
    left = {
        (article.section, article.slug): article.id
        for article in articles
        if article.killed or (article.has_page and article.released <= now)
    }
    for some in batches(left):
        connection.execute(delete(MOVED).where(tuple_(MOVED.c.section, MOVED.c.slug).in_(some)))
        values = [
            {"section": section, "slug": slug, "id": left[section, slug]} for section, slug in some
        ]
        insert_rows(connection, MOVED, values)


def record_successors(connection: Connection, articles: Collection[Article], now: datetime) -> None:
    """Record the addresses of articles that are gone for good, and which articles succeed them."""
    record_move(connection, articles, now)
    for old, successor in successors(connection, articles).items():
        connection.execute(update(MOVED).where(MOVED.c.id == old).values(id=successor.id))


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Delete the former addresses of articles."""
    delete_rows(connection, MOVED, "id", ids)


def months(connection: Connection, now: datetime) -> Iterator[PageMonth]:
    """Yield the months (UTC) in which pages were published that are still there, newest first."""
    end = now + _SECOND
    while True:
        last = connection.execute(_LAST, {"now": now, "end": end}).scalar()
        if last is None:
            return
        first = last.replace(day=1, hour=0, minute=0, second=0)
        asked = {"now": now, "begin": first, "end": end}
        count, opened, updated = connection.execute(_TOTAL, asked).one()
        # A page that was corrected under an embargo is new to readers when it opens.
        yield PageMonth(first.year, first.month, count, max(opened, updated))
        end = first


def month(
    connection: Connection, year: int, month: int, now: datetime, *, first: int, limit: int
) -> list[PageAddress]:
    """Return the pages that were published in a month (UTC) and are still there, newest first.

    :param first: how many of the newest to leave out.
    """
    begin = datetime(year, month, 1, tzinfo=UTC)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    # With two upper limits, SQLite might look up the wrong one in the index.
    asked = {"now": now, "begin": begin, "end": min(end, now + _SECOND)}
    pages = connection.execute(_ADDRESSES, {**asked, "offset": first, "limit": limit})
    return [PageAddress(it.section, it.slug, max(it.opens, it.updated)) for it in pages]
