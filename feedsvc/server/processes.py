"""The processes of ``feedsvc serve``: workers that answer, and one that publishes."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware

from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.memory import limit_heaps
from feedsvc.store.database import Database
from feedsvc.web.app import THREADS, create_app
from feedsvc.web.fast_path.protocol import FeedProtocol
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.refresh import Refresher
from feedsvc.web.http.rate_limits import ConcurrencyLimit
from feedsvc.web.services import KEY, Services

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from feedsvc.config.settings import Config
    from feedsvc.server.heartbeat import Heartbeat


DRAIN = 10
"""Seconds that a worker has to finish its answers after SIGTERM."""


_FILES = 512
"""Files that a worker may have open besides its connections."""


_NICE = 5
"""By how much workers are nicer (``nice``) than the publisher: where everybody wants the processor,
a correction must reach the readers all the same."""


TICK = 1.0
"""Seconds between two looks at config.toml."""


END_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def answer(config: Config, listener: socket.socket, heartbeat: Heartbeat) -> None:
    """Answer requests: the body of a worker."""
    _settle()
    os.nice(_NICE)
    limit_heaps()
    flask = create_app(config)
    services: Services = flask.extensions[KEY]
    # a2wsgi spells the types of WSGI and ASGI its own way.
    app = cast("Any", WSGIMiddleware(cast("Any", flask), workers=THREADS))
    ready_answers = ReadyAnswers(services)
    _open_files(services.connections)
    settings = uvicorn.Config(
        ConcurrencyLimit(app, THREADS + services.queue),
        interface="asgi3",
        http=cast("Any", partial(FeedProtocol, ready_answers)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=DRAIN,
    )
    server = WorkerServer(settings)
    server.refresher = Refresher(ready_answers, services)
    server.heartbeat = heartbeat
    try:
        server.run(sockets=[listener])
    finally:  # it ends by the signal that ended it
        services.feeds.shelf.flush()
        services.counters.flush()
        if services.access_log:
            services.access_log.close()


class WorkerServer(uvicorn.Server):
    """Uvicorn's server, with what a worker does between requests."""

    refresher: Refresher
    heartbeat: Heartbeat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and to look after the feeds."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        self.refresher.begin(loop)
        self.heartbeat.begin(loop)


def _open_files(connections: int) -> None:
    """Let this process have as many connections as it may, and files besides."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = connections + _FILES
    soft = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))


def publish(config: Config) -> None:
    """Publish what changes in the files: the body of the one process that writes."""
    _settle()
    watcher = Watcher(config, Database(config.state), now)

    def ended(_signal: int, _frame: FrameType | None) -> None:
        watcher.stop()  # while it listens, whatever a handler raises is lost
        sys.exit()  # and while it reads: what was not committed is done again at the next start

    signal.signal(signal.SIGTERM, ended)
    watcher.run()


def _settle() -> None:
    """Leave the terminal's signals to the supervisor, and do not outlive it."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
    supervisor = os.getppid()

    def follow() -> None:
        while os.getppid() == supervisor:
            time.sleep(TICK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="follow", daemon=True).start()
