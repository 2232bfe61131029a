"""Dates and moments as people write them; what could mean two days is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from dateutil import parser, tz

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DEFAULTS = (datetime(2001, 1, 2), datetime(2003, 4, 5))  # noqa: DTZ001  the zone comes later
_YEARS = range(1000, 9999)
"""RFC 822 and RFC 3339 write four digits; the edges leave room for a zone's offset."""
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
"""Behind such a year comes the month, whatever a day first or last would allow."""
_NAMED_OFFSET = re.compile(r"(?:GMT|UTC) ?[+-]", re.IGNORECASE)
"""Which way it counts is not the same for people, POSIX and dateutil."""
_DAY = timedelta(hours=24)


def parse_date(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment a text means, in UTC and whole seconds.

    :param text: ISO 8601, or whatever python-dateutil reads in only one way.
    :param zone: for a text without a zone; a bare date is midnight there.
    :raises ValueError: it means nothing or two things; the message says what would be right.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _parse_prose(text)
    if moment.year not in _YEARS:
        raise ValueError(f'"{text}" is out of range; write a year of four digits')
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).replace(microsecond=0)


def _parse_prose(text: str) -> datetime:
    if _NAMED_OFFSET.search(text):
        raise _unsure(text)
    month_first, day_first = (
        {_read(text, default, dayfirst=dayfirst) for default in _DEFAULTS}
        for dayfirst in (False, not _YEAR_FIRST.match(text))
    )
    if len(month_first) > 1 or len(day_first) > 1:  # a default shone through
        raise ValueError(f'"{text}" lacks the day, the month or the year; write 2026-11-21 08:30')
    if month_first != day_first:
        days = " or ".join(sorted(f"{day:%Y-%m-%d}" for day in month_first | day_first))
        raise ValueError(f'"{text}" could be {days}; write it like that')
    return month_first.pop()


def _read(text: str, default: datetime, *, dayfirst: bool) -> datetime:
    try:
        return parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=_zone)
    except parser.UnknownTimezoneWarning:
        raise _unsure(text) from None
    except (ValueError, OverflowError, TypeError):
        message = f'"{text}" is not a date; write it like 2026-11-21 or 2026-11-21 08:30'
        raise ValueError(message) from None


def _unsure(text: str) -> ValueError:
    message = f'"{text}" has a time zone nobody can be sure of; write 2026-11-21 08:30+01:00'
    return ValueError(message)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of an offset; a mere name is no zone, whatever this machine calls its own.

    :raises parser.UnknownTimezoneWarning: there is only a name.
    """
    if name and offset is None:
        raise parser.UnknownTimezoneWarning(name)
    if offset is None:
        return None
    if abs(timedelta(seconds=offset)) >= _DAY:
        raise ValueError("more than a day")
    return tz.tzoffset(None, offset)
