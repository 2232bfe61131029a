"""No client holds a connection for long without asking or reading, and each gets its answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from feedsvc.model.paths import FeedRequest
from feedsvc.web.fast_path import client_timeout
from tests.conftest import CONFIG, MakeNewsroom, article
from tests.web.fast_path.test_protocol import LONG, Server, parts, receive, request
from tests.web.http.test_rate_limits import fill

BIG = "Ships came in, and went out again. " * 60_000
PAGE = "/livez"
"""An address that Flask answers."""


@pytest.fixture
def server(make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(client_timeout, "IDLE", 0.6)
    newsroom = make_newsroom("quick", CONFIG + "[limits]\nconnections = 8\n")
    newsroom.write("world/a.md", article("Tunnel", LONG))
    newsroom.sync()
    made = Server(newsroom)
    yield made
    made.end()


def rest(connection: socket.socket) -> bytes:
    """Return all that comes until the connection ends."""
    received = b""
    with suppress(ConnectionError):
        while part := connection.recv(1 << 20):
            received += part
    return received


def emptied(server: Server) -> None:
    """Wait until no connection is left."""
    deadline = time.monotonic() + 10
    while server.uvicorn.server_state.connections:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_connection_that_asks_stays_and_one_that_does_not_ends(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(4):
            time.sleep(0.3)
            server.ask(request(), connection)
        assert rest(connection) == b""


SLOW = {
    "head of a feed": (b"GET /rss.xml HTTP/1.1\r\n", b"A: b\r\n"),
    "target": (b"GET /", b"a"),
    "body": (b"POST /feeds HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"a"),
    "chunks": (
        b"GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n",
    ),
    "expected": (
        b"POST /livez HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9000\r\n\r\n",
        b"a",
    ),
    "second head": (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /feeds", b"a"),
}


@pytest.mark.parametrize(("begun", "more"), SLOW.values(), ids=SLOW)
def test_a_request_that_comes_byte_by_byte_has_an_end(
    server: Server, begun: bytes, more: bytes
) -> None:
    with server.connect() as connection:
        connection.sendall(begun)
        deadline = time.monotonic() + 5
        with suppress(ConnectionError):
            while time.monotonic() < deadline:
                time.sleep(0.03)
                connection.sendall(more)
        assert time.monotonic() < deadline
    emptied(server)


def test_each_request_has_the_whole_time(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(4):
            for piece in (
                b"GET /livez HTTP/1.1\r\nHost",
                b": a\r\nContent-Length: 2\r\n\r\na",
                b"b",
            ):
                connection.sendall(piece)
                time.sleep(0.12)
            assert b"200 OK" in receive(connection)


def delayed(server: Server, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let feeds, and the answers of Flask, take some time."""
    prepare, application = server.ready_answers.prepare, server.app.wsgi_app

    def late_feed(wanted: FeedRequest) -> None:
        time.sleep(seconds)
        prepare(wanted)

    def late(environ: object, start: object) -> object:
        time.sleep(seconds)
        return application(environ, start)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(server.ready_answers, "prepare", late_feed)
    monkeypatch.setattr(server.app, "wsgi_app", late)


@pytest.mark.parametrize("path", ["/rss.xml", PAGE])
def test_a_connection_that_waits_for_its_answer_is_not_ended(
    server: Server, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    delayed(server, monkeypatch, 1.5)
    assert b"200 OK" in server.ask(request(path))


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (request(), 1),
        (request("/rss.xml"), 1),
        (request(PAGE), 1),
        (request(PAGE) * 3, 3),
        (request(PAGE) + b"GET /fee", 1),
        (request(PAGE, "Content-Length: 100") + b"a", 1),
        (request() + request(PAGE), 2),
    ],
)
def test_a_client_that_ends_its_half_gets_its_answers(
    server: Server, monkeypatch: pytest.MonkeyPatch, data: bytes, count: int
) -> None:
    fill(server)
    delayed(server, monkeypatch, 0.2)
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        begun = time.monotonic()
        assert rest(connection).count(b"HTTP/1.1 200 OK") == count
        assert time.monotonic() - begun < 2
    emptied(server)


@pytest.mark.parametrize("data", [b"", b"GET /", request(PAGE)[:-2]])
def test_a_client_that_ends_its_half_before_it_has_asked_is_let_go(
    server: Server, data: bytes
) -> None:
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert rest(connection) == b""
    emptied(server)


def unread(server: Server, data: bytes) -> socket.socket:
    """Ask for more than the buffers of the system hold, and read nothing yet."""
    server.newsroom.write("world/big.md", article("Big", BIG))
    server.newsroom.sync()
    fill(server)
    # Accepted connections inherit it.
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect(server.listener.getsockname())
    connection.sendall(data)
    return connection


FEED = request("/world/rss.xml", "If-None-Match: x")
ODD = request("/world/rss.xml", "If-None-Match: x", "TE: trailers")
"""A request for the same feed that Flask answers."""


@pytest.mark.parametrize("data", [FEED, ODD])
def test_a_slow_client_gets_the_whole_feed(server: Server, data: bytes) -> None:
    with unread(server, data) as connection:
        received = b""
        for _ in range(12):
            time.sleep(0.15)
            received += connection.recv(100_000)
        while b"</rss>" not in received[-20:]:
            received += connection.recv(1_000_000)
    assert received.count(b"Ships came in") >= 60_000


@pytest.mark.parametrize("step", [0, 10])
@pytest.mark.parametrize("data", [FEED, ODD, request("/livez") * 500])
def test_a_client_that_hardly_reads_is_disconnected(
    server: Server, monkeypatch: pytest.MonkeyPatch, data: bytes, step: int
) -> None:
    monkeypatch.setattr(client_timeout, "SLOWEST", 50_000)
    with unread(server, data) as connection:
        deadline = time.monotonic() + 10
        while server.uvicorn.server_state.connections:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            with suppress(ConnectionError):
                connection.recv(step)


@pytest.mark.parametrize("begun", [b"", b"GET /", SLOW["body"][0]])
def test_idle_connections_give_way_to_new_ones(
    server: Server, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    fill(server)
    monkeypatch.setattr(client_timeout, "IDLE", 30.0)
    monkeypatch.setattr(client_timeout, "LOOKS", 60)
    idle = [server.connect() for _ in range(8)]
    for connection in idle:
        connection.sendall(begun)
    with server.connect() as busy:
        busy.sendall(FEED)
        assert parts(receive(busy))[0] == 429
    time.sleep(1.2)
    with server.connect() as another:
        assert parts(server.ask(FEED, another))[0] == 200
        for connection in idle:
            assert b"HTTP/1.1 200 OK" not in rest(connection)
            connection.close()
