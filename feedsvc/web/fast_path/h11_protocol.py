"""Uvicorn's protocol with clearer refusals of malformed requests, and with timeouts."""

import asyncio
import sys
from collections.abc import Callable
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from feedsvc.web.fast_path.client_timeout import ClientTimeout


class FullProtocol(H11Protocol):
    """A connection with an unusual request, or one that Flask has to answer."""

    timeout: ClientTimeout
    _progress = True
    """Whether there was progress since the last look of the timeout."""
    _incomplete = False
    """Whether a request has come in part."""
    _ended = False
    """Whether the client sends nothing more, and may still read."""
    give_back: Callable[[bytes], None] | None = None
    """Called after an answer, with the bytes of later requests: the next may be a plain one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch a new connection."""
        super().connection_made(transport)
        self.timeout = ClientTimeout(transport, self.loop, self._progressed)
        self.timeout.start()

    def data_received(self, data: bytes) -> None:
        """Read on. A whole request is progress, and the beginning of one."""
        waited = self._incomplete
        super().data_received(data)
        begun = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        self._incomplete = begun or self.conn.their_state is h11.SEND_BODY
        self._progress |= not (waited and self._incomplete)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep the connection for the answers to all whole requests: a client may half-close it."""
        # uvicorn's returns nothing, and asyncio closes the connection then.
        self._ended = self._answering
        return self._ended

    def on_response_complete(self) -> None:
        """Give the connection back, answer the next request, or end a connection without one."""
        done = self.conn.our_state is h11.DONE and self.conn.their_state is h11.DONE
        if self.give_back and done and not (self._ended or self.flow.write_paused):
            self.connections.discard(self)
            self.timeout.stop()
            self.flow.resume_reading()
            self.give_back(self.conn.trailing_data[0])
            return
        super().on_response_complete()
        if self._ended and not self._answering:
            self.transport.close()

    def resume_writing(self) -> None:
        """Write on, because the client reads."""
        super().resume_writing()
        self._progress = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching the connection."""
        super().connection_lost(exc)
        self.timeout.stop()

    @property
    def _answering(self) -> bool:
        """Return whether a request is being answered."""
        return bool(self.cycle and not self.cycle.response_complete)

    def _progressed(self) -> bool:
        progress, self._progress = self._progress, False
        waits_for_client = self._incomplete or self.flow.write_paused
        return progress or (self._answering and not waits_for_client)

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
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        events = [
            h11.Response(status_code=status, headers=headers, reason=title),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ]
        self.transport.write(b"".join(self.conn.send(event) for event in events))
        self.transport.close()
