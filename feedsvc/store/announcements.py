"""Changes to feeds with subscribers, and the feeds as they were after a correction or a kill."""

import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from feedsvc.model.feed import Format
from feedsvc.store import feeds
from feedsvc.store.push_schema import ANNOUNCEMENTS, FEED_SNAPSHOTS, SUBSCRIPTIONS
from feedsvc.store.statements import batches, insert_rows
from feedsvc.store.subscriptions import any_exist, paths_with

KEPT = timedelta(days=90)
"""Time for which it is known which subscribers have a correction or a kill."""
_OLD = timedelta(days=7)
"""Time after which a correction is delivered with the feed as it is then."""


_OPEN = select(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.open.is_(True)).order_by(ANNOUNCEMENTS.c.id)
_THIS = ANNOUNCEMENTS.c.id == bindparam("this")
_CLOSE = {
    True: update(ANNOUNCEMENTS).where(_THIS).values(open=False),
    False: delete(ANNOUNCEMENTS).where(_THIS),
}
"""By whether an announcement is kept."""
_FIRST_AFTER = (
    select(FEED_SNAPSHOTS)
    .where(
        FEED_SNAPSHOTS.c.path == bindparam("feed"),
        FEED_SNAPSHOTS.c.format == bindparam("kind"),
        FEED_SNAPSHOTS.c.number > bindparam("has"),
    )
    .order_by(FEED_SNAPSHOTS.c.number)
    .limit(1)
)


class Announcement(Struct, frozen=True):
    """A change to a feed that its subscribers are to get; its fields are the columns."""

    id: int
    path: str
    number: int
    """Of the change."""
    moment: datetime
    urgent: bool
    """Whether it is a correction or a kill, each of which is delivered."""
    open: bool
    """Whether its subscribers are not due yet."""


class FeedSnapshot(Struct, frozen=True):
    """A feed as it was after a correction or a kill; its fields are the columns."""

    path: str
    format: Format
    number: int
    """Of the last change to the feed."""
    etag: str
    type: str
    """Its media type."""
    moment: datetime
    body: bytes


def add(
    connection: Connection,
    paths: Collection[str],
    now: datetime,
    *,
    urgent: bool = False,
) -> None:
    """Announce that feeds have changed, in the transaction of the change.

    :param urgent: a correction or a kill is among the changes.
    """
    if not paths or not any_exist(connection):
        return
    numbers = paths_with(connection, paths)
    rows = [
        {"path": path, "number": number, "moment": now, "urgent": urgent, "open": True}
        for path, number in numbers.items()
    ]
    insert_rows(connection, ANNOUNCEMENTS, rows)


def withdraw(connection: Connection) -> None:
    """Delete all snapshots: a text is taken back, and must not be sent in an earlier state.

    It may stand in the snapshots of any feed, of ones that it has left long ago, too.
    """
    connection.execute(delete(FEED_SNAPSHOTS))


def open_ones(connection: Connection) -> list[Announcement]:
    """Return the announcements whose subscribers are not due yet, in order."""
    return [Announcement(*row) for row in connection.execute(_OPEN)]


def close(connection: Connection, announcement: Announcement) -> None:
    """Record that the subscribers are due; only urgent announcements are kept."""
    connection.execute(_CLOSE[announcement.urgent], {"this": announcement.id})


def numbers(connection: Connection, paths: Collection[str], moment: datetime) -> dict[str, int]:
    """Return the revisions that a correction or a kill gave feeds with subscribers."""
    numbers = dict[str, int]()
    for some in batches(sorted(paths)):
        wanted = select(ANNOUNCEMENTS.c.path, ANNOUNCEMENTS.c.number).where(
            ANNOUNCEMENTS.c.path.in_(some),
            ANNOUNCEMENTS.c.moment == moment,
            ANNOUNCEMENTS.c.urgent.is_(True),
        )
        numbers |= {row.path: row.number for row in connection.execute(wanted)}
    return numbers


def keep(connection: Connection, snapshot: FeedSnapshot) -> None:
    """Keep a feed as it is after a correction or a kill, if a subscriber needs it.

    A feed that has changed since it was made is not kept: a text in it may have been withdrawn.
    """
    subscribed = select(SUBSCRIPTIONS.c.id).where(
        SUBSCRIPTIONS.c.path == snapshot.path,
        SUBSCRIPTIONS.c.format == snapshot.format,
        SUBSCRIPTIONS.c.number < snapshot.number,
    )
    present = feeds.revision(connection, snapshot.path) == snapshot.number
    known = FEED_SNAPSHOTS.c.path == snapshot.path, FEED_SNAPSHOTS.c.number == snapshot.number
    delete_this = delete(FEED_SNAPSHOTS).where(*known, FEED_SNAPSHOTS.c.format == snapshot.format)
    if present and connection.execute(subscribed.limit(1)).first():
        connection.execute(delete_this)
        row = structs.asdict(structs.replace(snapshot, body=zlib.compress(snapshot.body)))
        insert_rows(connection, FEED_SNAPSHOTS, [row])


def first_after(connection: Connection, path: str, format: str, number: int) -> FeedSnapshot | None:
    """Return the feed after the first correction or kill beyond a change; None without any."""
    given = {"feed": path, "kind": format, "has": number}
    row = connection.execute(_FIRST_AFTER, given).first()
    if row is None:
        return None
    snapshot = FeedSnapshot(*row)
    return structs.replace(snapshot, body=zlib.decompress(snapshot.body))


def prune(connection: Connection, now: datetime) -> None:
    """Delete snapshots that all subscribers have, and ones that are too old."""
    behind = (
        select(func.count())
        .where(
            SUBSCRIPTIONS.c.path == FEED_SNAPSHOTS.c.path,
            SUBSCRIPTIONS.c.format == FEED_SNAPSHOTS.c.format,
            SUBSCRIPTIONS.c.number < FEED_SNAPSHOTS.c.number,
        )
        .scalar_subquery()
    )
    connection.execute(
        delete(FEED_SNAPSHOTS).where(or_(FEED_SNAPSHOTS.c.moment <= now - _OLD, behind == 0))
    )
    connection.execute(delete(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.moment <= now - KEPT))
