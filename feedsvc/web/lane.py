"""The fast lane: a feed that is ready is answered before Flask, and before HTTP is parsed in full.

It speaks only for requests of which everything is plain: one complete GET or HEAD of HTTP/1.1 for
a feed that is in memory and has not changed since. Whatever it is not sure of it hands over, with
the connection, to uvicorn's own protocol. The answers are the same: ``exchange`` gives both.
"""

from __future__ import annotations

import asyncio
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from feedsvc.web.ready import Asked

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from feedsvc.web.ready import Desk

IDLE = 15.0
"""Seconds for which a connection may say nothing."""


class _Own(H11Protocol):
    """Uvicorn's own protocol, but for how it refuses what is no HTTP."""

    def send_400_response(self, msg: str) -> None:
        """Say what was too long, if that is what is wrong, with the date that every answer has."""
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


class Lane(asyncio.Protocol):
    """One connection, as long as it asks for nothing odd."""

    def __init__(
        self,
        desk: Desk,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take what the connections share; the rest is for uvicorn's own protocol."""
        self._desk = desk
        self._own = config, server_state, app_state
        self._connections = server_state.connections
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("Any", None)
        self._heard = 0.0
        self._sweep: asyncio.TimerHandle = cast("Any", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(cast("Any", self))
        self._heard = self._loop.time()
        self._sweep = self._loop.call_later(IDLE, self._look)

    def data_received(self, data: bytes) -> None:
        """Answer a request, or hand over."""
        answer = self._desk.answer(data)
        if isinstance(answer, Asked):
            self._transport.pause_reading()
            made = self._loop.run_in_executor(None, self._desk.prepare, answer)
            made.add_done_callback(lambda _: self._answer(data, made.exception()))
        else:
            self._send(data, answer)

    def _answer(self, data: bytes, error: BaseException | None) -> None:
        """Answer a request whose feed has been made, or could not be."""
        if self._transport.is_closing():
            return
        answer = None if error else self._desk.answer(data)
        self._transport.resume_reading()
        self._send(data, None if isinstance(answer, Asked) else answer)

    def _send(self, data: bytes, answer: tuple[bytes, bool] | None) -> None:
        if answer is None:
            self._hand_over(data)
            return
        self._heard = self._loop.time()
        self._transport.write(answer[0])
        if answer[1]:
            self._transport.close()

    def _hand_over(self, data: bytes) -> None:
        """Let uvicorn's own protocol answer, this and whatever comes later."""
        self._forget()
        config, server_state, app_state = self._own
        own = _Own(config, server_state, app_state, self._loop)
        self._transport.set_protocol(own)
        own.connection_made(self._transport)
        own.data_received(data)

    def pause_writing(self) -> None:
        """Read no more while the client does not."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, whatever became of it."""
        del exc
        self._forget()

    def _forget(self) -> None:
        self._connections.discard(cast("Any", self))
        self._sweep.cancel()

    def shutdown(self) -> None:
        """End, because the server does; what was asked has been answered."""
        self._transport.close()

    def _look(self) -> None:
        """End a connection that says nothing, or reads nothing."""
        rest = self._heard + IDLE - self._loop.time()
        if rest <= 0:
            self._transport.abort()
        else:
            self._sweep = self._loop.call_later(rest, self._look)
