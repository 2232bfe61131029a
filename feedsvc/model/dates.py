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
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    pattern = "d MMMM y" if locale.language == "en" else "long"
    # A date that was typed without a time is midnight.
    time = "" if f"{here:%H%M%S}" == "000000" else f", {here:%H:%M}"
    return format_date(here, pattern, locale=locale) + time
