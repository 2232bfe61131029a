"""Jinja filters of the pages: dates, topics, languages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from flask import Flask

from feedsvc.model import topics
from feedsvc.model.dates import written_date
from feedsvc.model.languages import is_rtl
from feedsvc.syndication.section_pages import ArchiveLink
from feedsvc.web.services import services


def register(app: Flask) -> None:
    """Add the filters to the templates of an application."""
    for template_filter in (day, topic, language, direction, months, often):
        app.add_template_filter(template_filter)


def day(moment: datetime, code: str = "en") -> str:
    """Return a moment in the newsroom's time zone, as a language writes it; midnight is left out.

    :param code: BCP 47.
    """
    return written_date(moment, services.config.site.timezone, code)


def topic(text: str, sort: str) -> str:
    """Return the path of an author's or a keyword's feed; empty where there is none."""
    return topics.topic(sort, text) if sort in services.config.feeds.by else ""


def language(code: str) -> str:
    """Return the name of a language in that language, or its code if the name is not known."""
    try:
        return Locale.parse(code, sep="-").get_display_name() or code
    except (UnknownLocaleError, ValueError):
        return code


def direction(code: str) -> str:
    """Return the direction of a language's script, ``ltr`` or ``rtl``; ``auto`` if not known."""
    if language(code) == code:
        return "auto"
    return "rtl" if is_rtl(code) else "ltr"


def months(archives: Sequence[ArchiveLink]) -> list[tuple[str, list[ArchiveLink]]]:
    """Return archives grouped by the months in which they end."""
    zone = ZoneInfo(services.config.site.timezone)

    def month(archive: ArchiveLink) -> str:
        return format_datetime(archive.newest, "MMMM y", tzinfo=zone, locale="en")

    return [(name, list(some)) for name, some in groupby(archives, month)]


def often(pace: timedelta) -> str:
    """Return a sentence that says how often new articles come."""
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = round(pace.total_seconds() / seconds)
        if count:
            every = unit if count == 1 else f"{count} {unit}s"
            return f"Something new comes about every {every}."
    return "Something new comes all the time."
