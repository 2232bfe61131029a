"""The deliveries that are due: claimed with a lease, and given back with a result."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    or_,
    select,
    update,
)

from feedsvc.errors import FetchError
from feedsvc.store import claimants
from feedsvc.store.moment import Moment
from feedsvc.store.push_schema import DELIVERY_COUNTS, SUBSCRIPTIONS
from feedsvc.store.schema import FEEDS
from feedsvc.store.statements import insert_rows
from feedsvc.store.subscriptions import NO_FAILURE, Subscription

LEASE = timedelta(minutes=2)
"""Time after which another process may take deliveries over: more than a batch of them takes."""

_ROW = SUBSCRIPTIONS.c
_UNLEASED: dict[str, Any] = {"lease_by": "", "lease_until": None}

_NOW = bindparam("now", type_=Moment)
_ANY_DUE = (
    select(_ROW.id)
    .where(
        _ROW.due <= _NOW,
        or_(_ROW.lease_until.is_(None), _ROW.lease_until <= _NOW),
        _ROW.expires > _NOW,
    )
    .order_by(_ROW.due, _ROW.id)
    .limit(1)
)
# Statements that deliveries need hundreds of times a second are made once.
_FIRST_DUE = (
    _ANY_DUE.with_only_columns(_ROW.id, _ROW.host)
    .where(_ROW.host.not_in(bindparam("busy", expanding=True)))
    .limit(bindparam("count", type_=Integer))
    .with_for_update(skip_locked=True)
)
_FIRST_QUICK = _FIRST_DUE.where(_ROW.attempts == 0)
_FIRST_SLOW = _FIRST_DUE.where(
    or_(_ROW.attempts > 0, _ROW.host.in_(bindparam("slow", expanding=True)))
)
_TAKE = (
    update(SUBSCRIPTIONS)
    .where(_ROW.id.in_(bindparam("ids", expanding=True)))
    .values(lease_by=bindparam("name"), lease_until=bindparam("until", type_=Moment))
    .returning(SUBSCRIPTIONS)
)
_NEWEST = select(FEEDS.c.number).where(FEEDS.c.path == _ROW.path).scalar_subquery()
_HAS = bindparam("has", type_=BigInteger)
_DELIVER = (
    update(SUBSCRIPTIONS)
    .where(
        _ROW.id.in_(bindparam("ids", expanding=True)),
        _ROW.lease_by.in_(bindparam("names", expanding=True)),
    )
    .values(
        **_UNLEASED,
        **NO_FAILURE,
        number=_HAS,
        etag=bindparam("tag"),
        due=case((_NEWEST > _HAS, _NOW), else_=None),
    )
)


def is_due(connection: Connection, now: datetime) -> bool:
    """Return whether any delivery is due."""
    return connection.execute(_ANY_DUE, {"now": now}).first() is not None


class Wanted(Struct, frozen=True):
    """The deliveries that a process can send now."""

    count: int
    most: Callable[[str], int]
    """Returns how many of a host may be claimed."""
    busy: Collection[str] = ()
    """Hosts of which none may be."""
    slow: Collection[str] | None = None
    """Hosts of which any may be, beside the ones whose last delivery failed; None for the ones
    whose last delivery did not fail, of any host."""
    by: str = ""
    """The name of the claimant."""


def claim(connection: Connection, wanted: Wanted, now: datetime) -> list[Subscription]:
    """Return subscriptions that are due, leased to the caller; the ones due longest come first."""
    given: dict[str, Any] = {"now": now, "busy": list(wanted.busy), "count": wanted.count}
    given |= {} if wanted.slow is None else {"slow": list(wanted.slow)}
    first = _FIRST_QUICK if wanted.slow is None else _FIRST_SLOW
    ids, at_host = list[int](), Counter[str]()
    for row in connection.execute(first, given).all():
        if at_host[row.host] < wanted.most(row.host):
            at_host[row.host] += 1
            ids.append(row.id)
    leased = {"ids": ids, "name": claimants.attempt(wanted.by), "until": now + LEASE}
    rows = (Subscription(*it) for it in connection.execute(_TAKE, leased)) if ids else ()
    return sorted(rows, key=lambda it: (it.due or now, it.id))


def release(connection: Connection, claimed: Sequence[Subscription]) -> None:
    """End the leases of deliveries that were not tried."""
    connection.execute(update(SUBSCRIPTIONS).where(_leased(claimed)).values(**_UNLEASED))


def delivered(
    connection: Connection, claimed: Sequence[Subscription], number: int, etag: str, now: datetime
) -> None:
    """Record that subscribers have a state of their feed; a later one is due at once."""
    given = {"ids": [it.id for it in claimed], "names": [*{it.lease_by for it in claimed}]}
    connection.execute(_DELIVER, {**given, "has": number, "tag": etag, "now": now})


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


def remove_claimed(connection: Connection, claimed: Sequence[Subscription]) -> None:
    """Remove subscriptions whose subscribers want no more, or whose feeds have ended."""
    connection.execute(delete(SUBSCRIPTIONS).where(_leased(claimed)))


def _leased(claimed: Sequence[Subscription]) -> ColumnElement[bool]:
    names = sorted({it.lease_by for it in claimed})
    return and_(_ROW.id.in_([it.id for it in claimed]), _ROW.lease_by.in_(names))


def count_results(connection: Connection, results: Mapping[str, int]) -> None:
    """Add deliveries that have ended to the counts of their results."""
    for result, number in results.items():
        more = update(DELIVERY_COUNTS).where(DELIVERY_COUNTS.c.result == result)
        sums = more.values(deliveries=DELIVERY_COUNTS.c.deliveries + number)
        if not connection.execute(sums).rowcount:
            insert_rows(connection, DELIVERY_COUNTS, [{"result": result, "deliveries": number}])


def result_counts(connection: Connection) -> dict[str, int]:
    """Return how many deliveries have ended, by their result."""
    return {row.result: row.deliveries for row in connection.execute(select(DELIVERY_COUNTS))}
