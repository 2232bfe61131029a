"""Figures about the store for people who run it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from feedsvc.store.schema import FEEDS, LISTINGS


def newest_change(connection: Connection) -> datetime | None:
    """Return when a feed last changed; None where none did since the store was made."""
    return connection.execute(select(func.max(FEEDS.c.changed))).scalar()


def embargoes(connection: Connection, now: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return when articles will be released, and their ids, in order.

    :param until: the last moment of a release that is still returned.
    """
    rows = connection.execute(
        select(LISTINGS.c.released, LISTINGS.c.id)
        .where(
            LISTINGS.c.section == "",
            LISTINGS.c.released > now,
            LISTINGS.c.released <= until,
        )
        .order_by(LISTINGS.c.released, LISTINGS.c.id)
    )
    return [(row.released, row.id) for row in rows]
