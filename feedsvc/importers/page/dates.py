"""Read a date as a page shows it; nothing is guessed, as ``03/04/2023`` without a language."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import chain, product

from babel import Locale
from babel.core import UnknownLocaleError
from msgspec import Struct

from feedsvc.importers.page.vocabulary import VOCABULARY, pattern, words

_PIECE = pattern("piece_of_date")
_LANGUAGES = tuple(VOCABULARY["published"])
_WEEKDAY = 0
"""Number of any weekday among the numbers of months."""
_YEARS = range(1900, 2101)
_SMALL = words("in_dates")

_DAYS = [pattern(name) for name in ("day_in_characters", "day_year_first", "day_year_last")]
"""Days in digits; where the year comes last, day and month may be the other way round."""


class DateReading(Struct, frozen=True):
    """The result of reading a date."""

    value: str = ""
    """ISO 8601: a day, or a day and a time, with its offset when the page has it."""
    problem: str = ""
    """Why there is none, or why a part was left out; empty when the text is no date at all."""


class _UncertainError(ValueError):
    """A text is a date, but it could be another one, too."""


def read_date(text: str, languages: tuple[str, ...] = ()) -> DateReading:
    """Read a text that is a date as a whole, else the part before its last dash or stroke."""
    text = re.sub("[\u200e\u200f]", "", text[:200])  # marks of the direction of writing
    text = pattern("iso_letter").sub(" ", " ".join(unicodedata.normalize("NFKC", text).split()))
    # "(4 hours ago)" and "(local time)" are not the date; "(GMT)" belongs to it.
    text = pattern("date_remark").sub(" ", text).replace("(", " ").replace(")", " ")
    tails = [match.start() for match in pattern("behind_date").finditer(text)]
    readings = (_whole(text[:end], languages) for end in (len(text), *reversed(tails)))
    try:
        return next(filter(lambda reading: reading.value, readings), DateReading())
    except _UncertainError as uncertain:
        return DateReading(problem=str(uncertain))
    except ValueError:
        return DateReading()


def is_later(moment: str, other: str) -> bool:
    """Return whether one ISO moment is surely later than another, zone or no zone."""
    first, second = datetime.fromisoformat(moment), datetime.fromisoformat(other)
    # A zone can lie so far from Greenwich.
    unsure = timedelta(hours=0 if (first.tzinfo is None) == (second.tzinfo is None) else 14)
    first, second = (it if it.tzinfo else it.replace(tzinfo=UTC) for it in (first, second))
    return first - second > unsure


def _whole(text: str, languages: tuple[str, ...]) -> DateReading:
    """Read a text of a day, a time and a zone, in any order, with nothing else in it."""
    numeric = None
    if match := next(filter(None, (each.search(text) for each in _DAYS)), None):
        numeric = _numeric_day(match, languages)
        text = f"{text[: match.start()]} {text[match.end() :]}"
    clock = pattern("clock").search(text)
    if clock is None:
        day = _day(numeric, text, languages)
        return DateReading(day.isoformat() if day else "")
    hour, half = int(clock["hour"]), (clock["half"] or clock["only"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    minutes = VOCABULARY["zones"].get((clock["zone"] or "").casefold())
    if clock["sign"]:
        minutes = int(clock["hours"]) * 60 + int(clock["minutes"] or 0)
        minutes = minutes if clock["sign"] == "+" else -minutes
    zone = None if minutes is None else timezone(timedelta(minutes=minutes))
    moment = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), tzinfo=zone)
    word = "" if zone else clock["zone"] or ""
    before, after = text[: clock.start()], text[clock.end() :]
    if day := _day(numeric, f"{before} {word} {after}", languages):
        whole = datetime.combine(day, moment)
        return DateReading(whole.isoformat(" ", "seconds" if moment.second else "minutes"))
    if day := _day(numeric, f"{before} {after}", languages) if word else None:
        problem = f'the time is left out: it is uncertain which zone "{word}" is'
        return DateReading(day.isoformat(), problem)
    return DateReading()


def _numeric_day(match: re.Match[str], languages: tuple[str, ...]) -> date:
    """Return the day written in digits; with its year last, the language decides on its month."""
    text, year, month, day = match[0], *(int(match[name]) for name in "ymd")
    is_swapped = match.re is _DAYS[-1] and month > 12
    if match.re is _DAYS[-1] and max(month, day) <= 12 and month != day:
        # With dots, the day comes first wherever dots are used (CLDR).
        orders = {"dm"} if "." in text else {_order(language) for language in languages}
        if orders not in ({"dm"}, {"md"}):
            days = f"{date(year, month, day)} or {date(year, day, month)}"
            raise _UncertainError(f'"{text}" is ambiguous; write {days}')
        is_swapped = orders == {"md"}
    return date(year, day, month) if is_swapped else date(year, month, day)


@lru_cache
def _order(language: str) -> str:
    """Return whether a language puts day or month first: ``dm``, ``md``; nothing for ``en``."""
    try:
        short = str(Locale.parse(language, sep="-").date_formats["short"].pattern)
    except (ValueError, UnknownLocaleError):
        return ""
    order = "".join(dict.fromkeys(re.findall("[dMy]", short))).lower()
    return "" if language == "en" or order.startswith("y") else order.removesuffix("y")


def _day(day: date | None, text: str, languages: tuple[str, ...]) -> date | None:
    """Return the day, from the rest of the text without one; None if a word is not understood."""
    pieces = [piece for piece in _pieces(text) if piece not in _SMALL]
    numbers = [int(piece) for piece in pieces if piece.isdecimal()]
    words = tuple(piece for piece in pieces if not piece.isdecimal())
    if day:
        known = not numbers and _WEEKDAY in _months(words, (*languages, *_LANGUAGES))
        return day if known and day.year in _YEARS else None
    # The era of Thailand, Laos and Cambodia is so many years ahead.
    years = [number - 543 * (number > 2400) for number in numbers if number > 31]
    days = [number for number in numbers if 1 <= number <= 31]
    if len(numbers) != 2 or len(days) != 1 or len(years) != 1 or years[0] not in _YEARS:
        return None
    for tags in (languages, ("en",), _LANGUAGES):
        months = _months(words, tags) - {_WEEKDAY}
        if len(months) > 1:  # "listopad" is October in Croatian, November in Polish
            raise _UncertainError(f'"{" ".join(words)}" is another month in another language')
        if months:
            return date(years[0], months.pop(), days[0])
    return None


def _pieces(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _PIECE.findall(re.sub("[\u0300-\u036f]", "", folded).replace("’", "'").replace("d'", ""))


@lru_cache
def _names(language: str) -> dict[str, set[int]]:
    """Return the months (1 to 12) and weekdays (0) of a language, by all of their names."""
    try:
        locale = Locale.parse(language.replace("-", "_").partition("_")[0])
    except (ValueError, UnknownLocaleError):
        return {}
    names: defaultdict[str, set[int]] = defaultdict(set)
    for context, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
        for month in range(1, 13):
            names[_pieces(locale.months[context][width][month])[-1]].add(month)
        for piece in chain(*map(_pieces, locale.days[context][width].values())):
            names[piece].add(_WEEKDAY)
    for name, month in VOCABULARY["months"].get(locale.language, {}).items():
        names[name].add(month)
    return names


def _months(words: tuple[str, ...], languages: Sequence[str]) -> set[int]:
    """Return the months that words can name in a language; 0 for none but weekdays."""
    readings = (product(*(each.get(word, ()) for word in words)) for each in map(_names, languages))
    known = chain.from_iterable(readings) if len(words) <= 5 else ()
    return {max(numbers, default=0) for numbers in known if sum(map(bool, numbers)) <= 1}
