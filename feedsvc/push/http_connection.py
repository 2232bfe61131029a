"""A connection to another server, which takes one request after the other (RFC 9112)."""

import asyncio
import socket
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any, Self, cast

import h11

from feedsvc.push.guard import is_address

_BLOCK = 1 << 18
"""Bytes of a body that are written at once: a slow server does not fill the memory."""


class ClosedError(ConnectionError):
    """The server has closed the connection before it began to answer."""


class HttpConnection(asyncio.Protocol):
    """An open connection; ``h11`` writes the requests and reads the answers."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast("Any", None)
        self._news: asyncio.Future[None] | None = None
        """Done when something has happened, while something waits for that."""
        self._heard = False
        """Whether the server has begun to answer."""
        self._full = False
        """Whether the server does not take more now."""
        self._ended = False
        """Whether the server sends nothing more."""
        self._error: Exception | None = None
        """Of the network."""

    @classmethod
    async def open(cls, address: str, port: int, host: str, tls: SSLContext | None) -> Self:
        """Return a connection to an IP address.

        :param host: the name that its certificate must have.
        :raises OSError: nothing answers there, or with another certificate.
        """
        name = host if tls else None
        open_one = asyncio.get_running_loop().create_connection
        return (await open_one(cls, address, port, ssl=tls, server_hostname=name))[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer."""
        self._heard = True
        self._http.receive_data(data)
        self._notify()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the connection."""
        self._http.receive_data(b"")
        self._ended, self._error = True, exc
        self._notify()

    def pause_writing(self) -> None:
        """Wait with the rest of the body."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on with the body."""
        self._full = False
        self._notify()

    @property
    def is_free(self) -> bool:
        """Say whether it takes another request."""
        return not (self._ended or self._heard) and self._http.our_state is h11.IDLE

    def close(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    async def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> h11.Response:
        """Send a request; return the head of the answer.

        :raises ClosedError: the server has closed the connection before.
        :raises OSError: the network fails.
        :raises h11.ProtocolError: the answer is no HTTP.
        """
        self._heard = False
        request = h11.Request(method=method, target=target, headers=[*headers.items()])
        await self._write(self._http.send(request) or b"", body)
        while not isinstance(event := await self._event(), h11.Response):
            pass  # an answer before the answer, such as 103 (§15.2)
        return event

    async def _write(self, head: bytes, body: bytes) -> None:
        for start in range(0, len(body) or 1, _BLOCK):
            block = body if len(body) <= _BLOCK else body[start : start + _BLOCK]
            data = self._http.send_with_data_passthrough(h11.Data(data=block)) or []
            self._transport.writelines([head, *data] if start == 0 else data)
            while self._full and not (self._heard or self._ended):
                await self._wait()
            if self._heard or self._ended:
                break  # the answer does not depend on the rest
        else:
            self._http.send(h11.EndOfMessage())

    async def block(self) -> bytes:
        """Return the next part of the body; nothing at its end.

        :raises OSError: the network fails.
        :raises h11.ProtocolError: the body is not as the head says.
        """
        event = await self._event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._heard = bool(self._http.trailing_data[0])  # an answer that was not asked for
        return b""

    async def _event(self) -> Any:
        while True:
            if self._ended and not self._heard:
                raise self._error or ClosedError("it has closed the connection")
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            await self._wait()

    async def _wait(self) -> None:
        self._news = self._loop.create_future()
        await self._news

    def _notify(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)


def system_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host as this system resolves it."""
    if is_address(host):
        return [host]
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))
