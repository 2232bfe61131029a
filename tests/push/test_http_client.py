"""The one door out: real servers that are slow, endless, hidden or false."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event, Thread

import pytest

from feedsvc.errors import FetchError
from feedsvc.push.event_loop import run
from feedsvc.push.http_client import HttpClient
from feedsvc.push.http_values import Answer, Limits, Request
from tests.tools.other_server import (
    HOST,
    OtherServer,
    Respond,
    certificate,
    silent_port,
    status,
)

LIMITS = Limits(size=100_000, seconds=20, redirects=3)


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


CLIENT = HttpClient("test/1", allow_private=True, resolve=here)


def fetched(url: str, client: HttpClient = CLIENT, limits: Limits = LIMITS) -> tuple[int, bytes]:
    body = bytearray()
    answer = client.get(url, body.extend, limits)
    return answer.status, bytes(body)


def test_a_body_is_fetched_with_the_name_of_the_client_and_of_the_host(server: OtherServer) -> None:
    server.answers["/a?b=c"] = status(200, b"abc")
    assert fetched(server.url("/a?b=c", HOST)) == (200, b"abc")
    [(request, headers, _)] = server.requests
    assert request == "GET /a?b=c"
    assert headers["user-agent"] == "test/1"
    assert headers["host"] == f"{HOST}:{server.port}"
    assert "cookie" not in headers


def test_nothing_on_this_machine_is_asked_without_permission(server: OtherServer) -> None:
    strict = HttpClient("test/1")
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
        with pytest.raises(FetchError):
            fetched(server.url("/", host), strict)
    assert server.requests == []


def test_the_addresses_that_the_dns_gives_are_checked(server: OtherServer) -> None:
    strict = HttpClient("test/1", resolve=here)
    with pytest.raises(FetchError, match=r"leads to 127\.0\.0\.1, which is no public address"):
        fetched(f"http://{HOST}/", strict)


def test_one_private_address_among_public_ones_is_refused() -> None:
    strict = HttpClient("test/1", resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(FetchError, match=r"leads to 10\.0\.0\.1"):
        fetched(f"http://{HOST}/", strict)


def test_a_name_is_resolved_once_so_that_no_second_answer_leads_elsewhere(
    server: OtherServer,
) -> None:
    server.answers["/"] = status(200, b"first")
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    rebinding = HttpClient("test/1", allow_private=True, resolve=lambda *_: answers.pop(0))
    assert fetched(server.url("/", HOST), rebinding) == (200, b"first")
    with pytest.raises(FetchError, match="where nothing is ever fetched from"):
        fetched(server.url("/", HOST), rebinding)


def test_the_next_address_is_tried_where_one_does_not_answer(server: OtherServer) -> None:
    server.answers["/"] = status(200, b"second")
    both = HttpClient("test/1", allow_private=True, resolve=lambda *_: ["127.9.9.9", "127.0.0.1"])
    assert fetched(server.url("/", HOST), both) == (200, b"second")


@pytest.mark.parametrize("addresses", [[], ["127.9.9.9"]])
def test_a_host_without_a_server_gets_a_sentence(addresses: list[str], server: OtherServer) -> None:
    client = HttpClient("test/1", allow_private=True, resolve=lambda *_: addresses)
    with pytest.raises(FetchError, match="does not answer as it should") as failed:
        fetched(server.url("/", HOST), client)
    assert not failed.value.permanent


def test_a_name_that_does_not_exist_gets_a_sentence() -> None:
    with pytest.raises(FetchError, match=r"there is no server nowhere\.invalid now"):
        fetched("http://nowhere.invalid/", HttpClient("test/1"))


def test_a_name_that_the_system_knows_is_found(server: OtherServer) -> None:
    server.answers["/"] = status(200, b"here")
    system = HttpClient("test/1", allow_private=True)
    assert fetched(server.url("/", "localhost"), system) == (200, b"here")


def test_redirects_are_followed_and_each_is_checked(server: OtherServer) -> None:
    server.answers["/a"] = status(302, Location="b")
    server.answers["/b"] = status(200, b"there")
    assert fetched(server.url("/a")) == (200, b"there")
    server.answers["/inside"] = status(302, Location="http://169.254.169.254/latest/meta-data/")
    system = HttpClient("test/1", allow_private=True)
    with pytest.raises(FetchError, match="where nothing is ever fetched from"):
        fetched(server.url("/inside"), system)
    server.answers["/file"] = status(301, Location="file:///etc/passwd")
    with pytest.raises(FetchError, match="must begin with https://"):
        fetched(server.url("/file"))


@pytest.mark.parametrize("location", ["http://[", "//[x", "http://a]b/"])
def test_a_redirect_to_no_address_is_refused_for_good(server: OtherServer, location: str) -> None:
    server.answers["/"] = status(302, Location=location)
    with pytest.raises(FetchError, match="redirects to something that is no address") as refused:
        fetched(server.url("/"))
    assert refused.value.permanent


def test_a_redirect_from_a_public_address_to_a_private_one_is_refused(server: OtherServer) -> None:
    server.answers["/"] = status(302, Location=server.url("/secret"))
    hosts = {HOST: "127.0.0.1", "127.0.0.1": "10.0.0.1"}
    client = HttpClient("test/1", allow_private=True, resolve=lambda host, _: [hosts[host]])
    strict = HttpClient("test/1", resolve=lambda host, _: [hosts[host]])
    with pytest.raises(FetchError):
        fetched(server.url("/", HOST), client, Limits(size=9, seconds=0.5, redirects=1))
    with pytest.raises(FetchError, match="only 80 and 443"):
        fetched(server.url("/", HOST), strict)
    assert server.asked() == ["/"]


def test_there_are_only_so_many_redirects(server: OtherServer) -> None:
    server.answers["/"] = status(302, Location="/")
    with pytest.raises(FetchError, match="redirects more than 3 times"):
        fetched(server.url("/"))
    assert len(server.requests) == 4


def test_a_redirect_without_a_target_is_the_answer(server: OtherServer) -> None:
    server.answers["/"] = status(302, b"lost")
    assert fetched(server.url("/")) == (302, b"")


def test_a_body_that_says_it_is_too_long_is_refused(server: OtherServer) -> None:
    server.answers["/"] = status(200, bytes(LIMITS.size + 1))
    with pytest.raises(FetchError, match="longer than 100,000 bytes") as refused:
        fetched(server.url("/"))
    assert refused.value.permanent


def test_an_endless_body_is_cut(server: OtherServer) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(1000))

    server.answers["/"] = endless
    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        fetched(server.url("/"))


def test_a_compressed_bomb_is_cut(server: OtherServer) -> None:
    bomb = zlib.compress(bytes(50_000_000))
    assert len(bomb) < LIMITS.size
    server.answers["/"] = status(200, bomb, Content_Encoding="deflate")
    with pytest.raises(FetchError, match="longer than 100,000 bytes"):
        fetched(server.url("/"))


def test_a_body_that_is_shorter_than_it_says_is_refused(server: OtherServer) -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"abc")
        handler.close_connection = True

    server.answers["/"] = short
    with pytest.raises(FetchError, match="does not answer as it should"):
        fetched(server.url("/"))


@pytest.mark.parametrize("part", ["head", "body", "body without length"])
def test_a_server_that_drips_is_cut_at_the_end(server: OtherServer, part: str) -> None:
    def drips(handler: BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        if part == "body":
            head += b"Content-Length: 1000\r\n"
        handler.wfile.write(head if part == "head" else head + b"\r\n")
        while not server.ended.wait(0.1):
            handler.wfile.write(b"X-A: b\r\n" if part == "head" else b"x")

    server.answers["/"] = drips
    begun = time.monotonic()
    with pytest.raises(FetchError, match=r"takes longer than 0\.5 s") as slow:
        fetched(server.url("/"), limits=Limits(size=1000, seconds=0.5))
    assert time.monotonic() - begun < 5
    assert not slow.value.permanent


def test_a_server_that_never_answers_is_cut_at_the_end() -> None:
    with silent_port() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(FetchError, match=r"takes longer than 0\.3 s"):
            fetched(url, limits=Limits(size=1000, seconds=0.3))


def test_a_name_that_takes_too_long_to_resolve_opens_no_connection(server: OtherServer) -> None:
    def slow(_host: str, _port: int) -> Sequence[str]:
        time.sleep(0.3)
        return ["127.0.0.1"]

    client = HttpClient("test/1", allow_private=True, resolve=slow)
    with pytest.raises(FetchError, match=r"takes longer than 0\.1 s"):
        fetched(server.url("/", HOST), client, Limits(size=1000, seconds=0.1))
    assert server.requests == []


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", ""])
def test_a_type_that_may_be_right_is_taken(server: OtherServer, kind: str) -> None:
    server.answers["/"] = status(200, b"x", Content_Type=kind)
    limits = Limits(size=10, seconds=9, type="image/")
    assert fetched(server.url("/"), limits=limits) == (200, b"x")


def test_another_type_is_refused_before_its_body(server: OtherServer) -> None:
    server.answers["/"] = status(200, b"x", Content_Type="Text/HTML; charset=utf-8")
    with pytest.raises(FetchError, match="is text/html, not image/…") as refused:
        fetched(server.url("/"), limits=Limits(size=10, seconds=9, type="image/"))
    assert refused.value.permanent


def test_an_answer_that_is_no_http_gets_a_sentence(server: OtherServer) -> None:
    def other(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-x\r\n\r\n")

    server.answers["/"] = other
    with pytest.raises(FetchError, match="does not answer as it should"):
        fetched(server.url("/"))


def test_the_proxies_of_the_environment_are_not_asked(
    server: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.9.9.9:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.9.9.9:1")
    server.answers["/"] = status(200, b"direct")
    assert fetched(server.url("/")) == (200, b"direct")


def test_a_body_is_posted_and_redirects_are_the_answer(server: OtherServer) -> None:
    server.answers["/hook"] = status(307, b"", Location="/elsewhere", Retry_After="7")
    answer = CLIENT.post(server.url("/hook"), b"{}", {"Content-Type": "text/plain"}, LIMITS)
    assert answer.status == 307
    assert answer.retry_after(datetime.now(UTC)) == 7
    [(request, headers, body)] = server.requests
    assert (request, headers["content-type"], body) == ("POST /hook", "text/plain", b"{}")


def test_the_body_of_an_answer_to_a_post_is_dropped(server: OtherServer) -> None:
    server.answers["/hook"] = status(200, b"thanks")
    assert CLIENT.post(server.url("/hook"), b"", {}, LIMITS).status == 200


def test_the_rest_of_a_long_answer_may_be_left(server: OtherServer) -> None:
    server.answers["/hook"] = status(200, bytes(120_000))
    received = bytearray()
    limits = Limits(size=100_000, seconds=9, cut=True)
    assert CLIENT.get(server.url("/hook"), received.extend, limits).status == 200
    assert 0 < len(received) <= 100_000
    assert CLIENT.post(server.url("/hook"), b"", {}, limits).status == 200


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("120", 120),
        ("999999999", 86400),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("", 0),
        ("Mon, 23 Nov 2026 12:01:00 -0000", 0),
        ("Mon, 23 Nov 2026 12:01:00 +99999999999999", 0),
    ],
)
def test_a_server_says_how_long_to_wait(typed: str, seconds: float) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert Answer(503, {"retry-after": typed}).retry_after(now) == seconds


def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    with OtherServer(certificate(tmp_path)[0]).running() as server:
        server.answers["/"] = status(200, b"secret")
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetched(server.url("/", HOST, "https"))
    assert server.requests == []


def test_a_certificate_must_be_that_of_the_name(tmp_path: Path) -> None:
    tls, trusting = certificate(tmp_path)
    client = HttpClient("test/1", allow_private=True, resolve=here, tls=trusting)
    names = list[str | None]()
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    with OtherServer(tls).running() as server:
        server.answers["/"] = status(200, b"secret")
        assert fetched(server.url("/", HOST, "https"), client) == (200, b"secret")
        with pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
            fetched(server.url("/", "other.example", "https"), client)
    assert names == [HOST, "other.example"]


def test_a_server_that_drips_over_tls_is_cut_at_the_end(tmp_path: Path) -> None:
    tls, trusting = certificate(tmp_path)
    client = HttpClient("test/1", allow_private=True, resolve=here, tls=trusting)
    with OtherServer(tls).running() as server:

        def drips(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not server.ended.wait(0.1):
                handler.wfile.write(b"x")

        server.answers["/"] = drips
        with pytest.raises(FetchError, match=r"takes longer than 0\.5 s"):
            fetched(server.url("/", HOST, "https"), client, Limits(size=1000, seconds=0.5))


def test_a_gzipped_answer_is_read_though_none_was_asked_for(server: OtherServer) -> None:
    server.answers["/"] = status(200, gzip.compress(b"abc" * 1000), Content_Encoding="gzip")
    assert fetched(server.url("/")) == (200, b"abc" * 1000)
    server.answers["/"] = status(200, b"no gzip", Content_Encoding="gzip")
    with pytest.raises(FetchError, match="does not answer as it should"):
        fetched(server.url("/"))


def test_an_answer_before_the_answer_is_skipped(server: OtherServer) -> None:
    def early(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")
        status(200, b"late")(handler)

    server.answers["/"] = early
    assert fetched(server.url("/")) == (200, b"late")


def test_a_host_that_is_an_address_of_ipv6_is_named_in_brackets() -> None:
    with silent_port() as listener:
        client = HttpClient("test/1", allow_private=True, resolve=here)
        request = Request("GET", f"http://[::1]:{listener.getsockname()[1]}/")
        with pytest.raises(FetchError, match="takes longer"):
            client.send(request, bytes, Limits(size=9, seconds=0.1))
        connection, _ = listener.accept()
        with connection:
            assert f"Host: [::1]:{listener.getsockname()[1]}".encode() in connection.recv(1000)


def posted(server: OtherServer, paths: Sequence[str], client: HttpClient = CLIENT) -> list[int]:
    """Return the statuses of requests that are sent in one session."""

    async def send() -> list[int]:
        async with client.session() as session:
            return [
                (
                    await session.send(Request("POST", server.url(path), b"body"), bytes, LIMITS)
                ).status
                for path in paths
            ]

    return run(send())


class Connections:
    """Counts the connections that requests come by."""

    def __init__(self, server: OtherServer, respond: Respond) -> None:
        self.ports = list[int]()
        self._respond = respond
        server.other = self

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.ports.append(handler.client_address[1])
        self._respond(handler)

    @property
    def count(self) -> int:
        return len({*self.ports})


def test_a_session_keeps_its_connection(server: OtherServer) -> None:
    connections = Connections(server, status(200, b"thanks"))
    assert posted(server, ["/1", "/2", "/3"]) == [200, 200, 200]
    assert (len(connections.ports), connections.count) == (3, 1)


@pytest.mark.parametrize("code", [200, 500])
def test_a_connection_that_the_server_ends_is_not_kept(server: OtherServer, code: int) -> None:
    connections = Connections(server, status(code, b"thanks", Connection="close"))
    assert posted(server, ["/1", "/2"]) == [code, code]
    assert connections.count == 2


def test_a_connection_to_one_server_takes_no_request_for_another(server: OtherServer) -> None:
    connections = Connections(server, status(200))

    async def send() -> None:
        async with CLIENT.session() as session:
            for host in (HOST, "other.example", "other.example"):
                await session.send(Request("GET", server.url("/", host)), bytes, LIMITS)

    run(send())
    assert connections.count == 2


def test_a_connection_that_was_closed_without_a_word_is_opened_again(server: OtherServer) -> None:
    def ends(handler: BaseHTTPRequestHandler) -> None:
        status(200)(handler)
        handler.rfile.readline()  # the next request
        handler.close_connection = True

    connections = Connections(server, ends)
    assert posted(server, ["/1", "/2"]) == [200, 200]
    assert connections.count == 2


def test_an_answer_that_was_not_asked_for_is_no_answer_to_the_next_request(
    server: OtherServer,
) -> None:
    def twice(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 201 Created\r\n\r\n")

    connections = Connections(server, twice)
    assert posted(server, ["/1", "/2"]) == [204, 204]
    assert connections.count == 2


def test_a_long_body_reaches_a_slow_server_whole(server: OtherServer) -> None:
    body = bytes(range(256)) * 40_000
    server.other = status(200)
    assert CLIENT.post(server.url("/"), body, {}, LIMITS).status == 200
    assert server.requests[0][2] == body


def test_an_answer_before_the_whole_request_is_the_answer() -> None:
    with silent_port() as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            connection.recv(10)
            connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
            ended.wait(20)
            connection.close()

        ended, thread = Event(), Thread(target=refuse)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert CLIENT.post(url, bytes(50_000_000), {}, LIMITS).status == 413
        ended.set()
        thread.join()


def test_the_dns_delays_no_answer_beyond_the_deadline() -> None:
    ended = Event()

    def silent(_host: str, _port: int) -> Sequence[str]:
        ended.wait(20)
        return []

    client = HttpClient("test/1", resolve=silent)
    begun = time.monotonic()
    with pytest.raises(FetchError, match=r"takes longer than 0\.1 s"):
        fetched(f"https://{HOST}/", client, Limits(size=9, seconds=0.1))
    assert time.monotonic() - begun < 5
    ended.set()
