"""Clients beyond a limit are answered 429 with a sentence, and all others as before."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedsvc.model.feed import FILES, FORMATS, Format
from feedsvc.store.shared_memory import open_shared_memory
from feedsvc.web.http.rate_limits import SIZE, Refetch, RefetchLimit
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, wanted
from tests.web.fast_path.test_protocol import LONG, Server, parts, receive, request
from tests.web.test_request_target import FORWARDED

PROXIED = "X-Forwarded-For: 192.0.2.1"
"""From this machine, the header of a proxy, whose requests are not counted."""


@pytest.fixture
def strict(make_newsroom: MakeNewsroom) -> Newsroom:
    made = make_newsroom("strict", CONFIG + "[limits]\nrepeats = 2\nqueue = 1\nconnections = 3\n")
    made.write("world/a.md", article("Tunnel", LONG))
    made.sync()
    return made


@pytest.fixture
def server(strict: Newsroom) -> Iterator[Server]:
    made = Server(strict)
    yield made
    made.end()


def fill(server: Server) -> None:
    """Make the feed ready without a fetch that counts."""
    for format in FORMATS:
        assert parts(server.ask(request(f"/world/{FILES[format]}", PROXIED)))[0] == 200


@pytest.mark.parametrize("lines", [(), ("TE: trailers",)])
def test_a_client_that_fetches_a_whole_feed_again_and_again_is_refused(
    server: Server, lines: tuple[str, ...]
) -> None:
    fill(server)
    for _ in range(2):
        assert parts(server.ask(request("/world/rss.xml", *lines)))[0] == 200
    status, headers, body = parts(server.ask(request("/world/rss.xml", *lines)))
    assert status == 429
    assert headers["retry-after"] == "3600"  # it is twelve o'clock
    assert headers["cache-control"] == "no-store"
    assert b"If-None-Match" in body
    proxied = [f"{name}: 192.0.2.1" for name in FORWARDED]
    for more in proxied:
        assert parts(server.ask(request("/world/rss.xml", *lines, more)))[0] == 200
    assert parts(server.ask(request("/world/rss.xml", *lines, method="HEAD")))[0] == 200
    assert parts(server.ask(request("/world/atom.xml", *lines)))[0] == 200
    server.newsroom.now = server.newsroom.now.replace(hour=13)
    assert parts(server.ask(request("/world/rss.xml", *lines)))[0] == 200


def test_the_fast_path_flask_and_other_processes_count_together(server: Server) -> None:
    fill(server)
    assert parts(server.ask(request()))[0] == 200
    client = server.newsroom.client()
    client.get("/world/rss.xml", headers={"Via": "1.1 cache"})
    assert client.get("/world/rss.xml").status_code == 200  # by the shortcut
    assert client.get("/world/rss.xml").status_code == 429
    assert parts(server.ask(request()))[0] == 429


def test_two_clients_on_one_slot_are_not_counted_too_often(tmp_path: Path) -> None:
    made = RefetchLimit(open_shared_memory(tmp_path / "repeats", SIZE), 1, ())
    fetch = Refetch("/rss.xml", proxied=False)
    for _ in range(3):
        for client in range(2000):
            assert made.wait(f"c{client}", fetch, 7200.0) in (0, 3600)
    assert made.wait("new", fetch, 7200.0) == 0
    assert made.wait("new", fetch, 7260.5) == 3540


@pytest.mark.parametrize("more", [(), ("TE: trailers",)])
@pytest.mark.parametrize(
    "line", ['If-None-Match: "x{}"', "If-Modified-Since: {} Jan 2001 00:00:00 GMT"]
)
def test_made_up_validators_are_counted(server: Server, line: str, more: tuple[str, ...]) -> None:
    fill(server)
    asked = [request("/world/rss.xml", line.format(number), *more) for number in range(1, 4)]
    assert [parts(server.ask(it))[0] for it in asked] == [200, 200, 429]
    publish(server)
    assert [parts(server.ask(it))[0] for it in asked] == [200, 200, 429]
    assert parts(server.ask(request("/world/rss.xml", *more)))[0] == 200


@pytest.mark.parametrize("more", [(), ("TE: trailers",)])
def test_clients_with_an_earlier_state_are_not_counted(
    server: Server, more: tuple[str, ...]
) -> None:
    fill(server)
    etag = parts(server.ask(request("/world/rss.xml", PROXIED)))[1]["etag"]
    publish(server)
    asked = request("/world/rss.xml", f"If-None-Match: {etag}", *more)
    assert [parts(server.ask(asked))[0] for _ in range(5)] == [200] * 5


@pytest.mark.parametrize(
    ("proxies", "client", "counted"),
    [
        ('["127.0.0.0/8", "::1"]', "127.0.0.1", False),
        ('["127.0.0.0/8", "::1"]', "::1", False),
        ('["127.0.0.0/8", "::1"]', "::ffff:127.0.0.1", False),
        ('["127.0.0.0/8", "::1"]', "", False),
        ('["127.0.0.0/8", "::1"]', "192.0.2.7", True),
        ('"192.0.2.0/24"', "192.0.2.7", False),
        ('"192.0.2.0/24"', "127.0.0.1", True),
        ("[]", "127.0.0.1", True),
    ],
)
def test_only_a_proxy_that_the_newsroom_names_is_not_counted(
    make_newsroom: MakeNewsroom, proxies: str, client: str, *, counted: bool
) -> None:
    newsroom = make_newsroom("named", CONFIG + f"[limits]\nrepeats = 1\nproxies = {proxies}\n")
    newsroom.write("world/a.md", article("Tunnel"))
    newsroom.sync()
    asked: dict[str, Any] = {
        "headers": {"X-Forwarded-For": "192.0.2.9"},
        "environ_overrides": {"REMOTE_ADDR": client},
    }
    door = newsroom.client()
    for path in ("/world/rss.xml", "/archive/1/rss.xml", "/feeds.opml"):
        statuses = [door.get(path, **asked).status_code for _ in range(2)]
        assert statuses == [200, 429 if counted else 200]


@pytest.fixture
def slow(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Delay every feed until this event is set."""
    go, real = threading.Event(), server.ready_answers.prepare

    def prepare(asked: Any) -> None:
        go.wait(20)
        real(asked)

    monkeypatch.setattr(server.ready_answers, "prepare", prepare)
    yield go
    go.set()


