"""Jobs that leave this machine: written with their cause, worked by one process at a time.

A job is claimed with a lease. A process that ends at any moment loses none: its jobs are claimed
again, so each is done at least once.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    not_,
    or_,
    select,
    update,
)

from feedsvc.store import claimants
from feedsvc.store.schema import OUTBOX
from feedsvc.store.statements import batches, delete_rows, insert_rows

LEASE = timedelta(minutes=5)
"""Time after which another process may take a job over: more than any attempt takes."""
TRIES = 10
"""Tries of a job before it fails for good: about a day and a half after the first."""


class Job(Struct, frozen=True):
    """A job as it stands in the store; its fields are the columns, in their order."""

    id: int
    kind: str
    key: str
    """Of its kind there is one job with this key."""
    payload: bytes
    """JSON."""
    attempts: int
    """Tries that failed."""
    created: datetime
    next_try: datetime
    lease_by: str
    """The name of the attempt that works on it; empty for none."""
    lease_until: datetime | None
    failed: bool
    """Whether it is not tried again until a person decides so."""
    last_error: str


class Kinds(Struct, frozen=True):
    """The kinds of jobs that a thread may do."""

    names: tuple[str, ...] = ()
    others: bool = True
    """Whether they are all kinds but the named ones, so that no job is left."""
    beginning: str = ""
    """Of the keys of the jobs; empty for any."""
    newest: bool = True
    """Whether the newest come first, and not the ones that have been due longest."""
    without: tuple[str, ...] = ()
    """Beginnings of the keys of jobs that are left for later."""


ANY = Kinds()
"""All kinds of jobs."""


class OutboxState(Struct, frozen=True):
    """How much there is to do, for monitoring."""

    waiting: int
    failed: int
    oldest: datetime | None
    """When the oldest waiting job was written; None where none waits."""


_FRESH = {
    "attempts": 0,
    "lease_by": "",
    "lease_until": None,
    "failed": False,
    "last_error": "",
}
"""The columns of a job that was never tried."""


def add(
    connection: Connection,
    kind: str,
    keys: Iterable[str],
    now: datetime,
    *,
    payload: bytes = b"null",
    renew: bool = True,
) -> None:
    """Add a job for each key; one that is there becomes due again, with the new payload.

    :param renew: else a job that is there stays as it is, a failed one included.
    """
    for some in batches(sorted(set(keys))):
        theirs = OUTBOX.c.kind == kind, OUTBOX.c.key.in_(some)
        known = set(connection.execute(select(OUTBOX.c.key).where(*theirs)).scalars())
        fresh = {**_FRESH, "payload": payload, "next_try": now}
        if renew and known:
            # Without a lease the attempt that is under way does not end the new job.
            connection.execute(update(OUTBOX).where(*theirs).values(**fresh))
        rows = [
            {**fresh, "kind": kind, "key": key, "created": now} for key in some if key not in known
        ]
        insert_rows(connection, OUTBOX, rows)


def is_due(connection: Connection, now: datetime, kinds: Kinds = ANY) -> bool:
    """Return whether there is a job to claim, of some kinds or of any."""
    due = select(OUTBOX.c.id).where(_due(now, kinds)).limit(1)
    return connection.execute(due).first() is not None


def count(connection: Connection, kind: str) -> int:
    """Return how many jobs of a kind wait."""
    waiting = OUTBOX.c.kind == kind, OUTBOX.c.failed.is_(False)
    return connection.execute(select(func.count()).where(*waiting)).scalar_one()


def claim(
    connection: Connection, count: int, now: datetime, kinds: Kinds = ANY, by: str = ""
) -> list[Job]:
    """Return jobs that are due, of some kinds or of any, leased to the caller.

    The newest come first, unless the kinds say otherwise: a story of today does not wait
    behind all stories of a new store.

    :param by: the name of the claimant.
    """
    rows = connection.execute(claimable(now, count, kinds)).all()
    jobs = [
        structs.replace(
            Job(*row),
            lease_by=claimants.attempt(by),
            lease_until=now + LEASE,
        )
        for row in rows
    ]
    for job in jobs:
        taken = {"lease_by": job.lease_by, "lease_until": job.lease_until}
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == job.id).values(**taken))
    return jobs


def claimable(now: datetime, count: int, kinds: Kinds = ANY) -> Select[Any]:
    """Return the statement for the jobs to claim, which several machines may run at once."""
    order = [OUTBOX.c.id.desc()] if kinds.newest else [OUTBOX.c.next_try, OUTBOX.c.id]
    due = select(OUTBOX).where(_due(now, kinds)).order_by(*order).limit(count)
    return due.with_for_update(skip_locked=True)


def finish(connection: Connection, job: Job) -> bool:
    """Remove a job that is done, unless it was added again meanwhile; return whether it is gone."""
    return connection.execute(delete(OUTBOX).where(_leased(job))).rowcount > 0


def defer(connection: Connection, job: Job, next_try: datetime) -> None:
    """Put a job off that was not tried."""
    values = {"lease_by": "", "lease_until": None, "next_try": next_try}
    connection.execute(update(OUTBOX).where(_leased(job)).values(**values))


def postpone(connection: Connection, job: Job, next_try: datetime, error: str) -> None:
    """Record why an attempt failed, and when the next one is."""
    values = {**_failure(job, error), "next_try": next_try}
    connection.execute(update(OUTBOX).where(_leased(job)).values(**values))


def bury(connection: Connection, job: Job, error: str) -> None:
    """Record that a job failed for good; a person may retry or drop it."""
    values = {**_failure(job, error), "failed": True}
    connection.execute(update(OUTBOX).where(_leased(job)).values(**values))


def retry(connection: Connection, ids: Collection[int] | None, now: datetime) -> int:
    """Make jobs due again, as if they had never been tried; return how many.

    :param ids: None for all that failed for good.
    """
    chosen = OUTBOX.c.failed.is_(True) if ids is None else OUTBOX.c.id.in_(list(ids))
    values = {**_FRESH, "next_try": now}
    return connection.execute(update(OUTBOX).where(chosen).values(**values)).rowcount


def drop(connection: Connection, ids: Collection[int]) -> int:
    """Remove jobs undone; return how many."""
    return delete_rows(connection, OUTBOX, "id", ids)


def jobs(connection: Connection, *, failed: bool = False) -> list[Job]:
    """Return all jobs, the oldest first, or only the ones that failed for good."""
    wanted = select(OUTBOX).order_by(OUTBOX.c.id)
    rows = connection.execute(wanted.where(OUTBOX.c.failed.is_(True)) if failed else wanted)
    return [Job(*row) for row in rows]


def state(connection: Connection) -> OutboxState:
    """Return how many jobs wait and how many failed."""
    counted = select(
        func.count().filter(OUTBOX.c.failed.is_(False)),
        func.count().filter(OUTBOX.c.failed.is_(True)),
        func.min(OUTBOX.c.created).filter(OUTBOX.c.failed.is_(False)),
    ).select_from(OUTBOX)
    return OutboxState(*connection.execute(counted).one())


def _failure(job: Job, error: str) -> dict[str, Any]:
    attempts = job.attempts + 1
    return {"attempts": attempts, "last_error": error, "lease_by": "", "lease_until": None}


def _due(now: datetime, kinds: Kinds) -> ColumnElement[bool]:
    kind = OUTBOX.c.kind
    these = kind.not_in(kinds.names) if kinds.others else kind.in_(kinds.names)
    if kinds.beginning:
        these = and_(these, OUTBOX.c.key.startswith(kinds.beginning, autoescape=True))
    for beginning in kinds.without:
        these = and_(these, not_(OUTBOX.c.key.startswith(beginning, autoescape=True)))
    free = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
    return and_(OUTBOX.c.failed.is_(False), OUTBOX.c.next_try <= now, free, these)


def _leased(job: Job) -> ColumnElement[bool]:
    return and_(OUTBOX.c.id == job.id, OUTBOX.c.lease_by == job.lease_by)
