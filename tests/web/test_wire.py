"""HTTP on the wire: a real ``feedsvc serve``, and sockets that send any bytes."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from typing import Any

import brotli
import pytest
import zstandard
from msgspec import Struct
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import Newsroom, article
from tests.tools.service import Service
from tests.whole.test_journey import CONFIG

RSS = "/world/europe/rss.xml"
DOORS = (RSS, "/archive/1/rss.xml", "/feeds")
"""Addresses of the fast path, of archives and of pages, which refuse the same requests."""


class Answer(Struct):
    """One response as it was read."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Return the only value of a header; empty without it."""
        values = [value for known, value in self.headers if known == name]
        assert len(values) < 2
        return values[0] if values else ""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("wire")
    (folder / "config.toml").write_text(CONFIG)
    (folder / "articles/world/europe").mkdir(parents=True)
    (folder / "articles/world/europe/a.md").write_text(article("The Tunnel Opens", "Words. " * 99))
    service = Service(folder, "--workers", "1").wait()
    yield service
    log = service.end()
    assert "Traceback" not in log
    assert '"level":"error"' not in log


def talk(service: Service, data: bytes, methods: str = "GET") -> list[Answer]:
    """Send bytes on a new connection; return the answers to some methods, in order."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(data)
        stream = connection.makefile("rb")
        answers = [read(stream, method) for method in methods.split()]
        assert all(answer.status < 500 for answer in answers)
        return answers


def read(stream: Any, method: str) -> Answer:
    version, status, _ = stream.readline().decode("ascii").split(" ", 2)
    assert version == "HTTP/1.1"
    headers: list[tuple[str, str]] = []
    while line := stream.readline().decode("latin-1").removesuffix("\r\n"):
        name, value = line.split(":", 1)
        headers.append((name.lower(), value.strip()))
    answer = Answer(int(status), headers, b"")
    if length := answer["content-length"]:
        answer.body = stream.read(int(length) if method != "HEAD" else 0)
    elif answer.status not in (204, 304):
        answer.body = stream.read()
    return answer


def head(target: str = RSS, *lines: str, method: str = "GET", host: str = "localhost") -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode(
        "latin-1"
    )


def ask(service: Service, target: str = RSS, *lines: str, method: str = "GET") -> Answer:
    return talk(service, head(target, *lines, "Connection: close", method=method), method)[0]


def test_an_answer_has_each_header_once_and_no_cookie(service: Service) -> None:
    answer = ask(service, RSS, "Cookie: session=1", "Accept-Encoding: gzip")
    names = [name for name, _ in answer.headers]
    assert answer.status == 200
    assert sorted(set(names)) == sorted(names)
    assert "set-cookie" not in names
    assert {"date", "etag", "last-modified", "cache-control", "vary", "link"} <= {*names}


@pytest.mark.parametrize(
    "path", [RSS, "/atom.xml", "/corrections/rss.xml", "/feeds", "/nothing.xml"]
)
def test_every_answer_is_dated_once_and_sets_no_cookie(service: Service, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = ask(service, path, "Cookie: a=b", method=method)
        assert answer["date"].endswith(" GMT")
        assert "set-cookie" not in dict(answer.headers)


EVERYWHERE = (
    *("/", "/feeds", "/nothing", "/nothing/rss.xml", "/world", "/world/", "/world/feed", "//world"),
    *("/static/feedsvc.css", "/static/copy.js", "/static/none.css", "/static/favicon.ico", "/%ff"),
    *("/favicon.ico", "/media/0/a.png", "/metrics", "/livez", "/robots.txt", "/feeds.opml", RSS),
    *("/archive/1/rss.xml", "/sitemap.xml", "/world/europe/a", "x", "*", f"/{'x' * 9000}"),
)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("target", EVERYWHERE)
def test_no_answer_is_guessed_at_and_no_page_runs_scripts_of_others(
    service: Service, target: str, method: str
) -> None:
    person = ("Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document") if target == RSS else ()
    answer = ask(service, target, *person, method=method)
    assert answer["x-content-type-options"] == "nosniff" or answer.status == 204
    if answer["content-type"].startswith("text/html"):
        assert answer["content-security-policy"].startswith("default-src 'none'; ")


def test_every_coding_is_the_same_feed(service: Service) -> None:
    plain = ask(service)
    assert (plain["content-encoding"], plain["vary"]) == ("", "Accept-Encoding")
    tags = {plain["etag"]}
    for coding, decode in (
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("zstd", zstandard.ZstdDecompressor().decompress),
    ):
        coded = ask(service, RSS, "Accept-Encoding: identity;q=0", f"Accept-Encoding: {coding}")
        assert (coded["content-encoding"], coded["vary"]) == (coding, "Accept-Encoding")
        assert decode(coded.body) == plain.body
        assert int(coded["content-length"]) == len(coded.body) < len(plain.body)
        tags.add(coded["etag"])
    assert len(tags) == 4


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_a_poller_gets_304_with_any_validator_that_it_keeps(service: Service, coding: str) -> None:
    accept = f"Accept-Encoding: {coding}"
    answer = ask(service, RSS, accept)
    for _ in range(2):  # with the validators of the last answer, a 304 too
        tag, date = answer["etag"], answer["last-modified"]
        for lines in (
            [f"If-None-Match: {tag}"],
            [f"If-None-Match: {tag[:-1]}-gzip{tag[-1]}"],
            ['If-None-Match: "other"', f"If-None-Match: {tag}"],
            [f"If-Modified-Since: {date}"],
            [f"If-None-Match: {tag}", f"If-Modified-Since: {date}"],
        ):
            again = ask(service, RSS, accept, *lines)
            assert (again.status, again.body) == (304, b"")
            kept = ("etag", "last-modified", "cache-control", "vary", "link")
            assert [again[name] for name in kept] == [answer[name] for name in kept]
        answer = again


def test_head_has_the_headers_of_get(service: Service) -> None:
    for lines in ([], ["Accept-Encoding: br"], ["If-None-Match: *"], ['If-Match: "other"']):
        get, without = (ask(service, RSS, *lines, method=method) for method in ("GET", "HEAD"))
        assert without.body == b""
        assert without.status == get.status
        assert {**dict(without.headers), "date": ""} == {**dict(get.headers), "date": ""}


def test_a_range_is_never_given(service: Service) -> None:
    answer = ask(service, RSS, "Range: bytes=0-9")
    assert (answer.status, answer["accept-ranges"]) == (200, "none")
    assert len(answer.body) == int(answer["content-length"]) > 10


def test_other_methods_are_refused_with_those_that_are_possible(service: Service) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "CONNECT"):
        answer = ask(service, RSS, "Content-Length: 0", method=method)
        assert answer.status == 405
        assert {*answer["allow"].split(", ")} == {"GET", "HEAD", "OPTIONS"}
    for target in (RSS, "*"):
        options = ask(service, target, method="OPTIONS")
        assert (options.status, options["allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nhost: b\r\n",
        b"Host: a b\r\n",
        b"Host: a,b\r\n",
        b'Host: "><script>\r\n',
        b"Host: a:b\r\n",
        b"Host: a/b\r\n",
        b"Host: user@a\r\n",
        b"Host: [::1\r\n",
        b"Host: \xff\r\n",
        b"Host: a..b\r\n",
        b"Host: " + b"x" * 64 + b"\r\n",
    ],
)
@pytest.mark.parametrize("path", DOORS)
def test_a_request_without_one_good_host_is_refused(
    service: Service, path: str, lines: bytes
) -> None:
    request = b"GET %b HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (path.encode(), lines)
    assert talk(service, request)[0].status == 400


@pytest.mark.parametrize("host", ["a", "a.example.", "127.0.0.1:80", "[::1]:8000", "xn--a-b_c", ""])
def test_a_good_host_may_be_any(service: Service, host: str) -> None:
    answer = talk(service, head(RSS, "Connection: close", host=host))[0]
    assert answer.status == 200
    assert answer["link"] == f'<http://localhost:{service.port}{RSS}>; rel="self"'


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 0", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: -1",),
        ("Content-Length: 5x",),
        ("Content-Length:",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: x",),
        ("Transfer-Encoding : chunked",),
        ("X : a",),
        ("X: a\0b",),
        ("X: a\rb",),
        ("no colon",),
    ],
)
def test_an_ambiguous_request_ends_the_connection(service: Service, lines: tuple[str, ...]) -> None:
    smuggled = b"0\r\n\r\n" + head("/feeds")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(head(RSS, *lines) + smuggled)
        stream = connection.makefile("rb")
        assert read(stream, "GET").status == 400
        assert stream.read() == b""


def test_a_body_is_read_and_ignored(service: Service) -> None:
    data = head(RSS, "Content-Length: 5") + b"hello"
    data += head(RSS, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"
    answers = talk(service, data + head(RSS, "Connection: close"), "GET GET GET")
    assert [answer.status for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost{}",
        "HTTP://feeds.quay.example:80{}",
        "https://feeds.quay.example{}?utm_source=x",
        "/%77orld/%65urope/rss.xml",
        "/world%2Feurope/rss.xml",
        "{}?",
        "{}?&=%00%ff&utm_source=x",
    ],
)
def test_a_feed_is_the_same_however_its_address_is_written(service: Service, target: str) -> None:
    answer, plain = ask(service, target.format(RSS)), ask(service)
    assert (answer.status, answer.body) == (200, plain.body)
    assert (answer["etag"], answer["link"]) == (plain["etag"], plain["link"])


def test_an_absolute_target_without_a_path_is_the_root(service: Service) -> None:
    assert ask(service, "http://localhost")["location"] == "/feeds"


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/world//europe/rss.xml", RSS),
        ("//world/europe/rss.xml", RSS),
        ("///world/////europe//rss.xml", RSS),
        ("/world%2F%2feurope/rss.xml", RSS),
        ("http://localhost//world/europe/rss.xml", RSS),
        ("//world/europe/rss.xml?a=%0d%0ab&c//d", f"{RSS}?a=%0d%0ab&c//d"),
        ("//evil.example/rss.xml", "/evil.example/rss.xml"),
        ("//%0d%0aX-Evil:%20a/%00%c3%a9 ?".replace(" ", ""), "/%0D%0AX-Evil:%20a/%00%C3%A9"),
        ("//evil.example/..", "/evil.example/.."),
    ],
)
def test_doubled_slashes_are_sent_on_within_this_host(
    service: Service, target: str, location: str
) -> None:
    answer = ask(service, target)
    assert (answer.status, answer["location"]) == (301, location)


@pytest.mark.parametrize(
    "target",
    [
        "/world/../rss.xml",
        "/world/%2e%2e/rss.xml",
        "/../../etc/passwd",
        "/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static/..%2f..%2fapp.py",
        "/media/aa/..%2f..%2fconfig.toml",
        "/static/%00",
        "/media/%00/%00",
        "/%00/rss.xml",
        "/world%00/rss.xml",
        "/rss.xml%00",
        "/archive/1/rss.xml?before=%00",
        f"/archive/{'9' * 40}/rss.xml",
        f"/archive/{'9' * 5000}/rss.xml",
        "/%ff%fe/rss.xml",
        "/%ed%a0%80/rss.xml",
        "/%zz/rss.xml",
        "/rss.xml#fragment",
        "/%0d%0aX-Evil:%20a/rss.xml",
        "/%0d%0aX-Evil:%20a/rss",
        "/http:/localhost/rss.xml",
    ],
)
def test_a_path_that_leads_nowhere_is_404(service: Service, target: str) -> None:
    answer = ask(service, target)
    assert answer.status == 404
    assert "x-evil" not in dict(answer.headers)


@pytest.mark.parametrize(
    "target", ["rss.xml", "*", "localhost:80", "ftp://localhost/rss.xml", "http:/rss.xml", "?x"]
)
def test_a_target_that_is_no_address_is_refused(service: Service, target: str) -> None:
    assert ask(service, target).status == 400


@pytest.mark.parametrize(
    "target",
    ["/%5cevil.example/rss", "/%0aX-Evil:a/rss.xml/", "/x/rss?%0d%0aX-Evil:a", "/x/feed?\\..\\"],
)
def test_no_part_of_an_address_becomes_a_header(service: Service, target: str) -> None:
    answer = ask(service, target)
    assert "x-evil" not in dict(answer.headers)
    assert answer["location"].startswith("/") == (answer.status == 301)
    assert not answer["location"].startswith(("//", "/\\"))


@pytest.mark.parametrize("path", DOORS)
def test_an_address_too_long_is_414(service: Service, path: str) -> None:
    assert ask(service, f"{path}?{'x' * 7_900}").status == 200
    for length in (8_001, 15_000):
        for target in (f"{path}?{'x' * length}", "/" + "x" * length):
            answer = ask(service, target)
            assert answer.status == 414
            assert answer.body.endswith(b": the address is longer than 8000 bytes.\n")


@pytest.mark.parametrize("path", DOORS)
def test_headers_too_long_are_431(service: Service, path: str) -> None:
    assert ask(service, path, f"X: {'x' * 15_000}").status == 200
    for lines in ([f"X: {'x' * 15_990}"], [f"X-{number}: {'x' * 90}" for number in range(165)]):
        answer = ask(service, path, *lines)
        assert answer.status == 431
        assert answer.body.endswith(b": the headers are longer than 16000 bytes in all.\n")


@pytest.mark.parametrize(
    ("begun", "status"), [(b"GET /", 414), (b"GET / HTTP/1.1\r\nX: ", 431), (b"no\r\n\r\n", 400)]
)
def test_a_head_that_does_not_end_is_refused(service: Service, begun: bytes, status: int) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(begun + b"x" * 16_385 * (status != 400))
        stream = connection.makefile("rb")
        answer = read(stream, "GET")
        assert (answer.status, answer["connection"]) == (status, "close")
        assert answer["date"].endswith(" GMT")
        assert stream.read() == b""


def test_nonsense_after_an_answer_ends_the_connection(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        stream = connection.makefile("rb")
        connection.sendall(head("/feeds", "Transfer-Encoding: chunked"))
        assert read(stream, "GET").status == 200
        connection.sendall(b"nonsense\r\n")
        assert stream.read() == b""


@pytest.mark.parametrize("name", ["Accept-Encoding", "If-None-Match", "If-Modified-Since"])
@pytest.mark.parametrize("value", ["\xff\xfe", "é" * 100, "a " * 5000, '"' * 9000, "," * 9000])
def test_odd_headers_are_no_errors(service: Service, name: str, value: str) -> None:
    assert ask(service, RSS, f"{name}: {value}").status == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("Connection: Upgrade, close", "Upgrade: h2c"),
        ("Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        ("Expect: 100-continue",),
        ("Expect: tea",),
        ("X: a\r\n folded",),
        ("X:",),
    ],
)
def test_extensions_of_http_are_ignored(service: Service, lines: tuple[str, ...]) -> None:
    assert ask(service, RSS, *lines).status == 200


def test_an_old_client_needs_no_host_and_gets_the_end_of_the_connection(service: Service) -> None:
    for lines in ("", "Host: a\r\n", "Connection: keep-alive\r\n"):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(f"GET {RSS} HTTP/1.0\r\n{lines}\r\n".encode())
            stream = connection.makefile("rb")
            answer = read(stream, "GET")
            assert (answer.status, answer["connection"].lower()) == (200, "close")
            assert stream.read() == b""


def test_a_connection_lasts_until_a_client_ends_it(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        stream = connection.makefile("rb")
        for target in (RSS, RSS, "/feeds", "//x", "/nothing.xml", RSS):
            connection.sendall(head(target))
            assert read(stream, "GET").status in (200, 301, 404)
        connection.sendall(head(RSS, "Connection: close"))
        assert read(stream, "GET")["connection"].lower() == "close"
        assert stream.read() == b""


def test_requests_that_come_together_are_answered_in_order(service: Service) -> None:
    asked = [(RSS, "GET"), ("/atom.xml", "HEAD"), ("/nothing.xml", "GET"), (RSS, "POST")] * 5
    data = b"".join(head(target, method=method) for target, method in asked)
    answers = talk(service, data, " ".join(method for _, method in asked))
    assert [answer.status for answer in answers] == [200, 200, 404, 405] * 5
    assert len({answers[number].body for number in range(0, 20, 4)}) == 1


def test_a_request_may_come_byte_by_byte(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head(RSS, "Accept-Encoding: gzip"):
            connection.sendall(bytes([byte]))
        assert read(connection.makefile("rb"), "GET")["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("environ", "status", "location"),
    [
        ({"HTTP_HOST": "a"}, 200, ""),
        ({}, 400, ""),
        ({"HTTP_HOST": "a,a"}, 400, ""),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, 200, ""),
        ({"HTTP_HOST": "a", "SCRIPT_NAME": "/x", "PATH_INFO": "//rss.xml"}, 301, "/x/rss.xml"),
        ({"HTTP_HOST": "a", "SCRIPT_NAME": "/x", "PATH_INFO": ""}, 308, "http://a/x/"),
        ({"HTTP_HOST": "a", "PATH_INFO": ""}, 400, ""),
        ({"HTTP_HOST": "a", "PATH_INFO": "http://b/rss.xml"}, 200, ""),
        ({"HTTP_HOST": "a", "PATH_INFO": "http://b"}, 302, "/feeds"),
        ({"HTTP_HOST": "a", "PATH_INFO": "http://b..c/"}, 400, ""),
        ({"HTTP_HOST": "a", "PATH_INFO": "*", "REQUEST_METHOD": "OPTIONS"}, 204, ""),
        ({"HTTP_HOST": "a", "PATH_INFO": "//x", "QUERY_STRING": "a=//"}, 301, "/x?a=//"),
        ({"HTTP_HOST": "a", "PATH_INFO": "//\xc3\xa9%"}, 301, "/%C3%A9%25"),
        ({"HTTP_HOST": "a", "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "upgrade"}, 200, ""),
        ({"HTTP_HOST": "a", "PATH_INFO": "/" * 8001}, 414, ""),
        ({"HTTP_HOST": "a", "HTTP_X": "x" * 16_000}, 431, ""),
        ({"HTTP_HOST": "a", "CONTENT_LENGTH": "0", "HTTP_TRANSFER_ENCODING": "x"}, 400, ""),
    ],
)
def test_any_server_gets_the_same(
    newsroom: Newsroom, environ: dict[str, str], status: int, location: str
) -> None:
    """Some servers join two Host headers, pass none, or serve below a prefix."""
    newsroom.sync()
    whole = {**EnvironBuilder("/rss.xml").get_environ(), **environ}
    if "HTTP_HOST" not in environ:
        del whole["HTTP_HOST"]
    _, line, headers = run_wsgi_app(newsroom.client().application, whole)
    assert (int(line.split()[0]), headers.get("Location", "")) == (status, location)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "line",
    ["X: y", "Accept-Encoding: gzip", "Accept-Encoding: br", "If-None-Match: *", 'If-Match: "x"'],
)
@pytest.mark.parametrize("target", [RSS, "/atom.xml", "/corrections/atom.xml", "/rss", "//rss.xml"])
def test_httplint_finds_nothing_bad(service: Service, target: str, line: str, method: str) -> None:
    httplint = pytest.importorskip("httplint", reason="httplint is not installed")
    answer = ask(service, target, line, method=method)
    linter = httplint.HttpResponseLinter(no_content=method == "HEAD")
    linter.process_response_topline(b"HTTP/1.1", str(answer.status).encode(), b"")
    linter.process_headers([(name.encode(), value.encode()) for name, value in answer.headers])
    if answer.body:
        linter.feed_content(answer.body)
    linter.finish_content(True, [])
    assert [note.summary for note in linter.notes if note.level.name == "BAD"] == []
