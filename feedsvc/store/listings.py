"""Where articles stand: among the newer ones of a section, or in one of its archives (RFC 5005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import (
    BigInteger,
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

from feedsvc.model.article import Listing
from feedsvc.store.schema import ARCHIVES, ARTICLES, LISTINGS
from feedsvc.store.statements import batches, insertion, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import BindParameter, Connection, Select, Table
    from sqlalchemy.sql.elements import ColumnElement


class ListingPosition(NamedTuple):
    """Where an article stands in one section."""

    section: str
    listing: Listing
    archive: int
    """The number of the archive; 0 among the newer ones."""


def _seconds(released: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return a column of moments as the whole seconds that it holds, for the age of a Listing.

    A section may have a million listings; made into moments first, they would cost twice as much.
    """
    return type_coerce(released, BigInteger)


def _beyond(table: Table) -> ColumnElement[bool]:
    """Return the condition that something comes after a place."""
    released, own = _seconds(table.c.released), table.c.id
    age: BindParameter[int] = bindparam("after")
    # The first half lets the index answer.
    return and_(released <= age, or_(released < age, own > bindparam("after_id")))


def _place(after: Listing) -> dict[str, object]:
    return {"after": -after.age, "after_id": after.id}


_NOW: BindParameter[datetime] = bindparam("now")
_IN_SECTION = LISTINGS.c.section == bindparam("section")
_ORDERED = LISTINGS.c.released.desc(), LISTINGS.c.id
_SHOWN = or_(LISTINGS.c.expires.is_(None), LISTINGS.c.expires > _NOW)
_NEWEST = (
    select(_seconds(LISTINGS.c.released), LISTINGS.c.id, LISTINGS.c.expires, ARTICLES.c.number)
    .join(ARTICLES, ARTICLES.c.id == LISTINGS.c.id)
    .where(_IN_SECTION, LISTINGS.c.released <= _NOW)
    .order_by(*_ORDERED)
)
_NEWEST_AFTER = _NEWEST.where(_beyond(LISTINGS))
_FIRST = (
    select(_seconds(LISTINGS.c.released), LISTINGS.c.id, LISTINGS.c.expires)
    .where(_IN_SECTION, LISTINGS.c.released <= _NOW, _SHOWN)
    .order_by(*_ORDERED)
    .limit(bindparam("limit"))
)
_COUNT = select(func.count()).where(_IN_SECTION, _beyond(LISTINGS), _SHOWN)
_MOMENTS = select(
    *(
        select(edge(column)).where(_IN_SECTION, side).scalar_subquery()
        for column in (LISTINGS.c.released, LISTINGS.c.expires)
        for edge, side in ((func.max, column <= _NOW), (func.min, column > _NOW))
    )
)
_TURNING = union_all(
    *(
        select(column, column.table.c.id).where(
            column.table.c.section == "", column > bindparam("since"), column <= _NOW
        )
        # What an archive holds was released long ago.
        for column in (LISTINGS.c.released, LISTINGS.c.expires, ARCHIVES.c.expires)
    )
)


def newest(
    connection: Connection, section: str, now: datetime, after: Listing | None = None
) -> Iterator[Listing]:
    """Yield what is released and in no archive, newest first; some may have expired.

    :param after: begin with what comes after this one.
    """
    asked: dict[str, object] = {"section": section, "now": now}
    if after:
        asked |= _place(after)
    found = connection.execute(
        _NEWEST_AFTER if after else _NEWEST, asked, execution_options={"yield_per": 64}
    )
    try:
        for some in found.partitions():  # one by one they would cost twice as much
            yield from map(_listing, some)
    finally:
        found.close()


def _listing(row: Any) -> Listing:
    released, own, expires, *number = row
    return Listing(-released, own, expires, *number)


def archived(
    connection: Connection,
    section: str,
    number: int,
    after: Listing | None = None,
    limit: int | None = None,
) -> list[Listing]:
    """Return what an archive holds, newest first, but articles whose files are gone.

    :param after: also what later archives hold; of all, only what comes after this one.
    """
    wanted = (
        select(_seconds(ARCHIVES.c.released), ARCHIVES.c.id, ARCHIVES.c.expires, ARTICLES.c.number)
        .join(ARTICLES, ARTICLES.c.id == ARCHIVES.c.id)
        .where(ARCHIVES.c.section == section, ARTICLES.c.hidden.is_(False))
    )
    if after is None:
        wanted = wanted.where(ARCHIVES.c.number == number)
    else:
        wanted = wanted.where(ARCHIVES.c.number >= number, _beyond(ARCHIVES)).limit(limit)
        wanted = wanted.order_by(ARCHIVES.c.released.desc(), ARCHIVES.c.id)
    asked = _place(after) if after else {}
    return sorted(map(_listing, connection.execute(wanted, asked)))


