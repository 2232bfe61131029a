"""A newsroom with a hub, whose subscribers are on this machine."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from feedsvc.push.worker import Worker, make_worker
from feedsvc.store import subscriptions
from feedsvc.store.subscriptions import Subscription
from tests.conftest import CONFIG, Newsroom
from tests.tools.other_server import OtherServer
from tests.tools.subscriber import Subscriber, Subscribers

FEEDS = "https://feeds.quay.example"
HUB = f"{FEEDS}/hub"
WORLD = "/world/atom.xml"


def config_of(**keys: str) -> str:
    """Return a configuration; values stand in it as they are."""
    lines = {"allow_private": "true", "requests": "0", **keys}
    return f"{CONFIG}\n[push]\n" + "".join(f"{name} = {it}\n" for name, it in lines.items())


class HubNewsroom:
    """A newsroom, the worker that delivers its feeds, and its subscribers."""

    def __init__(self, newsroom: Newsroom, server: OtherServer) -> None:
        self.newsroom = newsroom
        self.server = server
        self.http = newsroom.client()
        self.subscribers = Subscribers(
            server, lambda fields: self.http.post("/hub", data=fields), HUB
        )
        self.worker: Worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)

    def new(
        self, path: str = "/cb", topic: str = "/world/atom.xml", secret: str = ""
    ) -> Subscriber:
        return self.subscribers.new(FEEDS + topic, path, secret)

    def subscribed(self, path: str = "/cb", topic: str = WORLD, secret: str = "") -> Subscriber:
        """Return a subscriber whose subscription is verified."""
        subscriber = self.new(path, topic, secret).subscribe()
        self.work()
        return subscriber

    def work(self) -> int:
        """Do all that is due now."""
        return self.worker.work_due()

    def publish(self, name: str, text: str) -> None:
        """Publish an article, and deliver it."""
        self.newsroom.write(f"world/{name}.md", text)
        self.newsroom.sync()
        self.work()

    def later(self, **time: float) -> None:
        """Do all that is due after some time."""
        self.newsroom.now += timedelta(**time)
        self.work()

    @property
    def rows(self) -> list[Subscription]:
        with self.newsroom.database.reading() as connection:
            return subscriptions.listed(connection)


@contextmanager
def hub_newsroom(newsroom: Newsroom) -> Generator[HubNewsroom]:
    """Yield a newsroom with a hub; no subscriber may have seen a deviation at the end."""
    with OtherServer().running() as server:
        hub = HubNewsroom(newsroom, server)
        yield hub
        assert hub.subscribers.deviations == []
