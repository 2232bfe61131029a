"""The fast lane gives the answers that Flask gives, and hands over what is odd."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import uvicorn
from a2wsgi import WSGIMiddleware
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.model.paths import FeedRequest
from feedsvc.model.validity import MadeFeed
from feedsvc.web.app import create_app
from feedsvc.web.fast_path.protocol import FeedProtocol
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.request import PlainRequest
from feedsvc.web.services import KEY, Services
from tests.conftest import Newsroom, article, wanted

LONG = "Ships came in. " * 40


class Server:
    """A newsroom with its application, its ready answers, and a server of real connections."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
        self.ready_answers = ReadyAnswers(self.app.extensions[KEY])
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            WSGIMiddleware(self.app),  # pyright: ignore[reportArgumentType]
            http=partial(FeedProtocol, self.ready_answers),  # pyright: ignore[reportArgumentType]
            lifespan="off",
            log_config=None,
            server_header=False,
        )
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.uvicorn.run, args=([self.listener],))
        self.thread.start()
        while not self.uvicorn.started:
            time.sleep(0.01)

    @property
    def answered(self) -> int:
        """Return how many requests the fast path has answered."""
        services: Services = self.app.extensions[KEY]
        return sum(
            it for door, what, it in services.counters.sums() if door == "fast" and what != -1
        )

    def connect(self) -> socket.socket:
        return socket.create_connection(self.listener.getsockname(), timeout=10)

    def ask(self, request: bytes, connection: socket.socket | None = None) -> bytes:
        """Return the answer, from a connection of its own if none is given."""
        own = connection or self.connect()
        own.sendall(request)
        answer = receive(own, head=request.startswith(b"HEAD"))
        if connection is None:
            own.close()
        return answer

    def end(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


def receive(connection: socket.socket, *, head: bool = False) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", data)
    end = data.index(b"\r\n\r\n") + 4
    if b" 304 " in data[:15] or head or not length:
        return data
    while len(data) < end + int(length[1]):
        data += connection.recv(65536)
    return data


@pytest.fixture
def server(newsroom: Newsroom) -> Iterator[Server]:
    newsroom.write("world/a.md", article("Tunnel", LONG))
    newsroom.write("world/later.md", article("Later", published="2026-11-24 06:00Z"))
    newsroom.sync()
    made = Server(newsroom)
    yield made
    made.end()


def request(path: str = "/world/rss.xml", *lines: str, method: str = "GET") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: feeds.quay.example", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def parts(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers without the date, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} 2026 \d\d:\d\d:\d\d gmt", headers.pop("date"))
    return int(status.split()[1]), headers, body


def test_a_feed_is_answered_in_the_lane_and_nothing_is_made_twice(server: Server) -> None:
    with server.connect() as connection:
        first = server.ask(request(), connection)
        again = server.ask(request(), connection)
    assert first == again
    assert b"<title>Tunnel</title>" in first
    assert server.answered == 2


@pytest.mark.parametrize(
    "path",
    [
        "/rss.xml",
        "/world/atom.xml",
        "/corrections/rss.xml",
        "/world/corrections/atom.xml",
        "/feed.json",
        "/world/feed.json?a=b",
        "/corrections/feed.json",
        "/world/rss.xml?utm_source=x",
    ],
)
def test_every_hot_feed_has_the_lane(server: Server, path: str) -> None:
    assert parts(server.ask(request(path)))[0] == 200
    assert server.answered == 1


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        (request("/world/archive/1/rss.xml"), 200),
        (request("/world/archive/1/feed.json"), 200),
        (request("/world/json.xml"), 404),
        (request("/world/feedxjson"), 404),
        (request("/world/archive/1/rss.xml?before=1.x"), 200),
        (request("/nowhere/rss.xml"), 404),
        (request("/corrections/corrections/rss.xml"), 404),
        (request("/feeds"), 200),
        (request("/%77orld/rss.xml"), 200),
        (request("/world/rss.xml", "Host: two.example"), 400),
        (request("/world/rss.xml", "Expect: 100-continue", "Content-Length: 0"), 200),
        (request("/world/rss.xml", "Connection: upgrade, close", "Upgrade: h2c"), 200),
        (request("/world/rss.xml", "Connection: x"), 200),
        (request(method="POST"), 405),
        (request(method="OPTIONS"), 204),
        (request().replace(b"Host", b"X-Host"), 400),
        (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 200),
        (request("/../rss.xml"), 404),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_what_is_odd_is_handed_over(server: Server, odd: bytes, status: int) -> None:
    assert server.ask(odd)[9:12] == str(status).encode()
    assert server.answered == 0


def test_a_person_who_opens_a_feed_is_handed_over(server: Server) -> None:
    person = "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"
    status, headers, _ = parts(server.ask(request("/world/rss.xml", *person)))
    assert (status, headers["location"], headers["cache-control"]) == (303, "/world/", "no-store")
    assert parts(server.ask(request()))[0] == 200


