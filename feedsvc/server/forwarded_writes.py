"""Requests that write articles are answered by the process that publishes.

It has a higher priority than the workers, and its threads do not wait for the ones that answer
readers. A worker receives the whole request, and hands it over; it answers itself where the process
that publishes does not take it. It makes each connection itself, and sends the other end through a
pipe that both processes inherited; so each of them notices when the other one ends.
"""

import asyncio
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from io import BytesIO
from multiprocessing import Pipe
from multiprocessing.reduction import recv_handle, send_handle
from threading import Condition, Lock, Thread
from typing import Any, cast
from wsgiref.types import WSGIApplication

import msgspec
from a2wsgi.wsgi import build_environ
from msgspec import Struct

from feedsvc.errors import FeedsvcError
from feedsvc.model.paths import API
from feedsvc.web.http.hook_secrets import HOOKS
from feedsvc.web.problems import problem
from feedsvc.web.responses import whole_answer

log = logging.getLogger(__name__)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_WRITES = re.compile(rf"{API}/(articles|acts)(/.+)?|{HOOKS}/.+")
_BULK = f"{API}/articles/bulk"
"""Its answer begins before the request has ended."""
_METHODS = ("PUT", "PATCH", "POST", "DELETE")
_LARGEST = 200_000
"""Bytes of a body that is handed over: it is in memory before its token is checked."""
_MOST = 64
"""Requests that one worker receives or has handed over at the same time; others it answers itself,
which refuses a wrong token before the body has come."""
_SLOTS = 8
"""Requests that one worker has handed over at the same time: each has a thread there, and one
article is written at a time."""
_PATIENCE = 0.5
"""Seconds in which the process that publishes must take a connection."""
_ALONE = 5.0
"""Seconds for which a worker writes by itself, after it waited in vain."""
_LONGEST = 60.0
"""Seconds after which a request is answered with an error: its process may be stopped."""
DRAIN = 5.0
"""Seconds that writes have to end before their process does."""
_READY = b"+"
_HEAD = 4
"""Bytes with the length of a message, before it."""
_SCOPE = (
    "type http_version method scheme path query_string root_path headers client server"
).split()
"""The parts of a request's scope that are handed over."""


class _Request(Struct, frozen=True):
    """A request as ASGI has it, and its body."""

    scope: dict[str, Any]
    body: bytes
    until: float
    """When it is too late to carry it out, by ``time.monotonic``, which all processes share."""


