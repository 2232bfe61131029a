"""A machine hears of changes at once, and knows when it may miss some."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.config.store_settings import StoreSettings
from feedsvc.store import listener, postgresql
from feedsvc.store.change_counter import SILENT, ChangeCounter
from feedsvc.store.database import Database
from feedsvc.store.key_values import set_setting
from feedsvc.store.listener import Listener
from feedsvc.store.seen_changes import SeenChanges
from feedsvc.store.shared_memory import SHARED_FILE
from tests.tools.service import until
from tests.tools.silent_proxy import SilentProxy

pytestmark = pytest.mark.postgres


@pytest.fixture
def counter(tmp_path: Path, store: StoreSettings, proxy: SilentProxy) -> Iterator[ChangeCounter]:
    """Return the counter of a machine that listens through a proxy."""
    folder = tmp_path / "machine"
    folder.mkdir()
    counter = ChangeCounter(folder / SHARED_FILE)
    through = StoreSettings(url=store.url, listen_url=proxy.url(store.url))
    listener = postgresql.listener(through, SeenChanges(folder, counter))
    thread = threading.Thread(target=listener.run)
    thread.start()
    yield counter
    listener.stop()
    thread.join()


@pytest.fixture
def other(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    with closing(Database(tmp_path / "other", store)) as database:
        yield database


def change(database: Database, value: str) -> None:
    with database.writing() as connection:
        set_setting(connection, "a", value)


def test_a_change_of_another_machine_is_heard_at_once(
    counter: ChangeCounter, other: Database
) -> None:
    until(counter.hears_all)
    delays: list[float] = []
    for number in range(20):
        before, begun = counter.shared[:], time.monotonic()
        change(other, str(number))
        until(lambda seen=before: counter.shared[:] != seen, 5)
        delays.append(time.monotonic() - begun)
    assert sorted(delays)[10] < 0.1


def test_a_machine_whose_connection_is_dead_asks_until_it_hears_again(
    counter: ChangeCounter, other: Database, proxy: SilentProxy
) -> None:
    until(counter.hears_all)
    proxy.cut()
    begun = time.monotonic()
    until(lambda: not counter.hears_all())
    assert time.monotonic() - begun < SILENT + 1
    before = counter.shared[:]
    change(other, "b")
    proxy.heal()
    until(counter.hears_all)
    assert counter.shared[:] != before


def test_a_machine_that_has_never_heard_asks(tmp_path: Path, store: StoreSettings) -> None:
    with closing(Database(tmp_path, store)) as database:
        assert not database.change_counter.hears_all()
    with closing(Database(tmp_path / "file")) as database:
        assert database.change_counter.hears_all()


def test_a_store_that_stays_away_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    async def refuse(*_: object, **__: object) -> None:
        tries.append(None)
        raise OSError("connection refused")

    monkeypatch.setattr(listener, "_PAUSE", 0.01)
    monkeypatch.setattr(listener.AsyncConnection, "connect", refuse)
    one = Listener("", {}, SeenChanges(tmp_path, ChangeCounter(tmp_path / SHARED_FILE)))
    thread = threading.Thread(target=one.run)
    thread.start()
    until(lambda: len(tries) > 1)
    one.stop()
    thread.join()
    assert caplog.text.count("the store announces no changes, so it is asked") == 1
