"""All feeds there ever were, with the revision and the moment of their last change."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, not_, or_, select, update

from feedsvc.model.paths import FeedKind, FeedPath
from feedsvc.store.schema import ARCHIVES, ARTICLES, DOCUMENTS, FEEDS, LISTINGS
from feedsvc.store.statements import batches, delete_rows, insert_rows, select_rows


class FeedState(msgspec.Struct, frozen=True):
    """The last change to a feed."""

    number: int
    """Grows with every change in the store."""
    changed: datetime | None
    """The first whole second after the change, at which no earlier state was ever given out; None
    if it never changed since the store was filled: it is dated by its articles, if any."""
    archives: int
    """How many archives a section has."""


_SECOND = timedelta(seconds=1)
_STATE = select(FEEDS.c.number, FEEDS.c.changed, FEEDS.c.archives).where(
    FEEDS.c.path == bindparam("path")
)
_CHANGED = select(FEEDS.c.path, FEEDS.c.number).where(FEEDS.c.number > bindparam("number"))
_LAST = select(func.max(FEEDS.c.number))
_HOLDS = or_(
    FEEDS.c.archives > 0,
    select(LISTINGS.c.id)
    .where(LISTINGS.c.section == FEEDS.c.path, LISTINGS.c.released <= bindparam("now"))
    .exists(),
)
"""Whether readers may have something of a section's feed or of its archives now."""
_SHOWN = or_(
    *(
        select(table.c.id)
        .join(ARTICLES, ARTICLES.c.id == table.c.id)
        .where(
            table.c.section == FEEDS.c.path,
            table.c.released <= bindparam("now"),
            or_(table.c.expires.is_(None), table.c.expires > bindparam("now")),
            ARTICLES.c.hidden.is_(False),
        )
        .exists()
        for table in (LISTINGS, ARCHIVES)
    )
)
"""Whether a section's feed or one of its archives has an entry now."""
_PUBLIC = or_(FEEDS.c.changed.is_not(None), _HOLDS)
"""Whether readers ever had anything of a section's feed, or may have something now."""


def state(connection: Connection, path: str) -> FeedState | None:
    """Return the last change to a feed; None if there never was such a feed."""
    row = connection.execute(_STATE, {"path": path}).one_or_none()
    return FeedState(*row) if row else None


def revision(connection: Connection, path: str) -> int:
    """Return the number of a feed's last change; 0 if there never was such a feed."""
    return connection.execute(_STATE, {"path": path}).scalar() or 0


def revisions(connection: Connection, paths: Collection[str]) -> dict[str, int]:
    """Return the numbers of the last changes of feeds, without feeds that there never were."""
    rows = select_rows(connection, FEEDS, "path", paths, "path", "number")
    return {row.path: row.number for row in rows}


def changed_since(connection: Connection, revision: int) -> dict[str, int]:
    """Return the paths of the feeds that changed after a revision, each with its present one."""
    changed = connection.execute(_CHANGED, {"number": revision})
    return {row.path: row.number for row in changed}


def next_revision(connection: Connection) -> int:
    """Return the number of the next change."""
    return (connection.execute(_LAST).scalar() or 0) + 1


def bump(
    connection: Connection,
    paths: Collection[str],
    changed: datetime | None,
    *,
    by_time: bool = False,
    unchanged: Collection[str] = (),
) -> None:
    """Give feeds a new revision, the same for all, and the date of their change.

    :param changed: None when the store is filled, which is no change.
    :param by_time: time alone changed them, at that very second, which may be long ago.
    :param unchanged: feeds that get the revision alone, because they hold the same as before, but
        will change at another moment.
    """
    names = sorted({*paths, *unchanged})
    if not names:
        return
    known = select_rows(connection, FEEDS, "path", names, "path", "changed", "archives")
    before = {row.path: (row.changed, row.archives) for row in known}
    number = next_revision(connection)
    values: list[dict[str, Any]] = []
    for path in names:
        moment, archives = before.get(path, (None, 0))
        if changed and path in paths:
            moment = max(changed, moment or changed) if by_time else _date(changed, moment)
        state = {"number": number, "changed": moment, "archives": archives}
        values.append({"path": path, "kind": FeedPath.parse(path).kind, **state})
    delete_rows(connection, FEEDS, "path", names)
    delete_rows(connection, DOCUMENTS, "path", names)
    insert_rows(connection, FEEDS, values)