class _Answer(Struct, frozen=True):
    """The answer to a request."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class WriterLink:
    """The way from the workers to the process that publishes."""

    def __init__(self) -> None:
        self._near, self._far = Pipe()
        os.set_blocking(self._near.fileno(), False)

    async def connect(self) -> Stream | None:
        """Return a connection to the process that publishes; None where it takes none."""
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):  # too many wait already
            send_handle(self._near, theirs.fileno(), None)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        with suppress(EOFError, OSError):  # it has just ended, or does not answer in time
            async with asyncio.timeout(_PATIENCE):
                await reader.readexactly(len(_READY))
            return reader, writer
        writer.close()
        return None

    def accept(self) -> socket.socket:
        """Wait for a worker that connects, and return the connection."""
        return socket.socket(fileno=recv_handle(self._far))


class ForwardedWrites:
    """An ASGI application in front of another, which hands over the requests that write."""

    def __init__(self, app: Any, link: WriterLink) -> None:
        self._app = app
        self._link = link
        self._slots = asyncio.Semaphore(_SLOTS)
        self._running = 0
        self._idle: list[Stream] = []
        self._alone_until = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request by the process that publishes, or by the application."""
        if self._running >= _MOST or not _is_forwarded(scope):
            await self._app(scope, receive, send)
            return
        self._running += 1
        try:
            await self._handed_over(scope, receive, send)
        finally:
            self._running -= 1

    async def _handed_over(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _whole(receive)
        if body is None:
            return
        parts = {name: scope[name] for name in _SCOPE if name in scope}
        request = _Request(parts, body, time.monotonic() + _LONGEST)
        try:
            async with asyncio.timeout(_LONGEST), self._slots:
                answer = await self._forward(request)
        except OSError:  # in particular, it took too long
            sentence = "the process that publishes does not answer; look, and try again."
            answer = _answer(problem(503, sentence, headers={"Retry-After": "2"}), request)
        if answer is None:
            await self._app(scope, _again(body), send)
            return
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _forward(self, request: _Request) -> _Answer | None:
        """Return the answer of the other process; None where there is none.

        :raises OSError: it has ended, or the answer is late.
        """
        stream = await self._stream()
        if stream is None:
            return None
        reader, writer = stream
        answer = None
        try:
            writer.write(_message(request))
            await writer.drain()
            length = int.from_bytes(await reader.readexactly(_HEAD))
            answer = msgspec.msgpack.decode(await reader.readexactly(length), type=_Answer)
        except EOFError:
            raise ConnectionError from None
        finally:
            if answer is None:
                writer.close()
        self._idle.append(stream)
        return answer

    async def _stream(self) -> Stream | None:
        while self._idle:
            stream = self._idle.pop()
            if not stream[0].at_eof():
                return stream
            stream[1].close()  # the process at the other end has ended
        if time.monotonic() < self._alone_until:
            return None
        stream = await self._link.connect()
        if stream is None:
            self._alone_until = time.monotonic() + _ALONE
        return stream


class WriteService:
    """Answers the requests that the workers hand over, each connection's in a thread.

    :param make: returns the WSGI application.
    """

    def __init__(self, make: Callable[[], Any], link: WriterLink) -> None:
        self.app: Any = None
        """The application; None until the first connection comes."""
        self._make = make
        self._link = link
        self._making = Lock()
        self._running = 0
        self._changed = Condition()

    def start(self) -> None:
        """Answer requests in threads, for as long as the process lives."""
        Thread(target=self._accept, name="writes", daemon=True).start()

    def drain(self) -> None:
        """Wait until the requests that have begun are answered, for some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, DRAIN)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._link.accept()
            except OSError as error:  # workers write by themselves meanwhile
                log.error("a connection of a worker could not be taken: %s", error)
                time.sleep(_PATIENCE)
                continue
            Thread(target=self._serve, args=(connection,), name="write", daemon=True).start()

    def _application(self) -> WSGIApplication:
        with self._making:
            self.app = self.app or self._make()
            return self.app

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file, suppress(OSError):
            try:
                app = self._application()
            except FeedsvcError as error:
                log.error("a worker has to write by itself: %s", error)
                return
            connection.sendall(_READY)
            while head := file.read(_HEAD):
                length = int.from_bytes(head)
                data = file.read(length)
                if len(data) < length:
                    return  # the worker has ended
                with self._counted():
                    request = msgspec.msgpack.decode(data, type=_Request)
                    if time.monotonic() >= request.until:  # this process was stopped
                        return
                    connection.sendall(_message(_answer(app, request)))

    @contextmanager
    def _counted(self) -> Generator[None]:
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def _is_forwarded(scope: Any) -> bool:
    """Return whether a request writes, has a token or a hook, and has a short body."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return (
        scope["method"] in _METHODS
        and _WRITES.fullmatch(scope["path"]) is not None
        and scope["path"] != _BULK
        and (b"authorization" in headers or scope["path"].startswith(HOOKS))
        and headers.keys().isdisjoint((b"transfer-encoding", b"expect"))
        and int(headers.get(b"content-length", b"0")) <= _LARGEST
    )


async def _whole(receive: Any) -> bytes | None:
    """Return the body of a request; None where the client has left."""
    body, message = bytearray(), {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
    return bytes(body)


def _again(body: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    return receive


def _message(value: Struct) -> bytes:
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(_HEAD) + data


def _answer(app: WSGIApplication, request: _Request) -> _Answer:
    """Return the answer of an application to a request."""
    environ = build_environ(cast("Any", request.scope), cast("Any", BytesIO(request.body)))
    status, headers, body = whole_answer(app, cast("Any", environ))
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return _Answer(status, pairs, body)
