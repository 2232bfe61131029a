"""The one door out: requests to other servers, to public addresses and within limits only.

A name is resolved once, all its addresses are checked, and the connection goes to one of them, so
that no second answer of the DNS leads elsewhere. Every redirect is checked anew. Proxies of the
environment and cookies are not used.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from threading import Timer
from typing import Self
from urllib.parse import urljoin

from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from feedsvc.errors import FetchError
from feedsvc.push.guard import PORTS, Target, check_address, target_of

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host."""
Sink = Callable[[bytes], object]
"""Takes the body of an answer, block by block."""

_BLOCK = 1 << 16
"""Bytes that are read at once."""
_LONGEST_WAIT = 24 * 3600.0
"""Seconds that a server may ask to wait."""
_REDIRECTS = (301, 302, 303, 307, 308)
_UNNAMED = ("application/octet-stream", "binary/octet-stream", "")
"""Types by which servers say that they do not know the type."""


class Limits(Struct, frozen=True):
    """The bounds of one request, redirects included."""

    size: int
    """Bytes of the body, after decompression."""
    seconds: float
    """From the first connection to the last byte."""
    redirects: int = 0
    type: str = ""
    """The beginning that a stated media type must have, such as ``image/``; empty for any."""
    failures: bool = False
    """Receive the bodies of other answers, too, and not of good ones alone."""
    cut: bool = False
    """Leave the rest of a longer body, rather than refuse it."""


class Request(Struct, frozen=True):
    """A request to another server."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}


class Answer(Struct, frozen=True):
    """The answer of another server."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""

    def retry_after(self, now: datetime) -> float:
        """Return the seconds for which the server asks to wait (RFC 9110 §10.2.3), a day at most.

        It is 0 where the server asks for nothing that can be read.
        """
        typed = self.headers.get("retry-after", "").strip()
        try:
            if typed.isdigit():
                seconds = float(typed)
            else:
                seconds = (parsedate_to_datetime(typed) - now).total_seconds()
        except (TypeError, ValueError, OverflowError):  # it is no date, or one without a true zone
            return 0.0
        return min(max(0.0, seconds), _LONGEST_WAIT)


def system_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host as this system resolves it."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


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
        self._agent = agent
        self._ports = () if allow_private else ports
        self._private = allow_private
        self._resolve = resolve
        self._tls = tls

    def get(self, url: str, sink: Sink, limits: Limits) -> Answer:
        """Fetch an address; the body of a good answer goes into the sink.

        :raises FetchError: there was no answer within the limits, or none may be asked for.
        """
        with _Deadline(limits.seconds) as deadline:
            for _ in range(limits.redirects + 1):
                answer = self._send(Request("GET", url), (sink, limits, deadline))
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
        with _Deadline(limits.seconds) as deadline:
            return self._send(request, (sink, limits, deadline))

    def _send(self, request: Request, receiving: tuple[Sink, Limits, _Deadline]) -> Answer:
        sink, limits, deadline = receiving
        target = target_of(request.url, self._ports)
        connection = self._connection(target, deadline)
        try:
            every = {"User-Agent": self._agent, "Accept-Encoding": "identity", **request.headers}
            connection.request(
                request.method, target.path, request.body, every, preload_content=False
            )
            response = connection.getresponse()
            if limits.failures or 200 <= response.status < 300:
                _receive(response, sink, limits)
            deadline.check()  # the end of a connection may look like the end of the body
        except FetchError:
            raise
        except (HTTPError, HTTPException, OSError) as error:
            deadline.check()
            reason = getattr(error, "strerror", None) or error
            raise FetchError(f"{target.host} does not answer as it should ({reason})") from None
        finally:
            connection.close()
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()})

    def _connection(self, target: Target, deadline: _Deadline) -> HTTPConnection:
        """Return a connection that opens a socket to a checked address of its host alone."""

        def connect() -> socket.socket:
            return self._connect(target, deadline)

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connect()

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connect()

        if target.scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
            return Secure(target.host, target.port, ssl_context=self._tls)
        return Plain(target.host, target.port)

    def _connect(self, target: Target, deadline: _Deadline) -> socket.socket:
        try:
            addresses = self._resolve(target.host, target.port)
        except (OSError, UnicodeError):
            raise FetchError(f"there is no server {target.host} now") from None
        for address in addresses:
            check_address(address, allow_private=self._private)
        refusal: OSError | None = None
        for address in addresses:
            try:
                opened = socket.create_connection((address, target.port), deadline.left())
            except OSError as error:
                refusal = error
            else:
                deadline.watch(opened)
                return opened
        raise refusal or OSError("it has no address")


def _joined(url: str, location: str) -> str:
    """Return the address to which a redirect leads.

    :raises FetchError: it leads to none.
    """
    try:
        return urljoin(url, location)
    except ValueError:
        raise FetchError("redirects to something that is no address", permanent=True) from None


def _receive(response: BaseHTTPResponse, sink: Sink, limits: Limits) -> None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if limits.type and not kind.startswith(limits.type) and kind not in _UNNAMED:
        raise FetchError(f"is {kind}, not {limits.type}…", permanent=True)
    received = 0
    for block in response.stream(min(_BLOCK, limits.size + 1), decode_content=True):
        received += len(block)
        if received > limits.size and limits.cut:
            break
        if received > limits.size:
            most = f"{limits.size:,} bytes"
            raise FetchError(f"is longer than {most}, the most that is fetched", permanent=True)
        sink(block)


class _Deadline:
    """The end of a request: a server that sends byte by byte cannot move it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._watched: list[socket.socket] = []
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Begin to count."""
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the handles of connections."""
        self._timer.cancel()
        self._timer.join()
        for handle in self._watched:
            handle.close()

    def left(self) -> float:
        """Return the seconds that are left.

        :raises FetchError: none are.
        """
        self.check()
        return max(0.001, self._end - time.monotonic())

    def check(self) -> None:
        """Refuse to go on after the end.

        :raises FetchError: it is after the end.
        """
        if time.monotonic() >= self._end:
            raise FetchError(f"takes longer than {self._seconds:g} s")

    def watch(self, connection: socket.socket) -> None:
        """Cut a connection at the end; by a handle of its own, which no TLS takes over.

        :raises FetchError: it is after the end.
        """
        self._watched.append(connection.dup())
        self.check()  # no connection after the end is cut

    def _cut(self) -> None:
        for handle in self._watched:
            with suppress(OSError):  # the server has closed it
                handle.shutdown(socket.SHUT_RDWR)
