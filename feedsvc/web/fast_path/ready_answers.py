"""Answers to plain requests for feeds that are in memory and have not changed."""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from werkzeug.http import http_date

from feedsvc.model.feed import FORMATS, Document
from feedsvc.model.paths import FeedRequest
from feedsvc.model.sized_cache import SizedCache
from feedsvc.model.validity import MadeFeed
from feedsvc.web.fast_path.answer_bytes import AnswerBytes, answer_bytes
from feedsvc.web.fast_path.ready_feed import ReadyFeed
from feedsvc.web.fast_path.request import PlainRequest, log_fields, parse
from feedsvc.web.http.rate_limits import Refetch, refetch, too_many, too_often
from feedsvc.web.http.reply import reply, wants_changes, with_cache_tags
from feedsvc.web.services import Services

REMEMBERED = 4096
"""Requests whose answers are remembered: hundreds of kinds of readers for each hot feed."""
MEMORY = 32_000_000
"""Bytes of feeds that are kept ready; they are the same objects that ``Feeds`` keeps."""
_END_OF_HEAD = b"\r\n\r\n"
"""The bytes between the date, which is the last header, and the body."""


class _ReadyAnswer(NamedTuple):
    """The answer to a request, as long as its feed stays ready."""

    feed: ReadyFeed
    sent: AnswerBytes
    refetch: Refetch | None
    """It counts as a fetch of a feed that the client may have already; None where it does not."""