def test_a_request_in_pieces_and_two_at_once_are_handed_over(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(request()[:20])
        time.sleep(0.1)
        assert parts(server.ask(request()[20:], connection))[0] == 200
    with server.connect() as connection:
        connection.sendall(request() * 2)
        data = b""
        while data.count(b"</rss>") < 2:
            data += connection.recv(65536)
    assert server.answered == 1  # the last, which came alone then


def test_a_connection_that_asks_for_something_else_goes_on(server: Server) -> None:
    with server.connect() as connection:
        assert parts(server.ask(request(), connection))[0] == 200
        assert parts(server.ask(request("/livez"), connection))[0] == 200
        assert parts(server.ask(request(), connection))[0] == 200
        connection.sendall(request("/livez") * 2)
        data = b""
        while data.count(b"ok\n") < 2:
            data += connection.recv(65536)
        assert parts(server.ask(request(), connection))[0] == 200
    assert server.answered == 3


def test_a_plain_request_waits_for_the_answer_before_it(server: Server) -> None:
    server.newsroom.write("world/a.md", article("Tunnel", LONG * 10_000))
    server.newsroom.sync()
    uncompressed = request("/world/rss.xml", "Accept-Encoding: identity")
    length = len(server.ask(uncompressed))
    with server.connect() as connection:
        connection.sendall(uncompressed[:20])
        time.sleep(0.1)
        connection.sendall(uncompressed[20:])
        time.sleep(0.5)  # the answer has been made, and is not read
        connection.sendall(request("/livez/rss.xml"))
        data = b""
        while b"404 Not Found" not in data[-1000:]:
            data += connection.recv(1 << 20)
    assert data.index(b"HTTP/1.1 404") == length


def test_a_feed_that_changes_while_it_is_made_is_answered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = server.ready_answers.prepare

    def prepare(wanted: FeedRequest) -> MadeFeed:
        feed = made(wanted)
        server.newsroom.write("world/a.md", article("Bridge", LONG))
        server.newsroom.sync()
        return feed

    monkeypatch.setattr(server.ready_answers, "prepare", prepare)
    status, _, body = parts(server.ask(request()))
    assert (status, b"Tunnel" in body, server.answered) == (200, True, 1)
    monkeypatch.undo()
    assert b"Bridge" in server.ask(request())


def test_a_change_is_seen_at_once(server: Server) -> None:
    with server.connect() as connection:
        tag = parts(server.ask(request(), connection))[1]["etag"]
        had = f"If-None-Match: {tag}"
        assert parts(server.ask(request("/world/rss.xml", had), connection))[0] == 304
        server.newsroom.write("world/a.md", article("Bridge", LONG))
        server.newsroom.sync()
        status, _, body = parts(server.ask(request("/world/rss.xml", had), connection))
        assert (status, b"Bridge" in body) == (200, True)
    assert server.answered == 3


def test_another_feed_stays_ready(server: Server) -> None:
    server.newsroom.write("sport/b.md", article("Match", LONG))
    server.newsroom.sync()
    with server.connect() as connection:
        for path in ("/world/rss.xml", "/sport/rss.xml"):
            server.ask(request(path), connection)
        server.newsroom.write("sport/b.md", article("Game", LONG))
        server.newsroom.sync()
        assert b"Tunnel" in server.ask(request(), connection)
        assert set(server.ready_answers.documents()) == {wanted("world")}
        assert b"Game" in server.ask(request("/sport/rss.xml"), connection)


def test_the_end_of_an_embargo_is_seen_at_once(server: Server) -> None:
    with server.connect() as connection:
        assert b"Later" not in server.ask(request(), connection)
        server.newsroom.now += timedelta(days=1)
        assert b"Later" in server.ask(request(), connection)


def test_while_a_write_is_being_kept_the_store_is_asked(server: Server) -> None:
    pulse = server.newsroom.database.change_counter
    with server.connect() as connection:
        server.ask(request(), connection)
        begun = pulse.begin()
        assert b"Tunnel" in server.ask(request(), connection)
        assert b"Tunnel" in server.ask(request("/world/rss.xml", "X: y"), connection)
        pulse.end(begun)
        assert b"Tunnel" in server.ask(request(), connection)
    assert server.answered == 4


def test_a_connection_ends_when_the_client_says_so(server: Server) -> None:
    with server.connect() as connection:
        answer = server.ask(request("/world/rss.xml", "Connection: Close"), connection)
        assert connection.recv(1) == b""
    assert parts(answer)[1]["connection"] == "close"
    assert server.answered == 1


def ask(ready_answers: ReadyAnswers, data: bytes) -> bytes:
    """Return an answer without a connection; its feed is made if need be."""
    answer = ready_answers.answer(data, "")
    if isinstance(answer, PlainRequest):
        ready_answers.prepare(answer.wanted)
        answer = ready_answers.answer(data, "")
    assert answer
    assert not isinstance(answer, PlainRequest)
    return answer[0]


def test_only_so_many_answers_are_remembered(server: Server) -> None:
    ready_answers = ReadyAnswers(server.app.extensions[KEY], remembered=3)
    for number in range(8):
        ask(ready_answers, request("/world/rss.xml", f"User-Agent: {number}"))
        assert 0 < ready_answers.remembered <= 3
    before = ready_answers.remembered
    assert ready_answers.answer(request("/world/rss.xml", f"User-Agent: {'x' * 9000}"), "") is None
    assert ready_answers.remembered == before


def test_answers_with_an_old_state_are_forgotten(server: Server) -> None:
    for number in range(5):
        server.ask(request("/world/rss.xml", f"User-Agent: {number}"))
    assert server.ready_answers.remembered == 5
    server.newsroom.write("world/a.md", article("Bridge", LONG))
    server.newsroom.sync()
    server.ask(request())
    assert server.ready_answers.remembered == 1


def test_only_so_many_feeds_are_kept_ready(server: Server) -> None:
    ready_answers = ReadyAnswers(server.app.extensions[KEY], memory=5000)
    for path in ("/rss.xml", "/atom.xml", "/world/rss.xml", "/world/atom.xml") * 2:
        assert parts(ask(ready_answers, request(path)))[0] == 200
        assert 0 < len(ready_answers.documents()) < 4
    for path in ("/rss.xml", "/atom.xml", "/world/rss.xml", "/world/atom.xml"):
        server.newsroom.write("world/a.md", article("Bridge", LONG))
        server.newsroom.sync()
        assert b"Bridge" in ask(ready_answers, request(path))


def test_after_a_clock_was_fast_no_answer_holds_what_is_not_out_yet(server: Server) -> None:
    paths = "/rss.xml", "/world/rss.xml", "/world/atom.xml"
    server.newsroom.now += timedelta(days=1)
    with server.connect() as connection:
        for path in paths * 2:
            assert b"Later" in server.ask(request(path), connection)
        server.newsroom.now -= timedelta(days=1)
        for path in paths * 2:
            assert b"Later" not in server.ask(request(path), connection)
        server.newsroom.now += timedelta(days=1)
        for path in paths * 2:
            assert b"Later" in server.ask(request(path), connection)


class Transport:
    """What a connection writes to."""

    def __init__(self, own: socket.socket | None = None) -> None:
        self.said: list[str] = []
        self.closing = False
        self.own = own
        self.written = b""

    def pause_reading(self) -> None:
        self.said.append("pause")

    def resume_reading(self) -> None:
        self.said.append("resume")

    def get_extra_info(self, name: str) -> socket.socket | None:
        return self.own if name == "socket" else None

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def abort(self) -> None:
        self.said.append("abort")

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.said.append("close")


def test_a_client_that_reads_nothing_is_not_read_from(server: Server) -> None:
    async def go() -> list[str]:
        state: Any = type("State", (), {"connections": set[object]()})
        own = FeedProtocol(
            server.ready_answers, config=server.uvicorn.config, server_state=state, app_state={}
        )
        transport: Any = Transport()
        own.connection_made(transport)
        own.pause_writing()
        own.resume_writing()
        own.shutdown()
        transport.closing = True
        own.data_received(request("/world/atom.xml"))  # which has to be made first
        await asyncio.sleep(1)
        own.connection_lost(None)
        assert state.connections == set()
        return transport.said

    assert asyncio.run(go()) == ["pause", "resume", "close", "pause"]


def answers(server: Server, transport: Any, count: int) -> None:
    """Let a connection be asked so often for a feed that is ready."""
    server.ask(request())

    async def go() -> None:
        state: Any = type("State", (), {"connections": set[object]()})
        own = FeedProtocol(
            server.ready_answers, config=server.uvicorn.config, server_state=state, app_state={}
        )
        own.connection_made(transport)
        for _ in range(count):
            own.data_received(request())
        own.connection_lost(None)

    asyncio.run(go())


def test_a_connection_ends_with_a_ready_answer_where_the_client_says_so(server: Server) -> None:
    last = request("/world/rss.xml", "Connection: close")
    server.ask(last)
    with server.connect() as connection:
        assert parts(server.ask(last, connection))[1]["connection"] == "close"
        assert connection.recv(1) == b""
    assert server.answered == 2


def test_what_does_not_fit_is_left_to_the_transport_in_order(server: Server) -> None:
    here, there = socket.socketpair()
    here.setblocking(False)
    transport = Transport(here)
    answers(server, transport, 300)
    here.close()
    read = bytearray()
    while part := there.recv(1 << 20):
        read += part
    there.close()
    whole = bytes(read) + transport.written
    assert read
    assert transport.written
    one = whole[: len(whole) // 300]
    assert whole.count(one[: one.index(b"Date")]) == 300
    assert len(whole) == 300 * len(one)


def test_what_would_block_is_left_to_the_transport_whole(server: Server) -> None:
    here, there = socket.socketpair()
    here.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            here.send(b"x" * 65536)
    with suppress(BlockingIOError):
        while True:
            here.send(b"x")
    transport = Transport(here)
    answers(server, transport, 1)
    here.close()
    there.close()
    assert transport.written.startswith(b"HTTP/1.1 200 OK")
    assert transport.said == []


def test_a_connection_that_is_gone_is_let_go_of(server: Server) -> None:
    here, there = socket.socketpair()
    there.close()
    transport = Transport(here)
    answers(server, transport, 1)
    here.close()
    assert transport.said == ["abort"]
    assert transport.written == b""


TAGS = st.sampled_from(
    ["OWN", "*", 'W/"x"', '"x", OWN', "OWN-gzip", "W/OWN", "", '"', ",,", '"OWN', "x" * 50]
)
DATES = st.sampled_from(
    ["OWN", "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "yesterday", ""]
)
CODINGS = (
    st.lists(
        st.sampled_from(["gzip", "br", "zstd", "identity", "*", "deflate", "x-gzip", ""]),
        max_size=4,
    )
    .flatmap(
        lambda names: st.tuples(
            *(
                st.sampled_from([name, f"{name};q=0", f"{name};q=0.5", f"{name} ; q=x"])
                for name in names
            )
        )
    )
    .map(", ".join)
)


@st.composite
def requests(draw: st.DrawFn) -> list[str]:
    names = {
        "If-None-Match": TAGS,
        "If-Match": TAGS,
        "If-Modified-Since": DATES,
        "If-Unmodified-Since": DATES,
        "Accept-Encoding": CODINGS,
        "Range": st.just("bytes=0-9"),
        "User-Agent": st.text("abc/.() ", max_size=9),
        "Cookie": st.just("a=b"),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(names)), max_size=5))
    return [f"{name}: {draw(names[name])}" for name in chosen]


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=requests(), method=st.sampled_from(["GET", "HEAD"]))
def test_the_lane_and_flask_give_the_same_answer_byte_for_byte(
    server: Server, lines: list[str], method: str
) -> None:
    document = server.newsroom.document("world", "rss")
    tag, date = f'"{document.etag}"', document.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    lines = [
        line.replace("OWN-gzip", f'"{document.etag}-gzip"').replace("OWN", tag)
        if "Match" in line
        else line.replace("OWN", date)
        for line in lines
    ]
    before = server.answered
    fast = parts(server.ask(request("/world/rss.xml", *lines, method=method)))
    assert server.answered == before + 1
    slow = parts(server.ask(request("/world/rss.xml", *lines, "TE: trailers", method=method)))
    assert server.answered == before + 1
    assert fast == slow