def _date(changed: datetime, before: datetime | None) -> datetime:
    """Return the date of a change, by which clients see that they have an earlier state.

    They may have got that one in the second of the change, and ask by this second, or by their own
    clock. So it is the next whole second, or later than the date before.

    :param before: the date of the change before. Beyond all that changes of one second can have, it
        is from a clock that was wrong, and clients may have it.
    """
    second = changed.replace(microsecond=0)
    soonest = second if second == changed else second + _SECOND
    if before is None or before < soonest:
        return soonest
    return before if before == second + 2 * _SECOND else before + _SECOND


def change_all(connection: Connection, number: int, changed: datetime) -> None:
    """Give every feed a revision and a moment of change; feeds that are secret get no moment."""
    connection.execute(update(FEEDS).values(number=number))
    known = {path for kind in ("section", "topic") for path in public(connection, changed, kind)}
    paths = connection.execute(select(FEEDS.c.path)).scalars().all()
    for some in batches(path for path in paths if FeedPath.parse(path).place in known):
        connection.execute(update(FEEDS).where(FEEDS.c.path.in_(some)).values(changed=changed))


def count_archives(connection: Connection, sections: Collection[str]) -> dict[str, int]:
    """Return how many archives sections have, without sections that have none."""
    counts = select_rows(connection, FEEDS, "path", sections, "path", "archives")
    return {row.path: row.archives for row in counts if row.archives}


def newest_change(connection: Connection, kind: FeedKind | None = None) -> datetime | None:
    """Return when any feed (of a kind) last changed; None if none did since the store was made."""
    newest = select(func.max(FEEDS.c.changed))
    if kind:
        newest = newest.where(FEEDS.c.kind == kind)
    return connection.execute(newest).scalar()


def set_archives(connection: Connection, section: str, count: int) -> None:
    """Record how many archives a section has."""
    bump(connection, (), None, unchanged=[section])  # so that it has a row
    connection.execute(update(FEEDS).where(FEEDS.c.path == section).values(archives=count))


def dated_without_articles(connection: Connection, now: datetime) -> set[str]:
    """Return the sections and topics that have a date of change, but nothing for readers now."""
    dated = select(FEEDS.c.path).where(
        FEEDS.c.kind.in_(("section", "topic")), FEEDS.c.changed.is_not(None), not_(_HOLDS)
    )
    return {*connection.execute(dated, {"now": now}).scalars()}


def forget_dates(connection: Connection, paths: Collection[str]) -> None:
    """Record that feeds never changed: readers do not know them."""
    for some in batches(paths):
        connection.execute(update(FEEDS).where(FEEDS.c.path.in_(some)).values(changed=None))


def forget_archives(connection: Connection) -> None:
    """Record that no section has archives."""
    connection.execute(update(FEEDS).values(archives=0))


def public(connection: Connection, now: datetime, kind: FeedKind = "section") -> list[str]:
    """Return every feed of a kind, in order, without feeds that hold nothing but embargoes yet."""
    paths = select(FEEDS.c.path).where(FEEDS.c.kind == kind, _PUBLIC).order_by(FEEDS.c.path)
    return list(connection.execute(paths, {"now": now}).scalars())


def shown(
    connection: Connection,
    now: datetime,
    kind: FeedKind = "section",
    name: str = "",
    limit: int | None = None,
) -> list[str]:
    """Return the feeds of a kind that have entries now, themselves or in their archives, in order.

    :param name: a part of their paths.
    """
    named = FEEDS.c.path.icontains(name, autoescape=True)
    paths = select(FEEDS.c.path).where(FEEDS.c.kind == kind, named, _SHOWN)
    ordered = paths.order_by(FEEDS.c.path).limit(limit)
    return list(connection.execute(ordered, {"now": now}).scalars())


def all_paths(connection: Connection, kind: FeedKind = "section") -> list[str]:
    """Return every feed of a kind that ever was, in order."""
    paths = select(FEEDS.c.path).where(FEEDS.c.kind == kind).order_by(FEEDS.c.path)
    return list(connection.execute(paths).scalars())


def is_secret(connection: Connection, section: str, now: datetime) -> bool:
    """Return whether readers never had anything of a section, and may not have anything now."""
    public_feed = select(FEEDS.c.path).where(FEEDS.c.path == section, _PUBLIC)
    return connection.execute(public_feed, {"now": now}).first() is None
