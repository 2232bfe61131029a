"""The fast lane: a feed that is ready is answered before Flask, and before HTTP is parsed in full.

It speaks only for requests of which everything is plain: one complete GET or HEAD of HTTP/1.1 for
a feed that is in memory and has not changed since. Whatever it is not sure of it hands over, with
the connection, to uvicorn's own protocol. The answers are the same: ``exchange`` gives both.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from feedsvc.errors import StoreError
from feedsvc.web.fast_path.h11_protocol import IDLE, FullProtocol
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.request import PlainRequest

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState


class FeedProtocol(asyncio.Protocol):
    """One connection, as long as it asks for nothing odd."""

    def __init__(
        self,
        ready_answers: ReadyAnswers,
        *,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._ready_answers = ready_answers
        self._own = config, server_state, app_state
        self._connections = server_state.connections
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("Any", None)
        self._socket = -1
        """Where what fits is written at once; -1 when the transport writes."""
        self._client = ""
        self._heard = False
        """Since the last look."""
        self._waits = False
        """For a feed that is being made."""
        self._left = 0
        self._sweep: asyncio.TimerHandle = cast("Any", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(cast("Any", self))
        name = transport.get_extra_info("peername")
        own = transport.get_extra_info("socket")
        self._socket = own.fileno() if own else -1
        self._client = str(name[0]) if name else ""
        self._sweep = self._loop.call_later(IDLE, self._look)
        refusal = self._ready_answers.refusal(len(self._connections))
        if refusal:
            self._transport.write(refusal)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Answer a request, or hand over."""
        ready_answers = self._ready_answers
        try:
            answer = ready_answers.answer(data, self._client)
        except StoreError:
            answer = None  # Flask answers with the error, and logs it
        if type(answer) is tuple:  # most often it is, and no other question costs less
            self._heard = True
            self._write(answer[0])
            if answer[1]:
                self._transport.close()
        elif not isinstance(answer, PlainRequest):
            self._hand_over(data)
        elif ready_answers.full:
            self._send(data, ready_answers.stand_in(answer, data, self._client))
        else:
            self._make(data, answer)

    def _make(self, data: bytes, asked: PlainRequest) -> None:
        """Make a feed in a thread, and answer a request then."""
        self._transport.pause_reading()
        self._waits = True
        self._ready_answers.making += 1
        made = self._loop.run_in_executor(None, self._ready_answers.prepare, asked)
        made.add_done_callback(lambda _: self._answer(data, made.exception()))

    def _write(self, data: bytes) -> None:
        """Write an answer: at once, and the part that does not fit by the transport.

        The transport would wait for the end of the loop's turn, which costs a tenth of an answer.
        """
        if self._socket >= 0:
            try:
                written = os.write(self._socket, data)
            except BlockingIOError:
                written = 0
            except OSError:
                self._transport.abort()
                return
            if written == len(data):
                return
            self._socket = -1
            data = data[written:]
        self._transport.write(data)

    def _answer(self, data: bytes, error: BaseException | None) -> None:
        """Answer a request whose feed has been made, or could not be."""
        self._ready_answers.making -= 1
        self._waits, self._heard = False, True
        if self._transport.is_closing():
            return
        answer = None
        if not error:
            with suppress(StoreError):
                answer = self._ready_answers.answer(data, self._client)
        self._transport.resume_reading()
        self._send(data, None if isinstance(answer, PlainRequest) else answer)

    def _send(self, data: bytes, answer: tuple[bytes, bool] | None) -> None:
        if answer is None:
            self._hand_over(data)
            return
        self._heard = True
        self._transport.write(answer[0])
        if answer[1]:
            self._transport.close()

    def _hand_over(self, data: bytes) -> None:
        """Hand the connection over to uvicorn's protocol, for this request and all later ones."""
        self._forget()
        config, server_state, app_state = self._own
        own = FullProtocol(config, server_state, app_state, self._loop)
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
        """Forget the connection."""
        del exc
        self._forget()

    def _forget(self) -> None:
        self._connections.discard(cast("Any", self))
        self._sweep.cancel()

    def shutdown(self) -> None:
        """Close the connection, because the server ends; all requests have been answered."""
        self._transport.close()

    def _look(self) -> None:
        """End a connection that says nothing, or reads nothing, but none that waits for us."""
        left = self._transport.get_write_buffer_size()
        reads = 0 < left < self._left or (left and not self._left)
        if not (self._heard or reads or self._waits):
            self._transport.abort()
            return
        self._heard, self._left = False, left
        self._sweep = self._loop.call_later(IDLE, self._look)
