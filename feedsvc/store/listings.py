"""Listings: each article in its sections, until an archive takes it in (RFC 5005 §4)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from feedsvc.model.article import Listing
from feedsvc.store.schema import ARCHIVES, ARTICLES, LISTINGS, Moment
from feedsvc.store.statements import fetch, insert_rows, select_rows


class ListingPosition(NamedTuple):
    """The position of an article in one section."""

    section: str
    listing: Listing
    archive: int
    """The number of the archive; 0 if it is in none yet."""


def _seconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a column of moments as whole seconds: the age of a Listing, but for its sign.

    There may be a million listings in a section, and to make moments of them would take as long
    again as to read them.
    """
    return type_coerce(moment, BigInteger)


def _beyond(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row comes after a listing."""
    released = _seconds(table.c.released)
    after = bindparam("after", type_=BigInteger)
    # The first half lets the index answer.
    return and_(released <= after, or_(released < after, table.c.id > bindparam("after_id")))


def _after(after: Listing) -> dict[str, object]:
    return {"after": -after.age, "after_id": after.id}


_NOW = bindparam("now", type_=Moment)
_IN_SECTION = LISTINGS.c.section == bindparam("section")
_ORDERED = LISTINGS.c.released.desc(), LISTINGS.c.id
_LISTED_UNTIL = _seconds(LISTINGS.c.expires)
_SHOWN = or_(LISTINGS.c.expires.is_(None), LISTINGS.c.expires > _NOW)
_NEWEST = (
    select(_seconds(LISTINGS.c.released), LISTINGS.c.id, _LISTED_UNTIL, ARTICLES.c.number)
    .join(ARTICLES, ARTICLES.c.id == LISTINGS.c.id)
    .where(_IN_SECTION, LISTINGS.c.released <= _NOW)
    .order_by(*_ORDERED)
)
_NEWEST_AFTER = _NEWEST.where(_beyond(LISTINGS))
_FIRST = (
    select(_seconds(LISTINGS.c.released), LISTINGS.c.id, _LISTED_UNTIL)
    .where(_IN_SECTION, LISTINGS.c.released <= _NOW, _SHOWN)
    .order_by(*_ORDERED)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).where(_IN_SECTION, _beyond(LISTINGS), _SHOWN)
_RELEASED, _EXPIRES = LISTINGS.c.released, LISTINGS.c.expires
_MOMENTS = union_all(
    select(func.max(_RELEASED)).where(_IN_SECTION, _RELEASED <= _NOW),
    select(func.min(_RELEASED)).where(_IN_SECTION, _RELEASED > _NOW),
    select(func.max(_EXPIRES)).where(_IN_SECTION, _EXPIRES <= _NOW),
    select(func.min(_EXPIRES)).where(_IN_SECTION, _EXPIRES > _NOW),
)
"""The last release and expiry of a section, and the next ones."""


def _without_section(table: Table) -> ColumnElement[bool]:
    """Return the condition that readers have an article in a table that is in no section."""
    row = table.c
    shown = or_(row.expires.is_(None), row.expires > _NOW)
    articles = select(ARTICLES.c.id).join(table, row.id == ARTICLES.c.id)
    return articles.where(
        ARTICLES.c.section == "", row.section == "", row.released <= _NOW, shown
    ).exists()


_ANY_WITHOUT_SECTION = select(or_(_without_section(LISTINGS), _without_section(ARCHIVES)))


def _passed(moment: Column[Any]) -> Select[Any, Any]:
    """Return the query for the articles with a moment between two others, from the site's rows."""
    row = moment.table.c
    return select(moment, row.id).where(
        row.section == "", moment > bindparam("since"), moment <= _NOW
    )


# The articles of an archive were released long ago.
_TURNED = union_all(_passed(_RELEASED), _passed(_EXPIRES), _passed(ARCHIVES.c.expires))


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
        asked |= _after(after)
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
            _seconds(ARCHIVES.c.released),
            ARCHIVES.c.id,
            _seconds(ARCHIVES.c.expires),
            ARTICLES.c.number,
        )
        .join(ARTICLES, ARTICLES.c.id == ARCHIVES.c.id)
        .where(ARCHIVES.c.section == section, ARTICLES.c.hidden.is_(False))
    )
    if after is None:
        wanted = wanted.where(ARCHIVES.c.number == number)
    else:
        wanted = wanted.where(ARCHIVES.c.number >= number, _beyond(ARCHIVES)).limit(limit)
        wanted = wanted.order_by(ARCHIVES.c.released.desc(), ARCHIVES.c.id)
    asked = _after(after) if after else {}
    return sorted(map(_listing, connection.execute(wanted, asked)))


