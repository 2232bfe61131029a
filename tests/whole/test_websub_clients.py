"""Subscribers that others wrote find the hub, subscribe, and get signed feeds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from werkzeug.serving import make_server

from feedsvc.push.worker import Worker, make_worker
from feedsvc.store import subscriptions
from feedsvc.web.app import create_app
from tests.conftest import MakeNewsroom, Newsroom, article
from tests.tools.hub_newsroom import FEEDS, config_of
from tests.tools.node import NODE, packages
from tests.tools.other_server import certificate
from tests.tools.service import until

pytestmark = pytest.mark.client


class Served:
    """A newsroom with a hub, at an address of this machine."""

    def __init__(self, newsroom: Newsroom, base: str) -> None:
        self.newsroom = newsroom
        self.topic = f"{base}/world/atom.xml"
        self.worker: Worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)

    def publish(self, name: str, headline: str) -> None:
        """Publish an article, and deliver it."""
        self.newsroom.write(f"world/{name}.md", article(headline))
        self.newsroom.sync()
        self.worker.work_due()


@contextmanager
def serving(app: Any, tls: SSLContext | None = None) -> Generator[str]:
    """Yield the address at which an application answers; it may be made later."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def newsroom_with_hub(
    make_newsroom: MakeNewsroom, tls: SSLContext | None = None
) -> Generator[Served]:
    apps = list[Any]()

    def app(*given: Any) -> Any:
        return apps[0](*given)

    with serving(app, tls) as base:
        newsroom = make_newsroom("quay", config_of().replace(FEEDS, base))
        newsroom.write("world/a.md", article("First"))
        newsroom.sync()
        apps.append(create_app(newsroom.config, newsroom.database, lambda: newsroom.now))
        yield Served(newsroom, base)


@pytest.fixture
def served(make_newsroom: MakeNewsroom) -> Iterator[Served]:
    with newsroom_with_hub(make_newsroom) as served:
        yield served


class Client:
    """A process with the package pubsubhubbub of npm."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, mode: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{mode}\n")
        self._process.stdin.flush()

    def event(self) -> dict[str, Any]:
        """Return its next event."""
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def client(topic: str, *secret: str) -> Generator[Client]:
    command, pipe = [NODE, "subscribe.mjs", topic, *secret], subprocess.PIPE
    with subprocess.Popen(command, cwd=packages(), text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield Client(process)
        finally:
            process.kill()


@pytest.mark.parametrize("secret", [(), ("s3cret",)])
def test_pubsubhubbub_of_npm_gets_what_is_published(
    served: Served, secret: tuple[str, ...]
) -> None:
    newsroom = served.newsroom
    with client(served.topic, *secret) as subscriber:
        assert subscriber.event() == {
            "event": "listens",
            "topic": served.topic,
            "hub": newsroom.config.urls.hub,
        }
        subscriber.ask("subscribe")
        until(served.worker.work_due)  # its request has come, and is verified
        assert subscriber.event()["event"] == "subscribed"
        served.publish("b", "Second")
        delivered = subscriber.event()
        assert delivered["event"] == "feed"
        assert delivered["text"] == newsroom.text("world", "atom")
        assert delivered["type"] == "application/atom+xml; charset=utf-8"
        assert bool(secret) == ("signature" in delivered)
        newsroom.now += timedelta(minutes=2)
        subscriber.ask("unsubscribe")
        until(served.worker.work_due)
        assert subscriber.event() == {"event": "unsubscribed", "topic": served.topic}
        served.publish("c", "Third")
        with newsroom.database.reading() as connection:
            assert subscriptions.listed(connection) == []


def test_flask_websub_of_pypi_takes_what_is_signed(
    make_newsroom: MakeNewsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, _ = certificate(tmp_path, "IP:127.0.0.1")  # it gives a secret to no hub without TLS
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "chain.pem"))
    storage = SQLite3SubscriberStorage(str(tmp_path / "kept.sqlite"))
    subscriber = Subscriber(storage, SQLite3TempSubscriberStorage(str(tmp_path / "new.sqlite")))
    reader, events = Flask("reader"), list[tuple[str, Any]]()
    reader.register_blueprint(subscriber.build_blueprint("/callbacks"))
    subscriber.add_success_handler(lambda topic, _callback, mode: events.append((topic, mode)))
    subscriber.add_listener(lambda topic, _callback, body: events.append((topic, body)))
    with newsroom_with_hub(make_newsroom, tls) as served, serving(reader) as address:
        topic, newsroom = served.topic, served.newsroom
        with reader.test_request_context(base_url=address):
            callback = subscriber.subscribe(**discover(topic))
        assert served.worker.work_due() == 1
        assert storage[callback]["secret"]
        served.publish("b", "Second")
        newsroom.now += timedelta(minutes=2)
        feed = newsroom.text("world", "atom").encode()
        with reader.test_request_context(base_url=address):
            subscriber.unsubscribe(callback)
        assert served.worker.work_due() == 1
        served.publish("c", "Third")
    assert events == [(topic, "subscribe"), (topic, feed), (topic, "unsubscribe")]
