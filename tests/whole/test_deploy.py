"""The configurations of docs/deploy.md, run with the real nginx."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from feedsvc.cli.init import newsroom as sample
from feedsvc.model.feed import FILES, FORMATS, MEDIA_TYPES, Format
from tests.conftest import article
from tests.project.test_docs import DOCS, blocks
from tests.tools.nginx import Answer, Nginx
from tests.tools.service import Service, until

pytestmark = pytest.mark.client

PROXY, EDITION = blocks(DOCS["deploy.md"], "nginx")
OLD = """
[[redirects]]
from = "/podcast/{show}/x$y.php?a=1"
to = "https://pods.quay.example/$/{show}"

[[redirects]]
from = "/tips.rdf"
gone = true

[[redirects]]
from = "/shows/{show}.php"
to = "https://pods.quay.example/{show}#newest"

[[redirects]]
from = "/tips.php?format=rss"
to = "/local/rss.xml"

[[redirects]]
from = "/{page}/old.rdf"
to = "/atom.xml"

[sections.world]
was = "abroad"
"""


def quay(folder: Path) -> Path:
    """Make a newsroom in an empty folder: the sample with old addresses."""
    text = (sample() / "config.toml").read_text(encoding="utf-8")
    text = text.replace("style = []", 'style = "wordpress"') + OLD
    (folder / "config.toml").write_text(text, encoding="utf-8")
    shutil.copytree(sample() / "articles", folder / "articles")
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quay(tmp_path_factory.mktemp("built"))


@contextmanager
def running() -> Generator[Callable[..., Nginx]]:
    started: list[Nginx] = []

    def start(folder: Path, block: str, **paths: str) -> Nginx:
        started.append(Nginx(folder, block, **paths))
        return started[-1]

    yield start
    for nginx in started:
        said = nginx.end()
        assert "[emerg]" not in said
        assert "[warn]" not in said


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Nginx]]:
    with running() as start:
        yield partial(start, tmp_path)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service(quay(tmp_path_factory.mktemp("served"))).wait()
    yield started
    started.end()


def paths(service: Service, folder: Path) -> dict[str, str]:
    """Return what the configuration of the proxy says in a test, by what it says elsewhere."""
    return {
        "127.0.0.1:8000": f"127.0.0.1:{service.port}",
        "/var/cache/nginx/feedsvc": f"{folder}/cache",
    }


@pytest.fixture
def proxy(run: Callable[..., Nginx], service: Service, tmp_path: Path) -> Nginx:
    return run(PROXY, **paths(service, tmp_path))


def build(root: Path) -> None:
    command = [sys.executable, "-m", "feedsvc", "build", "out"]
    environ = {**os.environ, "FEEDSVC_CONFIG": str(root / "config.toml")}
    subprocess.run(command, cwd=root, env=environ, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    build(root)
    with running() as start:
        yield start(tmp_path_factory.mktemp("nginx"), EDITION, **{"/srv/feeds": str(root / "out")})


KEPT = ("etag", "last-modified", "cache-control", "link", "access-control-allow-origin")


def test_the_proxy_gives_what_serve_gives(proxy: Nginx, service: Service) -> None:
    for path in (
        "/rss.xml",
        "/world/europe/atom.xml",
        "/corrections/rss.xml",
        "/archive/1/rss.xml",
        "/local/feed.json",
    ):
        _, headers, body = service.get(path)
        for state in ("MISS", "HIT"):
            found = proxy.get(path)
            if path != "/rss.xml":  # which was asked for already
                assert found.headers["X-Cache"] == state
            assert (found.status, found.body.decode()) == (200, body)
            for name in (*KEPT, "content-type", "x-content-type-options"):
                assert found.headers[name] == headers[name], name
    assert proxy.get("/feeds").status == 200
    assert proxy.get("/nowhere/rss.xml").status == 404
    assert proxy.get("/rss.xml", "HEAD")[::2] == (200, b"")


def test_the_proxy_answers_what_is_had_already(proxy: Nginx) -> None:
    full = proxy.get("/local/rss.xml")
    for headers in (
        {"If_None_Match": full.headers["ETag"]},
        {"If_None_Match": f"W/{full.headers['ETag']}"},
        {"If_Modified_Since": full.headers["Last-Modified"]},
        {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        answer = proxy.get("/local/rss.xml", **headers)
        assert (answer.status, answer.body) == (304, b""), headers
        assert [answer.headers[name] for name in KEPT] == [full.headers[name] for name in KEPT]
    assert proxy.get("/local/rss.xml", If_None_Match='"other"').status == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("zstd;q=0.0,gzip", "gzip"),
        ("br;q=0.1", "br"),
        ("identity", None),
        ("brotli, gzipped", None),
    ],
)
def test_the_proxy_keeps_one_answer_for_each_coding(
    proxy: Nginx, accepted: str, coding: str | None
) -> None:
    first = proxy.get("/sport/rss.xml", Accept_Encoding=accepted)
    again = proxy.get("/sport/rss.xml", Accept_Encoding=f"{accepted} ,x-{accepted[:1]}")
    assert (first.headers["Content-Encoding"], again.headers["X-Cache"]) == (coding, "HIT")
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Vary"] == "Accept-Encoding"


def test_the_proxy_knows_one_word_of_a_query(proxy: Nginx) -> None:
    plain = proxy.get("/archive/1/rss.xml")
    assert proxy.get("/archive/1/rss.xml?utm_source=x").headers["X-Cache"] == "HIT"
    place = "/archive/1/rss.xml?x=1&before=1795284000.local/a"
    first, again = proxy.get(place), proxy.get(place.replace("x=1&", ""))
    assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("MISS", "HIT")
    assert "before=1795284000" in first.headers["Link"]
    assert first.body != plain.body


def test_the_proxy_sends_people_to_the_page_of_a_feed(proxy: Nginx) -> None:
    person = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    for known in (False, True):
        assert proxy.get("/sport/rss.xml", **person).status == 303, known
        feed = proxy.get("/sport/rss.xml")
        assert (feed.status, feed.headers["X-Cache"]) == (200, "HIT" if known else "MISS")
        source = proxy.get("/sport/rss.xml?view=source", **person)
        assert source.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert source.body == feed.body
    assert proxy.get("/sport/", **person).headers["X-Cache"] == "MISS"
    assert proxy.get("/sport/", **person).headers["X-Cache"] == "HIT"


def test_the_proxy_searches(proxy: Nginx) -> None:
    matches, every = proxy.get("/feeds?x=1&q=sport"), proxy.get("/feeds")
    assert "“<bdi>sport</bdi>”".encode() in matches.body
    assert matches.body != every.body
    assert proxy.get("/feeds?q=sport").headers["X-Cache"] == "HIT"
    assert proxy.get("/sport/?q=sport").headers["X-Cache"] == "MISS"
    assert proxy.get("/sport/").headers["X-Cache"] == "HIT"


def test_nobody_can_put_an_answer_in_the_place_of_another(proxy: Nginx) -> None:
    for odd in (
        "/x/../culture/rss.xml",
        "//culture/rss.xml",
        "/culture/%72ss.xml",
        "/./culture/rss.xml",
    ):
        proxy.get(odd)
    found = proxy.get("/culture/rss.xml")
    assert (found.status, found.headers["X-Cache"]) == (200, "MISS")


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Service]:
    """Return a service whose feeds are too old for a cache after a second."""
    (tmp_path / "hasty").mkdir()
    config = quay(tmp_path / "hasty") / "config.toml"
    config.write_text(config.read_text().replace("shared = 60", "shared = 1"))
    started = Service(tmp_path / "hasty").wait()
    yield started
    started.end()


def test_the_proxy_shows_what_is_new_and_goes_on_while_serve_is_stopped(
    run: Callable[..., Nginx], hasty: Service, tmp_path: Path
) -> None:
    proxy = run(PROXY, **paths(hasty, tmp_path))

    def asked() -> Answer:
        return proxy.get("/sport/rss.xml", Accept_Encoding="gzip")

    first = asked()
    assert first.headers["X-Cache"] == "MISS"
    file = hasty.root / "articles/sport/new.md"
    file.write_text(article("The Tide Turns", published="2026-11-23 06:00"))
    until(lambda: b"The Tide Turns" in gzip.decompress(asked().body))
    hasty.end()
    fresh = asked()
    until(lambda: asked().headers["X-Cache"] == "STALE")
    for headers, status in (({}, 200), ({"If_None_Match": fresh.headers["ETag"]}, 304)):
        stale = proxy.get("/sport/rss.xml", Accept_Encoding="gzip", **headers)
        assert (stale.status, stale.headers["X-Cache"]) == (status, "STALE")
        assert stale.headers["ETag"] == fresh.headers["ETag"]
    assert gzip.decompress(asked().body) == gzip.decompress(fresh.body)
    assert proxy.get("/never/asked/rss.xml").status == 502


ODD: dict[str, dict[str, str]] = {
    "a reader of changes": {"A_IM": "feed"},
    "long headers": {f"X_Odd_{number}": "x" * 7000 for number in range(3)},
    "a range": {"Range": "bytes=0-9", "If_Range": '"x"'},
    "no cache": {"Cache_Control": "no-cache, only-if-cached", "Pragma": "no-cache"},
    "another protocol": {"Upgrade": "h2c", "TE": "trailers"},
}
"""Headers that would change the answer of ``serve``."""


def test_a_kill_reaches_a_feed_that_only_odd_clients_ask_for(
    run: Callable[..., Nginx], hasty: Service, tmp_path: Path
) -> None:
    proxy = run(PROXY, **paths(hasty, tmp_path))
    sections = dict(zip(("sport", "culture", "local", "world", "es"), ODD.values(), strict=True))

    def all_show(text: str, **keys: str) -> None:
        for section in sections:
            record = article("The Tide Turns", published="2026-11-23 06:00", **keys)
            (hasty.root / f"articles/{section}/new.md").write_text(record)
        until(lambda: all(hasty.shows(text, f"/{section}/rss.xml") for section in sections))

    all_show("The Tide Turns")
    tags = {section: proxy.get(f"/{section}/rss.xml").headers["ETag"] for section in sections}
    all_show("It did not.", status="canceled", note="It did not.")
    for _ in range(4):  # its second has passed, and the answer before it is sent meanwhile
        for section, headers in sections.items():
            proxy.get(f"/{section}/rss.xml", If_None_Match=tags[section], **headers)
        time.sleep(1.1)
    hasty.end()
    late = [it for it in sections if b"It did not." not in proxy.get(f"/{it}/rss.xml").body]
    assert late == []


class Recorder(BaseHTTPRequestHandler):
    """Answers like a feed that never changes, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        had = "If-None-Match" in self.headers
        self.send_response(304 if had else 200)
        self.send_header("ETag", '"a"')
        self.send_header("Cache-Control", "max-age=60, s-maxage=1")
        self.send_header("Content-Length", "0" if had else "4")
        self.end_headers()
        self.wfile.write(b"" if had else b"feed")

    def log_message(self, format: str, *_: object) -> None:
        pass


