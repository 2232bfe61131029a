"""The watcher sees changes, logs them once, and is the only one."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from feedsvc.errors import StoreError
from feedsvc.model.report import Report
from feedsvc.publishing import sync, watcher
from feedsvc.publishing.history import set_doers
from feedsvc.publishing.status import Status
from feedsvc.publishing.watcher import Watcher
from feedsvc.store import article_files, history
from feedsvc.store.backup import back_up, restore
from feedsvc.store.database import Database
from feedsvc.store.lock import EDIT_LOCK_FILE, try_lock
from tests.conftest import CONFIG, Newsroom, article


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class Running:
    """A watcher in a thread, over a store of its own connections."""

    def __init__(self, newsroom: Newsroom, **keys: Any) -> None:
        self.newsroom = newsroom
        self.database = Database(newsroom.config.state)
        self.watcher = Watcher(newsroom.config, self.database, lambda: newsroom.now, **keys)
        self.thread = threading.Thread(target=self.watcher.run)
        self.thread.start()

    def end(self) -> None:
        self.watcher.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()
        self.database.close()


@pytest.fixture
def watching(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Running]]:
    monkeypatch.setattr(watcher, "RETRY", 0.05)
    started: list[Running] = []

    def start(**keys: Any) -> Running:
        started.append(Running(newsroom, **keys))
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.mark.parametrize("polling", [False, True])
def test_every_change_reaches_the_feeds(
    newsroom: Newsroom, watching: Callable[..., Running], polling: bool
) -> None:
    newsroom.write("a.md", article("First"))
    watching(polling=polling)
    until(lambda: ">First<" in newsroom.text())
    file = newsroom.write("sport/b.md", article("Second"))
    until(lambda: ">Second<" in newsroom.text())
    newsroom.write("sport/b.md", article("Second, edited"))
    until(lambda: ">Second, edited<" in newsroom.text("sport"))
    file.rename(file.with_name("c.md"))
    until(lambda: "2026:sport/c<" in newsroom.text("sport"))
    file.with_name("c.md").unlink()
    until(lambda: "Second" not in newsroom.text())


def test_a_folder_that_appears_or_is_replaced_is_watched(
    newsroom: Newsroom, watching: Callable[..., Running]
) -> None:
    folder = newsroom.root / "articles"
    folder.rmdir()
    watching()
    time.sleep(0.2)
    folder.mkdir()
    newsroom.write("a.md", article("First"))
    until(lambda: ">First<" in newsroom.text())
    shutil.copytree(folder, newsroom.root / "copy")
    shutil.rmtree(folder)
    (newsroom.root / "copy").rename(folder)
    newsroom.write("b.md", article("Second"))
    until(lambda: ">Second<" in newsroom.text())
    newsroom.write("c.md", article("Third"))
    until(lambda: ">Third<" in newsroom.text())


def test_a_change_without_an_event_is_found_in_time(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchfiles, "watch", deaf)
    monkeypatch.setattr(watcher, "RESCAN", 0.1)
    watching()
    until(lambda: Status(newsroom.database).is_filled())
    newsroom.write("a.md", article("Found"))
    until(lambda: ">Found<" in newsroom.text())


@pytest.mark.parametrize("publishes", [True, False])
def test_a_record_is_left_to_the_program_that_publishes_it_as_long_as_that_lives(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    caplog: pytest.LogCaptureFixture,
    publishes: bool,
) -> None:
    caplog.set_level(logging.INFO)
    newsroom.sync()
    watching()
    for name in ("it", "listens"):  # at first it looks at all files
        newsroom.write(f"{name}.md", article(name))
        until(lambda name=name: f"publish {name}: changed /" in caplog.messages)
    with try_lock(newsroom.config.state / EDIT_LOCK_FILE):
        set_doers(newsroom.database, ["b.md"], "cms")
        newsroom.write("b.md", article("Of the program"))
        newsroom.write("c.md", article("Of a person"))
        until(lambda: ">Of a person<" in newsroom.text())
        time.sleep(0.2)
        assert ">Of the program<" not in newsroom.text()
        if publishes:
            newsroom.sync()
    until(lambda: ">Of the program<" in newsroom.text())
    newsroom.write("d.md", article("After"))
    until(lambda: "publish d: changed /" in caplog.messages)
    assert ("publish b by cms: changed /" in caplog.messages) != publishes


def test_a_release_does_not_wait_until_programs_write_no_more(
    newsroom: Newsroom, watching: Callable[..., Running], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    later = newsroom.now + timedelta(hours=1)
    newsroom.write("a.md", article("Later", published=f"{later:%Y-%m-%d %H:%M}"))
    newsroom.sync()
    watching()
    for name in ("it", "listens"):  # at first it looks at all files
        newsroom.write(f"{name}.md", article(name))
        until(lambda name=name: f"publish {name}: changed /" in caplog.messages)
    with try_lock(newsroom.config.state / EDIT_LOCK_FILE):
        set_doers(newsroom.database, ["b.md"], "cms")
        newsroom.now = later

        def released() -> bool:
            newsroom.write("b.md", article("Of the program"))
            return "publish a: changed /" in caplog.messages

        until(released)


def deaf(*_folders: object, **keys: Any) -> Iterator[set[object]]:
    while not keys["stop_event"].wait(keys["rust_timeout"] / 1000):
        yield set()


def test_a_disk_that_reports_no_changes_is_found_out_by_the_first_one(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(watchfiles, "watch", deaf)
    monkeypatch.setattr(watcher, "RESCAN", 1.0)
    watching()
    until(lambda: Status(newsroom.database).is_filled())
    time.sleep(0.3)  # it listens
    newsroom.write("a.md", article("First"))
    until(lambda: "this disk reports no changes" in caplog.text)
    assert ">First<" in newsroom.text()
    monkeypatch.setattr(watcher, "RESCAN", 3600.0)
    newsroom.write("b.md", article("Second"))
    until(lambda: ">Second<" in newsroom.text(), 2)


def test_a_change_that_is_heard_of_a_moment_later_is_no_sign_of_a_deaf_disk(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "RESCAN", 0.0)
    file = newsroom.root / "articles/a.md"
    heard: list[set[tuple[int, str]]] = [set(), set(), {(1, str(file))}, set(), set()]
    monkeypatch.setattr(watchfiles, "watch", lambda *_, **__: iter(heard))
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    count = 0
    for _ in one._listen(one._folders()):
        if count == 1:
            newsroom.write("a.md", article("First"))
        one.sync()
        count += 1
    assert (one._polling, count) == (False, 5)


def test_a_network_disk_is_looked_at_from_the_start(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"30 22 0:40 / {newsroom.root.resolve()} rw - nfs4 files.example:/ rw\n")
    monkeypatch.setattr(watcher, "MOUNTS", mounts)
    monkeypatch.setattr(watchfiles, "watch", deaf)
    watching()
    until(lambda: Status(newsroom.database).is_filled())
    newsroom.write("a.md", article("First"))
    until(lambda: ">First<" in newsroom.text(), 2)
    newsroom.write("b.md", article("Second"))
    until(lambda: ">Second<" in newsroom.text(), 2)
    assert caplog.text.count("the files are on a disk of type nfs4") == 1


def test_a_newsroom_may_ask_to_be_looked_at(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.configure(CONFIG + '[articles]\nwatch = "poll"\n')
    monkeypatch.setattr(watchfiles, "watch", deaf)
    watching()
    until(lambda: Status(newsroom.database).is_filled())
    newsroom.write("a.md", article("First"))
    until(lambda: ">First<" in newsroom.text(), 2)


def test_a_newsroom_that_is_not_watched_publishes_what_is_due_and_no_file(
    newsroom: Newsroom, watching: Callable[..., Running]
) -> None:
    newsroom.configure(CONFIG + '[articles]\nwatch = "off"\n')
    newsroom.write("a.md", article("Later", published="2026-11-24"))
    watching()
    until(lambda: Status(newsroom.database).is_filled())
    newsroom.write("b.md", article("Unseen"))
    newsroom.now += timedelta(days=1)
    until(lambda: ">Later<" in newsroom.text())
    time.sleep(0.3)
    assert "Unseen" not in newsroom.text()
    with newsroom.database.reading() as connection:
        assert [it.act for it in history.actions(connection, None)] == ["publish"]
    newsroom.sync()
    assert ">Unseen<" in newsroom.text()


def test_a_look_that_takes_long_is_followed_by_as_long_a_pause_as_any(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[float, float]] = []

    def stub(*_arguments: Any, **_options: Any) -> Report:
        begun = time.monotonic()
        time.sleep(0.4)
        looks.append((begun, time.monotonic()))
        return Report(0, 0, frozenset(), ())

    monkeypatch.setattr(sync, "sync", stub)
    monkeypatch.setattr(watcher, "RESCAN", 0.3)
    watching()
    until(lambda: len(looks) >= 3)
    # The first two are at the start, and when it has begun to listen.
    pauses = [later[0] - before[1] for before, later in pairwise(looks[1:])]
    assert min(pauses) >= 0.3


def test_a_system_that_cannot_tell_of_changes_is_looked_at_instead(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def limited(*_folders: Any, **_keys: Any) -> Any:
        raise RuntimeError("no more watches")

    monkeypatch.setattr(watchfiles, "watch", limited)
    watching()
    until(lambda: "looking for them instead" in caplog.text)
    newsroom.write("a.md", article("Found"))
    until(lambda: ">Found<" in newsroom.text())
    assert caplog.text.count("this system reports no changes (no more watches)") == 1


def test_of_two_watchers_one_works_and_the_other_takes_over(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[str] = []
    real = sync.sync

    def stub(*arguments: Any, **options: Any) -> Any:
        syncs.append(threading.current_thread().name)
        return real(*arguments, **options)

    monkeypatch.setattr(sync, "sync", stub)
    first = watching()
    until(lambda: len(syncs) >= 1)
    watching()
    time.sleep(0.5)
    assert len(set(syncs)) == 1
    first.watcher.stop()
    until(lambda: len(set(syncs)) == 2)


def test_very_many_changes_at_once_are_looked_at_as_a_whole(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[frozenset[str] | None] = []
    real = sync.sync

    def stub(*arguments: Any, **options: Any) -> Any:
        asked.append(options["near"])
        return real(*arguments, **options)

    monkeypatch.setattr(sync, "sync", stub)
    monkeypatch.setattr(watcher, "MANY", 8)
    watching()
    until(lambda: len(asked) == 2)  # at first, and once it listens
    (newsroom.root / "copy").mkdir()
    for name in map(str, range(30)):
        (newsroom.root / "copy" / f"{name}.md").write_text(article(name))
    for name in map(str, range(30)):
        (newsroom.root / "copy" / f"{name}.md").rename(newsroom.root / f"articles/{name}.md")
    until(lambda: newsroom.text().count("<item>") == 30)
    assert None in asked[2:]
    time.sleep(1)  # until the last of them has been heard of
    newsroom.write("one.md", article("One"))
    until(lambda: ">One<" in newsroom.text())
    assert any(near and "articles/one.md" in near for near in asked)


def test_a_problem_is_logged_once_and_so_is_its_end(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    newsroom.write("a.md", article("[A] wrong"))
    newsroom.write("b.md", article("B", status="canceled"))
    one.fill()
    one.sync()
    lines = [(record.levelname, record.getMessage()[:30]) for record in caplog.records]
    assert lines == [
        ("INFO", "published: 2 read, 0 gone; sec"),
        ("WARNING", "articles/a.md:2:11: headline: "),
        ("INFO", "articles/b.md:1:1: note: note:"),
    ]
    caplog.clear()
    newsroom.write("a.md", article("A"))
    one.sync()
    assert [record.getMessage()[:22] for record in caplog.records] == [
        "publish a: changed /",
        "no longer: articles/a.",
    ]


def test_a_store_that_cannot_be_written_is_logged_and_tried_again(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    newsroom.write("a.md", article("A"))

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(sync, "sync", full)
        assert one.sync() is None
    assert "could not publish, and will try again: the disk is full" in caplog.text
    assert one.sync() is not None
    assert ">A<" in newsroom.text()


def test_filling_waits_for_another_process_that_is_at_it(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "RETRY", 0.05)
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    filled: list[object] = []
    with try_lock(newsroom.config.state / "writer.lock"):
        thread = threading.Thread(target=lambda: filled.append(one.fill()))
        thread.start()
        time.sleep(0.3)
        assert filled == []
        newsroom.sync()
    thread.join(20)
    assert filled == [None]


def test_a_watcher_that_stumbles_goes_on(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real, stumbled = sync.sync, list[bool]()

    def stub(*arguments: Any, **options: Any) -> Any:
        if not stumbled:
            stumbled.append(True)
            raise ZeroDivisionError
        return real(*arguments, **options)

    monkeypatch.setattr(sync, "sync", stub)
    newsroom.write("a.md", article("Found"))
    watching()
    until(lambda: ">Found<" in newsroom.text())
    assert "the watcher failed, and starts again" in caplog.text


def test_a_filled_store_is_not_filled_again(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    report = one.fill()
    assert report is not None
    assert report.read == 1
    assert one.fill() is None


@pytest.mark.parametrize("polling", [False, True])
def test_releases_are_logged_while_no_file_changes(
    newsroom: Newsroom,
    watching: Callable[..., Running],
    caplog: pytest.LogCaptureFixture,
    polling: bool,
) -> None:
    caplog.set_level(logging.INFO)
    newsroom.write("a.md", article("Later", published="2026-11-24"))
    newsroom.write("b.md", article("Now"))
    watching(polling=polling)
    until(lambda: ">Now<" in newsroom.text())
    newsroom.now += timedelta(days=1)
    until(lambda: "publish a: changed /" in caplog.messages)


def test_who_did_it_is_logged_and_of_many_acts_the_first_and_the_number(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    one.fill()
    caplog.set_level(logging.INFO)
    newsroom.write("a.md", article("A"))
    set_doers(newsroom.database, ["a.md"], "anna")
    one.sync()
    assert caplog.messages == ["publish a by anna: changed /"]
    caplog.clear()
    for number in range(60):
        newsroom.write(
            f"n{number:02}.md", article("A", status="draft" if number > 55 else "usable")
        )
    one.sync()
    assert len(caplog.messages) == 51
    assert caplog.messages[49:] == [
        "publish n49: changed /",
        "published: 60 read, 0 gone; sections changed: 1",
    ]
    caplog.clear()
    newsroom.write("later.md", article("Later", published="2026-12-24"))
    one.sync()
    assert caplog.messages == ["embargo later: changed no feed"]


def test_a_store_that_cannot_be_read_is_logged(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("the store is broken")

    monkeypatch.setattr(sync, "tick", broken)
    Watcher(newsroom.config, newsroom.database, lambda: newsroom.now).tick()
    assert caplog.messages == [
        "could not look for what is due, and will try again: the store is broken"
    ]


def test_listening_ends_where_a_folder_is_another_one(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchfiles, "watch", lambda *_, **__: iter([set(), set(), set()]))
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    assert list(one._listen(one._folders())) == [None, set(), set()]
    assert list(one._listen({newsroom.root / "articles": -1})) == [None]


def test_a_file_that_is_being_written_is_waited_for(
    newsroom: Newsroom, watching: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, passes, ticks = newsroom.root / "articles", list[Any](), list[float]()
    real_sync, real_tick = sync.sync, sync.tick

    def syncs(*arguments: Any, **options: Any) -> Any:
        passes.append(options["near"])
        return real_sync(*arguments, **options)

    def ticks_once(*arguments: Any) -> Any:
        ticks.append(time.monotonic())
        return real_tick(*arguments)

    def drafts(*_: object, **__: object) -> Iterator[set[tuple[int, str]]]:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            yield {(1, f"{folder}/.0a1b.tmp"), (1, f"{folder}/a.md~")}
        yield {(1, f"{folder}/.0a1b.tmp"), (1, f"{folder}/a.md")}

    monkeypatch.setattr(sync, "sync", syncs)
    monkeypatch.setattr(sync, "tick", ticks_once)
    monkeypatch.setattr(watcher, "RETRY", 0.2)
    monkeypatch.setattr(watchfiles, "watch", drafts)
    watching()
    until(lambda: {"articles/a.md"} in passes)
    assert [it for it in passes if it is not None] == [{"articles/a.md"}]
    assert 1 < len(ticks) <= 12  # what is due does not wait, and is not looked for without end


def test_releases_are_logged(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    one = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    newsroom.write("a.md", article("Later", published="2026-11-24"))
    one.fill()
    caplog.set_level(logging.INFO)
    one.tick()
    assert caplog.messages == []
    newsroom.now += timedelta(days=1)
    one.tick()
    assert caplog.messages == ["publish a: changed /"]


def test_after_a_restore_all_files_are_looked_at(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.write("a.md", article("Libel"))
    newsroom.sync()
    back_up(newsroom.database.path, tmp_path / "copy")
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    newsroom.write("a.md", article("Libel", status="canceled"))
    watcher.sync()
    restore(tmp_path / "copy", newsroom.config.state, lambda: newsroom.now)  # and is cut off
    assert "Libel" in newsroom.text()
    watcher.tick()
    assert "Libel" not in newsroom.text()


def test_records_that_are_marked_are_read_again(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("Libel"))
    newsroom.write("b.md", article("Tides"))
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    watcher.fill()
    with newsroom.database.writing() as connection:
        article_files.mark(connection, ["a.md"])
    assert Status(newsroom.database).marked(newsroom.now) == ["a.md"]
    watcher.tick()
    assert Status(newsroom.database).marked(newsroom.now) == []


def test_an_update_that_is_dated_ahead_is_shown_at_its_moment(newsroom: Newsroom) -> None:
    moment = newsroom.now + timedelta(seconds=30)
    first = f"{{date: {moment:%F %T}Z, text: It was a ship.}}"
    second = f"{{date: {moment + timedelta(seconds=9):%F %T}Z, text: It was a boat.}}"
    newsroom.write("a.md", article("Tides", note=f"[{first}, {second}]"))
    newsroom.write("b.md", article("Piers"))
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    watcher.fill()
    for seconds, shown in [(29, 0), (1, 1), (8, 1), (1, 2)]:
        newsroom.now += timedelta(seconds=seconds)
        watcher.tick()
        text = newsroom.text()
        assert ["It was a ship." in text, "It was a boat." in text].count(True) == shown
    assert Status(newsroom.database).marked(newsroom.now + timedelta(days=9)) == []


def test_a_kill_does_not_wait_for_records_that_take_long(
    newsroom: Newsroom, watching: Callable[..., Running]
) -> None:
    newsroom.write("a.md", article("Alpha"))
    newsroom.sync()
    watching()
    for number in range(4):
        newsroom.write(f"{number}.md", article(f"Slow {number}", body="- ~" + "*_" * 40_000))
    time.sleep(0.3)
    newsroom.write("a.md", article("Alpha", status="canceled", note="Wrong."))
    until(lambda: "Alpha" not in newsroom.text())
    assert "Slow 3" not in newsroom.text()
    until(lambda: "Slow 3" in newsroom.text(), 60)
