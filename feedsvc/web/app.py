"""Put the parts of the application together."""

import time
from collections.abc import Callable
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any, cast
from urllib.parse import quote

from flask import Flask
from werkzeug import Response

from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.model.clock import now
from feedsvc.publishing import tokens
from feedsvc.publishing.article_list import ArticleList
from feedsvc.publishing.article_writer import ArticleWriter
from feedsvc.publishing.newsroom_files import NewsroomFiles
from feedsvc.publishing.pings import Pings
from feedsvc.publishing.pushes import Pushes
from feedsvc.publishing.replays import Replays
from feedsvc.publishing.status import Status
from feedsvc.publishing.upload import Uploads
from feedsvc.push.hub import Hub
from feedsvc.store.database import Database, open_store
from feedsvc.store.shared_memory import open_shared_memory
from feedsvc.syndication.article_addresses import ArticleAddresses
from feedsvc.syndication.feeds import Feeds
from feedsvc.syndication.media import MediaFiles
from feedsvc.syndication.opml import FeedList
from feedsvc.syndication.previews import Previews
from feedsvc.syndication.redirects import Redirects
from feedsvc.syndication.section_pages import SectionPages
from feedsvc.syndication.sections import Sections
from feedsvc.syndication.sitemaps import Sitemaps
from feedsvc.web import counters, discovery, errors, publishing_services, template_filters
from feedsvc.web.access_log import AccessLog, logged
from feedsvc.web.api.routes import RESOURCES
from feedsvc.web.articles import article_page
from feedsvc.web.counters import AnswerCounters
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.wsgi import with_ready_feeds
from feedsvc.web.feeds import feeds
from feedsvc.web.health import ops
from feedsvc.web.http import quota, rate_limits
from feedsvc.web.http.content_codings import Coded
from feedsvc.web.http.quota import Quota
from feedsvc.web.http.rate_limits import RefetchLimit
from feedsvc.web.hub import hub
from feedsvc.web.media import media
from feedsvc.web.pages import PublicPath, files, pages, section_page
from feedsvc.web.publishing_services import PublishingServices
from feedsvc.web.redirects import redirects
from feedsvc.web.request_target import with_plain_targets
from feedsvc.web.response_types import Answer
from feedsvc.web.responses import secured
from feedsvc.web.services import KEY, Services
from feedsvc.web.sitemaps import sitemaps

THREADS = 40
"""Requests that one process answers at the same time."""
_FOR_FEEDS = 10
"""Threads that pictures and sounds never take."""
_LARGE_BODIES = 4
"""Large bodies that one process reads at the same time for sources, each of 60 MB at most."""


def create_app(
    config: Config,
    database: Database | None = None,
    clock: Callable[[], datetime] = now,
) -> Flask:
    """Return the WSGI application, which reads the store that another process writes.

    :param database: the newsroom's where it is not given.
    :raises feedsvc.errors.StoreError: the store cannot be used.
    """
    app = Flask("feedsvc", static_folder=None, root_path=__file__.rpartition("/")[0])
    app.response_class = Answer
    database = database or open_store(config, may_be_away=True)
    parts = app.extensions[KEY] = _services(config, database, clock)
    app.extensions[publishing_services.KEY] = _publishing_services(config, database, clock)
    for blueprint in (
        ops,
        media,
        pages,
        discovery.discovery,
        feeds,
        hub,
        redirects,
        sitemaps,
        *RESOURCES,
    ):
        app.register_blueprint(blueprint)
    app.url_map.converters["path"] = PublicPath
    app.add_url_rule("/<path:section>/", "section", section_or_article, strict_slashes=False)
    errors.register(app)
    template_filters.register(app)
    app.after_request(secured)
    inner = with_plain_targets(with_ready_feeds(app.wsgi_app, parts, ReadyAnswers(parts)))
    counted = logged(inner, parts.counters, parts.access_log, clock)
    app.wsgi_app = cast("Any", counted)  # the parameters of Flask's own have names
    return app


def _services(config: Config, database: Database, clock: Callable[[], datetime]) -> Services:
    most, log = config.limits.repeats, config.log.requests
    # Another number of counters is another file.
    feeds, hub_quota = Feeds(config, database), config.state / "hub-quotas"
    counted, fetched = config.state / f"counters-{counters.SIZE}", config.state / "repeats"
    return Services(
        config=config,
        status=Status(database),
        feeds=feeds,
        redirects=Redirects(config),
        sections=Sections(config, database),
        feed_list=FeedList(config, database),
        section_pages=SectionPages(config, database),
        article_addresses=ArticleAddresses(config, database),
        sitemaps=Sitemaps(config, database),
        media_files=MediaFiles(config, database),
        coded=Coded(),
        clock=clock,
        seconds=time.time if clock is now else lambda: clock().timestamp(),
        counters=AnswerCounters(counted, open_shared_memory(counted, counters.SIZE)),
        refetch_limit=RefetchLimit(
            open_shared_memory(fetched, rate_limits.SIZE), most, config.limits.proxies
        )
        if most
        else None,
        hub=Hub(config, database, feeds.document, clock),
        hub_quota=Quota(open_shared_memory(hub_quota, quota.SIZE), config.push.requests),
        access_log=AccessLog(None if log == "-" else config.root / log) if log else None,
        media_slots=BoundedSemaphore(THREADS - _FOR_FEEDS),
    )


def _publishing_services(
    config: Config, database: Database, clock: Callable[[], datetime]
) -> PublishingServices:
    quotas, uploads = config.state / "quotas", Uploads(config)
    writer = ArticleWriter(config, database, clock)
    return PublishingServices(
        publishers=lambda token: tokens.check(database, token, clock()),
        quota=Quota(open_shared_memory(quotas, quota.SIZE), config.api.requests),
        writer=writer,
        article_list=ArticleList(database),
        replays=Replays(database, clock),
        uploads=uploads,
        files=NewsroomFiles(config, writer.records, uploads, writer.refresh),
        pushes=Pushes(config, database, writer, clock),
        large_bodies=BoundedSemaphore(_LARGE_BODIES),
        pings=Pings(database, clock),
        previews=Previews(config, database),
    )


def section_or_article(section: str) -> Response:
    """Answer with the page of a section, else with that of an article at this address."""
    try:
        return section_page(section)
    except NotFoundError:
        return article_page(section)


def page_files(app: Flask) -> dict[str, bytes]:
    """Return the files of a static site that belong to no section, by their paths."""
    with app.test_request_context():
        return {**discovery.files(), **files()}


def page(app: Flask, path: str) -> bytes:
    """Return a page as any reader gets it, for a static site.

    :param path: decoded.
    :raises NotFoundError: there is no page.
    """
    with app.test_request_context(quote(path)):
        answer = app.full_dispatch_request()
        if answer.status_code != 200:
            raise NotFoundError(f"there is no page at {path}")
        return answer.get_data()