def archive_ends(connection: Connection, section: str, first: int) -> dict[int, datetime]:
    """Return by their numbers when the newest article of each of a section's archives came.

    :param first: the lowest number that is wanted.
    """
    wanted = (
        select(ARCHIVES.c.number, func.max(ARCHIVES.c.released))
        .where(ARCHIVES.c.section == section, ARCHIVES.c.number >= first)
        .group_by(ARCHIVES.c.number)
    )
    return {row[0]: row[1] for row in connection.execute(wanted)}


def first_and_last(
    connection: Connection, section: str, now: datetime, limit: int
) -> tuple[Listing, Listing] | None:
    """Return the first and the last of the newest that are shown now and in no archive."""
    asked = {"section": section, "now": now, "limit": limit}
    found = connection.execute(_FIRST, asked).all()
    return (_listing(found[0]), _listing(found[-1])) if found else None


def count_after(connection: Connection, section: str, after: Listing, now: datetime) -> int:
    """Return how many are shown now and in no archive, of those after a place."""
    asked = {"section": section, "now": now, **_place(after)}
    return connection.execute(_COUNT, asked).scalar_one()


def oldest_after(connection: Connection, section: str, edge: Listing, limit: int) -> list[Listing]:
    """Return what comes after an edge and is in no archive, oldest first."""
    wanted = (
        select(_seconds(LISTINGS.c.released), LISTINGS.c.id, LISTINGS.c.expires)
        .where(LISTINGS.c.section == section, _beyond(LISTINGS))
        .order_by(LISTINGS.c.released, LISTINGS.c.id.desc())
        .limit(limit)
    )
    return [_listing(row) for row in connection.execute(wanted, _place(edge))]


def fill_archives(
    connection: Connection, section: str, number: int, archives: Sequence[Sequence[Listing]]
) -> None:
    """Put the oldest of a section into archives, of which the first has this number.

    What stands in an archive already is not put into another.
    """
    ids = [listing.id for held in archives for listing in held]
    before = _those(connection, ARCHIVES, section, ids)
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
    if values:
        connection.execute(insertion(ARCHIVES), values)
    last = archives[-1][-1]
    released, own = _seconds(LISTINGS.c.released), LISTINGS.c.id
    for edge in (released < -last.age, and_(released == -last.age, own >= last.id)):
        connection.execute(delete(LISTINGS).where(LISTINGS.c.section == section, edge))


def _those(connection: Connection, table: Table, section: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for some in batches(ids):
        wanted = select(table.c.id).where(table.c.section == section, table.c.id.in_(some))
        found.update(connection.execute(wanted).scalars())
    return found


def positions(connection: Connection, ids: Collection[str]) -> dict[str, list[ListingPosition]]:
    """Return where articles stand, by their ids."""
    found: dict[str, list[ListingPosition]] = {}
    asked = [(table, some) for table in (LISTINGS, ARCHIVES) for some in batches(ids)]
    for table, some in asked:
        for row in connection.execute(rows(table, "id"), {"these": some}):
            number = row.number if table is ARCHIVES else 0
            listing = Listing(-int(row.released.timestamp()), row.id, row.expires)
            found.setdefault(row.id, []).append(ListingPosition(row.section, listing, number))
    return found


def turned(connection: Connection, since: datetime, now: datetime) -> dict[datetime, set[str]]:
    """Return by their moments the articles that were released or expired since another moment."""
    found: dict[datetime, set[str]] = {}
    for moment, own in connection.execute(_TURNING, {"since": since, "now": now}):
        found.setdefault(moment, set()).add(own)
    return found


def moments(connection: Connection, section: str, now: datetime) -> list[datetime]:
    """Return when a release or an expiry last changed a section's feed, and when one next will."""
    row = connection.execute(_MOMENTS, {"section": section, "now": now}).one()
    return [moment for moment in row if moment is not None]


def undo_archives(connection: Connection) -> None:
    """Undo all archives, as where they are to hold more each, or fewer."""
    columns = "section", "released", "id", "expires"
    chosen: Select[Any] = select(*(ARCHIVES.c[name] for name in columns)).where(
        ARCHIVES.c.id.in_(select(ARTICLES.c.id).where(ARTICLES.c.hidden.is_(False))),
        ~select(LISTINGS.c.id)
        .where(LISTINGS.c.section == ARCHIVES.c.section, LISTINGS.c.id == ARCHIVES.c.id)
        .exists(),
    )
    connection.execute(insert(LISTINGS).from_select(list(columns), chosen))
    connection.execute(delete(ARCHIVES))
