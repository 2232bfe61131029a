"""The processes that claim jobs and deliveries; the claims of one that has ended are freed."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, func, select, update

from feedsvc.store.push_schema import SUBSCRIPTIONS
from feedsvc.store.schema import OUTBOX

_TABLES = (OUTBOX, OUTBOX.c.next_try), (SUBSCRIPTIONS, SUBSCRIPTIONS.c.due)
"""The tables with claims, and when each row was due."""
_LENGTH = 32
"""Characters of the name of a claimant."""


def new_name() -> str:
    """Return a name for a process that claims."""
    return uuid4().hex


def attempt(claimant: str) -> str:
    """Return a name for a claim, which begins with its claimant's."""
    return f"{claimant}.{uuid4().hex}"


def with_claims(connection: Connection, now: datetime) -> set[str]:
    """Return the names of all claimants with claims that have not ended."""
    names: set[str] = set()
    for table, due in _TABLES:
        lease = table.c.lease_by
        claimed = due <= now, table.c.lease_until > now, lease.like("%_.%")
        names.update(
            connection.execute(
                select(func.substr(lease, 1, _LENGTH)).where(*claimed).distinct()
            ).scalars()
        )
    return names


def free(connection: Connection, claimant: str = "") -> None:
    """End the claims of a claimant that has ended; without a name of all."""
    for table, _ in _TABLES:
        lease = table.c.lease_by
        theirs = lease.startswith(f"{claimant}.") if claimant else lease != ""
        connection.execute(update(table).where(theirs).values(lease_by="", lease_until=None))
