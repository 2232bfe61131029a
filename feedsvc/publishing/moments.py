"""Moments as programs and people give them, in the time of the newsroom."""

from datetime import datetime
from zoneinfo import ZoneInfo

from feedsvc.config.settings import Config
from feedsvc.ingest.record.dates import parse_coming, parse_date


def parse(text: str, config: Config) -> datetime:
    """Return a moment that a text names.

    :raises ValueError: it is none; the message shows the right form.
    """
    return parse_date(text, ZoneInfo(config.site.timezone))


def coming(text: str, config: Config, now: datetime) -> datetime:
    """Return a moment that a text names, which may be ``tomorrow 9:00``.

    :raises ValueError: as for ``parse``.
    """
    return parse_coming(text, ZoneInfo(config.site.timezone), now)
