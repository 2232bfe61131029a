"""Work the jobs of the outbox: one process of a newsroom at a time, some jobs at once.

It runs in threads of the process that publishes. They wait for other servers nearly all the time,
and hold the store only to record a result, so a kill does not wait for them.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from threading import BoundedSemaphore, Event, Thread

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, FetchError
from feedsvc.publishing import pings
from feedsvc.publishing.announcing import PING
from feedsvc.publishing.article_writer import ArticleWriter
from feedsvc.publishing.purging import ADDRESS_PURGE, PURGE, SOFT_PURGE
from feedsvc.publishing.pushes import Pushes
from feedsvc.push.claims import Claims
from feedsvc.push.deliveries import Deliveries
from feedsvc.push.hosts import Hosts
from feedsvc.push.http_client import HttpClient
from feedsvc.push.media_uploads import MediaUploads
from feedsvc.push.messages import Messages
from feedsvc.push.pauses import pause
from feedsvc.push.pictures import Pictures
from feedsvc.push.ping import Ping
from feedsvc.push.purges import Purges
from feedsvc.push.renditions import PictureSizes
from feedsvc.push.subscription_requests import JOB as VERIFY
from feedsvc.push.verification import Verification
from feedsvc.push.wordpress import WordPressSites
from feedsvc.store import outbox, renditions, stored_media
from feedsvc.store.database import Database
from feedsvc.store.lock import try_lock
from feedsvc.store.outbox import ANY, Job, Kinds
from feedsvc.store.remote_pictures import JOB
from feedsvc.syndication.feeds import Feeds

log = logging.getLogger(__name__)

LOCK_FILE = "jobs.lock"
"""The lock, in the state folder, of the process that works the jobs."""
THREADS = 4
"""Jobs of a group at once, or of one host: no server is asked by many at once."""
CALLS = 16
"""Callbacks that are asked at once, for the same reason as pictures."""
_FETCHES = 16
"""Pictures that are fetched at once: they wait for their servers nearly all the time."""
_POLL = 0.5
"""Seconds between two looks for jobs."""
_TICK = 0.02
"""Seconds between two looks whether something was published."""
RETRY = 5.0
"""Seconds between two tries to become the process that works, and after an error of the store."""
SWEEP = 600.0
"""Seconds between two looks for lost copies, as after a restore."""


class _Group(Struct, frozen=True):
    """Jobs that never wait for the ones of other groups."""

    kinds: Kinds
    slots: BoundedSemaphore
    waiting: Callable[[], tuple[str, ...]] = tuple
    """Returns the beginnings of the keys of jobs that are left for later."""
    begin: Callable[[str], Callable[[bool], None]] = lambda _: lambda _: None
    """Called with the key of a job; returns a function to call at its end, with the success."""


def make_worker(config: Config, database: Database, clock: Callable[[], datetime]) -> "Worker":
    """Return the worker of a newsroom, which tells other servers its name and address."""
    agent = f"feedsvc/{version('feedsvc')} (+{config.feeds.url}/feeds)"
    client = HttpClient(agent, allow_private=config.remote_media.allow_private)
    push = config.push
    caller = HttpClient(agent, allow_private=push.allow_private, ports=push.ports)
    # The addresses of the servers that purge are the operator's own words.
    purger = HttpClient(agent, allow_private=True)
    return Worker(config, database, clock, client, caller, purger)


class Worker:
    """Works the jobs of one newsroom, and delivers its feeds, while no other process does.

    :param client: fetches pictures.
    :param caller: sends requests to subscribers and to another hub.
    :param purger: sends requests to caches.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Callable[[], datetime],
        client: HttpClient,
        caller: HttpClient | None = None,
        purger: HttpClient | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._pictures = Pictures(config, database, client, clock)
        self._sizes = PictureSizes(config, database, clock)
        self._uploads = MediaUploads(config, database, clock)
        writer = ArticleWriter(config, database, clock)
        pushes = Pushes(config, database, writer, clock)
        self._sites = WordPressSites(config, database, client, pushes, clock)
        caller, feeds = caller or client, Feeds(config, database)
        messages = Messages(config, database, feeds, clock)
        self._claims = Claims(database, clock)
        self._deliveries = Deliveries(config, database, messages, caller, clock, self._claims)
        verify = Verification(config, database, feeds, caller, clock)
        self._purges = Purges(config, database, purger or client, clock)
        self._tasks: Mapping[str, Callable[..., None]] = {
            JOB: self._pictures.work,
            renditions.JOB: self._sizes.work,
            stored_media.JOB: self._uploads.work,
            pings.JOB: self._sites.work,
            VERIFY: verify.work,
            PING: Ping(config, database, caller, clock).work,
            PURGE: self._purges.work,
            SOFT_PURGE: self._purges.work,
            ADDRESS_PURGE: self._purges.work,
        }
        self._groups = self._grouped()
        self._waits_long = not config.cdn.purge
        self._lock_file = config.state / LOCK_FILE
        self._stop = Event()

    def _grouped(self) -> list[_Group]:
        hosts, callers = (Hosts(THREADS, time.monotonic) for _ in range(2))
        hub, purges, posts = (VERIFY, PING), (PURGE, SOFT_PURGE, ADDRESS_PURGE), (pings.JOB,)
        # The ones that came first are first, so that no flood of requests keeps others waiting.
        called = Kinds(hub, others=False, newest=False)
        purged, fetched = Kinds(purges, others=False), Kinds(posts, others=False)
        # Each site waits for itself, so that so many are enough.
        sites = BoundedSemaphore(max(1, self._sites.count))
        sizes, uploads = (renditions.JOB,), (stored_media.JOB,)
        others = Kinds((*hub, *purges, *posts, *sizes, *uploads))
        return [
            _Group(called, BoundedSemaphore(CALLS), callers.full, callers.begin),
            _Group(purged, BoundedSemaphore(self._purges.threads)),
            _Group(fetched, sites, self._sites.busy),
            # One at a time: a picture takes much memory, and publishing needs the processor.
            _Group(Kinds(sizes, others=False), BoundedSemaphore(1)),
            _Group(Kinds(uploads, others=False), BoundedSemaphore(THREADS)),
            _Group(others, BoundedSemaphore(_FETCHES), hosts.full, hosts.begin),
        ]

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
            count = 0
            with self._claims.begin():
                self._begin()
                while jobs := self._claim(ANY):
                    self._do(jobs)
                    count += len(jobs)
                return count + self._deliveries.work_due()

    def _begin(self) -> None:
        self._pictures.sweep(parts=True)
        self._sizes.sweep(parts=True)
        self._uploads.sweep()
        self._sites.look()

    def _follow(self) -> None:
        with self._claims.begin():
            self._begin()
            with self._deliveries.running():
                self._work_jobs()

    def _work_jobs(self) -> None:
        swept = time.monotonic()
        while not (self._wait() or self._claims.are_lost()):
            self._claims.free_lost()
            if time.monotonic() - swept > SWEEP:
                self._pictures.sweep()
                self._sizes.sweep()
                self._uploads.sweep()
                swept = time.monotonic()
            self._sites.look()
            if self._are_due():
                for group in self._groups:
                    self._fill(group)

    def _are_due(self) -> bool:
        """Return whether any job is due: most often none is, so each group need not be asked."""
        with self._database.reading() as connection:
            return outbox.is_due(connection, self._clock())

    def _wait(self) -> bool:
        """Wait until it is time to look for jobs; return whether to stop.

        Where caches are to be purged, that is as soon as something was published.
        """
        if self._waits_long:
            return self._stop.wait(_POLL)
        counter = self._database.change_counter
        counter.wait(counter.shared[:], _POLL, self._stop.wait, _TICK)
        return self._stop.is_set()

    def _fill(self, group: _Group) -> None:
        """Begin jobs of a group, as many as there are slots."""
        while group.slots.acquire(blocking=False):
            jobs = self._claim(replace(group.kinds, without=group.waiting()))
            if not jobs:
                group.slots.release()
                break
            arguments = jobs, group.slots, group.begin(jobs[0].key)
            Thread(target=self._do_in_slot, args=arguments, name="job", daemon=True).start()

    def _claim(self, kinds: Kinds) -> list[Job]:
        now, by = self._clock(), self._claims.name
        with self._database.reading() as connection:
            if not outbox.is_due(connection, now, kinds):
                return []
        with self._database.writing(counted=False) as connection:
            jobs = outbox.claim(connection, 1, now, kinds, by)
            if jobs and (alike := self._purges.alike(jobs[0])):
                jobs += outbox.claim(connection, self._purges.most - 1, now, alike, by)
            return jobs

    def _do_in_slot(
        self, jobs: Sequence[Job], slots: BoundedSemaphore, end: Callable[[bool], None]
    ) -> None:
        try:
            end(self._do(jobs))
        finally:
            slots.release()

    def _do(self, jobs: Sequence[Job]) -> bool:
        """Do a job, or all of a batch at once; return whether that succeeded."""
        job = jobs[0]
        try:
            self._tasks[job.kind](*jobs)
        except FetchError as error:
            self._failed(jobs, error)
        except Exception as error:  # a bug or a full disk must not end the others
            log.exception("job %d (%s %s) failed", job.id, job.kind, job.key)
            self._failed(jobs, FetchError(f"an error of feedsvc: {error!r}"))
        else:
            return True
        return False

    def _failed(self, jobs: Sequence[Job], error: FetchError) -> None:
        now = self._clock()
        try:
            with self._database.writing(counted=False) as connection:
                for job in jobs:
                    if error.permanent or job.attempts + 1 >= outbox.TRIES:
                        outbox.bury(connection, job, str(error))
                    else:
                        wait = max(pause(job.attempts + 1), timedelta(seconds=error.after))
                        outbox.postpone(connection, job, now + wait, str(error))
        except FeedsvcError as fault:  # the lease ends by itself
            log.error("could not record that a job failed: %s", fault)
