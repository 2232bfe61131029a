"""What every blueprint may ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import BoundedSemaphore

from flask import current_app
from msgspec import Struct

from feedsvc.addresses import Addresses
from feedsvc.directory import Directory
from feedsvc.preview import Previews
from feedsvc.sitemaps import Sitemaps
from feedsvc.stories import Stories
from feedsvc.syndication import Syndication
from feedsvc.web.codings import Coded
from feedsvc.web.limits import Repeats
from feedsvc.web.tally import AccessLog, Tally

KEY = "feedsvc"
"""Where the application keeps its Services, in ``app.extensions``."""


class Services(Struct, frozen=True):
    """The parts that the application was put together from."""

    syndication: Syndication
    addresses: Addresses
    """Those of before."""
    directory: Directory
    previews: Previews
    sitemaps: Sitemaps
    stories: Stories
    coded: Coded
    """The documents in content codings."""
    clock: Callable[[], datetime]
    """Gives the present moment; a test gives another."""
    seconds: Callable[[], float]
    """Gives it in seconds since 1970, which is quicker."""
    cdn: str
    """``[cdn] tags``."""
    queue: int
    """``[limits] queue``."""
    connections: int
    """``[limits] connections``."""
    tally: Tally
    repeats: Repeats | None
    """Counts who fetches feeds whole again and again, where that is limited."""
    log: AccessLog | None
    media: BoundedSemaphore
    """Pictures and sounds that may be on their way at once: slow readers of big files must leave
    threads for the feeds."""


def services() -> Services:
    """Return the services of the application that answers this request."""
    found: Services = current_app.extensions[KEY]
    return found
