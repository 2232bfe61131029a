"""Processes that do jobs are killed at any moment; no job is lost, and no copy is left over."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.model.paths import FETCHED
from feedsvc.publishing import sync
from feedsvc.push.http_client import HttpClient
from feedsvc.push.worker import Worker
from feedsvc.store import articles, outbox, remote_pictures
from feedsvc.store.database import Database
from feedsvc.store.outbox import OutboxState
from feedsvc.syndication.media import MediaFiles
from tests.conftest import png
from tests.push.test_pictures import config_of
from tests.tools.other_server import OtherServer, picture
from tests.whole.test_crash import run, zygote_of

pytestmark = pytest.mark.crash

KILLS = 40


def data_of(path: str) -> bytes:
    """Return the picture at an address: some addresses have the same one."""
    return png(2 + int(path[1:].partition(".")[0]) % 100, 3)


@pytest.fixture
def server() -> Iterator[OtherServer]:
    chance = random.Random(7)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(chance.random() / 50)
        picture(data_of(handler.path))(handler)

    with OtherServer().running() as server:
        server.other = answer
        yield server


def test_no_job_is_lost_and_no_copy_is_left_over(tmp_path: Path, server: OtherServer) -> None:
    chance = random.Random(15)
    config_text = config_of("copy")
    with zygote_of("tests.tools.crash_jobs", tmp_path, config_text, server.url("")) as zygote:
        for seed in range(KILLS):
            run(zygote, seed, chance.random() / 2, tmp_path / "begun")
    config = load(tmp_path / "config.toml", environ={})
    database = Database(config.state)
    later = datetime.now(UTC) + timedelta(days=2)  # no lease and no pause lasts so long
    sync.sync(database, config, later)
    client = HttpClient("test/1", allow_private=True)
    Worker(config, database, lambda: later, client).work_due()
    assert sync.sync(database, config, later).problems == ()
    ids = [file.stem for file in config.articles.glob("*.md")]
    with database.reading() as connection:
        assert outbox.state(connection) == OutboxState(0, 0, None)
        rows = remote_pictures.copies(connection)
        stored = articles.get_many(connection, ids)
    usable = [it for it in stored.values() if it.status == "usable"]
    assert len(stored) == len(ids) > len(usable) > KILLS
    media, shown = MediaFiles(config, database), set[str]()
    for article in usable:
        [image] = article.images
        with media.open(media.find(image.digest, image.path, later).media) as file:
            assert file.read() == data_of(f"/{int(article.id) % 150}.png")
        assert image.length == len(data_of(f"/{int(article.id) % 150}.png"))
        shown.add(image.path)
    assert {f"{FETCHED}/{it.name}" for it in (config.state / FETCHED).iterdir()} == shown
    assert set(rows.values()) == shown
    database.close()
