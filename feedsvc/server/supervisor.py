"""Start the processes of ``feedsvc serve``, watch them, and replace them."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.heartbeat import MISSED, Heartbeat
from feedsvc.store.database import Database
from feedsvc.store.sqlite import FILE_NAME

log = logging.getLogger(__name__)

DRAIN = 10
"""Seconds that a worker has to finish its answers after SIGTERM."""
TICK = 1.0
"""Seconds between two checks of config.toml, and of the supervisor."""
END_SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""Signals that end ``feedsvc serve``."""
_SHORT_LIFE = 2.0
"""Seconds; a process that ran for less is replaced only after a pause."""
_FORK = multiprocessing.get_context("fork")
"""The supervisor has one thread and no open store, so its children can be forked: they start at
once, and share the memory of all imported modules."""

Task = Callable[[Config, Heartbeat], None]
"""All that a process does. The heartbeat of one that never begins to beat is not checked."""


class _Child:
    """A running process."""

    def __init__(self, task: Task, config: Config) -> None:
        self.task = task
        self.heartbeat = Heartbeat()
        self.process: ForkProcess = _FORK.Process(target=task, args=(config, self.heartbeat))
        self.started = time.monotonic()
        # No signal may reach the handlers of the supervisor before the child has replaced them.
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)


class Supervisor:
    """Starts the processes, replaces each that ends, and ends them all together.

    :param tasks: one for each process.
    :param read: reads the configuration again when config.toml has changed.
    """

    def __init__(self, tasks: Sequence[Task], read: Callable[[], Config]) -> None:
        self._tasks = tasks
        self._read = read
        self._stop = threading.Event()

    def run(self, config: Config) -> None:
        """Serve until SIGTERM or SIGINT."""
        woken, wake = os.pipe()

        def end(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()
            os.write(wake, b".")

        for number in END_SIGNALS:
            signal.signal(number, end)
        state = file_state(config)
        children = [_Child(task, config) for task in self._tasks]
        while True:
            wait([woken, *(child.process.sentinel for child in children)], timeout=TICK)
            if self._stop.is_set():
                break
            new_state = file_state(config)
            if new_state != state:
                config, children = self._reload(config, children)
                # Reading may have made a new store; config.toml may have changed while it was read.
                state = new_state._replace(store=file_state(config).store)
            children = [self._running(child, config) for child in children]
        _end(children)

    def _running(self, child: _Child, config: Config) -> _Child:
        """Return a process if it runs, else another in its place."""
        if child.process.is_alive():
            if not child.heartbeat.stopped():
                return child
            log.error("process %s has been stuck for %s s; ending it", child.process.pid, MISSED)
            child.process.kill()
            child.process.join()
        code = child.process.exitcode
        log.warning("process %s ended (%s); starting another", child.process.pid, code)
        if time.monotonic() - child.started < _SHORT_LIFE:
            self._stop.wait(TICK)  # or it would only end again at once
        return _Child(child.task, config)

    def _reload(self, config: Config, children: list[_Child]) -> tuple[Config, list[_Child]]:
        """Replace all processes by new ones with the new configuration, if that has no errors.

        Where the store was deleted, the new ones begin with a new one.
        """
        try:
            fresh = self._read()
            database = Database(fresh.state)
            Watcher(fresh, database, now).fill()
            database.close()
        except FeedsvcError as error:
            log.error("the change has errors, so the old configuration stays in use:\n%s", error)
            return config, children
        log.info("config.toml or the store has changed; replacing all processes")
        started = [_Child(task, fresh) for task in self._tasks]
        _end(children)
        return fresh, started


class FileState(NamedTuple):
    """Values that change with the files that a process began with."""

    settings: tuple[int, ...]
    """Of config.toml: when it was written, and its size; empty where it is missing."""
    store: tuple[int, ...]
    """Of the store: its inode, as another file may take its place; empty where it is missing."""


def file_state(config: Config) -> FileState:
    """Return the state of config.toml and of the store."""
    return FileState(
        _stamp(config.file, "st_mtime_ns", "st_size"), _stamp(config.state / FILE_NAME, "st_ino")
    )


def _stamp(file: Path, *names: str) -> tuple[int, ...]:
    try:
        stat = file.stat()
    except OSError:  # also between an editor's delete and its rename
        return ()
    return tuple(getattr(stat, name) for name in names)


def _end(children: list[_Child]) -> None:
    """End processes: each finishes its answers, and is killed if it takes too long."""
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + DRAIN + 2
    for child in children:
        child.process.join(max(0.0, deadline - time.monotonic()))
        if child.process.is_alive():
            child.process.kill()
            child.process.join()
