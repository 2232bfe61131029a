"""Processes that deliver feeds are killed at any moment; each subscriber gets every change."""

from __future__ import annotations

import os
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.publishing import sync
from feedsvc.push.worker import make_worker
from feedsvc.store import announcements, subscriptions
from feedsvc.store.database import Database
from feedsvc.syndication.feeds import Feeds
from tests.conftest import wanted
from tests.tools.crash_push import text
from tests.tools.hub_newsroom import config_of
from tests.tools.other_server import OtherServer, status
from tests.tools.subscriptions import subscription
from tests.whole.test_crash import run, zygote_of

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("FEEDSVC_KILLS", "10"))
SUBSCRIBERS = 40


class Deliveries:
    """A server whose callbacks remember the feeds that they got."""

    def __init__(self, server: OtherServer) -> None:
        self.server = server
        self.bodies = defaultdict[str, list[bytes]](list)
        server.other = self.respond

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        request = f"POST {handler.path}"
        body = next(it[2] for it in reversed(self.server.requests) if it[0] == request)
        if len(body) == int(handler.headers["Content-Length"]):  # its sender was not killed
            self.bodies[handler.path].append(body)
        status(200)(handler)

    @property
    def count(self) -> int:
        return sum(map(len, [*self.bodies.values()]))

    def subscribe(self, database: Database, now: datetime) -> None:
        with database.writing() as connection:
            for number in range(SUBSCRIBERS):
                new = subscription(self.server.url(f"/{number}"), "", "atom", now)
                subscriptions.put(connection, new, now)


@pytest.fixture
def deliveries() -> Iterator[Deliveries]:
    with OtherServer().running() as server:
        yield Deliveries(server)


def test_no_subscriber_misses_a_change(tmp_path: Path, deliveries: Deliveries) -> None:
    chance = random.Random(3)
    config_text = config_of().replace("items = 30", "items = 5\nhours = 0")
    journal = tmp_path / "journal"
    journal.write_text("0")
    with zygote_of("tests.tools.crash_push", tmp_path, config_text) as zygote:
        config = load(tmp_path / "config.toml", environ={})
        (config.articles / "0.md").write_text(text(0, corrected=False))
        database = Database(config.state)
        sync.sync(database, config, datetime.now(UTC))
        deliveries.subscribe(database, datetime.now(UTC))
        for seed in range(KILLS):
            worked = growth(journal, deliveries)
            run(zygote, seed, chance.random() / 2, tmp_path / "begun", worked)
    later = datetime.now(UTC) + timedelta(hours=1)
    sync.sync(database, config, later)
    make_worker(config, database, lambda: later).work_due()
    document = Feeds(config, database).document(wanted("", "atom"), later)
    with database.reading() as connection:
        rows = subscriptions.listed(connection)
        assert announcements.open_ones(connection) == []
    database.close()
    published = int(journal.read_text())
    assert f"Story {published}<".encode() in document.body
    assert len(rows) == SUBSCRIBERS
    assert {(row.etag, row.due, row.lease_by) for row in rows} == {(document.etag, None, "")}
    assert len(deliveries.bodies) == SUBSCRIBERS
    for delivered in deliveries.bodies.values():
        check(delivered, document.body)


def growth(journal: Path, deliveries: Deliveries) -> Callable[[], bool]:
    """Return a function that says whether stories were published and delivered since this call."""
    published, delivered = int(journal.read_text()), deliveries.count

    def grown() -> bool:
        newest = int(journal.read_text())
        return newest > published + 1 and deliveries.count > delivered + SUBSCRIBERS / KILLS

    return grown


def check(delivered: list[bytes], last: bytes) -> None:
    """Check that states came in order, and twice only where a process was killed."""
    assert delivered[-1] == last
    newest = [max(map(int, re.findall(rb"<title>Story (\d+)<", it))) for it in delivered]
    assert newest == sorted(newest)
    repeated = sum(a == b for a, b in pairwise(delivered))
    assert repeated <= KILLS
    assert len({*delivered}) == len(delivered) - repeated
