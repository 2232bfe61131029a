"""Start the processes of ``feedsvc serve``, watch them, and replace them."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.server.heartbeat import MISSED, Heartbeat
from feedsvc.store import key_values
from feedsvc.store.database import look, open_store
from feedsvc.store.health import HealthFile
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
        self.process: ForkProcess = _FORK.Process(
            target=_carry_out, args=(task, config, self.heartbeat)
        )
        self.started = time.monotonic()
        # No signal may reach the handlers of the supervisor before the child has replaced them.
        signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)


def _carry_out(task: Task, config: Config, heartbeat: Heartbeat) -> None:
    """Carry out the task of a process, which ends with a sentence if the task cannot be done."""
    try:
        task(config, heartbeat)
    except FeedsvcError as error:
        log.error("%s", error)
        sys.exit(1)


class FileState(NamedTuple):
    """Values that change with the files that a process began with."""

    settings: tuple[int, ...]
    """Of config.toml: when it was written, and its size; empty where it is missing."""
    store: tuple[int, ...]
    """Of the store's file: its inode, as another file may take its place; empty without a file."""


class Tasks(NamedTuple):
    """All that the processes of one configuration do."""

    workers: Sequence[Task]
    """Old and new ones may run beside each other."""
    single: Sequence[Task]
    """Of these the old ones end before the new ones start, as of a publisher."""


class Supervisor:
    """Starts the processes, replaces each that ends, and ends them all together.

    :param tasks: returns the tasks for a configuration; it may refuse it by a FeedsvcError.
    :param read: reads the configuration again when config.toml has changed.
    """

    def __init__(self, tasks: Callable[[Config], Tasks], read: Callable[[], Config]) -> None:
        self._tasks = tasks
        self._read = read
        self._stop = threading.Event()
        self._workers: list[_Child] = []
        self._single: list[_Child] = []
        self._waiting: Sequence[Task] = ()
        """The workers of a new configuration or store, until that is filled."""
        self._refusal = ""
        """The reason why the present config.toml is not in use."""

    def run(self, config: Config) -> None:
        """Serve until SIGTERM or SIGINT."""
        woken, wake = os.pipe()

        def end(_signal: int, _frame: FrameType | None) -> None:
            self._stop.set()
            os.write(wake, b".")

        for number in END_SIGNALS:
            signal.signal(number, end)
        state = file_state(config)
        self._record(config, "")
        tasks = self._tasks(config)
        self._workers = [_Child(task, config) for task in tasks.workers]
        self._single = [_Child(task, config) for task in tasks.single]
        while True:
            sentinels = (child.process.sentinel for child in (*self._workers, *self._single))
            wait([woken, *sentinels], timeout=TICK)
            if self._stop.is_set():
                break
            config, state = self._reload(config, state)
            if self._waiting and _is_filled(config):
                self._replace_workers(config)
            self._workers = [self._running(child, config) for child in self._workers]
            self._single = [self._running(child, config) for child in self._single]
        _end([*self._workers, *self._single])

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

    def _reload(self, config: Config, state: FileState) -> tuple[Config, FileState]:
        """Begin to use a new config.toml or store, and return it with its state.

        One that has errors is refused, and tried again until it is right. The workers are replaced
        when the new publisher has filled the store: to wait for that here would block all else.
        """
        before = file_state(config)
        if before == state:
            self._record(config, "")
            return config, state
        try:
            fresh = self._read()
            open_store(fresh).close()
            tasks = self._tasks(fresh)
        except FeedsvcError as error:
            if str(error) != self._refusal:
                message = "the change has errors, so the old configuration stays in use:\n%s"
                log.error(message, error)
            self._record(config, str(error))
            return config, state
        log.info("config.toml or the store has changed; replacing all processes")
        _end(self._single)
        self._single = [_Child(task, fresh) for task in tasks.single]
        self._waiting = tasks.workers
        self._record(fresh, "")
        # Reading may have made a new store; config.toml may have changed while it was read.
        state = file_state(fresh)
        return fresh, state._replace(
            settings=before.settings
        ) if fresh.file == config.file else state

    def _replace_workers(self, config: Config) -> None:
        old, self._workers = self._workers, [_Child(task, config) for task in self._waiting]
        self._waiting = ()
        _end(old)

    def _record(self, config: Config, refusal: str) -> None:
        """Record whether config.toml is refused, for monitoring."""
        if refusal or self._refusal or not self._workers:
            with suppress(FeedsvcError):  # the folder of the store may be away
                HealthFile(config.state).configuration(time.time(), refusal)
        self._refusal = refusal


def _is_filled(config: Config) -> bool:
    """Return whether a publisher has filled the store from the files."""
    try:
        with look(config) as connection:
            return key_values.is_filled(connection)
    except FeedsvcError:
        return False


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
