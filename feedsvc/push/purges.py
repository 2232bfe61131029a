"""Purge answers from caches by their tags, as jobs of the outbox (``[cdn] purge``)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import BoundedSemaphore

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError
from feedsvc.publishing.purging import ADDRESS_PURGE, PURGE, SOFT_PURGE
from feedsvc.push.cdn_requests import ADDRESSES, CDNS, Protocol
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Limits
from feedsvc.push.websub import check
from feedsvc.store import outbox
from feedsvc.store.database import Database
from feedsvc.store.outbox import Job, Kinds

_LIMITS = Limits(size=4096, seconds=8)
"""Of a request; all of a batch take less than the lease of its jobs."""
_AT_HOST = 2
"""Batches of one server at once, so that a slow one waits for itself."""
_SECOND = timedelta(seconds=1)
"""After which a server that is busy is asked again."""
_PAUSE = 5.0
"""Seconds for which a server is left alone after it did not do as it should."""


class Purges:
    """Does the jobs that purge answers. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, client: HttpClient, clock: Callable[[], datetime]
    ) -> None:
        self._cdn = config.cdn
        self._database = database
        self._client = client
        self._clock = clock
        self._paused: dict[str, datetime] = {}
        """By host, until when a server is left alone."""
        self._slots = {host: BoundedSemaphore(_AT_HOST) for host in config.cdn.hosts}
        self.threads = max(1, _AT_HOST * len(self._slots))
        """Batches at once, at most."""
        self.most = CDNS[config.cdn.purge].batch if config.cdn.purge else 1
        """Jobs that are done at once, at most."""

    def alike(self, job: Job) -> Kinds | None:
        """Return the kinds of the jobs that go into the same requests; None for none."""
        if job.kind not in (PURGE, SOFT_PURGE, ADDRESS_PURGE):
            return None
        host = job.key.partition(" ")[0]
        return Kinds((job.kind,), others=False, beginning=f"{host} ")

    def work(self, *jobs: Job) -> None:
        """Send requests with the tags of jobs of one server, as many in each as it takes.

        :raises FetchError: it does not take them.
        """
        host, now = jobs[0].key.partition(" ")[0], self._clock()
        slots = self._slots.get(host)
        paused = self._paused.get(host, now)
        protocols = ADDRESSES if jobs[0].kind == ADDRESS_PURGE else CDNS
        protocol = protocols.get(self._cdn.purge)
        if slots is None or protocol is None:  # of an earlier configuration, or not to be asked
            self._finish(jobs)
        elif paused > now or not slots.acquire(blocking=False):
            self._defer(jobs, max(paused, now + _SECOND))
        else:
            try:
                self._purge(host, protocol, jobs[: protocol.batch])
            finally:
                slots.release()
            if rest := jobs[protocol.batch :]:
                self._defer(rest, now)

    def _defer(self, jobs: Sequence[Job], moment: datetime) -> None:
        with self._database.writing(counted=False) as connection:
            for job in jobs:
                outbox.defer(connection, job, moment)

    def _purge(self, host: str, cdn: Protocol, jobs: Sequence[Job]) -> None:
        server, soft = self._cdn.hosts[host], jobs[0].kind == SOFT_PURGE
        by_tag = {job.key.partition(" ")[2]: job for job in jobs}
        for tags in cdn.parts(sorted(by_tag)):
            try:
                answer = self._client.send(
                    cdn.request(self._cdn, server, tags, soft), bytes, _LIMITS
                )
                check(answer, self._clock())
            except FetchError as error:
                pause = timedelta(seconds=max(error.after, _PAUSE))
                self._paused[host] = self._clock() + pause
                raise
            self._finish([by_tag[tag] for tag in tags])

    def _finish(self, jobs: Sequence[Job]) -> None:
        with self._database.writing(counted=False) as connection:
            for job in jobs:
                outbox.finish(connection, job)
