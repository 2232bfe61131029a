"""Dates and moments as people write them; a text that could mean two days is refused."""

import re
from collections.abc import Iterator
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
_ISO = re.compile(r"\d{4}(-?)(?:\d\d\1\d\d|W\d\d(?:\1\d)?)(?:\D.*)?")
"""ISO 8601 begins like this; Python accepts any character, even a digit, behind the date."""
_POINT = re.compile(r"(?<![\d.,:])([01]?\d|2[0-3])\.([0-5]\d)(?![\d.:]|,\d)")
"""A time with a point between hours and minutes."""
_FRACTION = re.compile(r"(?<=:\d\d)[.,]\d+")
_HALF_DAY = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_MONTH_NAME = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.IGNORECASE
)
_DAYS = ("today", "tomorrow")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMING = re.compile(
    r"(?:(?P<day>today|tomorrow)|(?:on\s+)?(?P<next>next\s+)?(?P<weekday>mon|tue(?:s(?=day))?"
    r"|wed(?:nes(?=day))?|thu(?:rs(?=day))?|fri|sat(?:ur(?=day))?|sun)(?:day)?)"
    # Behind a weekday there may be a whole date, too.
    r"(?:(?(day)\b.*|,?\s+(?:at\s+)?\d{1,2}(?:[:.]\d\d){0,2}(?:\s?[ap]\.?m\.?)?))?",
    re.IGNORECASE,
)
_DAY = timedelta(hours=24)


def parse_date(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment that a text names, in UTC and whole seconds.

    :param text: ISO 8601, or any text that python-dateutil reads in only one way.
    :param zone: for a text without a zone; a bare date is midnight there.
    :raises ValueError: it is no date or ambiguous; the message shows the right form.
    """
    try:
        moment = datetime.fromisoformat(text) if _ISO.fullmatch(text) else _parse_prose(text)
    except ValueError:
        moment = _parse_prose(text)
    if moment.year not in _YEARS:
        raise ValueError(f'"{text}" is out of range; write a year of four digits')
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).replace(microsecond=0)


def parse_coming(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment that a text of a command names, also ``tomorrow 9:00`` or ``monday 9:00``.

    A weekday is the first one that is not over; ``next`` makes it never today.

    :raises ValueError: as for ``parse_date``.
    """
    named = _COMING.fullmatch(text.strip())
    if named is None:
        return parse_date(text, zone)
    today = now.astimezone(zone).date()
    word = named["day"] or named["weekday"]
    time = text.strip()[named.end("day") if named["day"] else named.end("weekday") :]
    time = re.sub(r"^(?:day)?,?\s*(?:at\s+)?", "", time)

    def moment(days: int) -> datetime:
        return parse_date(f"{today + timedelta(days=days):%Y-%m-%d} {time}".strip(), zone)

    if named["day"]:
        return moment(_DAYS.index(word.casefold()))
    days = (_WEEKDAYS.index(word[:3].casefold()) - today.weekday()) % len(_WEEKDAYS)
    coming = moment(days)
    again = coming <= now or (named["next"] and not days)
    return moment(days + len(_WEEKDAYS)) if again else coming


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
    moment = month_first.pop()
    if unread := _unread_digits(text, moment):
        raise ValueError(
            f'"{text}" has digits that are read as no part of a date ({", ".join(unread)}); '
            "write it like 2026-11-21 08:30, the year with four digits"
        )
    return moment


def _unread_digits(text: str, moment: datetime) -> list[str]:
    """Return the numbers of a text that are no part of a moment."""
    text = _FRACTION.sub("", text)
    parts = [moment.day, moment.minute, moment.second]
    parts.append(moment.hour if not _HALF_DAY.search(text) else moment.hour % 12 or 12)
    if not _MONTH_NAME.search(text):
        parts.append(moment.month)
    if offset := moment.utcoffset():
        parts += divmod(abs(offset) // timedelta(minutes=1), 60)
    parts.append(moment.year)
    unread = list[str]()
    for number in _numbers(text, f"{moment:%Y}"):
        if int(number) in parts:
            parts.remove(int(number))
        else:
            unread.append(number)
    return unread


def _numbers(text: str, written_year: str) -> Iterator[str]:
    """Yield the numbers of a text; of digits without marks between them each part."""
    for digits in re.findall("[0-9]+", text):
        year = 4 if len(digits) in (8, 12, 14) else 0
        pairs = year or len(digits) == 6 or (len(digits) == 4 and digits != written_year)
        step = 2 if pairs else len(digits)
        yield from filter(None, [digits[:year]])
        yield from (digits[at : at + step] for at in range(year, len(digits), step))


def _read(text: str, default: datetime, *, dayfirst: bool) -> datetime:
    try:
        plain = _POINT.sub(r"\1:\2", text)
        return parser.parse(plain, default=default, dayfirst=dayfirst, tzinfos=_zone)
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
