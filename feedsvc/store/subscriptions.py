"""Subscriptions to feeds (WebSub), each with the state of its delivery.

A subscription has one delivery at a time, and its row is that delivery: ``number`` is the last
change to the feed that it has, and ``due`` is when the next try is. So the order is kept, and a
change that waits is replaced by the next one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from feedsvc.model.feed import FORMATS, Format
from feedsvc.store.push_schema import SUBSCRIPTIONS
from feedsvc.store.schema import FEEDS
from feedsvc.store.statements import THESE, batches

MOST_AT_HOST = 10_000
"""Subscriptions of one host: more are refused, so that they do not fill the store."""

_ROW = SUBSCRIPTIONS.c
NO_FAILURE: dict[str, Any] = {"attempts": 0, "failing": None, "refused": False, "last_error": ""}
"""The columns of failures, where there was none."""


_ANY = select(_ROW.id).limit(1)
_SUBSCRIBED = select(FEEDS.c.path, FEEDS.c.number).where(
    FEEDS.c.path.in_(THESE), select(_ROW.id).where(_ROW.path == FEEDS.c.path).exists()
)
_IN_FORMAT = _ANY.where(_ROW.path == bindparam("feed"), _ROW.format == bindparam("kind"))
_LACKING = (
    select(_ROW.id)
    .where(
        _ROW.path == bindparam("feed"),
        _ROW.due.is_(None),
        _ROW.number < bindparam("has"),
        _ROW.asleep.is_(False),
    )
    .limit(bindparam("count", type_=Integer))
)
_WAKE = update(SUBSCRIPTIONS).where(_ROW.id.in_(_LACKING.scalar_subquery()))


class Subscription(Struct, frozen=True):
    """A subscription as it stands in the store; its fields are the columns, in their order."""

    id: int
    callback: str
    host: str
    """Of the callback, with its port."""
    path: str
    """Of the feed, without the format."""
    format: Format
    topic: str
    """The address of the feed as the subscriber wrote it."""
    secret: bytes
    created: datetime
    expires: datetime
    number: int
    """Of the last change to the feed that it has."""
    etag: str = ""
    """Of the feed that was delivered last; empty where none was."""
    due: datetime | None = None
    """When the next delivery is tried; None where it has the feed as it is."""
    attempts: int = 0
    """Deliveries that failed since the last one that did not."""
    failing: datetime | None = None
    """Since when they have failed."""
    asleep: bool = False
    """Whether no delivery is tried until it is verified again."""
    refused: bool = False
    """Whether the last failure was no passing one, such as a 403."""
    last_error: str = ""
    lease_by: str = ""
    lease_until: datetime | None = None


class SubscriptionCounts(Struct, frozen=True):
    """How many subscriptions there are, for monitoring."""

    active: int
    """All but the ones that are asleep."""
    waiting: int
    """Active ones that a change of their feed has not reached yet."""
    failing: int
    """Of these, the ones whose last delivery failed."""
    asleep: int
    oldest: datetime | None
    """Since when the longest of them has failed; None where none does."""


def any_exist(connection: Connection) -> bool:
    """Return whether there is any subscription."""
    return connection.execute(_ANY).first() is not None


def any_one(connection: Connection) -> Subscription | None:
    """Return any subscription; None where there is none."""
    row = connection.execute(select(SUBSCRIPTIONS).limit(1)).first()
    return _read(row) if row else None


def paths_with(connection: Connection, paths: Collection[str]) -> dict[str, int]:
    """Return the feeds among some that have subscriptions, each with its present revision."""
    numbers = dict[str, int]()
    for some in batches(sorted(paths)):
        rows = connection.execute(_SUBSCRIBED, {"these": some})
        numbers |= {row.path: row.number for row in rows}
    return numbers


def formats(connection: Connection, path: str) -> list[Format]:
    """Return the formats in which a feed has subscriptions."""
    return [
        format
        for format in FORMATS
        if connection.execute(_IN_FORMAT, {"feed": path, "kind": format}).first()
    ]


def has_room(connection: Connection, new: Subscription) -> bool:
    """Return whether a subscription may be kept: its host has not too many, or it is known."""
    if connection.execute(select(_ROW.id).where(_is(new.callback, new.path, new.format))).first():
        return True
    theirs = select(func.count()).where(_ROW.host == new.host)
    return connection.execute(theirs).scalar_one() < MOST_AT_HOST


def put(connection: Connection, new: Subscription, now: datetime) -> None:
    """Keep a subscription that was verified; it replaces the one of its callback to its feed.

    A change that the old one has not got yet is still delivered, to the new one.
    """
    same = _is(new.callback, new.path, new.format)
    old = connection.execute(select(_ROW.id, _ROW.asleep).where(same)).first()
    if old is None:
        row = structs.asdict(new)
        del row["id"]
        connection.execute(insert(SUBSCRIPTIONS).values(**row))
        return
    kept: dict[str, Any] = {"topic": new.topic, "secret": new.secret, "expires": new.expires}
    if old.asleep:
        kept |= {"asleep": False, **NO_FAILURE, "due": now}
    connection.execute(update(SUBSCRIPTIONS).where(same).values(**kept))


def remove(connection: Connection, callback: str, path: str, format: str) -> None:
    """Remove the subscription of a callback to a feed, if there is one."""
    connection.execute(delete(SUBSCRIPTIONS).where(_is(callback, path, format)))


def expire(connection: Connection, now: datetime) -> int:
    """Remove the subscriptions whose lease is over; return how many (WebSub §5)."""
    return connection.execute(delete(SUBSCRIPTIONS).where(_ROW.expires <= now)).rowcount


def wake(connection: Connection, path: str, number: int, now: datetime, most: int) -> int:
    """Make some subscriptions to a feed due that lack a change; return how many."""
    given = {"feed": path, "has": number, "count": most, "due": now}
    return connection.execute(_WAKE, given).rowcount


def hasten(connection: Connection, path: str, format: str, now: datetime) -> None:
    """Make subscriptions to a feed that wait for another try due at once."""
    waiting = _ROW.path == path, _ROW.format == format, _ROW.due > now
    connection.execute(update(SUBSCRIPTIONS).where(*waiting).values(due=now))


def listed(
    connection: Connection, path: str | None = None, *, failing: bool = False
) -> list[Subscription]:
    """Return subscriptions: to one feed in any format, or to all; or only ones that fail."""
    wanted = select(SUBSCRIPTIONS).order_by(_ROW.path, _ROW.format, _ROW.id)
    if path is not None:
        wanted = wanted.where(_ROW.path == path)
    if failing:
        wanted = wanted.where(_ROW.attempts > 0)
    return [_read(row) for row in connection.execute(wanted)]


def reached(
    connection: Connection, path: str, number: int, moment: datetime
) -> tuple[int, int, int]:
    """Return how many subscribers to a feed have a change, refuse it, and lack it.

    :param moment: of the change; later subscribers do not count.
    """
    has, refuses = _ROW.number >= number, or_(_ROW.asleep, _ROW.refused)
    theirs = and_(_ROW.path == path, _ROW.created <= moment)

    def sum_of(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((and_(*conditions), 1)))

    sums = select(sum_of(has), sum_of(~has, refuses), sum_of(~has, ~refuses)).where(theirs)
    have, refuse, lack = connection.execute(sums).one()
    return have, refuse, lack


def count(connection: Connection) -> SubscriptionCounts:
    """Return how many subscriptions there are."""
    awake = _ROW.asleep.is_(False)
    counted = select(
        func.count().filter(awake),
        func.count().filter(_ROW.due.is_not(None)),
        func.count().filter(awake, _ROW.attempts > 0),
        func.count().filter(_ROW.asleep.is_(True)),
        func.min(_ROW.failing),
    ).select_from(SUBSCRIPTIONS)
    return SubscriptionCounts(*connection.execute(counted).one())


def _read(row: Sequence[Any]) -> Subscription:
    return Subscription(*row)


def _is(callback: str, path: str, format: str) -> ColumnElement[bool]:
    return and_(_ROW.callback == callback, _ROW.path == path, _ROW.format == format)
