"""Answers that are ready: to plain requests for feeds that are in memory and have not changed."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, cast

from feedsvc.model.feed import FORMATS, Format
from feedsvc.web.exchange import reply, wants_changes
from feedsvc.web.targets import HOST, LONGEST_TARGET
from feedsvc.web.validators import http_date

if TYPE_CHECKING:
    from datetime import datetime

    from feedsvc.model.feed import Document
    from feedsvc.web.services import Services

_HEAD = re.compile(
    rb"(GET|HEAD) /((?:[a-z0-9._-]+/)*)(rss|atom)\.xml(?:\?([!-~]*))? HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[ -~\t]*\r\n)+)\r\n"
)
"""A request of which everything is plain, and nothing follows."""
_ODD = frozenset(("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"))
"""Headers of requests that are not."""
_KNOWN = b"before="
"""What a query means something with."""
_MEMO = 4096
"""Heads that are remembered."""


_END = b"\r\n\r\n"


_KEPT_BYTES = 16_000_000
"""Of feeds that are kept ready, at most."""


class _Slot:
    """A feed that is ready, until somebody or the time changes it."""

    def __init__(self, document: Document, until: datetime | None) -> None:
        self.document = document
        self.until = until.timestamp() if until else float("inf")
        self.live = True


class _Ready(NamedTuple):
    """The answer to a request, but for its date."""

    slot: _Slot
    head: bytes
    """Up to the date."""
    body: bytes
    """The one that all answers with it share."""
    closes: bool


class Asked(NamedTuple):
    """A plain request."""

    method: str
    path: str
    form: Format
    headers: dict[str, str]


class Desk:
    """What the connections of one process share: the services, and the answers that are ready."""

    def __init__(self, services: Services) -> None:
        """Take the services of the application."""
        self._services = services
        self._pulse = services.syndication.pulse
        self._beat: int | None = None
        self._number = 0
        self._slots: dict[tuple[str, Format], _Slot] = {}
        self._memo: dict[bytes, _Ready] = {}
        self._second = 0
        self._date = b""
        self.answered = 0
        """Requests that were answered here."""

    def answer(self, request: bytes) -> tuple[bytes, bool] | Asked | None:
        """Return the answer to the bytes of a request, and whether the connection ends with it.

        What was asked, where the feed has to be made first; None where Flask is to answer.
        """
        beat = self._pulse.now()
        if beat is not None and beat != self._beat:
            self._refresh()
            self._beat = beat
        moment = self._services.clock()
        now = moment.timestamp()
        ready = self._memo.get(request)
        if ready is None or beat is None or not ready.slot.live or now >= ready.slot.until:
            asked = _read(request)
            slot = self._slot(asked, now, sure=beat is not None) if asked else None
            if asked is None or slot is None:
                return asked
            ready = self._make(asked, slot)
            if ready is None:
                return None
            self._remember(request, ready)
        if int(now) != self._second:
            self._second = int(now)
            self._date = http_date(moment).encode()
        self.answered += 1
        return b"".join((ready.head, self._date, _END, ready.body)), ready.closes

    def prepare(self, asked: Asked) -> None:
        """Make a feed, so that it is at hand.

        :raises feedsvc.errors.NotFoundError: there is none.
        """
        syndication, now = self._services.syndication, self._services.clock()
        section = asked.path.removesuffix("corrections").removesuffix("/")
        if section == asked.path:
            syndication.document(section, asked.form, now)
        else:
            syndication.corrections(section, asked.form, now)

    def _refresh(self) -> None:
        """Let go of the feeds that have changed."""
        changed = self._services.syndication.changed_since(self._number)
        for path in changed:
            for form in FORMATS:
                slot = self._slots.pop((path, form), None)
                if slot:
                    slot.live = False
        self._number = max(changed.values(), default=self._number)
        self._tidy()

    def _tidy(self) -> None:
        """Let go of answers that nobody gets any more; they must not fill the memory."""
        self._memo = {head: ready for head, ready in self._memo.items() if ready.slot.live}

    def _slot(self, asked: Asked, now: float, *, sure: bool) -> _Slot | None:
        """Return a feed if it is at hand.

        :param sure: nobody changes the store just now; else it is asked.
        """
        key = asked.path, asked.form
        slot = self._slots.get(key)
        if sure and slot and now < slot.until:
            return slot
        kept = self._services.syndication.at_hand(*key, self._services.clock())
        if kept is None:
            return None
        slot = _Slot(*kept)
        if sure:
            self._keep(key, slot)
        else:
            slot.live = False  # this once
        return slot

    def _keep(self, key: tuple[str, Format], slot: _Slot) -> None:
        """Keep a feed ready, and let go of those that were kept longest ago."""
        self._slots[key] = slot
        size = sum(len(each.document.body) for each in self._slots.values())
        if size <= _KEPT_BYTES:
            return
        while size > _KEPT_BYTES and len(self._slots) > 1:
            gone = self._slots.pop(next(iter(self._slots)))
            gone.live = False
            size -= len(gone.document.body)
        self._tidy()

    def _make(self, asked: Asked, slot: _Slot) -> _Ready | None:
        coded = self._services.coded.get
        answer = reply(slot.document, asked.method, asked.headers, coded)
        if answer.status == 200 and wants_changes(asked.headers):
            return None  # the store must be asked what these are
        closes = asked.headers.get("connection") == "close"
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if closes:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "Date: "]).encode("latin-1")
        return _Ready(slot, head, answer.body, closes)

    def _remember(self, request: bytes, ready: _Ready) -> None:
        if len(self._memo) >= _MEMO:
            self._memo.clear()
        self._memo[request] = ready


def _read(request: bytes) -> Asked | None:
    """Return what is asked for; None where anything is odd."""
    if len(request) > LONGEST_TARGET:
        return None  # which may be too long
    found = _HEAD.fullmatch(request)
    if found is None or b".." in found[2] or (found[4] and _KNOWN in found[4]):
        return None
    headers = _headers(found[5])
    if headers is None or headers.get("connection", "keep-alive") not in ("keep-alive", "close"):
        return None
    path = found[2].decode().removesuffix("/")
    if "archive" in path.split("/"):
        return None  # there are too many to keep them ready
    return Asked(found[1].decode(), path, cast("Format", found[3].decode()), headers)


def _headers(lines: bytes) -> dict[str, str] | None:
    """Return the headers by their names in lower case; None where one of them is odd."""
    headers: dict[str, str] = {}
    for line in lines.decode("ascii").split("\r\n")[:-1]:
        spelled, _, value = line.partition(":")
        name, value = spelled.lower(), value.strip()
        if name in _ODD or (
            name == "host" and (name in headers or not value or not HOST.fullmatch(value))
        ):
            return None
        if name == "connection":
            value = value.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers if "host" in headers else None
