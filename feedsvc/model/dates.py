"""Dates as people write them."""

from datetime import datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from feedsvc.model.clock import local


def written_date(moment: datetime, timezone: str, language: str) -> str:
    """Return a moment in a newsroom's time, as a language writes it; midnight is left out.

    :param timezone: ``[site] timezone``.
    :param language: BCP 47.
    """
    here = local(moment, timezone)
    # A date that was typed without a time is midnight.
    time = "" if f"{here:%H%M%S}" == "000000" else f", {here:%H:%M}"
    return _date(here, language) + time


def _date(day: datetime, language: str) -> str:
    # English needs no data of Babel, which take longer to load than a feed to write.
    if language.partition("-")[0].lower() != "en":
        try:
            return format_date(day, "long", locale=Locale.parse(language, sep="-"))
        except (UnknownLocaleError, ValueError):
            pass
    return f"{day.day} {day:%B} {day.year}"
