"""The tasks of a worker and of the publisher, the processes of ``feedsvc serve``."""

import asyncio
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware

from feedsvc.config.settings import Config
from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.concurrency_limit import ConcurrencyLimit
from feedsvc.server.forwarded_writes import ForwardedWrites, WriterLink, WriteService
from feedsvc.server.heartbeat import Heartbeat
from feedsvc.server.memory import limit_heaps
from feedsvc.server.supervisor import DRAIN, END_SIGNALS, TICK
from feedsvc.store.database import open_store
from feedsvc.store.follow_changes import follow_changes
from feedsvc.web.admin import admin_pages
from feedsvc.web.app import THREADS, create_app
from feedsvc.web.fast_path.h11_protocol import FullProtocol
from feedsvc.web.fast_path.protocol import FeedProtocol
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.refresh import Refresher
from feedsvc.web.services import KEY, Services

_FILES = 512
"""Files that a worker may have open besides its connections."""
_ADMIN_THREADS = 8
"""Requests of operators that are answered at the same time."""
_NICE = 5
"""How much lower the priority of workers (``nice``) is than that of the publisher: a correction
must reach the readers on a busy machine, too."""


def answer(
    listener: socket.socket, link: WriterLink | None, config: Config, heartbeat: Heartbeat
) -> None:
    """Answer the requests of a socket: the task of a worker.

    :param link: to the process that publishes; without it the worker writes articles itself.
    """
    _follow_supervisor()
    os.nice(_NICE)
    limit_heaps()
    flask = create_app(config)
    services: Services = flask.extensions[KEY]
    # a2wsgi has types of its own for WSGI and ASGI.
    app = cast("Any", WSGIMiddleware(cast("Any", flask), workers=THREADS))
    app = ForwardedWrites(app, link) if link else app
    ready_answers = ReadyAnswers(services)
    _allow_open_files(services.config.limits.connections)
    limited = ConcurrencyLimit(app, THREADS + services.config.limits.queue)
    server = WorkerServer(_settings(limited, partial(FeedProtocol, ready_answers)))
    server.refresher = Refresher(ready_answers, services)
    server.heartbeat = heartbeat
    try:
        server.run(sockets=[listener])
    finally:  # uvicorn raises the signal again that ended it
        _flush(services)


def _flush(services: Services) -> None:
    """Store counts, and the last lines of the access log."""
    services.feeds.flush()
    services.counters.flush()
    if services.access_log:
        services.access_log.close()


def administer(listener: socket.socket, config: Config, _heartbeat: Heartbeat) -> None:
    """Answer operators at the address that is theirs, also while all workers are busy."""
    _follow_supervisor()
    flask = create_app(config)
    app = WSGIMiddleware(cast("Any", admin_pages(flask)), workers=_ADMIN_THREADS)
    limited = ConcurrencyLimit(cast("Any", app), _ADMIN_THREADS)
    uvicorn.Server(_settings(limited, FullProtocol)).run(sockets=[listener])


def _settings(app: Any, protocol: Callable[..., asyncio.Protocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=cast("Any", protocol),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,  # else Flask would take a header for the address of the client
        timeout_graceful_shutdown=DRAIN,
    )


class WorkerServer(uvicorn.Server):
    """Uvicorn's server, with the tasks of a worker between requests."""

    refresher: Refresher
    heartbeat: Heartbeat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, to refresh feeds, and to beat."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        self.refresher.begin(loop)
        self.heartbeat.begin(loop)


def _allow_open_files(connections: int) -> None:
    """Raise the limit of open files for so many connections, as far as the system permits."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    needed = connections + _FILES
    soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def listen(config: Config, _heartbeat: Heartbeat) -> None:
    """Hear of the changes of other machines: the task of a process that does nothing else."""
    _follow_supervisor()
    follow_changes(config)


def publish(link: WriterLink, config: Config, _heartbeat: Heartbeat) -> None:
    """Publish changed files and the writes of workers, and do the jobs: the task of one process."""
    _follow_supervisor()
    # Imported by the publisher alone, once it follows the supervisor: it takes a while.
    from feedsvc.push.worker import make_worker

    database = open_store(config, may_be_away=True)
    watcher = Watcher(config, database, now)
    writes = WriteService(partial(create_app, config, database), link)
    writes.start()
    make_worker(config, database, now).start()

    def end(_signal: int, _frame: FrameType | None) -> None:
        watcher.stop()  # for while it waits for changes: there, exceptions of handlers are lost
        sys.exit()  # for while it reads: the next start does again all that was not committed

    signal.signal(signal.SIGTERM, end)
    try:
        watcher.run()
    finally:
        writes.drain()
        if writes.app:
            _flush(writes.app.extensions[KEY])


def _follow_supervisor() -> None:
    """End when the supervisor ends, and leave the signals of the terminal to it."""
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)
    # Not getppid(): the supervisor may have ended since it forked this process.
    supervisor = cast("BaseProcess", multiprocessing.parent_process())

    def follow() -> None:
        while os.getppid() == supervisor.pid:
            time.sleep(TICK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="follow", daemon=True).start()
