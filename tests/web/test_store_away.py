"""While the database server is away, feeds are answered from memory, and all else says so."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedsvc.cli.serve import Processes, Role, begin
from feedsvc.config.store_settings import StoreSettings
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import tokens
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.processes import listen, publish
from feedsvc.web.fast_path.ready_answers import ReadyAnswers
from feedsvc.web.services import KEY
from tests.conftest import CONFIG, Newsroom, article, wanted
from tests.tools.postgres import PostgresServer
from tests.tools.service import until

pytestmark = pytest.mark.postgres

REQUEST = b"GET /world/rss.xml HTTP/1.1\r\nHost: feeds.quay.example\r\n\r\n"
LOCAL = "http://localhost"
PUSHED = CONFIG + '[push]\nhub = ""\n'


class Away:
    """A newsroom whose store can go away and come back."""

    def __init__(self, newsroom: Newsroom, server: PostgresServer) -> None:
        self.newsroom = newsroom
        self._server = server

    def go(self) -> None:
        self._server.set_away(self.newsroom.store.url, away=True)

    def come_back(self) -> None:
        self._server.set_away(self.newsroom.store.url, away=False)


@pytest.fixture
def store(tmp_path: Path, postgres: PostgresServer) -> Iterator[Away]:
    with postgres.databases() as make:
        newsroom = Newsroom(tmp_path, PUSHED, store=StoreSettings(url=make()))
        newsroom.write("world/a.md", article("Alpha"))
        newsroom.sync()
        away = Away(newsroom, postgres)
        yield away
        away.come_back()
        newsroom.database.close()


@pytest.fixture
def client(store: Away) -> FlaskClient:
    return store.newsroom.client()


def test_a_feed_in_memory_is_answered_as_it_was(store: Away, client: FlaskClient) -> None:
    before = client.get("/world/rss.xml")
    store.go()
    after = client.get("/world/rss.xml")
    assert (after.status_code, after.data) == (200, before.data)
    assert after.headers["ETag"] == before.headers["ETag"]


def test_a_reader_with_an_earlier_state_gets_the_whole_feed(
    store: Away, client: FlaskClient
) -> None:
    services = client.application.extensions[KEY]
    client.get("/world/rss.xml")
    store.go()
    headers = {"If-None-Match": '"earlier"', "A-IM": "feed", "User-Agent": "newsboat/2"}
    assert client.get("/world/rss.xml", headers=headers).status_code == 200
    assert services.feeds.deltas.knows(wanted("world"), ["earlier"])


def test_it_is_right_again_by_itself(store: Away, client: FlaskClient) -> None:
    client.get("/world/rss.xml")
    store.go()
    client.get("/world/rss.xml")
    store.come_back()
    store.newsroom.write("world/b.md", article("Bravo"))
    until(lambda: client.get("/readyz").text == "ready\n")
    store.newsroom.sync()
    assert b"Bravo" in client.get("/world/rss.xml").data


@pytest.mark.parametrize("address", ["/world/atom.xml", "/world/", "/feeds.opml"])
def test_all_that_is_not_in_memory_is_503(store: Away, client: FlaskClient, address: str) -> None:
    store.go()
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "postgresql" not in answer.text


def test_readiness_tells(store: Away, client: FlaskClient) -> None:
    assert client.get("/readyz").text == "ready\n"
    store.go()
    short, long = (client.get(path, base_url=LOCAL) for path in ("/readyz", "/readyz?verbose"))
    assert (short.status_code, short.text) == (
        200,
        "ready, with feeds from memory: the store is away\n",
    )
    assert "problem  store          the store postgresql+psycopg://" in long.text


def test_a_process_that_begins_without_its_store_is_not_ready(
    store: Away, client: FlaskClient
) -> None:
    store.go()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready: the store is away\n")


def test_writes_are_503(store: Away, client: FlaskClient) -> None:
    publisher = Publisher(name="cms", scopes=frozenset({"admin"}), created=store.newsroom.now)
    token = tokens.issue(store.newsroom.database, publisher)
    store.go()
    headers = {"Authorization": f"Bearer {token}"}
    written = client.put("/api/v1/articles/world/b", json={"headline": "B"}, headers=headers)
    assert (written.status_code, "Retry-After" in written.headers) == (503, True), written.text
    form = {
        "hub.mode": "subscribe",
        "hub.topic": "https://feeds.quay.example/world/rss.xml",
        "hub.callback": "https://reader.example/callback",
    }
    subscribed = client.post("/hub", data=form)
    assert (subscribed.status_code, "Retry-After" in subscribed.headers) == (503, True)


def test_connections_do_not_wait_for_a_store_that_announces_nothing(
    store: Away, client: FlaskClient
) -> None:
    services = client.application.extensions[KEY]
    answers = ReadyAnswers(services)
    services.feeds.document(wanted("world"), store.newsroom.now)
    assert answers.answer(REQUEST, "192.0.2.1") is None
    store.newsroom.database.change_counter.silence = lambda: 0.0
    assert isinstance(answers.answer(REQUEST, "192.0.2.1"), tuple)
    store.newsroom.database.change_counter.silence = lambda: 9.0
    assert not answers.look()
    assert answers.answer(REQUEST, "192.0.2.1") is None


def test_publishing_goes_on_when_the_store_is_back(store: Away) -> None:
    newsroom = store.newsroom
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now, polling=True)
    thread = watcher.start()
    try:
        newsroom.write("world/b.md", article("Bravo"))
        until(lambda: "Bravo" in newsroom.text("world"))
        store.go()
        newsroom.write("world/c.md", article("Charlie"))
        until(lambda: not newsroom.database.may_publish())
        store.come_back()
        until(newsroom.database.may_publish)
        until(lambda: "Charlie" in newsroom.text("world"))
    finally:
        watcher.stop()
        thread.join()


@pytest.mark.parametrize(
    ("role", "workers", "publishers"), [("all", 2, 1), ("web", 2, 0), ("publish", 0, 1)]
)
def test_a_machine_may_do_a_part_alone(
    store: Away, role: Role, workers: int, publishers: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tasks = Processes(listener, 2, role)(store.newsroom.config)
    assert len(tasks.workers) == workers
    assert [getattr(it, "func", it) for it in tasks.single] == [publish] * publishers + [listen]


def test_a_machine_that_does_not_publish_does_not_wait_for_the_articles(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.databases() as make:
        newsroom = Newsroom(tmp_path, store=StoreSettings(url=make()))
        begin(newsroom.config, publishes=False)
        newsroom.database.close()
    assert "Read" not in capsys.readouterr().out
