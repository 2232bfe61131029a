"""Deliver changed feeds to their subscribers (WebSub §7).

One event loop sends batches of deliveries, each of one host and over one connection, many at once.
Meanwhile a thread asks the store: it records results, makes the subscribers of changed feeds due,
and claims the next batches. Of a change it takes a few first, and waits until they are on their
way. A host gets few batches at once, and subscribers whose last delivery failed or took long have
connections of their own, so slow servers wait for themselves. Only the batches under way are in
memory.
"""

import asyncio
import logging
import sys
import time
from asyncio import FIRST_COMPLETED
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from threading import Thread

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.push.batch_sender import BatchSender
from feedsvc.push.batches import BATCH, Batch, Batches, Load, Turn
from feedsvc.push.claims import Claims
from feedsvc.push.delivery_results import SentBatch
from feedsvc.push.event_loop import in_thread, run
from feedsvc.push.host_pauses import HostPauses
from feedsvc.push.http_client import HttpClient
from feedsvc.push.message_cache import MessageCache
from feedsvc.push.messages import Messages
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.database import Database
from feedsvc.store.subscriptions import Subscription

log = logging.getLogger(__name__)

POLL = 0.5
"""Seconds between two looks for deliveries that are due."""
TICK = 0.005
"""Seconds between two looks whether a feed was changed: a delivery begins so late at most."""
GATHER = 0.02
"""Seconds for which a few results wait for others, because each transaction takes some time."""
SWITCH = 0.0005
"""Seconds after which a thread lets others go on: a publication does not wait for deliveries."""
AHEAD = 0.05
"""Seconds at most that the first deliveries of a change have the processor for themselves."""
GRACE = 1.0
"""Seconds that the deliveries under way have at the end."""


class Deliveries:
    """Delivers the feeds of one newsroom, while no other process does."""

    def __init__(
        self,
        config: Config,
        database: Database,
        messages: Messages,
        client: HttpClient,
        clock: Callable[[], datetime],
        claims: Claims,
    ) -> None:
        self._config = config
        self._counter = database.change_counter
        self._messages = messages
        self._client = client
        self._clock = clock
        self._batches = Batches(config, database, messages, clock, claims)
        self._pauses = HostPauses(clock)

    @contextmanager
    def running(self) -> Generator[None]:
        """Deliver in threads meanwhile."""
        begun = SimpleQueue[Callable[[], object]]()
        work = self._follow(begun.put)
        thread = Thread(target=run, args=(work,), name="deliveries", daemon=True)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        thread.start()
        stop = begun.get()
        try:
            yield
        finally:
            stop()
            thread.join()
            sys.setswitchinterval(usual)

    async def _follow(self, begin: Callable[[Callable[[], object]], None]) -> None:
        """Deliver until the function is called that ``begin`` gets."""
        sending = self._sending()
        begin(partial(asyncio.get_running_loop().call_soon_threadsafe, sending.stop))
        await sending.follow()

    def work_due(self) -> int:
        """Send all deliveries that are due; return how many there were."""
        return run(self._work_due())

    async def _work_due(self) -> int:
        return await self._sending().work_due()

    def _sending(self) -> "Sending":
        cache = MessageCache(self._config, self._messages, self._counter)
        sender = BatchSender(self._client, cache, self._pauses, self._clock)
        return Sending(self._batches, sender, self._pauses, self._counter)


class Sending:
    """The deliveries under way in one event loop."""

    def __init__(
        self, batches: Batches, sender: BatchSender, pauses: HostPauses, counter: ChangeCounter
    ) -> None:
        self._batches = batches
        self._sender = sender
        self._pauses = pauses
        self._counter = counter
        self._tasks = set[asyncio.Task[None]]()
        self._at_host = Counter[str]()
        self._by_slow = Counter[bool]()
        self._sent = list[SentBatch]()
        """Batches whose results are to be recorded."""
        self._news = asyncio.Event()
        """Set when there are results to be recorded, and when all is to end."""
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._seen, self._looked = b"", 0.0
        """The change counter and the time of the last look at all that may be due."""

    def stop(self) -> None:
        """End ``follow`` soon."""
        self._stopped = True
        self._news.set()

    async def follow(self) -> None:
        """Deliver as soon as a feed changes, until ``stop``."""
        with suppress(Exception):  # else the first delivery takes longer
            await in_thread(self._batches.warm_up)
        while not self._stopped:
            seen, now, turn = self._counter.shared[:], time.monotonic(), Turn()
            deep = seen != self._seen or now >= self._looked + POLL
            if deep:
                self._seen, self._looked = seen, now
            try:
                turn = await self._turn(deep=deep)
            except FeedsvcError as error:
                log.error("could not deliver feeds, and will try again: %s", error)
            except Exception:  # a bug must not end all deliveries
                log.exception("could not deliver feeds, and will try again")
            if turn.first and self._tasks:
                await asyncio.wait(self._tasks, timeout=AHEAD, return_when=FIRST_COMPLETED)
            if turn.more:
                self._seen = b""
            else:
                await self._wait(seen, TICK if turn.any_exist else POLL)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
        with suppress(FeedsvcError):  # else they are delivered again
            await in_thread(self._batches.finish, self._sent)

    async def work_due(self) -> int:
        """Send all deliveries that are due; return how many there were."""
        count = 0
        while (turn := await self._turn(deep=True)).batches or turn.more:
            count += sum(len(it.claimed) for it in turn.batches)
            await asyncio.gather(*self._tasks)
        return count

    async def _turn(self, *, deep: bool) -> Turn:
        """Record results, and begin the next batches."""
        sent, self._sent = self._sent, []
        pauses, slow = self._pauses.now(), self._pauses.slow()
        load = Load(self._at_host.copy(), self._by_slow.copy(), pauses, slow)
        turn = await in_thread(self._batches.turn, sent, load, deep=deep)
        for batch in turn.batches:
            self._at_host[batch.host] += 1
            self._by_slow[batch.slow] += 1
            task = asyncio.create_task(self._send(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return turn

    async def _send(self, batch: Batch) -> None:
        try:
            sent = await self._sender.send(batch, self._give_back)
            self._sent.append(sent)  # to the list of now
        finally:
            self._by_slow[batch.slow] -= 1
            self._at_host[batch.host] -= 1
            if not self._at_host[batch.host]:
                del self._at_host[batch.host]
            self._announce()

    def _give_back(self, rest: Sequence[Subscription]) -> None:
        self._sent.append(SentBatch((), rest))
        self._announce()

    def _announce(self) -> None:
        """Ask for a turn: at once where there are many results, or where nothing else is sent."""
        if sum(len(it.results) for it in self._sent) >= BATCH or len(self._tasks) == 1:
            self._news.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER, self._end_gathering)

    def _end_gathering(self) -> None:
        self._timer = None
        self._news.set()

    async def _wait(self, seen: bytes, tick: float) -> None:
        """Wait for news, or for a change of the store, for some time at most."""
        loop = asyncio.get_running_loop()
        until = loop.time() + POLL

        def look() -> asyncio.TimerHandle | None:
            if self._counter.shared[:] != seen or loop.time() >= until:
                self._news.set()
                return None
            return loop.call_later(tick, again)

        def again() -> None:
            nonlocal timer
            timer = look()

        timer = look()
        await self._news.wait()
        if timer:
            timer.cancel()
        self._news.clear()
