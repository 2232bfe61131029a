"""Real feed readers poll twice, and fetch nothing twice (RFC 9110 §13, RFC 3229)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import feedparser
import pytest
from reader import make_reader

from tests.conftest import article
from tests.tools.service import Service, until
from tests.whole.test_clients import needed

pytestmark = pytest.mark.client

CONFIG = """\
[site]
title = "The Quay"
url = "https://quay.example"
[cache]
least = 0
most = 0
shared = 0
"""
FIRST = {"one": "Harbour Opens", "two": "Ferry Sails"}


class Between:
    """Stands between a reader and the service, and notes what is answered."""

    def __init__(self, port: int) -> None:
        self.seen: list[tuple[int, bytes]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                connection = HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("GET", self.path, headers=dict(self.headers))
                answer = connection.getresponse()
                body = answer.read()
                connection.close()
                seen.append((answer.status, body))
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: object = None, size: object = None) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("newsroom")
    (root / "articles").mkdir()
    (root / "config.toml").write_text(CONFIG)
    started = Service(root).wait()
    yield started
    started.end()


@pytest.fixture
def section(service: Service) -> str:
    """Return a section of its own for a test, with two articles."""
    articles = service.root / "articles"
    section = f"section{len(list(articles.iterdir()))}"
    (articles / section).mkdir()
    for name, headline in FIRST.items():
        (articles / section / f"{name}.md").write_text(article(headline))
    until(lambda: all(service.shows(it, f"/{section}/rss.xml") for it in FIRST.values()))
    return section


@pytest.fixture
def between(service: Service) -> Iterator[Between]:
    made = Between(service.port)
    yield made
    made.server.shutdown()
    made.server.server_close()


def newsboat(folder: Path, url: str) -> Callable[[], set[str]]:
    needed("newsboat")
    (folder / "urls").write_text(f"{url}\n")
    (folder / "config").write_text("")
    command = ["newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
    environ = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def poll() -> set[str]:
        subprocess.run(command, cwd=folder, env=environ, check=True, timeout=60)
        with closing(sqlite3.connect(folder / "cache.db")) as cache:
            found = cache.execute("SELECT title FROM rss_item WHERE deleted = 0").fetchall()
        return {title for (title,) in found}

    poll()  # it keeps the validators only of feeds that it knows already
    return poll


def lemon24(folder: Path, url: str) -> Callable[[], set[str]]:
    mine = make_reader(str(folder / "reader.sqlite"))
    mine.add_feed(url)

    def poll() -> set[str]:
        mine.update_feed(url)
        return {str(entry.title) for entry in mine.get_entries()}

    return poll


def sfeed(folder: Path, url: str) -> Callable[[], set[str]]:
    """As the manual of sfeed has it polled: curl keeps the tag."""
    needed("sfeed_update")
    (folder / "feeds").mkdir()
    tag = folder / "tag"
    (folder / "sfeedrc").write_text(
        f'sfeedpath="{folder}/feeds"\nfeeds() {{ feed quay "{url}"; }}\n'
        f'fetch() {{ curl -fsL --etag-save {tag} --etag-compare {tag} "$2"; }}\n'
    )
    environ = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}

    def poll() -> set[str]:
        subprocess.run(["sfeed_update", folder / "sfeedrc"], env=environ, check=True, timeout=60)
        lines = (folder / "feeds" / "quay").read_text().splitlines()
        return {line.split("\t")[1] for line in lines}

    return poll


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize("reader", [newsboat, lemon24, sfeed])
def test_the_second_poll_is_answered_304(
    between: Between,
    section: str,
    tmp_path: Path,
    reader: Callable[[Path, str], Callable[[], set[str]]],
    format: str,
) -> None:
    poll = reader(tmp_path, f"http://127.0.0.1:{between.port}/{section}/{format}.xml")
    assert poll() == set(FIRST.values())
    assert poll() == set(FIRST.values())
    assert [status for status, _ in between.seen][-2:] == [200, 304]


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize("reader", [newsboat, lemon24])
def test_a_reader_that_has_a_state_is_told_only_what_is_new(
    service: Service,
    between: Between,
    section: str,
    tmp_path: Path,
    reader: Callable[[Path, str], Callable[[], set[str]]],
    format: str,
) -> None:
    poll = reader(tmp_path, f"http://127.0.0.1:{between.port}/{section}/{format}.xml")
    assert poll() == set(FIRST.values())
    # Last-Modified counts seconds, and curl, so Newsboat, drops a document that is not newer.
    time.sleep(1.01 - time.time() % 1)
    (service.root / f"articles/{section}/three.md").write_text(article("Bridge Closes"))
    until(lambda: service.shows("Bridge Closes", f"/{section}/{format}.xml"))
    assert poll() == {*FIRST.values(), "Bridge Closes"}
    (_, whole), (status, changes) = between.seen[-2:]
    assert status == 226
    assert len(changes) < len(whole)
    assert poll() == {*FIRST.values(), "Bridge Closes"}
    assert between.seen[-1][0] == 304


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_a_program_that_lets_feedparser_fetch_gets_the_whole_feed(
    service: Service, between: Between, section: str, format: str
) -> None:
    address = f"http://127.0.0.1:{between.port}/{section}/{format}.xml"
    first = feedparser.parse(address)
    (service.root / f"articles/{section}/three.md").write_text(article("Bridge Closes"))
    until(lambda: service.shows("Bridge Closes", f"/{section}/{format}.xml"))
    second = feedparser.parse(address, etag=first.etag, modified=first.modified)
    assert second.status == 200
    assert {entry.title for entry in second.entries} == {*FIRST.values(), "Bridge Closes"}
    assert feedparser.parse(address, etag=second.etag, modified=second.modified).status == 304