def archive_ends(connection: Connection, section: str, first: int) -> dict[int, datetime]:
    """Return by number, for the archives from ``first`` on, when their newest articles came."""
    wanted = (
        select(ARCHIVES.c.number, func.max(ARCHIVES.c.released))
        .where(ARCHIVES.c.section == section, ARCHIVES.c.number >= first)
        .group_by(ARCHIVES.c.number)
    )
    return {row[0]: row[1] for row in connection.execute(wanted)}


def first_and_last(
    connection: Connection, section: str, now: datetime, limit: int
) -> tuple[Listing, Listing] | None:
    """Return the first and the last of the newest articles that are shown and in no archive."""
    asked = {"section": section, "now": now, "limit": limit}
    shown = connection.execute(_FIRST, asked).all()
    return (_listing(shown[0]), _listing(shown[-1])) if shown else None


def count_after(connection: Connection, section: str, after: Listing, now: datetime) -> int:
    """Return how many articles after a listing are shown and in no archive."""
    asked = {"section": section, "now": now, **_after(after)}
    return connection.execute(_COUNT, asked).scalar_one()


def oldest_after(connection: Connection, section: str, edge: Listing, limit: int) -> list[Listing]:
    """Return the articles after a listing that are in no archive, oldest first."""
    wanted = (
        select(_seconds(LISTINGS.c.released), LISTINGS.c.id, _LISTED_UNTIL)
        .where(LISTINGS.c.section == section, _beyond(LISTINGS))
        .order_by(LISTINGS.c.released, LISTINGS.c.id.desc())
        .limit(limit)
    )
    return [_listing(row) for row in connection.execute(wanted, _after(edge))]


def fill_archives(
    connection: Connection, section: str, number: int, archives: Sequence[Sequence[Listing]]
) -> None:
    """Put the oldest articles of a section into archives, of which the first has this number.

    An article that is in an archive already is not put into another.
    """
    ids = [listing.id for held in archives for listing in held]
    archived = select_rows(connection, ARCHIVES, "id", ids, "section", "id")
    before = {row.id for row in archived if row.section == section}
    values = [
        {
            "section": section,
            "number": number + index,
            "released": listing.released,
            "id": listing.id,
            "expires": listing.expires,
        }
        for index, held in enumerate(archives)
        for listing in held
        if listing.id not in before
    ]
    insert_rows(connection, ARCHIVES, values)
    last = archives[-1][-1]
    released = _seconds(LISTINGS.c.released)
    for edge in (released < -last.age, and_(released == -last.age, LISTINGS.c.id >= last.id)):
        connection.execute(delete(LISTINGS).where(LISTINGS.c.section == section, edge))


def positions(connection: Connection, ids: Collection[str]) -> dict[str, list[ListingPosition]]:
    """Return the positions of articles in all their sections, by their ids."""
    positions: dict[str, list[ListingPosition]] = {}
    for table in (LISTINGS, ARCHIVES):
        for row in select_rows(connection, table, "id", ids):
            archive = row.number if table is ARCHIVES else 0
            listing = Listing(-int(row.released.timestamp()), row.id, row.expires)
            position = ListingPosition(row.section, listing, archive)
            positions.setdefault(row.id, []).append(position)
    return positions


def turned(connection: Connection, since: datetime, now: datetime) -> dict[datetime, set[str]]:
    """Return by their moments the articles that were released or expired since another moment."""
    turned: dict[datetime, set[str]] = {}
    for moment, article_id in connection.execute(_TURNED, {"since": since, "now": now}):
        turned.setdefault(moment, set()).add(article_id)
    return turned


def embargoes(connection: Connection, now: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return when articles will be released until a moment, and their ids, in order."""
    wanted = (
        select(_RELEASED, LISTINGS.c.id)
        .where(LISTINGS.c.section == "", LISTINGS.c.released > now, LISTINGS.c.released <= until)
        .order_by(_RELEASED, LISTINGS.c.id)
    )
    return [(row.released, row.id) for row in connection.execute(wanted)]


def moments(connection: Connection, section: str, now: datetime) -> list[datetime]:
    """Return when a release or an expiry last changed a section's feed, and when one next will."""
    moments = connection.execute(_MOMENTS, {"section": section, "now": now}).scalars()
    return [moment for moment in moments if moment is not None]


def undo_archives(connection: Connection) -> None:
    """Put the articles of all archives back among the listings, to be archived in another size."""
    columns = "section", "released", "id", "expires"
    chosen: Select[Any] = select(*(ARCHIVES.c[name] for name in columns)).where(
        ARCHIVES.c.id.in_(select(ARTICLES.c.id).where(ARTICLES.c.hidden.is_(False))),
        ~select(LISTINGS.c.id)
        .where(LISTINGS.c.section == ARCHIVES.c.section, LISTINGS.c.id == ARCHIVES.c.id)
        .exists(),
    )
    connection.execute(insert(LISTINGS).from_select(list(columns), chosen))
    connection.execute(delete(ARCHIVES))
