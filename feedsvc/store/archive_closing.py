"""Close archives: the oldest articles of a section go from its listings into full archives."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from feedsvc.model.article import Listing
from feedsvc.store.listings import after_values, beyond, seconds
from feedsvc.store.moment import Moment
from feedsvc.store.schema import ARCHIVES, ARTICLES, LISTINGS

_IN_SECTION = LISTINGS.c.section == bindparam("section")
_SHOWN = or_(LISTINGS.c.expires.is_(None), LISTINGS.c.expires > bindparam("now", type_=Moment))
_AFTER = select(seconds(LISTINGS.c.released), LISTINGS.c.id).where(
    _IN_SECTION, beyond(LISTINGS), _SHOWN
)
_COUNT_AFTER = _AFTER.with_only_columns(func.count())
_OLDEST = LISTINGS.c.released, LISTINGS.c.id.desc()
_OLDEST_AFTER = _AFTER.order_by(*_OLDEST).limit(1).offset(bindparam("offset"))
_LAST, _LAST_ID = bindparam("last", type_=BigInteger), bindparam("last_id", type_=String)
_UNTIL_LAST = (
    seconds(LISTINGS.c.released) < _LAST,
    and_(seconds(LISTINGS.c.released) == _LAST, LISTINGS.c.id >= _LAST_ID),
)
"""Two conditions, so that the index answers each."""
_BEFORE = func.count().filter(_SHOWN).over(order_by=_OLDEST, rows=(None, -1))
"""How many older articles of a section are shown."""
_NUMBERED = (
    select(
        LISTINGS.c.section,
        (bindparam("first", type_=BigInteger) + _BEFORE // bindparam("size", type_=BigInteger)),
        LISTINGS.c.released,
        LISTINGS.c.id,
        LISTINGS.c.expires,
    )
    .where(_IN_SECTION, or_(*_UNTIL_LAST))
    .subquery()
)
_KNOWN = select(ARCHIVES.c.id).where(
    ARCHIVES.c.id == _NUMBERED.c.id, ARCHIVES.c.section == _NUMBERED.c.section
)
_ARCHIVE = insert(ARCHIVES).from_select(
    ["section", "number", "released", "id", "expires"], select(_NUMBERED).where(~_KNOWN.exists())
)
_UNLIST = [delete(LISTINGS).where(_IN_SECTION, it) for it in _UNTIL_LAST]


@contextmanager
def moving_all(connection: Connection) -> Generator[None]:
    """Move very many articles into archives in a block, in a third of the time.

    The indexes are made anew when all is done, except where other machines would wait for that.
    """
    tables = (ARCHIVES, LISTINGS) if connection.dialect.name == "sqlite" else ()
    indexes = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def close_archives(
    connection: Connection, section: str, edge: Listing, first: int, size: int, now: datetime
) -> int:
    """Put the oldest articles of a section into archives; return how many archives are full.

    An article that has expired comes along with its neighbours. One that is in an archive already
    is not put into another.

    :param edge: the last article that stays in any case.
    :param first: the number of the first archive.
    :param size: of an archive, in articles that have not expired.
    """
    asked: dict[str, object] = {"section": section, "now": now, **after_values(edge)}
    count = (connection.execute(_COUNT_AFTER, asked).scalar() or 0) // size
    if count:
        last = connection.execute(_OLDEST_AFTER, {**asked, "offset": count * size - 1}).one()
        archived = {"section": section, "now": now, "first": first, "size": size}
        for moved in (_ARCHIVE, *_UNLIST):
            connection.execute(moved, {**archived, "last": last[0], "last_id": last[1]})
    return count


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
