"""Between requests feeds that changed are made anew, and those that did not get smaller bytes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from feedsvc.errors import StoreError
from feedsvc.model.feed import ENCODINGS, FILES, FORMATS, Document, Format
from feedsvc.model.paths import FeedRequest, feed_path
from feedsvc.server.heartbeat import Heartbeat
from feedsvc.server.processes import WorkerServer
from feedsvc.store import feed_fetches, feeds
from feedsvc.web.app import create_app
from feedsvc.web.fast_path import refresh
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.fast_path.refresh import Refresher
from feedsvc.web.fast_path.request import PlainRequest
from feedsvc.web.http import content_codings
from feedsvc.web.http.conditional_requests import tag
from feedsvc.web.services import KEY, Services
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, wanted
from tests.tools.statements import statements
from tests.web.fast_path.test_protocol import LONG, request

KEYS = [wanted(), wanted("world"), wanted("world", "rss", "corrections")]


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/a.md", article("Tunnel", LONG, updated="2026-11-23 11:00", note="No."))
    newsroom.sync()
    return newsroom


class Worker:
    """The ready answers of a process and their refresher, without a server."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.app = create_app(newsroom.config, newsroom.database, lambda: newsroom.now)
        self.services: Services = self.app.extensions[KEY]
        self.ready_answers = ReadyAnswers(self.services)
        self.refresher = Refresher(self.ready_answers, self.services)

    def ask(self, path: str, *lines: str) -> bytes:
        """Return the answer of the desk, which has the feed made if need be."""
        found = self.ready_answers.answer(request(path, *lines), "")
        if isinstance(found, PlainRequest):
            self.ready_answers.prepare(found.wanted)
            found = self.ready_answers.answer(request(path, *lines), "")
        assert found
        assert not isinstance(found, PlainRequest)
        return found[0]

    def live(self, seen: Callable[[], bool]) -> None:
        """Let the upkeep go on until something is to be seen."""

        async def go() -> None:
            self.refresher.begin(asyncio.get_running_loop())
            deadline = time.monotonic() + 10
            while not seen():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)

        asyncio.run(go())


