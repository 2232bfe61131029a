"""Record the results of deliveries: who has a feed, who is tried again, who wants no more."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError
from feedsvc.push import subscription_requests, verification
from feedsvc.push.http_client import HttpClient
from feedsvc.push.pauses import pause
from feedsvc.push.subscription_requests import SubscriptionRequest
from feedsvc.push.websub import Message
from feedsvc.store import subscriptions
from feedsvc.store.database import Connection, Database
from feedsvc.store.subscriptions import Subscription

log = logging.getLogger(__name__)

LONGEST_PAUSE = 16 * 3600
"""Seconds between two tries: with a random part, a day at most."""


class Result(NamedTuple):
    """The result of a delivery."""

    subscription: Subscription
    message: Message | None
    """None where it could not be made, or the subscriber wants no more."""
    error: FetchError | None = None

    @property
    def ends(self) -> bool:
        """Say whether the subscription is over: its feed ended, or its subscriber wants no more."""
        return self.message is None and (self.error is None or self.error.permanent)


class DeliveryResults:
    """Records the results of deliveries. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, client: HttpClient, clock: Callable[[], datetime]
    ) -> None:
        self._patience = timedelta(days=config.push.patience)
        self._database = database
        self._client = client
        self._clock = clock

    def record(self, results: Sequence[Result], untried: Sequence[Subscription]) -> None:
        """Record the results of a batch, and give the deliveries back that were not tried."""
        now = self._clock()
        ended = [it.subscription for it in results if it.ends]
        done = defaultdict[tuple[int, str], list[Subscription]](list)
        for subscription, message, error in results:
            if message and not error:
                done[message.number, message.etag].append(subscription)
        with self._database.writing(counted=False) as connection:
            subscriptions.release(connection, untried)
            subscriptions.remove_claimed(connection, ended)
            for (number, etag), served in done.items():
                subscriptions.delivered(connection, served, number, etag, now)
            for result in results:
                if result.error and not result.ends:
                    self._postpone(connection, result.subscription, result.error, now)
        for result in results:  # outside: it waits for other servers
            if result.error and result.ends:
                self._deny(result.subscription)

    def _postpone(
        self, connection: Connection, subscription: Subscription, error: FetchError, now: datetime
    ) -> None:
        """Record a failure. After some days of them, ask the subscriber whether it lives."""
        failing = now - (subscription.failing or now)
        if failing < self._patience:
            wait = pause(subscription.attempts + 1, longest=LONGEST_PAUSE)
            due = now + max(wait, timedelta(seconds=error.after))
            subscriptions.postpone(connection, subscription, due, error, now)
            return
        subscriptions.postpone(connection, subscription, None, error, now)
        request = SubscriptionRequest(
            "subscribe",
            subscription.callback,
            subscription.topic,
            subscription.path,
            subscription.format,
            max(1, int((subscription.expires - now).total_seconds())),
            subscription.secret,
            wakes=True,
        )
        subscription_requests.add(connection, request, now)

    def _deny(self, subscription: Subscription) -> None:
        """Inform a subscriber that its feed has ended."""
        try:
            verification.deny(self._client, subscription.callback, subscription.topic)
        except FetchError as error:
            log.info("%s does not know that a feed ended: it %s", subscription.host, error)
