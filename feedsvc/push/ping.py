"""Tell another hub that a feed has changed, as jobs of the outbox (``[push] hub``)."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from feedsvc.config.settings import Config
from feedsvc.model.feed import FORMATS
from feedsvc.push.http_client import HttpClient
from feedsvc.push.websub import LIMITS, check
from feedsvc.store import outbox
from feedsvc.store.database import Database
from feedsvc.store.outbox import Job

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Ping:
    """Does the jobs that tell another hub of a changed feed. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, client: HttpClient, clock: Callable[[], datetime]
    ) -> None:
        self._urls = config.urls
        self._own = config.push.is_own
        self._database = database
        self._client = client
        self._clock = clock

    def work(self, job: Job) -> None:
        """Send a request for the feed in all formats, as public hubs take it.

        WebSub leaves it open (§6); these are the words that all of them understand.

        :raises FetchError: the hub does not take it.
        """
        if self._urls.hub and not self._own:
            topics = [("hub.url", self._urls.feed(job.key, format)) for format in FORMATS]
            body = urlencode([("hub.mode", "publish"), *topics]).encode()
            check(self._client.post(self._urls.hub, body, _FORM, LIMITS), self._clock())
        with self._database.writing(counted=False) as connection:
            outbox.finish(connection, job)
