"""Listings: each article in its sections, until an archive takes it in (RFC 5005 §4)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Connection,
    Integer,
    String,
    Subquery,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from feedsvc.model.article import Listing
from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARCHIVES, ARTICLES, LISTINGS, PAGES_ONLY
from feedsvc.store.statements import (
    SOME_ROWS,
    THESE,
    batches,
    fetch,
)


class ListingPosition(NamedTuple):
    """The position of an article in one section."""

    section: str
    listing: Listing
    archive: int
    """The number of the archive; 0 if it is in none yet."""


def seconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a column of moments as whole seconds: the age of a Listing, but for its sign.

    There may be a million listings in a section, and to make moments of them would take as long
    again as to read them.
    """
    return type_coerce(moment, BigInteger)


def beyond(table: Table, number: int = 0) -> ColumnElement[bool]:
    """Return the condition that a row comes after a listing, by its number in the statement."""
    released = seconds(table.c.released)
    after = bindparam(f"after{number}", type_=BigInteger)
    after_id = bindparam(f"after_id{number}", type_=String)
    # The first half lets the index answer.
    return and_(released <= after, or_(released < after, table.c.id > after_id))


def after_values(after: Listing, number: int = 0) -> dict[str, object]:
    """Return the values of a listing in a statement with ``beyond``."""
    return {f"after{number}": -after.age, f"after_id{number}": after.id}


_NOW = bindparam("now", type_=Moment)
_IN_SECTION = LISTINGS.c.section == bindparam("section")
_ORDERED = LISTINGS.c.released.desc(), LISTINGS.c.id
_LISTED_UNTIL = seconds(LISTINGS.c.expires)
_SHOWN = or_(LISTINGS.c.expires.is_(None), LISTINGS.c.expires > _NOW)
_NEWEST = (
    select(seconds(LISTINGS.c.released), LISTINGS.c.id, _LISTED_UNTIL, ARTICLES.c.number)
    .join(ARTICLES, ARTICLES.c.id == LISTINGS.c.id)
    .where(_IN_SECTION, LISTINGS.c.released <= _NOW)
    .order_by(*_ORDERED)
    .execution_options(**SOME_ROWS)
)
_NEWEST_AFTER = _NEWEST.where(beyond(LISTINGS))
_POSITIONS = union_all(
    *(
        select(table.c.section, archive, seconds(table.c.released), table.c.id, until).where(
            table.c.id.in_(THESE)
        )
        for table, archive, until in (
            (LISTINGS, literal_column("0", Integer), _LISTED_UNTIL),
            (ARCHIVES, ARCHIVES.c.number, seconds(ARCHIVES.c.expires)),
        )
    )
)
_SECTIONS = 100
"""Sections in one statement. SQLite takes no more than 500 queries in one (its
SQLITE_MAX_COMPOUND_SELECT)."""


def _without_section(table: Table) -> ColumnElement[bool]:
    """Return the condition that readers have an article in a table that is in no section."""
    row = table.c
    shown = or_(row.expires.is_(None), row.expires > _NOW)
    articles = select(ARTICLES.c.id).join(table, row.id == ARTICLES.c.id)
    return articles.where(
        ARTICLES.c.section == "", row.section == "", row.released <= _NOW, shown
    ).exists()


_ANY_WITHOUT_SECTION = select(or_(_without_section(LISTINGS), _without_section(ARCHIVES)))


def any_without_section(connection: Connection, now: datetime) -> bool:
    """Return whether readers have an article that is in no section, only in the site."""
    return bool(connection.execute(_ANY_WITHOUT_SECTION, {"now": now}).scalar())


def newest(
    connection: Connection, section: str, now: datetime, after: Listing | None = None
) -> Iterator[Listing]:
    """Yield the articles that are released and in no archive, newest first, expired ones included.

    :param after: leave out this one, and all that come before it.
    """
    asked: dict[str, object] = {"section": section, "now": now}
    if after:
        asked |= after_values(after)
    newest = connection.execute(_NEWEST_AFTER if after else _NEWEST, asked)
    return map(_listing, fetch(newest, 64))


def _listing(row: Any) -> Listing:
    released, article_id, seconds, *revision = row
    expires = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return Listing(-released, article_id, expires, *revision)


