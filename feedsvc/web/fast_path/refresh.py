"""Refresh ready feeds between requests: make them again when they change, and compress them better
when they stay the same.
"""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from feedsvc.errors import FeedsvcError
from feedsvc.model.feed import Document
from feedsvc.model.paths import FeedRequest
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.http import content_codings
from feedsvc.web.services import Services

log = logging.getLogger(__name__)

LOOK = 0.02
"""Seconds between two looks at the number of the last change."""
QUIET = 30.0
"""Seconds for which a feed stays as it is before its bytes are made smaller."""
_PAUSE = 1.0
"""Seconds between two feeds that are compressed."""
_MOST = 64
"""Feeds that are made anew after one change; the others when they are asked for."""


class Refresher:
    """Refreshes the feeds that are ready, in the loop of the connections and one thread."""

    def __init__(self, ready_answers: ReadyAnswers, services: Services) -> None:
        self._ready_answers = ready_answers
        self._services = services
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="refresher")
        self._since: dict[FeedRequest, tuple[Document, float]] = {}
        self._busy = False
        self._next = 0.0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look for changes from now on, as long as the loop runs."""

        def again() -> None:
            pause = LOOK
            try:
                self.look(loop)
            except FeedsvcError as error:  # the next request is answered with it
                log.warning("%s", error)
            except Exception:  # refreshing must go on after any error
                log.exception("feeds could not be refreshed, which is tried again")
                pause = _PAUSE
            loop.call_later(pause, again)

        loop.call_soon(again)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make feeds again that were ready and have changed; compress one that stayed the same."""
        self._ready_answers.look()
        for wanted in self._ready_answers.changed(_MOST):
            self._thread.submit(self._prepare, wanted)
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PAUSE
        self._services.counters.flush()
        self._ready_answers.count_fetches()
        if not self._busy and (wanted := self._quiet()):
            self._busy = True
            document = self._since.pop(wanted)[0]
            done = loop.run_in_executor(self._thread, self._finish, wanted, document)
            done.add_done_callback(lambda _: self._finished(wanted))

    def _prepare(self, wanted: FeedRequest) -> None:
        try:
            self._ready_answers.prepare(wanted)
        except FeedsvcError as error:
            log.debug("%s", error)

    def _quiet(self) -> FeedRequest | None:
        """Return a feed that has not changed for long enough, and is not finished yet."""
        now = time.monotonic()
        before, documents = self._since, self._ready_answers.documents()
        self._since = {
            key: before[key] if key in before and before[key][0] is document else (document, now)
            for key, document in documents.items()
            if not document.encodings and content_codings.worthwhile(document)
        }
        return next((key for key, (_, at) in self._since.items() if now - at >= QUIET), None)

    def _finish(self, wanted: FeedRequest, document: Document) -> None:
        self._services.feeds.finish(wanted, document, content_codings.best(document))

    def _finished(self, wanted: FeedRequest) -> None:
        self._busy = False
        self._ready_answers.drop(wanted)  # the next client gets the smaller bytes
