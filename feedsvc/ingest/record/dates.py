"""Dates and moments as people write them; a text that could mean two days is refused."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser, tz

_DEFAULTS = (datetime(2001, 1, 2), datetime(2003, 4, 5))  # noqa: DTZ001  the zone comes later
_YEARS = range(1000, 9999)
"""RFC 822 and RFC 3339 write four digits; the edges leave room for a zone's offset."""
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
"""After such a year comes the month, never the day."""
_NAMED_OFFSET = re.compile(r"(?:GMT|UTC) ?[+-]", re.IGNORECASE)
"""People, POSIX and dateutil do not agree on the sign of such an offset."""
_DAY = timedelta(hours=24)


def parse_date(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment that a text names, in UTC and whole seconds.

    :param text: ISO 8601, or any text that python-dateutil reads in only one way.
    :param zone: for a text without a zone; a bare date is midnight there.
    :raises ValueError: it is no date or ambiguous; the message shows the right form.
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
        raise _ambiguous_zone(text)
    month_first, day_first = (
        {_read(text, default, dayfirst=dayfirst) for default in _DEFAULTS}
        for dayfirst in (False, not _YEAR_FIRST.match(text))
    )
    if len(month_first) > 1 or len(day_first) > 1:  # it was filled up from the default
        raise ValueError(f'"{text}" lacks the day, the month or the year; write 2026-11-21 08:30')
    if month_first != day_first:
        days = " or ".join(sorted(f"{day:%Y-%m-%d}" for day in month_first | day_first))
        raise ValueError(f'"{text}" could be {days}; write it like that')
    return month_first.pop()


def _read(text: str, default: datetime, *, dayfirst: bool) -> datetime:
    try:
        return parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=_zone)
    except parser.UnknownTimezoneWarning:
        raise _ambiguous_zone(text) from None
    except (ValueError, OverflowError, TypeError):
        message = f'"{text}" is not a date; write it like 2026-11-21 or 2026-11-21 08:30'
        raise ValueError(message) from None


def _ambiguous_zone(text: str) -> ValueError:
    message = f'"{text}" has a time zone with several meanings; write 2026-11-21 08:30+01:00'
    return ValueError(message)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return the zone of an offset; a name alone is none, even that of this machine's zone.

    :raises parser.UnknownTimezoneWarning: there is only a name.
    """
    if name and offset is None:
        raise parser.UnknownTimezoneWarning(name)
    if offset is None:
        return None
    if abs(timedelta(seconds=offset)) >= _DAY:
        raise ValueError("more than a day")
    return tz.tzoffset(None, offset)