def test_the_proxy_asks_with_what_it_has_and_in_few_words(
    run: Callable[..., Nginx], tmp_path: Path
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        places = {
            "127.0.0.1:8000": f"127.0.0.1:{server.server_port}",
            "/var/cache/nginx/feedsvc": f"{tmp_path}/cache",
        }
        nginx = run(PROXY, **places)
        asked = Recorder.asked = []
        address = "/a%20b/rss.xml?x=1&before=1.a/b&y"
        odd = {name: value for case in ODD.values() for name, value in case.items()}
        odd = {**odd, "Accept_Encoding": "deflate, br , gzip", "If_None_Match": '"b"'}
        full = nginx.get(address, **odd)
        until(lambda: nginx.get(address, Accept_Encoding="gzip,br").body == b"feed" and asked[1:])
        server.shutdown()
    assert (full.headers["X-Cache"], full.body) == ("MISS", b"feed")
    (path, first), (other, second) = asked[:2]
    assert path == other == "/a%20b/rss.xml?before=1.a/b"
    assert (first["accept-encoding"], second["accept-encoding"]) == ("br", "br")
    assert (first.get("if-none-match"), second["if-none-match"]) == (None, '"a"')
    assert first.keys() == {"host", "x-forwarded-for", "accept-encoding"}
    assert second.keys() == first.keys() | {"if-none-match"}


def test_the_proxy_gives_pieces_of_sounds_but_not_of_feeds(proxy: Nginx, root: Path) -> None:
    feed = proxy.get("/culture/rss.xml")
    (sound,) = set(re.findall(r"http://localhost:\d+(/media/[^\"]+\.mp3)", feed.body.decode()))
    piece = proxy.get(sound, Range="bytes=10-19")
    assert (piece.status, piece.body) == (
        206,
        (root / "articles/culture/old-bess.mp3").read_bytes()[10:20],
    )
    assert piece.headers["Content-Type"] == "audio/mpeg"
    assert proxy.get("/culture/rss.xml", Range="bytes=10-19").status == 200


PLAIN = """\
server {
    listen 80;
    location / { proxy_pass http://127.0.0.1:8000; }
}
"""
FORWARDING = PLAIN.replace(
    "proxy_pass", "proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr; proxy_pass"
)


@pytest.mark.parametrize("block", [PLAIN, FORWARDING])
def test_a_simple_proxy_keeps_counters_and_problems_in_the_house(
    run: Callable[..., Nginx], service: Service, block: str
) -> None:
    wrong = service.root / "articles/sport/wrong.md"
    wrong.write_text(article("[A] wrong"))
    try:
        until(lambda: "put the headline in quotes" in service.get("/feeds")[2])
        nginx = run(block, **{"127.0.0.1:8000": f"127.0.0.1:{service.port}"})
        assert b"put the headline in quotes" not in nginx.get("/feeds").body
    finally:
        wrong.unlink()
    assert (service.get("/metrics")[0], nginx.get("/metrics").status) == (200, 404)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("path", ["", "/world/europe", "/ar", "/corrections", "/archive/1"])
def test_nginx_gives_out_the_feeds_of_an_edition(
    site: Nginx, root: Path, path: str, format: Format
) -> None:
    address = f"{path}/{FILES[format]}"
    file = root / f"out/site{address}"
    full, coded = site.get(address), site.get(address, Accept_Encoding="gzip")
    assert (full.status, full.body) == (200, file.read_bytes())
    assert (coded.headers["Content-Encoding"], gzip.decompress(coded.body)) == ("gzip", full.body)
    assert coded.body == Path(f"{file}.gz").read_bytes()
    assert full.headers["ETag"] != coded.headers["ETag"]
    for answer in (full, coded):
        assert answer.headers["Content-Type"] == f"{MEDIA_TYPES[format]}; charset=utf-8"
        assert answer.headers["Cache-Control"].startswith("max-age=60, ")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Last-Modified"] == full.headers["Last-Modified"]
        for headers in (
            {"If_None_Match": answer.headers["ETag"]},
            {"If_Modified_Since": answer.headers["Last-Modified"]},
            {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        ):
            accepted = answer.headers["Content-Encoding"] or "identity"
            again = site.get(address, Accept_Encoding=accepted, **headers)
            assert (again.status, again.body) == (304, b""), headers
            for name in ("ETag", "Last-Modified", "Cache-Control", "Access-Control-Allow-Origin"):
                assert again.headers[name] == answer.headers[name]
    assert site.get(address, Range="bytes=0-9").status == 200


def test_nginx_gives_out_the_pages_of_an_edition(site: Nginx, root: Path) -> None:
    story = "local/2026-11-21-harbour-bridge-reopens"
    for path in ("", "feeds", "world", "author/mara-oduya", story):
        page = (root / "out/site" / path / "index.html").read_bytes()
        assert site.get(f"/{path}/".replace("//", "/")).body == page, path
        answer = site.get(f"/{path}")
        assert (answer.status, answer.body) == (200, page), path
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"].startswith(
            "default-src 'none'; style-src 'self'"
        )
        assert "frame-src https:" in answer.headers["Content-Security-Policy"]
        assert site.get(f"/{path}", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    for path, kind in (("feedsvc.css", "text/css"), ("copy.js", "application/javascript")):
        answer = site.get(f"/static/{path}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")


def test_the_proxy_knows_the_list_of_all_feeds_and_that_it_is_to_be_saved(
    proxy: Nginx, service: Service
) -> None:
    for path in ("/feeds.opml", "/.well-known/feeds"):
        shown, saved = proxy.get(path), proxy.get(f"{path}?x=1&download=1")
        assert shown.body == saved.body == service.get("/feeds.opml")[2].encode()
        for answer in (shown, saved):
            assert answer.headers["Content-Type"] == "text/x-opml; charset=utf-8"
        assert shown.headers["Content-Disposition"] is None
        assert saved.headers["Content-Disposition"] == 'attachment; filename="feeds.opml"'
        assert proxy.get(f"{path}?download").headers["X-Cache"] == "HIT"
        assert proxy.get(f"{path}?downloads").headers["Content-Disposition"] is None
    proxy.get("/es/rss.xml")
    assert proxy.get("/es/rss.xml?download").headers["X-Cache"] == "HIT"


@pytest.mark.parametrize("path", ["/feeds.opml", "/.well-known/feeds"])
def test_nginx_gives_out_the_list_of_all_feeds(site: Nginx, root: Path, path: str) -> None:
    answer = site.get(path)
    assert (answer.status, answer.body) == (200, (root / f"out/site{path}").read_bytes())
    assert answer.headers["Content-Type"] == "text/x-opml; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("max-age=60, ")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Disposition"] is None
    saved = site.get(f"{path}?download")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="feeds.opml"'
    assert site.get(path, Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    assert site.get(path, Range="bytes=0-9").status == 200


def test_nginx_gives_out_what_crawlers_ask_for(site: Nginx, root: Path) -> None:
    answer = site.get("/robots.txt")
    assert (answer.status, answer.body) == (200, (root / "out/site/robots.txt").read_bytes())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=86400"


def test_nginx_gives_out_the_pictures_of_an_edition(site: Nginx, root: Path) -> None:
    feed = site.get("/culture/rss.xml").body.decode()
    media = set(re.findall(r"http://localhost:8000(/media/[^\"]+)", feed))
    kinds: set[str] = set()
    path = ""
    for path in sorted(media):
        answer = site.get(path)
        assert (answer.status, answer.body) == (200, (root / f"out/site{path}").read_bytes())
        assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        kinds.add(answer.headers["Content-Type"])
    assert kinds >= {"image/jpeg", "audio/mpeg", "image/png"}
    assert site.get(path, Range="bytes=0-9").status == 206


@pytest.mark.parametrize("section", ["", "/world", "/world/europe", "/%D0%BC%D0%B8%D1%80"])
@pytest.mark.parametrize(
    ("guess", "format"),
    [
        ("feed", "rss"),
        ("rss/", "rss"),
        ("index.xml?x=1", "rss"),
        ("atom", "atom"),
        ("atom.xml/", "atom"),
        ("json?x=1", "json"),
        ("feed.json/", "json"),
    ],
)
def test_nginx_sends_guesses_on(site: Nginx, section: str, guess: str, format: Format) -> None:
    answer = site.get(f"{section}/{guess}")
    assert answer.status == 301
    to = f"{section}/{FILES[format]}{'?x=1' if '?' in guess else ''}"
    assert re.sub(r"^http://[^/]+", "", answer.headers["Location"]) == to


@pytest.mark.parametrize(
    ("old", "status", "to"),
    [
        ("/podcast/tides/x$y.php?a=1", 301, "https://pods.quay.example/%24/tides"),
        ("/tips.rdf", 410, ""),
        ("/x/old.rdf", 301, "/atom.xml"),
        ("/x/old.rdf?x=%20&y", 301, "/atom.xml?x=%20&y"),
        ("/world/europe/rss.xml", 200, ""),
        ("/feeds", 200, ""),
        ("/abroad/europe/atom.xml", 301, "/world/europe/atom.xml"),
        ("/category/world/feed/", 301, "/world/rss.xml"),
        ("/?feed=atom", 301, "/atom.xml"),
    ],
)
def test_nginx_leads_from_old_addresses(site: Nginx, old: str, status: int, to: str) -> None:
    answer = site.get(old)
    assert answer.status == status
    assert re.sub(r"^http://[^/]+", "", answer.headers.get("Location", "")) == to


@pytest.mark.parametrize(
    ("old", "to"),
    [
        ("/?feed=rss2", "/rss.xml"),
        ("/?x=1&feed=atom", "/atom.xml?x=1"),
        ("/abroad/atom.xml", "/world/atom.xml"),
        ("/abroad/atom.xml?x=1&y=%26", "/world/atom.xml?x=1&y=%26"),
        ("/feed?x=1", "/rss.xml?x=1"),
        ("/shows/tides.php?x=1", "https://pods.quay.example/tides?x=1#newest"),
        ("/tips.php?format=rss&x=1", "/local/rss.xml?x=1"),
        ("/world?x=1", "/world/?x=1"),
    ],
)
def test_the_proxy_keeps_the_query_of_an_old_address(
    run: Callable[..., Nginx], service: Service, tmp_path: Path, old: str, to: str
) -> None:
    (line,) = blocks(DOCS["moving.md"], "nginx")
    last = '    "~^/\\?(?:.*&)?feed=" "?$args";\n'
    nginx = run(PROXY, **{last: last + line}, **paths(service, tmp_path))
    if "feed=" not in old and "tips" not in old:
        plain = nginx.get(old.partition("?")[0])  # the same answer is in the cache
        assert "?" not in plain.headers["Location"]
    for state in ("", "HIT"):
        answer = nginx.get(old)
        assert answer.status in (301, 308)
        assert re.sub(r"^http://[^/]+", "", answer.headers["Location"]) == to
        if answer.status == 301:  # which can be cached for a day
            assert state in answer.headers["X-Cache"]


def test_the_proxy_knows_feeds_that_have_ended(proxy: Nginx) -> None:
    assert proxy.get("/tips.rdf?x=1").status == 410


@pytest.mark.parametrize(
    "path", ["/nowhere", "/world/nothing", "/nowhere/rss.xml", "/feedsvc", "/manifest.json"]
)
def test_nginx_has_nothing_else(site: Nginx, path: str) -> None:
    assert site.get(path).status == 404


def test_a_build_is_seen_at_once(site: Nginx, root: Path) -> None:
    before = site.get("/sport/rss.xml")
    file = root / "articles/sport/new.md"
    file.write_text(article("The Tide Turns", published="2026-11-23 06:00"))
    try:
        build(root)
        after = site.get("/sport/rss.xml", If_None_Match=before.headers["ETag"])
    finally:
        file.unlink()
    assert after.status == 200
    assert b"The Tide Turns" in after.body
