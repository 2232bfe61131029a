"""The one door out: requests to other servers, to public addresses and within limits only.

A name is resolved once, all its addresses are checked, and the connection goes to one of them, so
that no second answer of the DNS leads elsewhere. Every redirect is checked anew. Proxies of the
environment and cookies are not used.
"""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self, TypeVar
from urllib.parse import urljoin

import h11

from feedsvc.errors import FetchError
from feedsvc.push.event_loop import in_thread, run
from feedsvc.push.guard import PORTS, Target, check_address, is_address, target_of
from feedsvc.push.http_connection import ClosedError, HttpConnection, system_addresses
from feedsvc.push.http_values import Answer, Limits, Request

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host."""
Sink = Callable[[bytes], object]
"""Takes the body of an answer, block by block."""
Result = TypeVar("Result")

_REDIRECTS = (301, 302, 303, 307, 308)
_UNNAMED = ("application/octet-stream", "binary/octet-stream", "")
"""Types by which servers say that they do not know the type."""
_DEFLATED = ("gzip", "x-gzip", "deflate")
"""Codings that servers use though they are asked not to (RFC 9110 §8.4.1)."""
_ANY_DEFLATE = 47
"""The window of zlib that reads all of them."""
_WITH_BODY = ("PATCH", "POST", "PUT")
"""Methods whose requests say that they have no body (RFC 9110 §8.6)."""


class HttpClient:
    """Sends requests to other servers. Safe to share between threads.

    :param agent: its name for servers (User-Agent).
    :param allow_private: connect to private and loopback addresses, and to any port, too.
    :param ports: to which it may connect, else.
    :param tls: instead of the system's certificates of authorities.
    """

    def __init__(
        self,
        agent: str,
        *,
        allow_private: bool = False,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
        ports: Sequence[int] = tuple(PORTS.values()),
    ) -> None:
        self.agent = agent
        self.ports = () if allow_private else ports
        self._private = allow_private
        self._resolve = resolve
        self._tls = tls

    def get(self, url: str, sink: Sink, limits: Limits) -> Answer:
        """Fetch an address; the body of a good answer goes into the sink.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        return run(_within(limits.seconds, self._get(url, sink, limits)))

    async def _get(self, url: str, sink: Sink, limits: Limits) -> Answer:
        async with Session(self) as session:
            for _ in range(limits.redirects + 1):
                answer = await session.exchange(Request("GET", url), sink, limits)
                if answer.status not in _REDIRECTS or not answer.headers.get("location"):
                    return answer
                url = _joined(url, answer.headers["location"])
        raise FetchError(f"redirects more than {limits.redirects} times", permanent=True)

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> Answer:
        """Send a body to an address. Redirects are not followed, and the answer's body is not kept.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        return self.send(Request("POST", url, body, headers), bytes, limits)

    def send(self, request: Request, sink: Sink, limits: Limits) -> Answer:
        """Send a request of any method; the body of a good answer goes into the sink.

        Redirects are not followed.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        return run(self._send(request, sink, limits))

    async def _send(self, request: Request, sink: Sink, limits: Limits) -> Answer:
        async with Session(self) as session:
            return await session.send(request, sink, limits)

    def session(self) -> "Session":
        """Return a session, for several requests of asynchronous code."""
        return Session(self)

    async def connect(self, target: Target) -> HttpConnection:
        """Open a connection to a checked address of a host alone.

        :raises FetchError: it has no address, or one that is refused.
        :raises OSError: none of its addresses answers.
        """
        refusal = OSError("it has no address")
        tls = None
        if target.scheme == "https":
            tls = self._tls = self._tls or ssl.create_default_context()
        for address in await self._addresses(target):
            try:
                return await HttpConnection.open(address, target.port, target.host, tls)
            except OSError as error:
                refusal = error
        raise refusal

    async def _addresses(self, target: Target) -> Sequence[str]:
        """Return the addresses of a host, of which each may be connected to."""
        host, port = target.host, target.port
        try:
            if is_address(host):  # it takes no time
                addresses = self._resolve(host, port)
            else:
                addresses = await in_thread(self._resolve, host, port)
        except (OSError, UnicodeError):
            raise FetchError(f"there is no server {target.host} now") from None
        for address in addresses:
            check_address(address, allow_private=self._private)
        return addresses