def waiting(server: Server) -> socket.socket:
    """Ask for a feed that is not ready, and return when its making has begun."""
    connection = server.connect()
    connection.sendall(request("/rss.xml"))
    while server.ready_answers.making == 0:
        time.sleep(0.01)
    return connection


def publish(server: Server) -> None:
    server.newsroom.write("world/b.md", article("Bridge", LONG))
    server.newsroom.sync()


@pytest.mark.parametrize("format", FORMATS)
def test_while_too_many_wait_the_last_state_is_given(
    server: Server, slow: threading.Event, format: Format
) -> None:
    slow.set()
    fill(server)
    slow.clear()
    publish(server)
    with waiting(server) as connection:
        asked = f"/world/{FILES[format]}", PROXIED, "Connection: close"
        status, headers, body = parts(server.ask(request(*asked)))
        assert status == 200
        assert headers["connection"] == "close"
        assert b"Tunnel" in body
        assert b"Bridge" not in body
        slow.set()
        assert b"Bridge" in receive(connection)
    assert b"Bridge" in parts(server.ask(request(f"/world/{FILES[format]}")))[2]


@pytest.mark.parametrize(
    "change",
    [
        article("Tunnel", status="canceled", note="Wrong."),
        article("Tunnel", "Something else."),
        article("Tunnel", status="withheld"),
        article("Tunnel", published="2026-11-24"),
        None,
    ],
)
def test_a_state_before_a_kill_or_correction_is_not_given_again(
    server: Server, slow: threading.Event, change: str | None
) -> None:
    slow.set()
    fill(server)
    slow.clear()
    if change:
        server.newsroom.write("world/a.md", change)
    else:
        (server.newsroom.root / "articles/world/a.md").unlink()
        server.newsroom.write("world/b.md", article("Bridge"))
    server.newsroom.sync()
    with waiting(server):
        status, headers, body = parts(server.ask(request("/world/rss.xml", PROXIED)))
    assert status == 429
    assert int(headers["retry-after"]) > 0
    assert b"Tunnel" not in body


def test_a_feed_that_was_never_made_is_refused_while_too_many_wait(
    server: Server, slow: threading.Event
) -> None:
    assert not slow.is_set()
    with waiting(server):
        status, headers, body = parts(server.ask(request("/world/corrections/rss.xml")))
    assert (status, headers["content-length"]) == (429, str(len(body)))


def test_corrections_and_states_that_time_ended_are_not_given_again(strict: Newsroom) -> None:
    worker = strict.syndication
    note = article("Tunnel", updated="2026-11-23 11:00", note="No.")
    strict.write("world/a.md", note)
    strict.write("world/b.md", article("Sale", expires="2026-11-24"))
    strict.sync()
    worker.document(wanted("world", "rss"), strict.now)
    worker.document(wanted("world", "rss", "corrections"), strict.now)
    assert worker.last(wanted("world"), strict.now)
    assert worker.last(wanted("world"), strict.now.replace(day=25)) is None
    assert worker.last(wanted("world", "rss", "corrections"), strict.now) is None
    assert worker.last(wanted("world", "atom"), strict.now) is None
    publish_more = article("Ferry")
    strict.write("world/c.md", publish_more)
    strict.sync()
    worker.document(wanted("world", "atom"), strict.now)
    assert worker.last(wanted("world"), strict.now) is None  # it is not what was gathered last


def test_only_so_many_connections_are_held(server: Server) -> None:
    held = [server.connect() for _ in range(3)]
    for connection in held:
        server.ask(request("/world/rss.xml", PROXIED), connection)
    with server.connect() as more:
        assert parts(receive(more))[0] == 429
    held.pop().close()
    deadline = time.monotonic() + 10
    while parts(server.ask(request("/world/rss.xml", PROXIED)))[0] != 200:
        assert time.monotonic() < deadline
    for connection in held:
        connection.close()


def test_flask_answers_where_the_store_is_broken(server: Server) -> None:
    fill(server)
    with server.newsroom.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE feeds")
    assert parts(server.ask(request("/world/rss.xml", PROXIED)))[0] == 500
