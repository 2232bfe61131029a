"""The present moment, and moments in a newsroom's own time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime, timezone: str) -> datetime:
    """Return a moment in the time of a newsroom.

    :param timezone: ``[site] timezone``.
    """
    return moment.astimezone(ZoneInfo(timezone))
