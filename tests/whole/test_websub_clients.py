"""Subscribers that others wrote find the hub, subscribe, and get signed feeds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from feedsvc.push.worker import Worker, make_worker
from feedsvc.store import subscriptions
from feedsvc.web.app import create_app
from tests.conftest import MakeNewsroom, Newsroom, article
from tests.tools.hub_newsroom import FEEDS, config_of
from tests.tools.node import NODE, packages
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


@pytest.fixture
def served(make_newsroom: MakeNewsroom) -> Iterator[Served]:
    apps = list[Any]()

    def app(*given: Any) -> Any:
        return apps[0](*given)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    newsroom = make_newsroom("quay", config_of().replace(FEEDS, base))
    newsroom.write("world/a.md", article("First"))
    newsroom.sync()
    apps.append(create_app(newsroom.config, newsroom.database, lambda: newsroom.now))
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Served(newsroom, base)
    server.shutdown()
    server.server_close()
    thread.join()


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
