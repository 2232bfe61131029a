"""Deliver changed feeds to their subscribers (WebSub §7).

One thread looks for announcements, makes their subscribers due, and hands out batches of due
deliveries of one host; threads send them one after the other. A host gets few batches at once,
and subscribers whose last delivery failed have threads of their own, so slow servers wait for
themselves. Only the batches under way are in memory.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, FetchError, NotFoundError
from feedsvc.push.delivery_results import DeliveryResults, Result
from feedsvc.push.http_client import HttpClient
from feedsvc.push.messages import Messages
from feedsvc.push.websub import LIMITS, Message, check, headers
from feedsvc.store import announcements, subscriptions
from feedsvc.store.announcements import Announcement
from feedsvc.store.database import Database
from feedsvc.store.subscriptions import Subscription

log = logging.getLogger(__name__)

BATCH = 32
"""Deliveries that one thread sends before it records their results."""
SLOW = 1.0
"""Seconds after which a thread gives the rest of its batch back: others may be quicker."""
DEAD = 5.0
"""Seconds of a batch that failed after which its host is paused: it may not answer at all."""
PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=16)
"""Time for which a paused host gets only deliveries that failed before: twice as long each time."""
AT_HOST = 4
"""Batches of one host at once."""
THREADS = {False: 24, True: 8}
"""Threads at once, by whether the last delivery to their subscribers failed."""
POLL = 0.5
"""Seconds between two looks for deliveries that are due."""
TICK = 0.02
"""Seconds between two looks whether a feed was changed: a delivery begins so late at most."""
SWEEP = timedelta(minutes=5)
"""Time between two removals of subscriptions and announcements that are over."""
_GONE = 410


class Batch(Struct, frozen=True):
    """Deliveries of one host that one thread sends."""

    host: str
    failing: bool
    claimed: Sequence[Subscription]


class Deliveries:
    """Delivers the feeds of one newsroom, while no other process does."""

    def __init__(
        self,
        config: Config,
        database: Database,
        messages: Messages,
        client: HttpClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._database = database
        self._messages = messages
        self._client = client
        self._clock = clock
        self._results = DeliveryResults(config, database, client, clock)
        self._lock = Lock()
        """Held while the counts of batches change."""
        self._at_host = Counter[str]()
        self._threads = Counter[bool]()
        """Threads under way, by whether the last delivery failed."""
        self._paused: dict[str, tuple[datetime, timedelta]] = {}
        """Until when a host is paused, and for how long: its last batch failed and took long."""
        self._done = Event()
        """Set when a thread has ended its batch, and when all is to end."""
        self._swept: datetime | None = None
        self._more = False
        """Whether more subscribers of an announced change are to become due: first the ones that
        are get it, and nothing else waits for the store meanwhile."""

    def begin(self) -> None:
        """End the leases of processes that have ended: no other one works now."""
        with self._database.writing(counted=False) as connection:
            subscriptions.free(connection)

    @contextmanager
    def running(self) -> Generator[None]:
        """Deliver in threads meanwhile."""
        stop = Event()
        thread = Thread(target=self._run, args=(stop,), name="deliveries", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            self._done.set()
            thread.join()

    def _run(self, stop: Event) -> None:
        counter = self._database.change_counter
        while not stop.is_set():
            seen, any_exist, self._more = counter.shared[:], False, False
            try:
                any_exist = self._look()
                while any_exist and (batch := self._next_batch()):
                    Thread(target=self._work, args=(batch,), name="deliver", daemon=True).start()
            except FeedsvcError as error:
                log.error("could not deliver feeds, and will try again: %s", error)
            except Exception:  # a bug must not end all deliveries
                log.exception("could not deliver feeds, and will try again")
            tick = TICK if any_exist else POLL
            counter.wait(seen, 0.0 if self._more else POLL, self._done.wait, tick)
            self._done.clear()

    def work_due(self) -> int:
        """Send all deliveries that are due, one after the other; return how many there were."""
        count = 0
        while self._look() and (batch := self._next_batch()):
            count += len(batch.claimed)
            self._work(batch)
        return count

    def _look(self) -> bool:
        """Make the subscribers of announced changes due; return whether there are any at all."""
        now = self._clock()
        self._sweep(now)
        with self._database.reading() as connection:
            if not subscriptions.any_exist(connection):
                return False
            opened = announcements.open_ones(connection)
        more = False
        for announcement in opened:
            if announcement.urgent:
                self._messages.keep(announcement.path)
            more |= not self._wake(announcement, now)
        self._more = more
        return True

    def _sweep(self, now: datetime) -> None:
        """Remove rows that are over, every few minutes, even where no subscription is left."""
        if self._swept is None or now >= self._swept + SWEEP:
            self._swept = now
            with self._database.writing(counted=False) as connection:
                subscriptions.expire(connection, now)
                announcements.prune(connection, now)

    def _wake(self, announcement: Announcement, now: datetime) -> bool:
        """Make some subscribers of a change due; return whether all are."""
        with self._database.writing(counted=False) as connection:
            done = subscriptions.wake(connection, announcement.path, announcement.number, now)
            if done:
                announcements.close(connection, announcement)
        return done

    def _next_batch(self) -> Batch | None:
        now = self._clock()
        for failing, most in THREADS.items():
            with self._lock:
                busy = {host for host, count in self._at_host.items() if count >= AT_HOST}
                if not failing:
                    busy |= {host for host, (until, _) in self._paused.items() if now < until}
                full = self._threads[failing] >= most
            if full:
                continue
            with self._database.reading() as connection:
                host = subscriptions.next_host(connection, now, busy, failing=failing)
            if host is None:
                continue
            with self._database.writing(counted=False) as connection:
                claimed = subscriptions.claim(connection, host, BATCH, now, failing=failing)
            with self._lock:
                self._at_host[host] += 1
                self._threads[failing] += 1
            return Batch(host, failing, claimed)
        return None

    def _work(self, batch: Batch) -> None:
        try:
            self._results.record(*self._send(batch))
        except FeedsvcError as error:  # the leases end by themselves
            log.error("could not record deliveries to %s: %s", batch.host, error)
        except Exception:  # a bug must not end the thread without a word
            log.exception("deliveries to %s failed", batch.host)
        finally:
            with self._lock:
                self._threads[batch.failing] -= 1
                self._at_host[batch.host] -= 1
                self._at_host += Counter()  # without the hosts that have none
            self._done.set()

    def _send(self, batch: Batch) -> tuple[list[Result], Sequence[Subscription]]:
        """Send a batch; return the results, and the deliveries that were not tried.

        After a failure, or a while, the rest is left: it may be in vain, or take too long.
        """
        results = list[Result]()
        make = self._messages.cached()
        begun = time.monotonic()
        took = 0.0
        for subscription in batch.claimed:
            result = self._deliver(subscription, make)
            results.append(result)
            took = time.monotonic() - begun
            if result.error or took > SLOW:
                break
        self._set_pause(batch.host, dead=bool(results[-1].error) and took > DEAD)
        return results, batch.claimed[len(results) :]

    def _set_pause(self, host: str, *, dead: bool) -> None:
        """Begin or end the pause of a host: a dead one must not take the threads of others."""
        with self._lock:
            _, last = self._paused.pop(host, (None, PAUSE / 2))
            if dead:
                pause = min(last * 2, LONGEST_PAUSE)
                self._paused[host] = self._clock() + pause, pause

    def _deliver(
        self, subscription: Subscription, make: Callable[[Subscription], Message]
    ) -> Result:
        try:
            return self._sent(subscription, make)
        except Exception as error:  # the results of the others must be recorded all the same
            log.exception("a delivery to %s failed", subscription.host)
            return Result(subscription, None, FetchError(f"an error of feedsvc: {error!r}"))

    def _sent(self, subscription: Subscription, make: Callable[[Subscription], Message]) -> Result:
        try:
            message = make(subscription)
        except NotFoundError as error:
            return Result(subscription, None, FetchError(str(error), permanent=True))
        if message.etag == subscription.etag:
            return Result(subscription, message)  # it has this very state
        lines = headers(
            message, self._config.urls.hub, subscription.secret, self._config.push.signature
        )
        try:
            answer = self._client.post(subscription.callback, message.body, lines, LIMITS)
            if answer.status == _GONE:
                return Result(subscription, None)
            check(answer, self._clock())
        except FetchError as error:
            return Result(subscription, message, error)
        return Result(subscription, message)
