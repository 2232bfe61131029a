"""The processes of ``feedsvc serve``: workers that answer, and one that publishes."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from functools import partial
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware

from feedsvc.app import THREADS, create_app, now
from feedsvc.cli.heartbeat import MISSED, Heartbeat
from feedsvc.cli.memory import thrifty
from feedsvc.errors import FeedsvcError
from feedsvc.store.database import Database
from feedsvc.watcher import Watcher
from feedsvc.web.lane import Lane
from feedsvc.web.limits import Bounded
from feedsvc.web.ready import Desk
from feedsvc.web.services import KEY, Services
from feedsvc.web.upkeep import Upkeep

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import ForkProcess
    from types import FrameType

    from feedsvc.config import Config

log = logging.getLogger(__name__)

DRAIN = 10
"""Seconds that a worker has to finish its answers after SIGTERM."""
_FILES = 512
"""Files that a worker may have open besides its connections."""
_NICE = 5
"""By how much workers are nicer (``nice``) than the publisher: where everybody wants the processor,
a correction must reach the readers all the same."""
_TICK = 1.0
"""Seconds between two looks at config.toml."""
_SHORT_LIFE = 2.0
"""Seconds; a process that lived less is replaced only after a pause."""
_FORK = multiprocessing.get_context("fork")
"""The supervisor has one thread and no open store, so its children can begin as copies of it:
they start at once, and share the memory of everything imported."""

_ENDING = (signal.SIGTERM, signal.SIGINT)


class _Child:
    """A process of one kind, and when it was born."""

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        self.target = target
        self.heartbeat = Heartbeat()
        """Of a worker; the publisher's never begins."""
        if target is answer:
            arguments = (*arguments, self.heartbeat)
        self.process: ForkProcess = _FORK.Process(target=target, args=arguments)
        self.born = time.monotonic()
        # Until the child has left the supervisor's handlers behind, no signal may reach them.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


class Supervisor:
    """Starts the processes, replaces those that die, and ends them all together."""

    def __init__(self, listener: socket.socket, workers: int, read: Callable[[], Config]) -> None:
        """Take the socket that all workers accept from.

        :param read: reads the configuration again when config.toml has changed.
        """
        self._listener = listener
        self._workers = workers
        self._read = read
        self._stop = threading.Event()

    def run(self, config: Config) -> None:
        """Serve until SIGTERM or SIGINT."""
        wake, ring = os.pipe()

        def ended(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()
            os.write(ring, b".")

        for number in _ENDING:
            signal.signal(number, ended)
        seen = marks(config)
        children = self._start_all(config)
        while True:
            wait([wake, *(child.process.sentinel for child in children)], timeout=_TICK)
            if self._stop.is_set():
                break
            now_seen = marks(config)
            if seen != now_seen:
                config, children = self._reread(config, children)
                # The store may be a new one by now; config.toml is as it was before it was read.
                seen = [now_seen[0], marks(config)[1]]
            children = [self._replaced(child, config) for child in children]
        _end(children)

    def _start_all(self, config: Config) -> list[_Child]:
        answering = [self._start(answer, config) for _ in range(self._workers)]
        return [*answering, self._start(publish, config)]

    def _start(self, target: Callable[..., None], config: Config) -> _Child:
        return _Child(target, config, *([self._listener] if target is answer else []))

    def _replaced(self, child: _Child, config: Config) -> _Child:
        if child.process.is_alive():
            if not child.heartbeat.stopped():
                return child
            log.error("process %s has been stuck for %s s; ending it", child.process.pid, MISSED)
            child.process.kill()
            child.process.join()
        code = child.process.exitcode
        log.warning("process %s ended (%s); starting another", child.process.pid, code)
        if time.monotonic() - child.born < _SHORT_LIFE:
            self._stop.wait(_TICK)  # whatever is wrong would only happen again at once
        return self._start(child.target, config)

    def _reread(self, config: Config, children: list[_Child]) -> tuple[Config, list[_Child]]:
        """Go on with the new configuration, or with the old one while the new one is wrong.

        Where the store was taken away, all begin anew with another one.
        """
        try:
            fresh = self._read()
            database = Database(fresh.state)
            Watcher(fresh, database, now).fill()
            database.close()
        except FeedsvcError as error:
            log.error("what changed is wrong, so all goes on as it was:\n%s", error)
            return config, children
        log.info("config.toml or the store has changed; going on with it")
        started = self._start_all(fresh)
        _end(children)
        return fresh, started


def marks(config: Config) -> list[tuple[int, int]]:
    """Return what tells that config.toml changed, or that the store is another one."""
    found: list[tuple[int, int]] = []
    for file, whole in ((config.file, True), (config.state / "store.sqlite", False)):
        try:
            stat = file.stat()
        except OSError:  # also between an editor's delete and its rename
            found.append((-1, -1))
        else:
            found.append((stat.st_mtime_ns, stat.st_size) if whole else (stat.st_ino, 0))
    return found


def _end(children: list[_Child]) -> None:
    """Let the processes finish what they are at, and end those that cannot."""
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + DRAIN + 2
    for child in children:
        child.process.join(max(0.0, deadline - time.monotonic()))
        if child.process.is_alive():
            child.process.kill()
            child.process.join()


def answer(config: Config, listener: socket.socket, heartbeat: Heartbeat) -> None:
    """Answer requests: the body of a worker."""
    _settle()
    os.nice(_NICE)
    thrifty()
    flask = create_app(config)
    room: Services = flask.extensions[KEY]
    # a2wsgi spells the types of WSGI and ASGI its own way.
    app = cast("Any", WSGIMiddleware(cast("Any", flask), workers=THREADS))
    desk = Desk(room)
    _open_files(room.connections)
    settings = uvicorn.Config(
        Bounded(app, THREADS + room.queue),
        interface="asgi3",
        http=cast("Any", partial(Lane, desk)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=DRAIN,
    )
    server = _Server(settings)
    server.upkeep = Upkeep(desk, room)
    server.heartbeat = heartbeat
    try:
        server.run(sockets=[listener])
    finally:  # it ends by the signal that ended it
        room.syndication.shelf.flush()
        room.tally.flush()
        if room.log:
            room.log.close()


class _Server(uvicorn.Server):
    """Uvicorn's server, with what a worker does between requests."""

    upkeep: Upkeep
    heartbeat: Heartbeat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and to look after the feeds."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        self.upkeep.begin(loop)
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
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    supervisor = os.getppid()

    def follow() -> None:
        while os.getppid() == supervisor:
            time.sleep(_TICK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="follow", daemon=True).start()
