"""Answers that are ready: to plain requests for feeds that are in memory and have not changed."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.model.feed import FORMATS
from feedsvc.web.fast_path.request import PlainRequest, log_fields, parse
from feedsvc.web.http.conditional_requests import http_date
from feedsvc.web.http.rate_limits import is_refetch, too_many, too_often
from feedsvc.web.http.reply import reply, tagged, wants_changes

if TYPE_CHECKING:
    from feedsvc.model.feed import Document, Format
    from feedsvc.web.access_log import AccessLog
    from feedsvc.web.http.reply import Reply
    from feedsvc.web.services import Services

_MEMO = 4096
"""Heads that are remembered."""


_END = b"\r\n\r\n"


_KEPT_BYTES = 32_000_000
"""Of feeds that are kept ready, at most; they are the same that Syndication keeps."""


class _Slot:
    """A feed that is ready, until somebody or the time changes it."""

    def __init__(self, document: Document, until: datetime | None) -> None:
        self.document = document
        self.until = until.timestamp() if until else float("inf")

    def end(self) -> None:
        """Be ready no more."""
        self.until = 0.0


class _Answer(NamedTuple):
    """An answer, but for its date."""

    head: bytes
    """Up to the date."""
    body: bytes
    """The one that all answers with it share."""
    size: int
    status: int
    closes: bool


class _ReadyAnswer(NamedTuple):
    """The answer to a request, as long as its feed stays ready."""

    slot: _Slot
    sent: _Answer
    repeats: bool
    """Whether it counts as a fetch of what the client may have."""


class ReadyAnswers:
    """What the connections of one process share: the services, and the answers that are ready."""

    def __init__(self, services: Services) -> None:
        """Take the services of the application."""
        self._services = services
        self._clock = services.clock
        self._repeats = services.refetch_limit
        self._log = services.access_log
        self._counters = services.counters
        self._counts = services.counters.fast
        self._seconds = services.seconds
        self._pulse = services.feeds.pulse
        self._shared = self._pulse.shared
        self._still = b""
        """What this is as long as nobody changes the store."""
        self._number = 0
        self._slots: dict[tuple[str, Format], _Slot] = {}
        self._held = 0
        """Bytes of these."""
        self._memo: dict[bytes, _ReadyAnswer] = {}
        self._dropped: dict[tuple[str, Format], None] = {}
        self._second, self._next = 0.0, 0.0
        """From when to when the date is right."""
        self._date = b""
        """With the end of the head."""
        self._plain = not (self._log or self._repeats)
        self.making = 0
        """Feeds that are being made, or wait for that."""

    def answer(self, request: bytes, client: str) -> tuple[bytes, bool] | PlainRequest | None:
        """Return the answer to the bytes of a request, and whether the connection ends with it.

        What was asked, where the feed has to be made first; None where Flask is to answer.

        :param client: its address.
        """
        ready = self._memo.get(request)
        if ready is not None and self._plain and self._shared[:] == self._still:
            slot, (head, body, size, status, closes), _ = ready
            now = self._seconds()
            if self._second <= now < self._next and now < slot.until:
                counts = self._counts
                counts[status] += 1
                counts[-1] += size
                return b"".join((head, self._date, body)), closes
        return self._answer(request, client)

    def _answer(self, request: bytes, client: str) -> tuple[bytes, bool] | PlainRequest | None:
        """Do what ``answer`` does, however things are."""
        sure = self.look()
        moment = self._clock()
        now = moment.timestamp()
        ready = self._memo.get(request)
        if ready is None or not sure or now >= ready.slot.until:
            asked = parse(request)
            if asked is None:
                return None
            slot = self._slot((asked.path, asked.format), now, sure=sure)
            if slot is None:
                return asked
            ready = self._make(asked, slot)
            if ready is None:
                return None
            self._remember(request, ready)
        sent = ready.sent
        if ready.repeats and self._repeats:
            wait = self._repeats.wait(client, ready.slot.document.url, now)
            sent = _answer(too_often(wait), closes=sent.closes) if wait else sent
        if self._log:
            _write(self._log, sent, request, client, moment)
        return self._told(sent, now), sent.closes

    @property
    def full(self) -> bool:
        """Whether nothing more can wait for a feed that has to be made."""
        return self.making >= self._services.config.limits.queue

    def refusal(self, connections: int) -> bytes | None:
        """Return the answer to a connection more than there may be; None where it may."""
        if connections <= self._services.config.limits.connections:
            return None
        sent = _answer(too_many(), closes=True)
        return self._told(sent, self._clock().timestamp())

    def stand_in(self, asked: PlainRequest, request: bytes, client: str) -> tuple[bytes, bool]:
        """Return the answer while too many feeds are being made: the last state, or 429."""
        moment = self._services.clock()
        syndication = self._services.feeds
        document = syndication.last(asked.path, asked.format, moment)
        ready = self._make(asked, _Slot(document, None)) if document else None
        closes = asked.headers.get("connection") == "close"
        sent = ready.sent if ready else _answer(too_many(), closes=closes)
        if self._log:
            _write(self._log, sent, request, client, moment)
        return self._told(sent, moment.timestamp()), closes

    def _told(self, sent: _Answer, now: float) -> bytes:
        """Return an answer with its date, counted."""
        if not self._second <= now < self._next:
            self._second = now // 1
            self._next = self._second + 1
            date = http_date(datetime.fromtimestamp(self._second, UTC))
            self._date = date.encode() + _END
            self._counters.flush()
        self._counts[sent.status] += 1
        self._counts[-1] += sent.size
        return b"".join((sent.head, self._date, sent.body))

    def document(self, path: str, format: Format) -> Document | None:
        """Return a feed if it is at hand."""
        sure = self.look()
        slot = self._slot((path, format), self._clock().timestamp(), sure=sure)
        return slot.document if slot else None

    def look(self) -> bool:
        """Take notice of what changed; tell whether nobody just changes the store."""
        seen = self._shared[:]
        if self._pulse.now() is None:
            return False
        if seen != self._still:
            self._refresh()
            self._still = seen
        return True

    def dropped(self, most: int) -> list[tuple[str, Format]]:
        """Return the paths and formats of feeds that were ready and have changed, but once."""
        found = list(self._dropped)[-most:]
        self._dropped.clear()
        return found

    def documents(self) -> dict[tuple[str, Format], Document]:
        """Return the feeds that are ready, by their paths and formats."""
        return {key: slot.document for key, slot in self._slots.items()}

    def drop(self, key: tuple[str, Format]) -> None:
        """Have a feed taken from memory anew, because it has smaller bytes there."""
        if self._let_go(key):
            self._tidy()

    def prepare(self, asked: PlainRequest) -> None:
        """Make a feed, so that it is at hand.

        :raises feedsvc.errors.NotFoundError: there is none.
        """
        syndication, now = self._services.feeds, self._services.clock()
        section = asked.path.removesuffix("corrections").removesuffix("/")
        if section == asked.path:
            syndication.document(section, asked.format, now)
        else:
            syndication.corrections(section, asked.format, now)

    def _refresh(self) -> None:
        """Let go of the feeds that have changed."""
        changed = self._services.feeds.changed_since(self._number)
        for path in changed:
            for format in FORMATS:
                if self._let_go((path, format)):
                    self._dropped[path, format] = None
        self._number = max(changed.values(), default=self._number)
        self._tidy()

    def _tidy(self) -> None:
        """Let go of answers that nobody gets any more; they must not fill the memory."""
        self._memo = {head: ready for head, ready in self._memo.items() if ready.slot.until}

    def _slot(self, key: tuple[str, Format], now: float, *, sure: bool) -> _Slot | None:
        """Return a feed if it is at hand.

        :param sure: nobody changes the store just now; else it is asked.
        """
        slot = self._slots.get(key)
        if sure and slot and now < slot.until:
            return slot
        kept = self._services.feeds.at_hand(*key, self._services.clock())
        if kept is None:
            return None
        slot = _Slot(*kept)
        if sure:
            self._keep(key, slot)
        else:
            slot.end()  # this once
        return slot

    def _keep(self, key: tuple[str, Format], slot: _Slot) -> None:
        """Keep a feed ready, and let go of those that were kept longest ago."""
        self._let_go(key)
        self._slots[key] = slot
        self._held += len(slot.document.body)
        if self._held <= _KEPT_BYTES:
            return
        while self._held > _KEPT_BYTES and len(self._slots) > 1:
            self._let_go(next(iter(self._slots)))
        self._tidy()

    def _let_go(self, key: tuple[str, Format]) -> bool:
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        slot.end()
        self._held -= len(slot.document.body)
        return True

    def _make(self, asked: PlainRequest, slot: _Slot) -> _ReadyAnswer | None:
        coded = self._services.coded.get
        answer = reply(slot.document, asked.method, asked.headers, coded)
        answer = tagged(answer, slot.document, self._services.config.cdn.tags)
        if answer.status == 200 and wants_changes(asked.headers):
            return None  # the store must be asked what these are
        closes = asked.headers.get("connection") == "close"
        whole = answer.status == 200 and is_refetch(asked.method, "HTTP/1.1", asked.headers)
        return _ReadyAnswer(slot, _answer(answer, closes=closes), whole)

    def _remember(self, request: bytes, ready: _ReadyAnswer) -> None:
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        self._memo[request] = ready


def _answer(answer: Reply, *, closes: bool) -> _Answer:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if closes:
        lines.append("Connection: close")
    head = "\r\n".join([*lines, "Date: "]).encode("latin-1")
    return _Answer(head, answer.body, len(answer.body), answer.status, closes)


def _write(log: AccessLog, sent: _Answer, request: bytes, client: str, moment: datetime) -> None:
    line, who = log_fields(request)
    log.write(client, moment, line, (sent.status, sent.size), who)
