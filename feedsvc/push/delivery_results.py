"""Record the results of deliveries: who has a feed, who is tried again, who wants no more."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from feedsvc.config.settings import Config
from feedsvc.errors import FetchError
from feedsvc.push import subscription_requests
from feedsvc.push.pauses import pause
from feedsvc.push.subscription_requests import SubscriptionRequest
from feedsvc.push.websub import Message
from feedsvc.store import due_deliveries
from feedsvc.store.database import Connection
from feedsvc.store.subscriptions import Subscription

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

    @property
    def outcome(self) -> str:
        """Return the result in a word, for counts."""
        if self.error:
            ended = "refused" if self.error.permanent else "failed"
            return "ended" if self.ends else ended
        return "delivered" if self.message else "gone"


class SentBatch(NamedTuple):
    """Deliveries that were sent, and the rest of their batch, which was not."""

    results: Sequence[Result]
    untried: Sequence[Subscription]


class DeliveryResults:
    """Records the results of deliveries."""

    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        self._patience = timedelta(days=config.push.patience)
        self._clock = clock

    def record(self, connection: Connection, batches: Sequence[SentBatch]) -> None:
        """Record the results of batches, and give the deliveries back that were not tried."""
        now = self._clock()
        results = [result for batch in batches for result in batch.results]
        due_deliveries.count_results(connection, Counter(it.outcome for it in results))
        if untried := [it for batch in batches for it in batch.untried]:
            due_deliveries.release(connection, untried)
        if ended := [it.subscription for it in results if it.ends]:
            due_deliveries.remove_claimed(connection, ended)
        done = defaultdict[tuple[int, str], list[Subscription]](list)
        for subscription, message, error in results:
            if message and not error:
                done[message.number, message.etag].append(subscription)
        for (number, etag), served in done.items():
            due_deliveries.delivered(connection, served, number, etag, now)
        for result in results:
            if result.error and not result.ends:
                self._postpone(connection, result.subscription, result.error, now)

    def _postpone(
        self, connection: Connection, subscription: Subscription, error: FetchError, now: datetime
    ) -> None:
        """Record a failure. After some days of them, ask the subscriber whether it lives."""
        failing = now - (subscription.failing or now)
        if failing < self._patience:
            wait = pause(subscription.attempts + 1, longest=LONGEST_PAUSE)
            due = now + max(wait, timedelta(seconds=error.after))
            due_deliveries.postpone(connection, subscription, due, error, now)
            return
        due_deliveries.postpone(connection, subscription, None, error, now)
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
