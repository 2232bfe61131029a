"""Where the pages of articles are and were, and when readers get them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, or_, select, tuple_, update

from feedsvc.model.article import headline_key
from feedsvc.store.articles import decode
from feedsvc.store.schema import ARTICLES, MOVED, TOMBSTONES
from feedsvc.store.statements import batches, deletion, insertion, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import BindParameter, Connection

    from feedsvc.model.article import Article


class FoundPage(NamedTuple):
    """An article at an address."""

    article: Article
    hidden: bool
    """Whether it is in no feed, because its file is gone."""


class PageMonth(NamedTuple):
    """The pages that readers got in one month (UTC)."""

    year: int
    month: int
    number: int
    """How many there are."""
    changed: datetime
    """When one of them last came or was corrected."""


class PageAddress(NamedTuple):
    """The address of a page."""

    section: str
    slug: str
    changed: datetime
    """When it came, or was last corrected."""


_SECOND = timedelta(seconds=1)

_NOW: BindParameter[datetime] = bindparam("now")
_OPEN = and_(
    ARTICLES.c.hidden.is_(False),
    or_(ARTICLES.c.closes.is_(None), ARTICLES.c.closes > _NOW),
)
_BEFORE = ARTICLES.c.opens < bindparam("end")
_CALLED = rows(ARTICLES, "headline", "data").where(ARTICLES.c.hidden.is_(False))
_BETWEEN = and_(ARTICLES.c.opens >= bindparam("begin"), _BEFORE)
_LAST = select(func.max(ARTICLES.c.opens)).where(_OPEN, _BEFORE)
_TOTAL = select(func.count(), func.max(ARTICLES.c.opens), func.max(ARTICLES.c.updated)).where(
    _OPEN, _BETWEEN
)
_PLACES = (
    select(ARTICLES.c.section, ARTICLES.c.slug, ARTICLES.c.opens, ARTICLES.c.updated)
    .where(_OPEN, _BETWEEN)
    .order_by(ARTICLES.c.opens.desc(), ARTICLES.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def columns(article: Article) -> dict[str, Any]:
    """Return where the page of an article is, and from when until when, as columns."""
    return {
        "slug": article.slug,
        "opens": article.released if article.has_page else None,
        "closes": article.expires,
        "updated": article.updated,
    }


def at_address(connection: Connection, section: str, slug: str) -> list[FoundPage]:
    """Return the articles that are at an address, whether readers may have them or not."""
    wanted = (
        select(ARTICLES.c.data, ARTICLES.c.hidden)
        .where(ARTICLES.c.section == section, ARTICLES.c.slug == slug)
        .order_by(ARTICLES.c.id)
    )
    return [FoundPage(decode(row.data), row.hidden) for row in connection.execute(wanted)]


def former(connection: Connection, section: str, slug: str) -> tuple[str, FoundPage | None] | None:
    """Return the id of the article that was last at an address, and where it is now, if it is.

    None where readers never had one there.
    """
    at_place = (MOVED.c.section == section, MOVED.c.slug == slug)
    wanted = (
        select(MOVED.c.id, ARTICLES.c.data, ARTICLES.c.hidden)
        .join_from(MOVED, ARTICLES, ARTICLES.c.id == MOVED.c.id, isouter=True)
        .where(*at_place)
    )
    row = connection.execute(wanted).first()
    if row is None:
        return None
    return row.id, None if row.data is None else FoundPage(decode(row.data), row.hidden)


def kill_note(connection: Connection, own: str) -> str:
    """Return why an article was killed that is gone for good; empty where nobody said."""
    wanted = select(func.max(TOMBSTONES.c.comment)).where(TOMBSTONES.c.id == own)
    return connection.execute(wanted).scalar() or ""


def all_pages(connection: Connection, now: datetime) -> list[tuple[str, str, int]]:
    """Return section, slug and change number of all pages that readers may have."""
    wanted = select(ARTICLES.c.section, ARTICLES.c.slug, ARTICLES.c.number).where(_OPEN, _BEFORE)
    asked = {"now": now, "end": now + _SECOND}
    order = ARTICLES.c.section, ARTICLES.c.slug, ARTICLES.c.number
    found = connection.execute(wanted.order_by(*order), asked)
    return [(it.section, it.slug, it.number) for it in found]


def successors(connection: Connection, articles: Iterable[Article]) -> dict[str, Article]:
    """Return by the ids of articles those that took their place: under another id, but the same.

    A record whose file was moved, and that names no id, is another article; readers of the old one
    mean this one.
    """
    usable = {it.id: it for it in articles if it.status == "usable"}
    keys = {headline_key(it.headline) for it in usable.values()}
    found = [
        decode(data)
        for some in batches(keys)
        for data in connection.execute(_CALLED, {"these": some}).scalars()
    ]
    same = {(it.slug, it.headline, it.published): it for it in found if it.has_page}
    return {
        own: heir
        for own, it in usable.items()
        if (heir := same.get((it.slug, it.headline, it.published))) and heir.id != own
    }


def record_move(connection: Connection, articles: Collection[Article], now: datetime) -> None:
    """Remember where articles were that go elsewhere or for good, if readers had them there."""
    left = {
        (article.section, article.slug): article.id
        for article in articles
        if article.killed or (article.has_page and article.released <= now)
    }
    for some in batches(left):
        connection.execute(delete(MOVED).where(tuple_(MOVED.c.section, MOVED.c.slug).in_(some)))
        values = [{"section": it[0], "slug": it[1], "id": left[it]} for it in some]
        connection.execute(insertion(MOVED), values)


def record_successors(connection: Connection, articles: Collection[Article], now: datetime) -> None:
    """Remember where articles were that are gone for good; it is known who took their places."""
    record_move(connection, articles, now)
    for own, heir in successors(connection, articles).items():
        connection.execute(update(MOVED).where(MOVED.c.id == own).values(id=heir.id))


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Leave nothing of where articles were."""
    connection.execute(deletion(MOVED, "id"), {"these": [*ids]})


def months(connection: Connection, now: datetime) -> Iterator[PageMonth]:
    """Yield the months (UTC) in which readers got pages that they may still have, newest first."""
    end = now + _SECOND
    while True:
        last = connection.execute(_LAST, {"now": now, "end": end}).scalar()
        if last is None:
            return
        first = last.replace(day=1, hour=0, minute=0, second=0)
        asked = {"now": now, "begin": first, "end": end}
        count, came, updated = connection.execute(_TOTAL, asked).one()
        # What was corrected before it came, under an embargo, was new to readers when it came.
        yield PageMonth(first.year, first.month, count, max(came, updated))
        end = first


def month(
    connection: Connection, year: int, number: int, now: datetime, *, first: int, limit: int
) -> list[PageAddress]:
    """Return the pages that readers got in a month (UTC) and may have, the newest first.

    :param first: how many of the newest are left out.
    """
    begin = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    # One edge alone, or SQLite might look up the other in the index.
    asked = {"now": now, "begin": begin, "end": min(end, now + _SECOND)}
    found = connection.execute(_PLACES, {**asked, "offset": first, "limit": limit})
    return [PageAddress(it.section, it.slug, max(it.opens, it.updated)) for it in found]
