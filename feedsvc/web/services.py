"""The services of the application, which every blueprint may use."""

from collections.abc import Callable
from datetime import datetime
from threading import BoundedSemaphore
from typing import cast

from flask import current_app
from msgspec import Struct
from werkzeug.local import LocalProxy

from feedsvc.config.settings import Config
from feedsvc.publishing.status import Status
from feedsvc.push.hub import Hub
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
from feedsvc.web.http.quota import Quota
from feedsvc.web.http.rate_limits import RefetchLimit

KEY = "feedsvc"
"""Where the application keeps its Services, in ``app.extensions``."""


class Services(Struct, frozen=True):
    """The parts of the application."""

    config: Config
    status: Status
    feeds: Feeds
    redirects: Redirects
    sections: Sections
    feed_list: FeedList
    section_pages: SectionPages
    article_addresses: ArticleAddresses
    sitemaps: Sitemaps
    media_files: MediaFiles
    coded: Coded
    """Documents in content codings."""
    clock: Callable[[], datetime]
    """Returns the present moment; that of a test may be any."""
    seconds: Callable[[], float]
    """Returns it in seconds since 1970, which is quicker."""
    counters: AnswerCounters
    refetch_limit: RefetchLimit | None
    """Limits how often a client fetches a whole feed; None where there is no limit."""
    access_log: AccessLog | None
    hub: Hub
    hub_quota: Quota
    """Limits the requests of each client to the hub."""
    media_slots: BoundedSemaphore
    """Acquired for each picture or sound while it is sent: slow clients of big files must leave
    threads for the feeds."""


services = cast("Services", LocalProxy(lambda: current_app.extensions[KEY]))
"""The services of the application that answers this request."""
