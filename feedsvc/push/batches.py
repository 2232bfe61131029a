"""Take due deliveries from the store: the subscribers of changed feeds, and failed deliveries."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Generator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

from msgspec import Struct, structs

from feedsvc.config.settings import Config
from feedsvc.errors import StoreError
from feedsvc.push.claims import Claims
from feedsvc.push.delivery_results import DeliveryResults, SentBatch
from feedsvc.push.messages import Messages
from feedsvc.store import announcements, due_deliveries, feed_fetches, subscriptions
from feedsvc.store.announcements import Announcement
from feedsvc.store.database import Connection, Database
from feedsvc.store.due_deliveries import Wanted
from feedsvc.store.subscriptions import Subscription

BATCH = 64
"""Deliveries that one connection sends before their results are recorded."""
AT_HOST = 4
"""Batches of one host at once."""
CONNECTIONS = {False: 256, True: 64}
"""Batches at once, by whether the last deliveries to their subscribers failed or took long."""
FIRST = 8
"""Deliveries of a change that come first: to make thousands due would keep them waiting."""
WAKENED = 500
"""Subscriptions that become due in one transaction: a publication waits so long at most."""
SWEEP = timedelta(minutes=5)
"""Time between two removals of subscriptions and announcements that are over."""


class Batch(Struct, frozen=True):
    """Deliveries to one host."""

    host: str
    slow: bool
    """Whether the last ones to these subscribers failed, or took long."""
    claimed: Sequence[Subscription]


class Load(Struct, frozen=True):
    """The batches under way, and the hosts that get none now."""

    at_host: Counter[str]
    by_slow: Counter[bool]
    paused: Collection[str] = ()
    """Hosts that get only deliveries that failed before."""
    slow: Collection[str] = ()
    """Hosts whose deliveries wait for each other alone, as they take long."""


class Turn(Struct, frozen=True):
    """The batches that are to be sent next."""

    batches: Sequence[Batch] = ()
    any_exist: bool = False
    """Whether there is any subscription."""
    any_due: bool = False
    more: bool = False
    """Whether more subscribers of an announced change are to become due: first the ones that are
    get it, and nothing else waits for the store meanwhile."""
    first: bool = False
    """Whether these are the few deliveries of a change that come first."""


class Batches:
    """Takes due deliveries in batches, and records their results. For one thread at a time."""

    def __init__(
        self,
        config: Config,
        database: Database,
        messages: Messages,
        clock: Callable[[], datetime],
        claims: Claims,
    ) -> None:
        self._database = database
        self._claims = claims
        self._messages = messages
        self._clock = clock
        self._results = DeliveryResults(config, clock)
        self._unrecorded = list[SentBatch]()
        self._swept = datetime.min.replace(tzinfo=UTC)
        self._begun = False
        """Whether the subscribers of open announcements have begun to become due."""
        self._kept = dict[str, int]()
        """The last open corrections and kills after which feeds are kept as they were."""

    def warm_up(self) -> None:
        """Make a message that is not sent: the first one takes several times as long as others."""
        with self._database.reading() as connection:
            subscription = subscriptions.any_one(connection)
        if subscription:
            self._messages.message(subscription)

    def turn(self, sent: Sequence[SentBatch], load: Load, *, deep: bool) -> Turn:
        """Record results, and claim the next batches.

        :param deep: look for changed feeds, for failed deliveries, and behind the many of a host
            that has enough, which takes longer.
        :raises StoreError: it cannot be done now; the results are kept for the next turn.
        """
        self._unrecorded += sent
        turn = self._look(load) if deep else Turn(any_due=True, any_exist=True)
        if not (turn.any_due or self._unrecorded):
            return turn
        try:
            with self._database.writing(counted=False) as connection:
                self._results.record(connection, self._unrecorded)
                all_due = deep and not turn.first
                most = FIRST if turn.first else CONNECTIONS[False]
                batches = [*self._claimed(connection, load, most, slow=False, deep=all_due)]
                if all_due:
                    most = CONNECTIONS[True]
                    batches += self._claimed(connection, load, most, slow=True, deep=True)
        except StoreError:
            raise
        except Exception:  # a bug; the leases of these end by themselves
            self._unrecorded.clear()
            raise
        self._unrecorded.clear()
        return structs.replace(turn, batches=batches)

    def finish(self, sent: Sequence[SentBatch]) -> None:
        """Record results at the end."""
        self._unrecorded += sent
        with self._database.writing(counted=False) as connection:
            self._results.record(connection, self._unrecorded)

    def _look(self, load: Load) -> Turn:
        """Make the subscribers of changed feeds due."""
        now = self._clock()
        self._sweep(now)
        with self._database.reading() as connection:
            if not subscriptions.any_exist(connection):
                return Turn()
            opened = announcements.open_ones(connection)
            any_due = bool(opened) or due_deliveries.is_due(connection, now)
        urgent = {it.path: it.number for it in opened if it.urgent}
        self._kept = dict(self._kept.items() & urgent.items())
        more = first = bool(opened) and not (self._begun or load.by_slow[False])
        most = FIRST if first else WAKENED
        for announcement in opened:
            path = announcement.path
            if path in urgent and path not in self._kept:  # before any subscriber is due
                self._messages.keep(path)
                self._kept[path] = urgent[path]
            woken = self._wake(announcement, most, now)
            more |= woken == most
            most -= woken if first else 0
            if not most:
                break
        self._begun = more
        return Turn(any_due=any_due, any_exist=True, more=more, first=first)

    def _sweep(self, now: datetime) -> None:
        """Remove rows that are over, every few minutes, even where no subscription is left."""
        if now >= self._swept + SWEEP:
            self._swept = now
            with self._database.writing(counted=False) as connection:
                subscriptions.expire(connection, now)
                announcements.prune(connection, now)
                feed_fetches.prune(connection, now)

    def _wake(self, announcement: Announcement, most: int, now: datetime) -> int:
        """Make some subscribers of a change due; return how many."""
        with self._database.writing(counted=False) as connection:
            path, number = announcement.path, announcement.number
            woken = subscriptions.wake(connection, path, number, now, most)
            if woken < most:
                announcements.close(connection, announcement)
        return woken

    def _claimed(
        self, connection: Connection, load: Load, most: int, *, slow: bool, deep: bool
    ) -> Generator[Batch]:
        """Yield batches, as many as there are connections left of some."""
        slots, at_host = min(most, CONNECTIONS[slow]) - load.by_slow[slow], load.at_host
        left = () if slow else {*load.paused, *load.slow}
        hosts = {*load.slow} - {*load.paused} if slow else None

        def room(host: str) -> int:
            return BATCH * (AT_HOST - at_host[host])

        while slots > 0:
            busy = {*left, *(host for host, count in at_host.items() if count >= AT_HOST)}
            now, by_host = self._clock(), defaultdict[str, list[Subscription]](list)
            wanted = Wanted(slots, room, busy, hosts, self._claims.name)
            claimed = due_deliveries.claim(connection, wanted, now)
            for subscription in claimed:
                by_host[subscription.host].append(subscription)
            for host, theirs in by_host.items():
                size = ceil(len(theirs) / (AT_HOST - at_host[host]))
                for start in range(0, len(theirs), size):
                    at_host[host] += 1
                    slots -= 1
                    yield Batch(host, slow, theirs[start : start + size])
            if not (deep and by_host):
                break
