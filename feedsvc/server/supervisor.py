"""The processes of ``feedsvc serve``: workers that answer, and one that publishes."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.heartbeat import MISSED, Heartbeat
from feedsvc.server.processes import DRAIN, END_SIGNALS, TICK, answer, publish
from feedsvc.store.database import Database
from feedsvc.store.sqlite import FILE_NAME

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.context import ForkProcess
    from types import FrameType

    from feedsvc.config.settings import Config

log = logging.getLogger(__name__)

_SHORT_LIFE = 2.0
"""Seconds; a process that lived less is replaced only after a pause."""
_FORK = multiprocessing.get_context("fork")
"""The supervisor has one thread and no open store, so its children can begin as copies of it:
they start at once, and share the memory of everything imported."""


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
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)


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

        for number in END_SIGNALS:
            signal.signal(number, ended)
        seen = file_marks(config)
        children = self._start_all(config)
        while True:
            wait([wake, *(child.process.sentinel for child in children)], timeout=TICK)
            if self._stop.is_set():
                break
            now_seen = file_marks(config)
            if seen != now_seen:
                config, children = self._reread(config, children)
                # The store may be a new one by now; config.toml is as it was before it was read.
                seen = [now_seen[0], file_marks(config)[1]]
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
            self._stop.wait(TICK)  # whatever is wrong would only happen again at once
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


def file_marks(config: Config) -> list[tuple[int, int]]:
    """Return what tells that config.toml changed, or that the store is another one."""
    found: list[tuple[int, int]] = []
    for file, whole in ((config.file, True), (config.state / FILE_NAME, False)):
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
