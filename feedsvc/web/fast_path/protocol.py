"""Answer ready feeds before Flask, and before HTTP is parsed in full.

Only plain requests are answered here: one complete GET or HEAD of HTTP/1.1 for a feed that is in
memory and has not changed since. For any other request the connection goes to uvicorn's own
protocol, until that is answered. The answers are the same, since ``http.reply`` makes both.
"""

import asyncio
import os
from contextlib import suppress
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from feedsvc.errors import StoreError
from feedsvc.model.validity import MadeFeed
from feedsvc.web.fast_path.client_timeout import ClientTimeout
from feedsvc.web.fast_path.h11_protocol import FullProtocol
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.request import PlainRequest


class FeedProtocol(asyncio.Protocol):
    """A connection, as long as its requests are plain."""

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
        self._uvicorn = config, server_state, app_state
        self._connections = server_state.connections
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("Any", None)
        self._socket = -1
        """The socket to which answers are written at once; -1 when the transport writes."""
        self._client = ""
        self._active = False
        """Whether a request has come since the last look."""
        self._waits = False
        """Whether a feed for it is being made."""
        self.timeout: ClientTimeout = cast("Any", None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Watch a new connection, or refuse it where there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self._client = str(name[0]) if name else ""
        self._begin()
        refusal = self._ready_answers.refusal(len(self._connections))
        if refusal and not self._others_give_way():
            self._send(refusal, closes=True)

    def _begin(self) -> None:
        self._connections.add(cast("Any", self))
        socket = self._transport.get_extra_info("socket")
        unsent = self._transport.get_write_buffer_size()
        self._socket = socket.fileno() if socket and not unsent else -1
        self.timeout = ClientTimeout(self._transport, self._loop, self._progressed)
        self.timeout.start()

    def data_received(self, data: bytes) -> None:
        """Answer a request, or hand the connection over."""
        ready_answers = self._ready_answers
        try:
            answer = ready_answers.answer(data, self._client)
        except StoreError:
            answer = None  # Flask answers with the error, and logs it
        if type(answer) is tuple:  # most often it is, and no other question costs less
            self._send(answer[0], answer[1])
        elif not isinstance(answer, PlainRequest):
            self._hand_over(data)
        elif ready_answers.full:
            self._send(*ready_answers.stand_in(answer, data, self._client))
        else:
            self._make(data, answer)

    def _make(self, data: bytes, plain: PlainRequest) -> None:
        """Make a feed in a thread, and answer a request then."""
        self._transport.pause_reading()
        self._waits = True
        self._ready_answers.making += 1
        made = self._loop.run_in_executor(None, self._ready_answers.prepare, plain.wanted)
        made.add_done_callback(lambda _: self._answer(data, plain, made))

    def _send(self, data: bytes, closes: bool) -> None:
        """Write an answer: at once, and the part that does not fit by the transport.

        The transport would wait for the end of the loop's turn, which costs a tenth of an answer.
        """
        self._active = True
        if self._socket >= 0:
            try:
                written = os.write(self._socket, data)
            except BlockingIOError:
                written = 0
            except OSError:
                self._transport.abort()
                return
            if written == len(data) and not closes:
                return
            data = data[written:]
        if data:
            self._socket = -1
            self._transport.write(data)
        if closes:
            self._transport.close()

    def _answer(self, data: bytes, plain: PlainRequest, made: asyncio.Future[MadeFeed]) -> None:
        """Answer a request whose feed has been made, or could not be."""
        self._ready_answers.making -= 1
        self._waits, self._active = False, True
        error = made.exception()  # asked for in any case, or asyncio logs it
        if self._transport.is_closing():
            return
        answer = None
        if not error:
            with suppress(StoreError):
                answer = self._ready_answers.answer(data, self._client)
            if isinstance(answer, PlainRequest):  # it has changed again, and may do so all the time
                answer = self._ready_answers.answer_with(plain, made.result(), data, self._client)
        self._transport.resume_reading()
        if type(answer) is tuple:
            self._send(*answer)
        else:
            self._hand_over(data)

    def _hand_over(self, data: bytes) -> None:
        """Hand the connection over to uvicorn's protocol until the request is answered."""
        self._forget()
        config, server_state, app_state = self._uvicorn
        protocol = FullProtocol(config, server_state, app_state, self._loop)
        protocol.give_back = self._take_back
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def _take_back(self, data: bytes) -> None:
        """Take the connection back, with the bytes of requests that have come."""
        self._active = True
        self._begin()
        self._transport.set_protocol(self)
        if data:
            self.data_received(data)

    def pause_writing(self) -> None:
        """Read no more while the client does not."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on, because the client does."""
        self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection."""
        self._forget()

    def _forget(self) -> None:
        self._connections.discard(cast("Any", self))
        self.timeout.stop()

    def shutdown(self) -> None:
        """Close the connection, because the server ends; all requests have been answered."""
        self._transport.close()

    def _progressed(self) -> bool:
        """Return whether a request came since the last call, or a feed for one is being made."""
        active, self._active = self._active, False
        return active or self._waits

    def _others_give_way(self) -> bool:
        """End the connections whose clients do nothing. Return whether there were any."""
        others = [cast("FeedProtocol | FullProtocol", it) for it in self._connections]
        return sum(it.timeout.give_way() for it in others) > 0
