"""The one place that puts the parts together."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask

from feedsvc.addresses import Addresses
from feedsvc.directory import Directory
from feedsvc.errors import NotFoundError
from feedsvc.preview import Previews
from feedsvc.sitemaps import Sitemaps
from feedsvc.store.database import Database
from feedsvc.stories import Stories
from feedsvc.syndication import Syndication
from feedsvc.watcher import Watcher
from feedsvc.web import discovery, errors
from feedsvc.web.answer import Answer
from feedsvc.web.codings import Coded
from feedsvc.web.feeds import feeds
from feedsvc.web.ledger import Ledger
from feedsvc.web.limits import Repeats
from feedsvc.web.media import media
from feedsvc.web.ops import ops
from feedsvc.web.pages import files, pages
from feedsvc.web.ready import Desk
from feedsvc.web.services import KEY, Services
from feedsvc.web.shortcut import Shortcut
from feedsvc.web.sitemaps import sitemaps
from feedsvc.web.tally import AccessLog, Tally
from feedsvc.web.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedsvc.config import Config


THREADS = 40
"""Requests that one process answers at the same time."""
_FOR_FEEDS = 10
"""Of these, those that pictures and sounds never take."""


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def create_app(
    config: Config, database: Database | None = None, clock: Callable[[], datetime] = now
) -> Flask:
    """Return the WSGI application; it reads the store, and somebody else fills it.

    :param database: the newsroom's own when not given.
    :raises feedsvc.errors.StoreError: the store cannot be used.
    """
    app = Flask("feedsvc", static_folder=None, root_path=__file__.rpartition("/")[0])
    app.response_class = Answer
    database = database or Database(config.state)
    room = app.extensions[KEY] = _services(config, database, clock)
    for blueprint in (ops, media, pages, discovery.discovery, feeds, sitemaps):
        app.register_blueprint(blueprint)
    errors.register(app)
    inner = Shortcut(app.wsgi_app, room, Desk(room))
    app.wsgi_app = Ledger(Targets(inner), room.tally, room.log, clock)
    return app


def _services(config: Config, database: Database, clock: Callable[[], datetime]) -> Services:
    repeats, log = config.limits.repeats, config.log.requests
    return Services(
        syndication=Syndication(config, database),
        addresses=Addresses(config),
        directory=Directory(config, database),
        previews=Previews(config, database),
        sitemaps=Sitemaps(config, database),
        stories=Stories(config, database),
        coded=Coded(),
        clock=clock,
        seconds=time.time if clock is now else lambda: clock().timestamp(),
        cdn=config.cdn.tags,
        queue=config.limits.queue,
        connections=config.limits.connections,
        tally=Tally(config.state / "tally"),
        repeats=Repeats(config.state / "repeats", repeats) if repeats else None,
        log=AccessLog(None if log == "-" else config.root / log) if log else None,
        media=BoundedSemaphore(THREADS - _FOR_FEEDS),
    )


def page_files(app: Flask) -> dict[str, bytes]:
    """Return what is no feed and no picture as files for those who cannot ask, by their paths."""
    with app.test_request_context():
        return {**discovery.files(), **files()}


def page(app: Flask, path: str) -> bytes:
    """Return a page for people as everybody gets it.

    :param path: decoded.
    :raises NotFoundError: there is no page.
    """
    with app.test_request_context(quote(path)):
        answer = app.full_dispatch_request()
        if answer.status_code != 200:
            raise NotFoundError(f"there is no page at {path}")
        return answer.get_data()


def create_standalone(config: Config) -> Flask:
    """Return the application with a watcher beside it, for any WSGI server.

    Of several processes on one newsroom only one watches; when it ends, another takes over.
    """
    database = Database(config.state)
    watcher = Watcher(config, database, now)
    watcher.fill()
    watcher.start()
    return create_app(config, database)
