"""Real feed readers poll twice, and fetch nothing twice (RFC 9110 §13, RFC 3229)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader import make_reader

from feedsvc.model.feed import Document
from feedsvc.store import feeds
from feedsvc.store.database import Database
from feedsvc.web.http.reply import reply
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
START = datetime(2026, 11, 23, 12, 0, 0, 50_000, tzinfo=UTC)
"""Tenths of seconds later there is never a whole second."""
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
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with closing(Database(tmp_path_factory.mktemp("store"))) as database:
        yield database


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
    (service.root / f"articles/{section}/three.md").write_text(article("Bridge Closes"))
    until(lambda: service.shows("Bridge Closes", f"/{section}/{format}.xml"))
    assert poll() == {*FIRST.values(), "Bridge Closes"}
    (_, whole), (status, changes) = between.seen[-2:]
    assert status == 226
    assert len(changes) < len(whole)
    assert poll() == {*FIRST.values(), "Bridge Closes"}
    assert between.seen[-1][0] == 304


def curl(folder: Path, url: str, *options: str) -> Callable[[], str]:
    """As a script polls a feed: curl asks by the date of the file that it wrote."""
    needed("curl")
    file = folder / "feed.xml"

    def poll() -> str:
        command = [
            "curl",
            "-fsL",
            *options,
            "-o",
            file,
            *(["-z", file] if file.exists() else []),
            url,
        ]
        subprocess.run(command, check=True, timeout=60)
        return file.read_text()

    return poll


@pytest.mark.parametrize("options", [(), ("-R",)])
def test_a_script_that_asks_by_date_gets_the_second_change_in_a_second(
    service: Service, section: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    address = f"/{section}/rss.xml"
    poll = curl(tmp_path, f"http://127.0.0.1:{service.port}{address}", *options)
    time.sleep(1.01 - time.time() % 1)
    for headline in ("Bridge Closes", "Bridge Opens", "Bridge Falls"):
        (service.root / f"articles/{section}/three.md").write_text(article(headline))
        until(lambda headline=headline: service.shows(headline, address))
        poll()
    time.sleep(1.01 - time.time() % 1)
    assert "Bridge Falls" in poll()


def test_newsboat_gets_each_change_in_a_second(
    service: Service, section: str, tmp_path: Path
) -> None:
    address = f"/{section}/rss.xml"
    poll = newsboat(tmp_path, f"http://127.0.0.1:{service.port}{address}")
    poll()
    time.sleep(1.01 - time.time() % 1)
    for number, headline in enumerate(("Bridge Closes", "Bridge Opens", "Bridge Falls")):
        (service.root / f"articles/{section}/{number}.md").write_text(article(headline))
        until(lambda headline=headline: service.shows(headline, address))
        assert headline in poll()


class Poller:
    """Asks as a client does that has the last state which it was given."""

    def __init__(self, *, by_its_clock: bool, drops: bool) -> None:
        self.by_its_clock = by_its_clock
        """It asks by its own time of the last answer, as curl does."""
        self.drops = drops
        """It drops a document that is not newer than the date by which it asked, as curl does."""
        self.state, self.since = "", None

    def poll(self, document: Document, now: datetime) -> None:
        asked = {"if-modified-since": self.since} if self.since else {}
        answer = reply(document, "GET", asked, lambda it, _: it.body, now)
        date = dict(answer.headers).get("Last-Modified")
        assert date is None or parsedate_to_datetime(date) <= now
        if answer.status == 304 or (self.drops and self.is_old(date)):
            return
        self.state = document.etag
        self.since = format_datetime(now, usegmt=True) if self.by_its_clock else date

    def is_old(self, date: str | None) -> bool:
        if not (date and self.since):
            return False
        return parsedate_to_datetime(date) <= parsedate_to_datetime(self.since)


@given(steps=st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=30))
def test_no_client_that_asks_by_date_keeps_an_old_state(
    store: Database, steps: list[tuple[int, bool]]
) -> None:
    now, changed = START, list[datetime | None]([None])
    pollers = [Poller(by_its_clock=a, drops=b) for a in (False, True) for b in (False, True)]

    def document() -> Document:
        state = str(len(changed))
        date = changed[-1] or START - timedelta(days=1)
        return Document(body=state.encode(), media_type="", etag=state, last_modified=date, url="")

    with suppress(RuntimeError), store.writing() as connection:
        for tenths, changes in steps:
            now += timedelta(seconds=tenths / 10)
            if changes:
                feeds.bump(connection, ["x"], now)
                state = feeds.state(connection, "x")
                changed.append(state.changed if state else None)
            else:
                for poller in pollers:
                    poller.poll(document(), now)
        raise RuntimeError
    for poller in pollers:
        poller.poll(document(), now + timedelta(seconds=3))
        assert poller.state == document().etag


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
    date = second.get("modified")  # there is none where both states are of one second
    assert feedparser.parse(address, etag=second.etag, modified=date).status == 304
