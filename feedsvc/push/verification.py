"""Verify that a subscriber wants a subscription, or its end (WebSub §5.3): jobs of the outbox."""

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Lock

import msgspec
from cachetools import TTLCache

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError, NotFoundError
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.push.http_client import HttpClient
from feedsvc.push.subscription_requests import HOST_PACE, PACE, SubscriptionRequest, host_of
from feedsvc.push.websub import LIMITS, check, denial, with_parameters
from feedsvc.store import feeds, outbox, subscriptions
from feedsvc.store.database import Database
from feedsvc.store.outbox import Job
from feedsvc.store.subscriptions import Subscription
from feedsvc.syndication.feeds import Feeds

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Tries to verify a new request, within about two minutes: then its subscriber asks again."""
_REMEMBERED = 100_000
"""Callbacks and hosts whose last verifications are remembered; more cannot come in a minute."""


class Verification:
    """Does the jobs that verify requests. Safe to share between threads."""

    def __init__(
        self,
        config: Config,
        database: Database,
        feeds: Feeds,
        client: HttpClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._database = database
        self._feeds = feeds
        self._client = client
        self._clock = clock
        self._pace = Pace(clock)

    def work(self, job: Job) -> None:
        """Verify a request, and do as it says.

        :raises FetchError: the subscriber cannot be asked now.
        """
        request = msgspec.json.decode(job.payload, type=SubscriptionRequest)
        if wait := self._pace.wait(request.callback):
            with self._database.writing(counted=False) as connection:
                outbox.defer(connection, job, self._clock() + wait)
            return
        try:
            self._ask(request)
        except FetchError as error:
            most = outbox.TRIES if request.wakes else ATTEMPTS
            if not error.permanent and job.attempts + 1 < most:
                raise
            log.info("%s did not verify: it %s", host_of(request.callback), error)
            self._refused(job, request)
        else:
            self._verified(job, request)

    def _ask(self, request: SubscriptionRequest) -> None:
        """Ask a subscriber whether it sent a request (§5.3).

        :raises FetchError: it did not say so.
        """
        if request.mode == "subscribe" and not self._is_there(request):
            self._deny(request, "there is no such feed")
            raise FetchError("asked for a feed that has ended", permanent=True)
        challenge = secrets.token_urlsafe(32)
        parameters = {
            "hub.mode": request.mode,
            "hub.topic": request.topic,
            "hub.challenge": challenge,
            "hub.lease_seconds": str(request.lease),
        }
        if request.mode == "unsubscribe":
            del parameters["hub.lease_seconds"]
        received = bytearray()
        url = with_parameters(request.callback, parameters)
        check(self._client.get(url, received.extend, LIMITS), self._clock())
        if bytes(received) != challenge.encode():
            raise FetchError("does not answer with the challenge alone", permanent=True)

    def _is_there(self, request: SubscriptionRequest) -> bool:
        try:
            wanted = FeedRequest(FeedPath.parse(request.path), request.format)
            self._feeds.document(wanted, self._clock())
        except NotFoundError:
            return False
        return True

    def _verified(self, job: Job, request: SubscriptionRequest) -> None:
        now = self._clock()
        with self._database.writing(counted=False) as connection:
            if not outbox.finish(connection, job):
                return  # a later request took its place, and is verified in its turn
            if request.mode == "unsubscribe":
                subscriptions.remove(connection, request.callback, request.path, request.format)
                return
            new = new_subscription(request, feeds.revision(connection, request.path), now)
            if subscriptions.has_room(connection, new):
                subscriptions.put(connection, new, now)
                return
        log.warning("%s has too many subscriptions, and gets no more", new.host)
        most = f"a host may have {subscriptions.MOST_AT_HOST:,} subscriptions, and yours has them"
        with suppress(FetchError):  # nothing depends on whether it hears that
            self._deny(request, most)

    def _deny(self, request: SubscriptionRequest, reason: str) -> None:
        self._client.send(denial(request.callback, request.topic, reason), bytes, LIMITS)

    def _refused(self, job: Job, request: SubscriptionRequest) -> None:
        with self._database.writing(counted=False) as connection:
            if outbox.finish(connection, job) and request.wakes:
                subscriptions.remove(connection, request.callback, request.path, request.format)


class Pace:
    """Limits how often a callback, and its host, are asked. Safe to share between threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        seconds = PACE.total_seconds()
        self._asked = TTLCache[str, int](_REMEMBERED, seconds, lambda: clock().timestamp())
        self._lock = Lock()

    def wait(self, callback: str) -> timedelta | None:
        """Count a verification; return how long to wait where it is one too many."""
        host = host_of(callback)
        with self._lock:
            if callback in self._asked or self._asked.get(host, 0) >= HOST_PACE:
                return PACE
            self._asked[callback] = 1
            self._asked[host] = self._asked.get(host, 0) + 1
        return None


def new_subscription(request: SubscriptionRequest, number: int, now: datetime) -> Subscription:
    """Return the subscription that a verified request begins.

    :param number: the last change to the feed: its subscriber fetches it.
    """
    return Subscription(
        id=0,
        callback=request.callback,
        host=host_of(request.callback),
        path=request.path,
        format=request.format,
        topic=request.topic,
        secret=request.secret,
        created=now,
        expires=now + timedelta(seconds=request.lease),
        number=number,
    )