class Session:
    """Sends requests one after the other; the connection is kept for the same server."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._server: tuple[str, ...] | None = None
        self._connection: HttpConnection | None = None

    async def __aenter__(self) -> Self:
        """Begin without a connection."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connection."""
        self._close()

    async def send(self, request: Request, sink: Sink, limits: Limits) -> Answer:
        """Send a request; the body of a good answer goes into the sink.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        return await _within(limits.seconds, self.exchange(request, sink, limits))

    async def exchange(self, request: Request, sink: Sink, limits: Limits) -> Answer:
        """Send a request as ``send`` does, however long it takes.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        target = target_of(request.url, self._client.ports)
        try:
            connection, response = await self._response(target, request)
            headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
            if limits.failures or 200 <= response.status_code < 300:
                await _receive(connection, headers, sink, limits)
        except (h11.ProtocolError, zlib.error, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise FetchError(f"{target.host} does not answer as it should ({reason})") from None
        return Answer(response.status_code, headers)

    async def _response(
        self, target: Target, request: Request
    ) -> tuple[HttpConnection, h11.Response]:
        """Return the head of the answer to a request, and the connection that the body comes by."""
        headers = _headers(target, request, self._client.agent)
        sent = request.method, target.path, headers, request.body or b""
        server = target.scheme, target.host, str(target.port)
        kept = self._connection
        if kept and kept.is_free and self._server == server:
            with suppress(ClosedError):  # it was closed meanwhile
                return kept, await kept.send(*sent)
        self._close()
        connection = await self._client.connect(target)
        self._server, self._connection = server, connection
        return connection, await connection.send(*sent)

    def _close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


async def _within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of a request: a server that sends byte by byte cannot move its end.

    :raises FetchError: it takes too long.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise FetchError(f"takes longer than {seconds:g} s") from None


def _headers(target: Target, request: Request, agent: str) -> dict[str, str]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    if target.port != PORTS[target.scheme]:
        host = f"{host}:{target.port}"
    lines = {"Host": host, "User-Agent": agent, "Accept-Encoding": "identity", **request.headers}
    if request.body is not None or request.method in _WITH_BODY:
        lines["Content-Length"] = str(len(request.body or b""))
    return lines


def _joined(url: str, location: str) -> str:
    """Return the address to which a redirect leads.

    :raises FetchError: it leads to none.
    """
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError("redirects to something that is no address", permanent=True) from None


async def _receive(
    connection: HttpConnection, headers: Mapping[str, str], sink: Sink, limits: Limits
) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if limits.type and not kind.startswith(limits.type) and kind not in _UNNAMED:
        raise FetchError(f"is {kind}, not {limits.type}…", permanent=True)
    coding = headers.get("content-encoding", "").strip().lower()
    inflater = zlib.decompressobj(_ANY_DEFLATE) if coding in _DEFLATED else None
    received = 0
    while coded := await connection.block():
        for block in _inflated(coded, inflater, limits.size + 1) if inflater else (coded,):
            received += len(block)
            if received > limits.size and limits.cut:
                sink(block[: limits.size - received])
                return
            if received > limits.size:
                most = f"{limits.size:,} bytes"
                raise FetchError(f"is longer than {most}, the most that is fetched", permanent=True)
            sink(block)


def _inflated(coded: bytes, inflater: Any, size: int) -> Iterator[bytes]:
    """Yield the parts of a block, so that few bytes that stand for many fill no memory."""
    while coded:
        yield inflater.decompress(coded, size)
        coded = inflater.unconsumed_tail