def test_what_was_asked_is_told_where_the_feed_is_not_at_hand(server: Server) -> None:
    found = server.ready_answers.answer(request("/world/atom.xml", "Accept: a", "Accept: b"), "")
    assert isinstance(found, PlainRequest)
    assert (found.wanted, found.headers["accept"]) == (wanted("world", "atom"), "a,b")


def test_who_asks_for_changes_has_the_lane_while_there_are_none(server: Server) -> None:
    tag = parts(server.ask(request()))[1]["etag"]
    asked = "A-IM: feed", "User-Agent: newsboat/2", f"If-None-Match: {tag}"
    before = server.answered
    assert parts(server.ask(request("/world/rss.xml", *asked)))[0] == 304
    assert server.answered == before + 1
    server.newsroom.write("world/b.md", article("Bridge"))
    server.newsroom.sync()
    status, headers, body = parts(server.ask(request("/world/rss.xml", *asked)))
    assert (status, headers["delta-base"]) == (226, tag)
    assert b"Bridge" in body
    assert b"Tunnel" not in body
    assert server.answered == before + 1


def test_the_lane_answers_feedparser_whole(server: Server) -> None:
    tag = parts(server.ask(request()))[1]["etag"]
    server.newsroom.write("world/b.md", article("Bridge"))
    server.newsroom.sync()
    server.ask(request())  # makes the new state ready
    before = server.answered
    asked = "A-IM: feed", "User-Agent: feedparser/6.0.14", f"If-None-Match: {tag}"
    status, headers, body = parts(server.ask(request("/world/rss.xml", *asked)))
    assert (status, "delta-base" in headers) == (200, False)
    assert b"Tunnel" in body
    assert server.answered == before + 1
