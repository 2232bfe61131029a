"""Subscriptions to feeds (WebSub), each with the state of its delivery.

A subscription has one delivery at a time, and its row is that delivery: ``number`` is the last
change to the feed that it has, and ``due`` is when the next try is. So the order is kept, and a
change that waits is replaced by the next one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from feedsvc.errors import FetchError
from feedsvc.model.feed import Format
from feedsvc.store.push_schema import SUBSCRIPTIONS
from feedsvc.store.schema import FEEDS
from feedsvc.store.statements import batches

LEASE = timedelta(minutes=2)
"""Time after which another process may take deliveries over: more than a batch of them takes."""
WAKENED = 1000
"""Subscriptions that become due in one transaction: a publication waits so long at most."""

MOST_AT_HOST = 10_000
"""Subscriptions of one host: more are refused, so that they do not fill the store."""

_ROW = SUBSCRIPTIONS.c


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
    return connection.execute(select(_ROW.id).limit(1)).first() is not None


def paths_with(connection: Connection, paths: Collection[str]) -> dict[str, int]:
    """Return the feeds among some that have subscriptions, each with its present revision."""
    numbers = dict[str, int]()
    for some in batches(sorted(paths)):
        subscribed = select(_ROW.id).where(_ROW.path == FEEDS.c.path).exists()
        wanted = select(FEEDS.c.path, FEEDS.c.number).where(FEEDS.c.path.in_(some), subscribed)
        numbers |= {row.path: row.number for row in connection.execute(wanted)}
    return numbers


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
        kept |= {"asleep": False, **_NO_FAILURE, "due": now}
    connection.execute(update(SUBSCRIPTIONS).where(same).values(**kept))


def remove(connection: Connection, callback: str, path: str, format: str) -> None:
    """Remove the subscription of a callback to a feed, if there is one."""
    connection.execute(delete(SUBSCRIPTIONS).where(_is(callback, path, format)))


def remove_claimed(connection: Connection, claimed: Sequence[Subscription]) -> None:
    """Remove subscriptions whose subscribers want no more, or whose feeds have ended."""
    connection.execute(delete(SUBSCRIPTIONS).where(_leased(claimed)))


def expire(connection: Connection, now: datetime) -> int:
    """Remove the subscriptions whose lease is over; return how many (WebSub §5)."""
    return connection.execute(delete(SUBSCRIPTIONS).where(_ROW.expires <= now)).rowcount


def wake(connection: Connection, path: str, number: int, now: datetime) -> bool:
    """Make subscriptions to a feed due that lack a change; return whether all are by now."""
    lacking = (
        select(_ROW.id)
        .where(_ROW.path == path, _ROW.due.is_(None), _ROW.number < number, _ROW.asleep.is_(False))
        .limit(WAKENED)
    )
    woken = update(SUBSCRIPTIONS).where(_ROW.id.in_(lacking.scalar_subquery())).values(due=now)
    return connection.execute(woken).rowcount < WAKENED


def hasten(connection: Connection, path: str, format: str, now: datetime) -> None:
    """Make subscriptions to a feed that wait for another try due at once."""
    waiting = _ROW.path == path, _ROW.format == format, _ROW.due > now
    connection.execute(update(SUBSCRIPTIONS).where(*waiting).values(due=now))


def next_host(
    connection: Connection, now: datetime, busy: Collection[str], *, failing: bool
) -> str | None:
    """Return the host of the subscription that has been due longest; None where none is due.

    :param busy: hosts that get no more at present.
    :param failing: of the ones whose last delivery failed, else of the others.
    """
    free = _ROW.host.not_in(list(busy))
    due = select(_ROW.host).where(_due(now, failing=failing), free)
    return connection.execute(due.order_by(_ROW.due, _ROW.id).limit(1)).scalar()


def claim(
    connection: Connection, host: str, count: int, now: datetime, *, failing: bool
) -> list[Subscription]:
    """Return subscriptions of a host that are due, leased to the caller."""
    due = select(SUBSCRIPTIONS).where(_ROW.host == host, _due(now, failing=failing))
    first = due.order_by(_ROW.due, _ROW.id).limit(count).with_for_update(skip_locked=True)
    name, until = uuid4().hex, now + LEASE
    rows = connection.execute(first).all()
    taken = [structs.replace(_read(row), lease_by=name, lease_until=until) for row in rows]
    leased = update(SUBSCRIPTIONS).where(_ROW.id.in_([it.id for it in taken]))
    connection.execute(leased.values(lease_by=name, lease_until=until))
    return taken


def free(connection: Connection) -> None:
    """End all leases, as the only process that works begins: the ones before it have ended."""
    leased = update(SUBSCRIPTIONS).where(_ROW.lease_by != "")
    connection.execute(leased.values(lease_by="", lease_until=None))


def release(connection: Connection, claimed: Sequence[Subscription]) -> None:
    """End the leases of deliveries that were not tried."""
    connection.execute(update(SUBSCRIPTIONS).where(_leased(claimed)).values(**_UNLEASED))


def delivered(
    connection: Connection, claimed: Sequence[Subscription], number: int, etag: str, now: datetime
) -> None:
    """Record that subscribers have a state of their feed; a later one is due at once."""
    newer = select(FEEDS.c.number).where(FEEDS.c.path == _ROW.path).scalar_subquery() > number
    theirs = _leased(claimed)
    values = {**_UNLEASED, **_NO_FAILURE, "due": None, "number": number, "etag": etag}
    connection.execute(update(SUBSCRIPTIONS).where(theirs).values(**values))
    ids = [it.id for it in claimed]
    late = _ROW.id.in_(ids), _ROW.due.is_(None), _ROW.lease_by == "", newer
    connection.execute(update(SUBSCRIPTIONS).where(*late).values(due=now))


def postpone(
    connection: Connection,
    claimed: Subscription,
    due: datetime | None,
    error: FetchError,
    now: datetime,
) -> None:
    """Record why a delivery failed, and when the next one is tried.

    :param due: None puts the subscriber to sleep.
    """
    connection.execute(
        update(SUBSCRIPTIONS)
        .where(_leased([claimed]))
        .values(
            **_UNLEASED,
            due=due,
            asleep=due is None,
            attempts=claimed.attempts + 1,
            failing=claimed.failing or now,
            refused=error.permanent,
            last_error=str(error),
        )
    )


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


_UNLEASED: dict[str, Any] = {"lease_by": "", "lease_until": None}
_NO_FAILURE: dict[str, Any] = {"attempts": 0, "failing": None, "refused": False, "last_error": ""}


def _read(row: Sequence[Any]) -> Subscription:
    return Subscription(*row)


def _is(callback: str, path: str, format: str) -> ColumnElement[bool]:
    return and_(_ROW.callback == callback, _ROW.path == path, _ROW.format == format)


def _due(now: datetime, *, failing: bool) -> ColumnElement[bool]:
    free = or_(_ROW.lease_until.is_(None), _ROW.lease_until <= now)
    last = _ROW.attempts > 0 if failing else _ROW.attempts == 0
    return and_(_ROW.due <= now, free, last, _ROW.expires > now)


def _leased(claimed: Sequence[Subscription]) -> ColumnElement[bool]:
    names = sorted({it.lease_by for it in claimed})
    return and_(_ROW.id.in_([it.id for it in claimed]), _ROW.lease_by.in_(names))
