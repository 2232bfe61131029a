"""The services that every blueprint may use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import BoundedSemaphore

from flask import current_app
from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.publishing.status import Status
from feedsvc.syndication.article_addresses import ArticleAddresses
from feedsvc.syndication.feeds import Feeds
from feedsvc.syndication.media import MediaFiles
from feedsvc.syndication.opml import FeedList
from feedsvc.syndication.redirects import Redirects
from feedsvc.syndication.section_pages import SectionPages
from feedsvc.syndication.sections import Sections
from feedsvc.syndication.sitemaps import Sitemaps
from feedsvc.web.access_log import AccessLog
from feedsvc.web.counters import AnswerCounters
from feedsvc.web.http.content_codings import Coded
from feedsvc.web.http.rate_limits import RefetchLimit

KEY = "feedsvc"
"""Where the application keeps its Services, in ``app.extensions``."""


class Services(Struct, frozen=True):
    """The parts that the application was put together from."""

    config: Config
    status: Status
    syndication: Feeds
    redirects: Redirects
    sections: Sections
    feed_list: FeedList
    section_pages: SectionPages
    article_addresses: ArticleAddresses
    sitemaps: Sitemaps
    media_files: MediaFiles
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
    tally: AnswerCounters
    repeats: RefetchLimit | None
    """Counts who fetches feeds whole again and again, where that is limited."""
    log: AccessLog | None
    media: BoundedSemaphore
    """Pictures and sounds that may be on their way at once: slow readers of big files must leave
    threads for the feeds."""


def current_services() -> Services:
    """Return the services of the application that answers this request."""
    services: Services = current_app.extensions[KEY]
    return services