def archived(
    connection: Connection,
    section: str,
    number: int,
    after: Listing | None = None,
    limit: int | None = None,
) -> list[Listing]:
    """Return the articles in an archive, newest first, without hidden ones.

    :param after: return only articles after this one, and also from later archives.
    """
    wanted = (
        select(
            seconds(ARCHIVES.c.released),
            ARCHIVES.c.id,
            seconds(ARCHIVES.c.expires),
            ARTICLES.c.number,
        )
        .join(ARTICLES, ARTICLES.c.id == ARCHIVES.c.id)
        .where(ARCHIVES.c.section == section, ARTICLES.c.hidden.is_(False))
    )
    if after is None:
        wanted = wanted.where(ARCHIVES.c.number == number)
    else:
        wanted = wanted.where(ARCHIVES.c.number >= number, beyond(ARCHIVES)).limit(limit)
        wanted = wanted.order_by(ARCHIVES.c.released.desc(), ARCHIVES.c.id)
    asked = after_values(after) if after else {}
    return sorted(map(_listing, connection.execute(wanted, asked)))


def archive_ends(connection: Connection, section: str, first: int) -> dict[int, datetime]:
    """Return by number, for the archives from ``first`` on, when their newest articles came."""
    wanted = (
        select(ARCHIVES.c.number, func.max(ARCHIVES.c.released))
        .where(ARCHIVES.c.section == section, ARCHIVES.c.number >= first)
        .group_by(ARCHIVES.c.number)
    )
    return {row[0]: row[1] for row in connection.execute(wanted)}


@cache
def _firsts_and_lasts(count: int) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query for the first and the last of the newest articles of so many sections."""
    ends: list[Subquery] = []
    for section in [bindparam(f"section{each}", type_=String) for each in range(count)]:
        shown = (
            select(LISTINGS.c.section, LISTINGS.c.released, LISTINGS.c.id, LISTINGS.c.expires)
            .where(LISTINGS.c.section == section, LISTINGS.c.released <= _NOW, _SHOWN)
            .order_by(*_ORDERED)
        )
        newest = shown.limit(bindparam("limit")).subquery()
        backwards = select(newest).order_by(newest.c.released, newest.c.id.desc())
        ends += [shown.limit(1).subquery(), backwards.limit(1).subquery()]
    columns = (end.c for end in ends)
    return union_all(
        *(select(it.section, seconds(it.released), it.id, seconds(it.expires)) for it in columns)
    )


def first_and_last(
    connection: Connection, sections: Iterable[str], now: datetime, limit: int
) -> dict[str, tuple[Listing, Listing]]:
    """Return by section the first and the last of its newest articles, without empty sections.

    Articles that are not shown, or in an archive, do not count.
    """
    ends: dict[str, list[Listing]] = {}
    for some in batches(sections, _SECTIONS):
        names = {f"section{each}": section for each, section in enumerate(some)}
        for section, *row in connection.execute(
            _firsts_and_lasts(len(some)), {**names, "now": now, "limit": limit}
        ):
            ends.setdefault(section, []).append(_listing(row))
    return {section: (min(both), max(both)) for section, both in ends.items()}


@cache
def _counts(count: int) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query for how many articles of so many sections come after a listing of each."""
    counts = (
        select(section, func.count()).where(
            LISTINGS.c.section == section, beyond(LISTINGS, each), _SHOWN
        )
        for each in range(count)
        for section in [bindparam(f"section{each}", type_=String)]
    )
    return union_all(*counts)


def count_after(
    connection: Connection, after: Mapping[str, Listing], now: datetime
) -> dict[str, int]:
    """Return by section how many articles after a listing are shown and in no archive."""
    counts: list[tuple[str, int]] = []
    for some in batches(after.items(), _SECTIONS):
        asked: dict[str, object] = {"now": now}
        for each, (section, listing) in enumerate(some):
            asked |= {f"section{each}": section, **after_values(listing, each)}
        counts += connection.execute(_counts(len(some)), asked)
    return dict(counts)


def positions(connection: Connection, ids: Collection[str]) -> dict[str, list[ListingPosition]]:
    """Return the positions of articles in all their sections, by their ids."""
    positions: dict[str, list[ListingPosition]] = {}
    for some in batches(ids):
        for section, archive, *row in fetch(connection.execute(_POSITIONS, {"these": some})):
            position = ListingPosition(section, _listing(row), archive)
            if section != PAGES_ONLY:
                positions.setdefault(position.listing.id, []).append(position)
    return positions