class ReadyAnswers:
    """The answers that one process has ready for all its connections."""

    def __init__(
        self, services: Services, memory: int = MEMORY, remembered: int = REMEMBERED
    ) -> None:
        self._services = services
        self._clock = services.clock
        self._counts = services.counters.fast
        self._seconds = services.seconds
        self._pulse = services.feeds.pulse
        self._shared = self._pulse.shared
        self._verified = b""
        """The change counter when the feeds were last verified."""
        self._revision = 0
        """The highest that was seen of any feed."""
        self._feeds = SizedCache[FeedRequest, ReadyFeed](
            memory, lambda feed: len(feed.document.body)
        )
        self._answers: dict[bytes, _ReadyAnswer] = {}
        self._most = remembered
        self._changed: dict[FeedRequest, None] = {}
        """Feeds that were ready until they changed, in order."""
        self._second, self._next = 0.0, 0.0
        """The seconds from when to when ``_date`` is right."""
        self._date = b""
        """The date in an answer, with the end of the head."""
        self._plain = not (services.access_log or services.refetch_limit)
        self.making = 0
        """Feeds that are being made, or wait for that."""

    def answer(self, request: bytes, client: str) -> tuple[bytes, bool] | PlainRequest | None:
        """Return the answer to the bytes of a request, and whether the connection ends with it.

        If the feed has to be made first, return the request parsed; None if Flask is to answer.
        """
        ready = self._answers.get(request)
        if ready is not None and self._plain and self._shared[:] == self._verified:
            feed, (head, body, size, status, closes), _ = ready
            now = self._seconds()
            if self._second <= now < self._next and now < feed.until:
                counts = self._counts
                counts[status] += 1
                counts[-1] += size
                if status == 200:
                    feed.fetches += 1
                return b"".join((head, self._date, body)), closes
        return self._answer(request, client)

    def _answer(self, request: bytes, client: str) -> tuple[bytes, bool] | PlainRequest | None:
        """Return the same as ``answer``, in every case."""
        sure = self.look()
        if not (sure or self._pulse.hears_all()):
            return None  # only the store knows, and connections must not wait for it
        moment = self._clock()
        now = moment.timestamp()
        ready = self._answers.get(request)
        if ready and sure and ready.feed.holds(now):
            return self._finish(ready, request, client, moment)
        plain = parse(request)
        if plain is None:
            return None
        feed = self._feed(plain.wanted, now, sure=sure)
        return self._answer_with(feed, plain, request, client, moment) if feed else plain

    def answer_with(
        self, plain: PlainRequest, made: MadeFeed, request: bytes, client: str
    ) -> tuple[bytes, bool] | None:
        """Return the answer with a feed that has just been made; None if Flask is to answer."""
        moment = self._clock()
        feed = ReadyFeed(plain.wanted.path, made, moment)
        feed.end()  # it has changed again
        return self._answer_with(feed, plain, request, client, moment)

    def _answer_with(
        self, feed: ReadyFeed, plain: PlainRequest, request: bytes, client: str, moment: datetime
    ) -> tuple[bytes, bool] | None:
        made = self._reply(plain, feed.document, moment)
        if made is None:
            return None
        ready = _ReadyAnswer(feed, *made)
        self._remember(request, ready)
        return self._finish(ready, request, client, moment)

    def _finish(
        self, ready: _ReadyAnswer, request: bytes, client: str, moment: datetime
    ) -> tuple[bytes, bool]:
        """Return an answer as it is sent, unless the client has to wait; count and log it."""
        sent = ready.sent
        if ready.refetch and (limit := self._services.refetch_limit):
            wait = limit.wait(client, ready.refetch, moment.timestamp())
            sent = answer_bytes(too_often(wait), closes=sent.closes) if wait else sent
        if sent.status == 200:
            ready.feed.fetches += 1
        return self._logged(sent, request, client, moment)

    def _remember(self, request: bytes, ready: _ReadyAnswer) -> None:
        if len(self._answers) >= self._most:
            self.count_fetches()
            self._answers.clear()
        self._answers[request] = ready

    @property
    def remembered(self) -> int:
        """Return the number of requests whose answers are remembered."""
        return len(self._answers)

    @property
    def full(self) -> bool:
        """Return whether no more requests can wait for a feed that has to be made."""
        return self.making >= self._services.config.limits.queue

    def refusal(self, connections: int) -> bytes | None:
        """Return the answer to a connection beyond the limit; None within it."""
        if connections <= self._services.config.limits.connections:
            return None
        return self._dated(answer_bytes(too_many(), closes=True), self._clock().timestamp())

    def stand_in(self, plain: PlainRequest, request: bytes, client: str) -> tuple[bytes, bool]:
        """Return the answer while too many feeds are being made: the last state, or 429."""
        moment = self._clock()
        document = self._services.feeds.last(plain.wanted, moment)
        made = self._reply(plain, document, moment) if document else None
        closes = plain.headers.get("connection") == "close"
        sent = made[0] if made else answer_bytes(too_many(), closes=closes)
        return self._logged(sent, request, client, moment)

    def _logged(
        self, sent: AnswerBytes, request: bytes, client: str, moment: datetime
    ) -> tuple[bytes, bool]:
        """Log an answer; return it with its date, and whether the connection ends with it."""
        if log := self._services.access_log:
            line, agent = log_fields(request)
            log.write(client, moment, line, (sent.status, sent.size), agent)
        return self._dated(sent, moment.timestamp()), sent.closes

    def _dated(self, sent: AnswerBytes, now: float) -> bytes:
        """Return an answer with its date, and count it."""
        if not self._second <= now < self._next:
            if now < self._second:
                self._set_back(now)
            self._second = now // 1
            self._next = self._second + 1
            self._date = http_date(self._second).encode() + _END_OF_HEAD
            self._services.counters.flush()
            self.count_fetches()
        self._counts[sent.status] += 1
        self._counts[-1] += sent.size
        return b"".join((sent.head, self._date, sent.body))

    def count_fetches(self) -> None:
        """Count whole answers in the store, in the background."""
        for feed in {ready.feed for ready in self._answers.values()}:
            if feed.fetches:
                fetched = feed.path, feed.revision, self._clock(), feed.fetches
                feed.fetches = 0
                self._services.feeds.fetched(*fetched)

    def _set_back(self, now: float) -> None:
        """End the feeds of the future, after the clock was set back: ``answer`` does not look."""
        for wanted, feed in self._feeds.items():
            if not feed.holds(now):
                self._end(wanted)
        self._forget()

    def ready(self, wanted: FeedRequest) -> ReadyFeed | None:
        """Return a feed if it is ready."""
        sure = self.look()
        return self._feed(wanted, self._clock().timestamp(), sure=sure)

    def look(self) -> bool:
        """End the feeds that have changed. Return False while the store is being changed."""
        self._shared = self._pulse.shared
        seen = self._shared[:]
        if self._pulse.now() is None:
            return False
        if not self._pulse.hears_all():
            self._verified = b""  # so that no answer is given without a look
            return False
        if seen == self._verified:
            return True
        changed = self._services.feeds.changed_since(self._revision)
        for path in changed:
            for format in FORMATS:
                wanted = FeedRequest(path, format)
                if self._end(wanted):
                    self._changed[wanted] = None
        self._revision = max(changed.values(), default=self._revision)
        self._forget()
        self._verified = seen
        return True

    def changed(self, most: int) -> list[FeedRequest]:
        """Return the feeds that were ready until they changed, each once."""
        changed = list(self._changed)[-most:]
        self._changed.clear()
        return changed

    def documents(self) -> dict[FeedRequest, Document]:
        """Return the feeds that are ready."""
        return {wanted: feed.document for wanted, feed in self._feeds.items()}

    def drop(self, wanted: FeedRequest) -> None:
        """Drop a ready feed, because a better compressed one can be had."""
        if self._end(wanted):
            self._forget()

    def prepare(self, wanted: FeedRequest) -> MadeFeed:
        """Make a feed, so that it is ready; one that is none raises a NotFoundError."""
        return self._services.feeds.made_anew(wanted, self._clock())

    def _forget(self) -> None:
        """Forget the answers with feeds that have ended; they must not fill the memory."""
        self.count_fetches()
        self._answers = {head: ready for head, ready in self._answers.items() if ready.feed.until}

    def _feed(self, wanted: FeedRequest, now: float, *, sure: bool) -> ReadyFeed | None:
        """Return a feed if it is ready, here or in memory.

        :param sure: the store is not being changed; else it is asked.
        """
        feed = self._feeds.get(wanted)
        if sure and feed and feed.holds(now):
            return feed
        moment = self._clock()
        made = self._services.feeds.ready(wanted, moment)
        if made is None:
            return None
        feed = ReadyFeed(wanted.path, made, moment)
        if not sure:
            feed.end()  # it answers this one request
            return feed
        replaced = self._feeds.put(wanted, feed)
        for other in replaced:
            other.end()
        if replaced:
            self._forget()
        return feed

    def _end(self, wanted: FeedRequest) -> bool:
        feed = self._feeds.pop(wanted)
        if feed:
            feed.end()
        return feed is not None

    def _reply(
        self, plain: PlainRequest, document: Document, now: datetime
    ) -> tuple[AnswerBytes, Refetch | None] | None:
        """Return the answer to a request, and its refetch if it is one; None if it is a delta."""
        answer = reply(document, plain.method, plain.headers, self._services.coded.get, now)
        answer = with_cache_tags(answer, document, self._services.config.cdn.header)
        if answer.status == 200 and wants_changes(plain.headers):
            return None
        closes = plain.headers.get("connection") == "close"
        again = None
        if answer.status == 200 and self._services.refetch_limit:
            knows = partial(self._services.feeds.deltas.knows, plain.wanted)
            again = refetch(plain.method, "HTTP/1.1", plain.headers, document, knows)
        return answer_bytes(answer, closes=closes), again
