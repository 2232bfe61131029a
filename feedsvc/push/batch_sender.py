"""Send the deliveries of a batch, one after the other over one connection (WebSub §7)."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from feedsvc.errors import FetchError, NotFoundError
from feedsvc.push.batches import Batch
from feedsvc.push.delivery_results import Result, SentBatch
from feedsvc.push.host_pauses import HostPauses
from feedsvc.push.http_client import HttpClient, Session
from feedsvc.push.http_values import Request
from feedsvc.push.message_cache import MessageCache
from feedsvc.push.websub import LIMITS, check, denial
from feedsvc.store.subscriptions import Subscription

log = logging.getLogger(__name__)

SLOW = 1.0
"""Seconds after which the rest of a batch is given back: others may be quicker. A host that
takes so long for each delivery is slow."""
DEAD = 5.0
"""Seconds of a batch that failed after which its host is paused: it may not answer at all."""
_GONE = 410


class BatchSender:
    """Sends batches, many at once in one event loop."""

    def __init__(
        self,
        client: HttpClient,
        messages: MessageCache,
        pauses: HostPauses,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._messages = messages
        self._pauses = pauses
        self._clock = clock

    async def send(
        self, batch: Batch, give_back: Callable[[Sequence[Subscription]], object]
    ) -> SentBatch:
        """Send a batch. After a failure the rest is left: it may be in vain.

        :param give_back: called with the rest after a while, even if a delivery is under way.
        """
        results, rest = list[Result](), deque(batch.claimed)
        begun = time.monotonic()

        def leave() -> None:
            if rest:
                give_back([*rest])
                rest.clear()

        timer = asyncio.get_running_loop().call_later(SLOW, leave)
        async with self._client.session() as session:
            while rest and not (results and results[-1].error):
                results.append(await self._deliver(session, rest.popleft()))
        timer.cancel()
        took = time.monotonic() - begun
        dead = bool(results[-1].error) and took > DEAD
        self._pauses.put(batch.host, dead=dead, slow=took > SLOW * len(results))
        return SentBatch(results, [*rest])

    async def _deliver(self, session: Session, to: Subscription) -> Result:
        try:
            return await self._sent(session, to)
        except Exception as error:  # the results of the others must be recorded all the same
            log.exception("a delivery to %s failed", to.host)
            return Result(to, None, FetchError(f"an error of feedsvc: {error!r}"))

    async def _sent(self, session: Session, to: Subscription) -> Result:
        try:
            message = await self._messages.message(to)
        except NotFoundError as error:
            await self._deny(session, to, str(error))
            return Result(to, None, FetchError(str(error), permanent=True))
        if message.etag == to.etag:
            return Result(to, message)  # it has this very state
        lines = self._messages.headers(message, to.secret)
        request = Request("POST", to.callback, message.body, lines)
        try:
            answer = await session.send(request, bytes, LIMITS)
            if answer.status == _GONE:
                return Result(to, None)
            check(answer, self._clock())
        except FetchError as error:
            return Result(to, message, error)
        return Result(to, message)

    async def _deny(self, session: Session, to: Subscription, reason: str) -> None:
        """Inform a subscriber that its feed has ended."""
        try:
            answer = await session.send(denial(to.callback, to.topic, reason), bytes, LIMITS)
            check(answer, self._clock())
        except FetchError as error:
            log.info("%s does not know that a feed ended: it %s", to.host, error)
