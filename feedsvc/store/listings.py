"""Where articles stand: among the newer ones of a section, or in one of its archives (RFC 5005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select

from feedsvc.model.article import Listing
from feedsvc.store.articles import moment, seconds
from feedsvc.store.schema import ARCHIVES, ARTICLES, LISTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import BindParameter, Connection, Select, Table
    from sqlalchemy.sql.elements import ColumnElement

_ORDERED = LISTINGS.c.released.desc(), LISTINGS.c.id


class Place(NamedTuple):
    """Where an article stands in one section."""

    section: str
    listing: Listing
    archive: int
    """The number of the archive; 0 among the newer ones."""


def newest(
    connection: Connection, section: str, now: datetime, after: Listing | None = None
) -> Iterator[Listing]:
    """Yield what is released and in no archive, newest first; some may have expired.

    :param after: begin with what comes after this one.
    """
    wanted = (
        select(LISTINGS.c.released, LISTINGS.c.id, LISTINGS.c.expires, ARTICLES.c.number)
        .join(ARTICLES, ARTICLES.c.id == LISTINGS.c.id)
        .where(LISTINGS.c.section == section, LISTINGS.c.released <= seconds(now))
        .order_by(*_ORDERED)
    )
    if after:
        wanted = wanted.where(_beyond(LISTINGS, after))
    rows = connection.execute(wanted, execution_options={"yield_per": 64})
    try:
        for row in rows:
            yield _listing(row)
    finally:
        rows.close()


def _listing(row: Any) -> Listing:
    released, own, expires, *number = row
    return Listing(-released, own, None if expires is None else moment(expires), *number)


def _beyond(table: Table, after: Listing) -> ColumnElement[bool]:
    released, own = table.c.released, table.c.id
    # The first half lets the index answer.
    return and_(released <= -after.age, or_(released < -after.age, own > after.id))


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
        select(ARCHIVES.c.released, ARCHIVES.c.id, ARCHIVES.c.expires, ARTICLES.c.number)
        .join(ARTICLES, ARTICLES.c.id == ARCHIVES.c.id)
        .where(ARCHIVES.c.section == section, ARTICLES.c.hidden.is_(False))
    )
    if after is None:
        wanted = wanted.where(ARCHIVES.c.number == number)
    else:
        wanted = wanted.where(ARCHIVES.c.number >= number, _beyond(ARCHIVES, after)).limit(limit)
        wanted = wanted.order_by(ARCHIVES.c.released.desc(), ARCHIVES.c.id)
    return sorted(map(_listing, connection.execute(wanted)))


def first(connection: Connection, section: str, now: datetime, limit: int) -> list[Listing]:
    """Return the newest that are shown now and in no archive."""
    wanted = (
        select(LISTINGS.c.released, LISTINGS.c.id, LISTINGS.c.expires)
        .where(LISTINGS.c.section == section, LISTINGS.c.released <= seconds(now), _shown(now))
        .order_by(*_ORDERED)
        .limit(limit)
    )
    return [_listing(row) for row in connection.execute(wanted)]


def count(connection: Connection, section: str, after: Listing, now: datetime) -> int:
    """Return how many are shown now and in no archive, of those after a place."""
    found = select(func.count()).where(
        LISTINGS.c.section == section, _beyond(LISTINGS, after), _shown(now)
    )
    return connection.execute(found).scalar_one()


def _shown(now: datetime) -> ColumnElement[bool]:
    return or_(LISTINGS.c.expires.is_(None), LISTINGS.c.expires > seconds(now))


def oldest(connection: Connection, section: str, edge: Listing, limit: int) -> list[Listing]:
    """Return what comes after an edge and is in no archive, oldest first."""
    wanted = (
        select(LISTINGS.c.released, LISTINGS.c.id, LISTINGS.c.expires)
        .where(LISTINGS.c.section == section, _beyond(LISTINGS, edge))
        .order_by(LISTINGS.c.released, LISTINGS.c.id.desc())
        .limit(limit)
    )
    return [_listing(row) for row in connection.execute(wanted)]


def freeze(
    connection: Connection, section: str, number: int, archives: Sequence[Sequence[Listing]]
) -> None:
    """Put the oldest of a section into archives, of which the first has this number.

    What stands in an archive already is not put into another.
    """
    ids = [listing.id for held in archives for listing in held]
    before = _those(connection, ARCHIVES, section, ids)
    rows = [
        {
            "section": section,
            "number": number + index,
            "released": -listing.age,
            "id": listing.id,
            "expires": seconds(listing.expires) if listing.expires else None,
        }
        for index, held in enumerate(archives)
        for listing in held
        if listing.id not in before
    ]
    if rows:
        connection.execute(insert(ARCHIVES), rows)
    last = archives[-1][-1]
    edge = or_(_beyond(LISTINGS, last), and_(_at(LISTINGS, last)))
    connection.execute(delete(LISTINGS).where(LISTINGS.c.section == section, edge))


def _at(table: Table, listing: Listing) -> ColumnElement[bool]:
    return and_(table.c.released == -listing.age, table.c.id == listing.id)


def _those(connection: Connection, table: Table, section: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 5000):
        some = table.c.id.in_(ids[start : start + 5000])
        found.update(
            connection.execute(select(table.c.id).where(table.c.section == section, some)).scalars()
        )
    return found


def places(connection: Connection, ids: Collection[str]) -> dict[str, list[Place]]:
    """Return where articles stand, by their ids."""
    found: dict[str, list[Place]] = {}
    for table in (LISTINGS, ARCHIVES):
        for row in connection.execute(select(table).where(table.c.id.in_(ids))):
            number = row.number if table is ARCHIVES else 0
            listing = _listing((row.released, row.id, row.expires))
            found.setdefault(row.id, []).append(Place(row.section, listing, number))
    return found


def turning(connection: Connection, since: datetime, now: datetime) -> dict[datetime, set[str]]:
    """Return by their moments the articles that were released or expired since another moment."""
    found: dict[datetime, set[str]] = {}
    for table in (LISTINGS, ARCHIVES):
        for column in (table.c.released, table.c.expires):
            if column is ARCHIVES.c.released:
                continue  # long ago
            rows = connection.execute(
                select(column, table.c.id).where(
                    table.c.section == "", column > seconds(since), column <= seconds(now)
                )
            )
            for number, own in rows:
                found.setdefault(moment(number), set()).add(own)
    return found


def moments(connection: Connection, section: str, now: datetime) -> list[datetime]:
    """Return when a release or an expiry last changed a section's feed, and when one next will."""
    row = connection.execute(_MOMENTS, {"section": section, "now": seconds(now)}).one()
    return [moment(number) for number in row if number is not None]


def _edges() -> Select[Any]:
    at: BindParameter[int] = bindparam("now")
    return select(
        *(
            select(edge(column))
            .where(LISTINGS.c.section == bindparam("section"), side)
            .scalar_subquery()
            for column in (LISTINGS.c.released, LISTINGS.c.expires)
            for edge, side in ((func.max, column <= at), (func.min, column > at))
        )
    )


_MOMENTS = _edges()


def reopen(connection: Connection) -> None:
    """Undo all archives, as where they are to hold more each, or fewer."""
    columns = "section", "released", "id", "expires"
    chosen: Select[Any] = select(*(ARCHIVES.c[name] for name in columns)).where(
        ~select(LISTINGS.c.id)
        .where(LISTINGS.c.section == ARCHIVES.c.section, LISTINGS.c.id == ARCHIVES.c.id)
        .exists()
    )
    connection.execute(insert(LISTINGS).from_select(list(columns), chosen))
    connection.execute(delete(ARCHIVES))