@pytest.fixture
def worker(filled: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(refresh, "_PAUSE", 0.0)
    return Worker(filled)


def change_ready_feed(filled: Newsroom, worker: Worker) -> None:
    worker.ask("/world/rss.xml")
    worker.ready_answers.look()
    filled.write("world/b.md", article("Bridge", LONG))
    filled.sync()


def test_a_feed_that_was_asked_for_is_made_anew_before_anybody_asks(
    filled: Newsroom, worker: Worker
) -> None:
    change_ready_feed(filled, worker)
    now = filled.now
    worker.live(lambda: bool(worker.services.feeds.ready(wanted("world"), now)))
    assert worker.services.feeds.ready(wanted("world", "atom"), now) is None
    assert b"Bridge" in worker.ask("/world/rss.xml")


def test_a_feed_that_has_changed_is_read_from_the_store_once(
    filled: Newsroom, worker: Worker
) -> None:
    change_ready_feed(filled, worker)
    worker.ready_answers.look()
    with statements() as asked:
        assert isinstance(worker.ready_answers.answer(request("/world/rss.xml"), ""), PlainRequest)
    assert not asked
    with statements() as asked:
        worker.ready_answers.prepare(wanted("world"))
    assert asked
    with statements() as asked:
        worker.ready_answers.prepare(wanted("world"))  # as the refresher does, too
        assert b"Bridge" in worker.ask("/world/rss.xml")
    assert not asked


NEARLY = ["my-corrections", "x-archive", "feed-it", "archive-2/corrections.1"]
"""Sections with names that nearly are those of other feeds."""


@pytest.mark.parametrize("section", NEARLY)
@pytest.mark.parametrize("format", FORMATS)
def test_a_section_with_a_name_like_another_feed_has_its_own_at_every_door(
    filled: Newsroom, section: str, format: Format
) -> None:
    filled.write(f"{section}/a.md", article("Alpha", LONG))
    filled.sync()
    worker, path = Worker(filled), f"/{section}/{FILES[format]}"
    flask = worker.app.test_client()
    made = worker.ask(path).partition(b"\r\n\r\n")[2]
    assert b"Alpha" in made
    assert flask.get(path, headers={"TE": "trailers"}).data == made
    filled.write(f"{section}/a.md", article("Beta", LONG, note="Mended.", updated="2026-11-23"))
    filled.sync()
    worker.live(lambda: bool(worker.services.feeds.ready(wanted(section, format), filled.now)))
    assert b"Beta" in worker.ask(path)
    assert filled.client().get(path).data == worker.ask(path).partition(b"\r\n\r\n")[2]
    for place in (section, ""):
        corrections = f"/{place}/corrections/{FILES[format]}".replace("//", "/")
        assert b"Mended." in worker.ask(corrections)
        assert "Mended." in flask.get(corrections).text
    with filled.database.reading() as connection:
        assert section in feeds.all_paths(connection)
        assert f"{section}/corrections" in feeds.all_paths(connection, "corrections")


def test_a_feed_that_is_gone_is_no_trouble(
    filled: Newsroom, worker: Worker, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    worker.ask("/world/rss.xml")
    monkeypatch.setattr(
        worker.ready_answers, "prepare", lambda _: (_ for _ in ()).throw(StoreError("it is gone"))
    )
    filled.write("world/b.md", article("Bridge", LONG))
    filled.sync()
    with caplog.at_level(logging.DEBUG):
        worker.live(lambda: "it is gone" in caplog.text)


def test_a_store_that_cannot_be_read_is_logged_and_looked_at_again(
    worker: Worker, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, times = worker.ready_answers.look, list[int]()

    def look() -> int | None:
        times.append(1)
        if len(times) == 1:
            raise StoreError("the store is away")
        return real()

    monkeypatch.setattr(worker.ready_answers, "look", look)
    worker.live(lambda: len(times) > 2)
    assert "the store is away" in caplog.text


@pytest.fixture
def finished(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose feeds have been left alone for long."""
    monkeypatch.setattr(refresh, "QUIET", 0.0)
    for key in KEYS:
        worker.ask(feed_path(*key[:2]))
    worker.live(lambda: all(document(worker, key).encodings for key in KEYS))
    worker.refresher._thread.shutdown()  # and what it was at is written
    return worker


def document(worker: Worker, key: FeedRequest) -> Document:
    made = worker.services.feeds.ready(key, worker.services.clock())
    assert made
    return made.document


def test_what_stays_gets_smaller_bytes_under_another_tag(finished: Worker) -> None:
    feed = document(finished, wanted("world"))
    assert set(feed.encodings) == set(ENCODINGS)
    answer = finished.ask("/world/rss.xml", "Accept-Encoding: br")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert brotli.decompress(body) == feed.body
    assert f'ETag: "{feed.etag}-br11"'.encode() in head
    assert len(body) <= len(brotli.compress(feed.body, quality=5))
    for known in ("-br11", "-br", "-gzip", ""):
        asked = "Accept-Encoding: br", f'If-None-Match: "{feed.etag}{known}"'
        assert finished.ask("/world/rss.xml", *asked).startswith(b"HTTP/1.1 304")


def test_what_is_not_ready_need_not_be_dropped(worker: Worker) -> None:
    worker.ask("/world/rss.xml")
    worker.ready_answers.drop(wanted("world", "atom"))
    assert set(worker.ready_answers.documents()) == {wanted("world")}


def test_no_time_is_spent_on_what_is_very_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_codings, "_LONG", 10)
    moment: Any = None
    one = Document(body=b"x" * 300, media_type="", etag="e", last_modified=moment, url="")
    made = content_codings.best(one)
    assert made["br"] == brotli.compress(one.body, mode=brotli.MODE_TEXT, quality=5)
    again = Document(
        body=one.body, media_type="", etag="e", last_modified=moment, url="", encodings=made
    )
    assert tag(again, "br") == '"e-br"'


@pytest.mark.parametrize("key", KEYS)
def test_a_process_that_begins_reads_what_another_one_finished(
    finished: Worker, filled: Newsroom, key: FeedRequest
) -> None:
    before = document(finished, key)
    fresh = filled.syndication
    assert fresh.document(key, filled.now) == before
    assert before.encodings  # which a feed that is made anew has not
    assert fresh.ready(key, filled.now)


def rows(newsroom: Newsroom) -> set[str]:
    with newsroom.database.reading() as connection:
        return set(connection.exec_driver_sql("SELECT path FROM documents").scalars())


def test_what_changes_is_not_kept_any_longer(finished: Worker, filled: Newsroom) -> None:
    assert rows(filled) == {str(key.path) for key in KEYS}
    filled.write("sport/b.md", article("Ferry"))
    filled.sync()
    assert rows(filled) == {"world", "world/corrections"}
    filled.write("world/a.md", article("Tunnel", status="canceled", note="Wrong."))
    filled.sync()
    assert rows(filled) == set()
    for file in filled.config.state.iterdir():
        assert b"Tunnel" not in file.read_bytes(), file


def test_what_changes_meanwhile_is_not_kept(worker: Worker, filled: Newsroom) -> None:
    worker.ask("/world/rss.xml")
    feed = document(worker, wanted("world"))
    filled.write("world/a.md", article("Tunnel", status="canceled", note="Wrong."))
    filled.sync()
    syndication = worker.services.feeds
    assert syndication.finish(wanted("world"), feed, content_codings.best(feed)) is not None
    assert rows(filled) == set()
    worker.ask("/world/rss.xml")
    assert syndication.finish(wanted("world"), feed, {}) is None
    assert syndication.finish(wanted("nowhere"), feed, {}) is None


@pytest.mark.parametrize("more", ["[cache]\nleast = 7\n", '[sections.world]\ntitle = "World!"\n'])
def test_another_configuration_makes_its_own(finished: Worker, filled: Newsroom, more: str) -> None:
    assert finished
    filled.configure(CONFIG + more)
    assert filled.syndication.document(wanted("world", "rss"), filled.now).encodings == {}


def test_what_time_has_changed_is_made_anew(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("soon", CONFIG)
    newsroom.write("a.md", article("Now", LONG))
    newsroom.write("b.md", article("Soon", published="2026-11-24 06:00Z"))
    newsroom.sync()
    worker = Worker(newsroom)
    for format in FORMATS:
        worker.ask(f"/{FILES[format]}")
        feed = document(worker, wanted("", format))
        worker.services.feeds.finish(wanted("", format), feed, content_codings.best(feed))
    assert newsroom.syndication.document(wanted("", "rss"), newsroom.now).encodings
    newsroom.now = newsroom.now.replace(day=24)
    found = newsroom.syndication.document(wanted("", "rss"), newsroom.now)
    assert not found.encodings
    assert b"Soon" in found.body


@pytest.fixture
def server(worker: Worker) -> WorkerServer:
    import uvicorn

    config = uvicorn.Config(worker.app, interface="wsgi", lifespan="off", log_config=None, port=0)
    made = WorkerServer(config)
    made.refresher = worker.refresher
    made.heartbeat = Heartbeat()
    return made


def test_a_server_begins_with_it(server: WorkerServer, worker: Worker) -> None:
    begun: list[Any] = []
    worker.refresher.begin = begun.append  # type: ignore[method-assign]

    async def go() -> None:
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup()
        await server.shutdown()

    asyncio.run(go())
    assert len(begun) == 1


def test_refreshing_goes_on_after_any_error(
    worker: Worker, filled: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    worker.ask("/rss.xml")
    looks: list[None] = []

    def look(loop: asyncio.AbstractEventLoop) -> None:
        looks.append(None)
        if len(looks) == 1:
            raise FileNotFoundError("the folder is away")

    worker.refresher.look = look
    worker.live(lambda: len(looks) > 2)
    assert "feeds could not be refreshed, which is tried again" in caplog.text


@pytest.mark.parametrize("remembered", [1, 4096])
def test_the_store_counts_whole_answers_and_no_304(
    filled: Newsroom, worker: Worker, remembered: int
) -> None:
    def fetches() -> int:
        worker.services.feeds.write_behind.flush()
        with filled.database.reading() as connection:
            return feed_fetches.since(connection, ["world"], filled.now)

    worker.ready_answers = ReadyAnswers(worker.services, remembered=remembered)
    worker.refresher = Refresher(worker.ready_answers, worker.services)
    tag = worker.ask("/world/rss.xml").partition(b"ETag: ")[2].partition(b"\r\n")[0].decode()
    for reader in ("a", "a", "a", "b"):
        worker.ask("/world/rss.xml", f"User-Agent: {reader}")
    for _ in range(2):
        worker.ask("/world/rss.xml", f"If-None-Match: {tag}")
    worker.live(lambda: fetches() == 5)
