"""Work the jobs of the outbox: one process of a newsroom at a time, some jobs at once.

It runs in threads of the process that publishes. They wait for other servers nearly all the time,
and hold the store only to record a result, so a kill does not wait for them.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from threading import BoundedSemaphore, Event, Thread

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, FetchError
from feedsvc.push.http_client import HttpClient
from feedsvc.push.pictures import Pictures
from feedsvc.store import outbox
from feedsvc.store.database import Database
from feedsvc.store.lock import try_lock
from feedsvc.store.outbox import Job
from feedsvc.store.remote_pictures import JOB

log = logging.getLogger(__name__)

LOCK_FILE = "jobs.lock"
"""The file that the process holds which works the jobs, in the state folder."""
THREADS = 4
"""Jobs at once: slow servers do not hold up all others, and no server is asked by many at once."""
ATTEMPTS = 10
"""Tries of a job before it fails for good: about a day and a half after the first."""
FIRST_PAUSE, LONGEST_PAUSE = 15, 12 * 3600
"""Seconds before the second try, and at most before any other; each is twice the one before."""
_POLL = 0.5
"""Seconds between two looks for jobs."""
RETRY = 5.0
"""Seconds between two tries to become the process that works, and after an error of the store."""
SWEEP = 600.0
"""Seconds between two looks for lost copies, as after a restore."""


def pause(attempts: int, chance: Callable[[], float] = random.random) -> timedelta:
    """Return how long to wait after some failed tries: twice as long each time, and a random part.

    Without that part all jobs that failed with one server would ask it again at the same moment.
    """
    seconds = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return timedelta(seconds=seconds * (0.5 + chance()))


def make_worker(config: Config, database: Database, clock: Callable[[], datetime]) -> "Worker":
    """Return the worker of a newsroom, which tells other servers its name and address."""
    agent = f"feedsvc/{version('feedsvc')} (+{config.feeds.url}/feeds)"
    client = HttpClient(agent, allow_private=config.remote_media.allow_private)
    return Worker(config, database, clock, client)


class Worker:
    """Works the jobs of one newsroom, while no other process does."""

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Callable[[], datetime],
        client: HttpClient,
    ) -> None:
        self._database = database
        self._clock = clock
        self._pictures = Pictures(config, database, client, clock)
        self._tasks: Mapping[str, Callable[[Job], None]] = {JOB: self._pictures.work}
        self._lock_file = config.state / LOCK_FILE
        self._slots = BoundedSemaphore(THREADS)
        self._stop = Event()

    def start(self) -> Thread:
        """Work in a thread, for as long as the process lives or until ``stop``; return it."""
        thread = Thread(target=self.run, name="jobs", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End ``run`` soon; jobs that are under way go on."""
        self._stop.set()

    def run(self) -> None:
        """Work jobs until ``stop``; wait while another process does it."""
        while not self._stop.is_set():
            try:
                with try_lock(self._lock_file) as mine:
                    if mine:
                        self._follow()
            except (FeedsvcError, OSError) as error:
                log.error("could not work jobs, and will try again: %s", error)
            self._stop.wait(RETRY)

    def work_due(self) -> int:
        """Do all jobs that are due, one after the other; return how many there were.

        :raises FeedsvcError: another process works them.
        """
        with try_lock(self._lock_file) as mine:
            if not mine:
                raise FeedsvcError('another process does the jobs, such as "feedsvc serve"')
            self._begin()
            count = 0
            while jobs := self._claim(1):
                self._do(jobs[0])
                count += 1
        return count

    def _begin(self) -> None:
        with self._database.writing(counted=False) as connection:
            outbox.free(connection)
        self._pictures.sweep(parts=True)

    def _follow(self) -> None:
        self._begin()
        swept = time.monotonic()
        while not self._stop.wait(_POLL):
            if time.monotonic() - swept > SWEEP:
                self._pictures.sweep()
                swept = time.monotonic()
            while self._slots.acquire(blocking=False):
                jobs = self._claim(1)
                if not jobs:
                    self._slots.release()
                    break
                Thread(target=self._do_in_slot, args=jobs, name="job", daemon=True).start()

    def _claim(self, count: int) -> list[Job]:
        now = self._clock()
        with self._database.reading() as connection:
            if not outbox.is_due(connection, now):
                return []
        with self._database.writing(counted=False) as connection:
            return outbox.claim(connection, count, now)

    def _do_in_slot(self, job: Job) -> None:
        try:
            self._do(job)
        finally:
            self._slots.release()

    def _do(self, job: Job) -> None:
        try:
            self._tasks[job.kind](job)
        except FetchError as error:
            self._failed(job, error)
        except Exception as error:  # a bug or a full disk must not end the others
            log.exception("job %d (%s %s) failed", job.id, job.kind, job.key)
            self._failed(job, FetchError(f"an error of feedsvc: {error!r}"))

    def _failed(self, job: Job, error: FetchError) -> None:
        now, ended = self._clock(), error.permanent or job.attempts + 1 >= ATTEMPTS
        try:
            with self._database.writing(counted=False) as connection:
                if ended:
                    outbox.bury(connection, job, str(error))
                else:
                    wait = max(pause(job.attempts + 1), timedelta(seconds=error.after))
                    outbox.postpone(connection, job, now + wait, str(error))
        except FeedsvcError as fault:  # the lease ends by itself
            log.error("could not record that a job failed: %s", fault)
