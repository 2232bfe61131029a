"""Uvicorn's protocol with clearer refusals of malformed requests, and with timeouts."""

import asyncio
import sys
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

IDLE = 15.0
"""Seconds for which a client may neither send nor read anything."""


class ReadTimeout:
    """Ends a connection whose client reads nothing for IDLE seconds."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Watch the connection, because more was sent than the client has read."""
        left = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(IDLE, self._look, left)

    def stop(self) -> None:
        """Stop watching."""
        if self._timer:
            self._timer.cancel()

    def _look(self, left: int) -> None:
        if self._transport.get_write_buffer_size() >= left:
            self._transport.abort()
        else:
            self.start()


class FullProtocol(H11Protocol):
    """A connection with an unusual request, or one that Flask has to answer."""

    _late: asyncio.TimerHandle | None = None
    _read_timeout: ReadTimeout

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch a new connection."""
        super().connection_made(transport)
        self._read_timeout = ReadTimeout(transport, self.loop)

    def data_received(self, data: bytes) -> None:
        """Read on, and wait IDLE seconds at most for the rest of a head."""
        super().data_received(data)
        waits = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not waits:
            self._stop_waiting()
        elif self._late is None:
            self._late = self.loop.call_later(IDLE, self.transport.close)

    def pause_writing(self) -> None:
        """Wait for the client to read, IDLE seconds at most."""
        super().pause_writing()
        self._read_timeout.start()

    def resume_writing(self) -> None:
        """Write on, because the client reads again."""
        super().resume_writing()
        self._read_timeout.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers of the connection."""
        super().connection_lost(exc)
        self._stop_waiting()
        self._read_timeout.stop()

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

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
