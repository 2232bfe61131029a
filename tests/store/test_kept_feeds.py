"""Feeds on the disk of a machine: given out while the store is away, and never after a kill."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Self

import pytest

from feedsvc.config.settings import Config
from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError
from feedsvc.model.feed import Document
from feedsvc.model.paths import FeedRequest
from feedsvc.publishing import sync
from feedsvc.store import kept_feeds
from feedsvc.store.database import Database
from feedsvc.store.follow_changes import keep_up
from feedsvc.store.kept_feeds import FILE_NAME, KeptFeeds
from feedsvc.syndication.feeds import Feeds
from tests.conftest import Newsroom, article, wanted
from tests.tools.postgres import PostgresServer
from tests.tools.service import until

pytestmark = pytest.mark.postgres

WORLD = wanted("world")
VERIFIED = "SELECT verified FROM state"


class Machine:
    """A machine that answers with feeds of a newsroom, and restarts."""

    def __init__(self, newsroom: Newsroom, server: PostgresServer, state: Path) -> None:
        self.newsroom = newsroom
        self.server = server
        self.state = state
        self.config: Config = newsroom.config
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.come_back()
        self.database.close()
        self.newsroom.database.close()

    def start(self) -> None:
        self.database = Database(self.state, self.newsroom.store, may_be_away=True)
        self.feeds = Feeds(self.config, self.database)

    def restart(self) -> None:
        self.feeds.flush()
        self.database.close()
        self.start()

    def document(self, wanted: FeedRequest = WORLD) -> Document:
        return self.feeds.document(wanted, self.newsroom.now)

    def keep(self, wanted: FeedRequest = WORLD) -> Document:
        """Return a feed that is in memory and on the disk now."""
        document = self.document(wanted)
        self.feeds.flush()
        return document

    def leave(self) -> None:
        self.server.set_away(self.newsroom.store.url, away=True)

    def come_back(self) -> None:
        self.server.set_away(self.newsroom.store.url, away=False)

    def publish(self, path: str, text: str) -> None:
        """Publish on another machine."""
        self.newsroom.write(path, text)
        sync.sync(self.newsroom.database, self.newsroom.config, self.newsroom.now)

    def is_away(self) -> bool:
        try:
            self.document()
        except StoreAwayError:
            return True
        return False


@pytest.fixture
def machine(tmp_path: Path, postgres: PostgresServer) -> Iterator[Machine]:
    with postgres.databases() as make:
        newsroom = Newsroom(tmp_path, store=StoreSettings(url=make()))
        newsroom.write("world/a.md", article("Alpha"))
        newsroom.write("world/b.md", article("Bravo"))
        newsroom.sync()
        with Machine(newsroom, postgres, tmp_path / "machine") as machine:
            yield machine


def test_a_machine_that_starts_without_its_store_has_its_feeds(machine: Machine) -> None:
    before = machine.keep()
    machine.leave()
    machine.restart()
    document = machine.document()
    assert (document.body, document.etag) == (before.body, before.etag)
    assert (document.last_modified, document.max_age) == (before.last_modified, before.max_age)
    with pytest.raises(StoreAwayError):
        machine.document(wanted("world", "atom"))
    machine.come_back()
    until(lambda: not machine.is_away())
    machine.publish("world/c.md", article("Charlie"))
    until(lambda: b"Charlie" in machine.document().body)


def test_a_machine_that_has_heard_of_a_kill_does_not_undo_it(machine: Machine) -> None:
    machine.keep()
    machine.publish("world/a.md", article("Alpha", status="canceled"))
    with machine.database.reading():
        pass  # so it knows that there is a change, and not which one
    machine.leave()
    assert machine.is_away()
    machine.restart()
    assert machine.is_away()


def test_the_feeds_that_have_changed_are_deleted_and_all_others_stay(machine: Machine) -> None:
    machine.newsroom.write("city/c.md", article("Charlie"))
    machine.newsroom.sync()
    machine.keep(wanted("city"))
    machine.keep()
    machine.publish("world/a.md", article("Alpha", status="canceled"))
    counter, stop = machine.database.change_counter, Event()
    assert machine.feeds.kept
    thread = Thread(target=keep_up, args=(machine.feeds.kept, counter, stop))
    thread.start()
    until(lambda: b"Alpha" not in (machine.state / FILE_NAME).read_bytes())
    stop.set()
    thread.join()
    machine.leave()
    machine.restart()
    assert b"Charlie" in machine.document(wanted("city")).body
    assert machine.is_away()


def test_a_feed_that_was_made_before_a_kill_is_not_kept_after_it(machine: Machine) -> None:
    machine.document()
    machine.publish("world/a.md", article("Alpha", status="canceled"))
    machine.feeds.flush()
    machine.leave()
    machine.restart()
    assert machine.is_away()


def test_a_feed_in_memory_is_answered_unless_a_change_was_seen(machine: Machine) -> None:
    before = machine.document()
    machine.leave()
    assert machine.document() is before


def test_a_feed_that_is_kept_already_is_not_written_again(machine: Machine) -> None:
    machine.keep()
    before = look(machine, "SELECT written FROM feeds")
    machine.feeds = Feeds(machine.config, machine.database)
    machine.keep()
    assert look(machine, "SELECT written FROM feeds") == before


def test_a_feed_is_kept_also_if_the_store_leaves_a_moment_later(machine: Machine) -> None:
    machine.keep(wanted("world", "atom"))
    before = machine.document()
    machine.leave()
    machine.restart()
    assert machine.document() == before


def test_an_article_that_has_expired_is_not_given_out(machine: Machine) -> None:
    machine.publish("world/c.md", article("Charlie", expires="2026-11-23 12:30"))
    before = machine.keep()
    machine.leave()
    assert machine.document() == before
    machine.newsroom.now += timedelta(minutes=30)
    assert machine.is_away()
    machine.restart()
    assert machine.is_away()


def test_corrections_expire_with_their_articles(machine: Machine) -> None:
    path = wanted("world", document="corrections")
    keys = {"updated": "2026-11-23 11:00", "note": "Two ships, not three."}
    machine.publish("world/a.md", article("Alpha", expires="2026-11-23 13:00", **keys))
    assert machine.document(path).ends == machine.newsroom.now + timedelta(hours=1)


def test_a_feed_of_another_configuration_is_not_given_out(machine: Machine) -> None:
    machine.keep()
    machine.leave()
    machine.newsroom.configure(
        (machine.newsroom.root / "config.toml").read_text().replace("items = 30", "items = 1")
    )
    machine.config = machine.newsroom.config
    machine.restart()
    assert machine.is_away()


@pytest.mark.parametrize("in_memory", [True, False])
def test_after_a_day_without_the_store_nothing_is_given_out(
    machine: Machine, *, in_memory: bool
) -> None:
    machine.keep()
    machine.leave()
    with closing(sqlite3.connect(machine.state / FILE_NAME)) as file:
        file.execute("UPDATE state SET verified = ?", (time.time() - kept_feeds.STALE - 1,))
        file.commit()
    if in_memory:
        machine.database.change_counter.silence = lambda: kept_feeds.STALE + 1
    else:
        machine.restart()
    assert machine.is_away()


def test_a_store_that_was_replaced_by_a_copy_gets_other_feeds(machine: Machine) -> None:
    machine.keep()
    machine.server.execute("UPDATE settings SET value = '7' WHERE name = 'changes'", name(machine))
    assert machine.feeds.kept
    assert machine.feeds.kept.agree()
    machine.leave()
    machine.restart()
    assert machine.is_away()


def test_the_oldest_feeds_leave_where_there_is_no_room(machine: Machine) -> None:
    machine.feeds.kept = KeptFeeds(machine.database, most=2500)
    for format in ("atom", "json", "rss"):
        machine.keep(wanted("world", format))
    machine.leave()
    machine.restart()
    assert not machine.is_away()
    with pytest.raises(StoreAwayError):
        machine.document(wanted("world", "atom"))


def test_a_file_that_is_damaged_is_made_anew(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    file = machine.state / FILE_NAME
    file.write_bytes(b"no file of SQLite" * 100)
    for _ in range(2):
        machine.keep()
    assert "no feeds can be kept" in caplog.text
    machine.feeds = Feeds(machine.config, machine.database)
    machine.keep()
    machine.leave()
    machine.restart()
    assert not machine.is_away()
    file.write_bytes(b"no file of SQLite" * 100)
    assert machine.is_away()


def test_where_no_file_can_be_written_feeds_are_answered_all_the_same(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    (machine.state / FILE_NAME).mkdir()
    assert machine.feeds.kept
    assert not machine.feeds.kept.agree()
    assert not machine.feeds.kept.agree()
    assert caplog.text.count("no feeds can be kept") == 1
    before = machine.keep()
    machine.leave()
    assert machine.document() is before


def test_the_file_agrees_from_time_to_time_also_while_nothing_changes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.keep()
    assert machine.feeds.kept
    before = look(machine, VERIFIED)
    assert machine.feeds.kept.agree()
    assert look(machine, VERIFIED) == before
    monkeypatch.setattr(kept_feeds, "SIGN", 0.0)
    assert machine.feeds.kept.agree()
    assert look(machine, VERIFIED) > before


def test_a_closed_store_is_not_asked_again(machine: Machine) -> None:
    machine.document()
    machine.database.close()
    assert machine.feeds.kept
    assert not machine.feeds.kept.agree()


def look(machine: Machine, query: str) -> float:
    with closing(sqlite3.connect(machine.state / FILE_NAME)) as file:
        return file.execute(query).fetchone()[0]


def name(machine: Machine) -> str:
    return machine.newsroom.store.url.partition("@/")[2].partition("?")[0]
