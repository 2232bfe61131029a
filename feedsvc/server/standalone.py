"""The application with a watcher in the same process, for any WSGI server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.config.settings import Config
from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.push.worker import make_worker
from feedsvc.store.database import open_store
from feedsvc.web.app import create_app

if TYPE_CHECKING:
    from flask import Flask


def create_standalone(config: Config) -> Flask:
    """Return the application, with a watcher and the jobs in threads of their own.

    Of several processes of one newsroom only one watches, and one does the jobs; when it ends,
    another takes over.
    """
    database = open_store(config)
    watcher = Watcher(config, database, now)
    watcher.fill()
    watcher.start()
    make_worker(config, database, now).start()
    return create_app(config, database)
