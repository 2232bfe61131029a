"""Uvicorn's protocol with clearer refusals of malformed requests, and with timeouts."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

IDLE = 15.0
"""Seconds for which a connection may say nothing, or read nothing."""


class ReadTimeout:
    """Ends a connection whose client reads nothing for IDLE seconds."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Watch, because more was sent than the client has read."""
        self._left = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(IDLE, self._look)

    def end(self) -> None:
        """Stop watching."""
        if self._timer:
            self._timer.cancel()

    def _look(self) -> None:
        if self._transport.get_write_buffer_size() >= self._left:
            self._transport.abort()
        else:
            self.begin()


class FullProtocol(H11Protocol):
    """A connection with an unusual request, or one that Flask has to answer."""

    _late: asyncio.TimerHandle | None = None
    _patience: ReadTimeout

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._patience = ReadTimeout(transport, self.loop)

    def data_received(self, data: bytes) -> None:
        """Go on, and wait only so long for the rest of a head."""
        super().data_received(data)
        waits = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not waits:
            self._stop(self._late)
            self._late = None
        elif self._late is None:
            self._late = self.loop.call_later(IDLE, self.transport.close)

    def pause_writing(self) -> None:
        """Wait for the client to read, but not for ever."""
        super().pause_writing()
        self._patience.begin()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._patience.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers of the connection."""
        super().connection_lost(exc)
        self._stop(self._late)
        self._patience.end()

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer:
            timer.cancel()

    def send_400_response(self, msg: str) -> None:
        """Send 414 or 431 for a target or headers that are too long, else 400; each with a date."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()  # an answer is on its way, or was the last
            return
        status = 400
        if getattr(sys.exc_info()[1], "error_status_hint", 400) == 431:
            status = 431 if b"\n" in self.conn.trailing_data[0] else 414
        title = HTTPStatus(status).phrase
        body = f"{status} {title}: {msg}\n".encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        events = [
            h11.Response(status_code=status, headers=headers, reason=title),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ]
        self.transport.write(b"".join(self.conn.send(event) for event in events))
        self.transport.close()
