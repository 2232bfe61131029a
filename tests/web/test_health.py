"""The lines of ``/readyz?verbose``, and the metrics of the same."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from feedsvc.publishing import sync
from feedsvc.publishing.watcher import Watcher
from feedsvc.store import outbox
from tests.conftest import NOW, Newsroom, article

AT = NOW.timestamp()
LOCAL = "http://localhost"


def lines(newsroom: Newsroom, path: str = "/readyz?verbose") -> list[str]:
    return newsroom.client().get(path, base_url=LOCAL).text.splitlines()


def ages(newsroom: Newsroom) -> dict[str, float]:
    text = "\n".join(lines(newsroom, "/metrics"))
    return {name: float(age) for name, age in re.findall(r"(?m)^feedsvc_(\w+)_seconds (.+)", text)}


def test_before_the_first_publish_all_that_is_known_is_said(newsroom: Newsroom) -> None:
    assert lines(newsroom) == [
        "not ready: the articles have not been read yet",
        "problem  publisher      no process has published yet",
        "ok       publishing     works",
        "ok       configuration  works",
        "ok       records        0 problems and notes",
        "ok       jobs           0 wait, 0 failed",
    ]
    names = "publish_failed", "config_refused", "jobs_oldest", "deliveries_failing"
    assert ages(newsroom) == dict.fromkeys(names, 0)


def test_every_fault_has_its_reason_and_its_age(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(slug="a b"))
    newsroom.sync()
    health = newsroom.database.health
    health.look(AT - 90)
    health.publishing(AT - 60, "the disk is full")
    health.configuration(AT - 30, "config.toml:1:1: is wrong")
    assert lines(newsroom) == [
        "ready",
        "problem  publisher      no process has looked for changes for 90 s",
        "problem  publishing     for 60 s: the disk is full",
        "problem  configuration  for 30 s: config.toml:1:1: is wrong",
        "ok       records        1 problems and notes",
        "ok       jobs           0 wait, 0 failed",
    ]
    faults = {"publisher_age": 90, "publish_failed": 60, "config_refused": 30}
    assert ages(newsroom) == {**faults, "jobs_oldest": 0, "deliveries_failing": 0}
    health.look(AT - 14)
    assert lines(newsroom)[1] == "ok       publisher      a process looked for changes 14 s ago"


def test_jobs_are_counted_with_the_age_of_the_oldest_that_waits(newsroom: Newsroom) -> None:
    with newsroom.database.writing() as connection:
        outbox.add(connection, "picture", ["a"], NOW - timedelta(seconds=50))
        [job] = outbox.claim(connection, 1, NOW)
        outbox.bury(connection, job, "is answered 410")
        outbox.add(connection, "picture", ["b", "c"], NOW - timedelta(seconds=20))
    assert ages(newsroom)["jobs_oldest"] == 20
    metrics = lines(newsroom, "/metrics")
    assert 'feedsvc_jobs{state="waiting"} 2.0' in metrics
    assert 'feedsvc_jobs{state="failed"} 1.0' in metrics
    assert lines(newsroom)[-1] == "problem  jobs           2 wait, 1 failed"


@pytest.mark.parametrize(
    ("host", "headers"), [("https://feeds.quay.example", {}), (LOCAL, {"Via": "1.1 cache"})]
)
def test_only_this_machine_sees_more_than_whether_it_is_ready(
    newsroom: Newsroom, host: str, headers: dict[str, str]
) -> None:
    newsroom.sync()
    answer = newsroom.client().get("/readyz?verbose", base_url=host, headers=headers)
    assert (answer.status_code, answer.text) == (200, "ready\n")


def test_an_error_of_the_watcher_is_seen(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now, polling=True)

    def fail(*_: object, **__: object) -> None:
        watcher.stop()
        raise ZeroDivisionError("no")

    monkeypatch.setattr(sync, "sync", fail)
    watcher.run()
    failed = newsroom.database.health.read().failed
    assert failed
    assert failed.reason == "an error of feedsvc: ZeroDivisionError('no')"


def test_a_look_at_one_place_does_not_end_the_failure_of_another(newsroom: Newsroom) -> None:
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    newsroom.write("a.md", article())
    with newsroom.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    newsroom.write("b.md", article("B", "Long. " * 90_000))
    assert watcher.sync(near={"articles/b.md"}) is None
    with newsroom.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert watcher.sync(near={"articles/a.md"})
    assert newsroom.database.health.read().failed
    assert watcher.sync()
    assert not newsroom.database.health.read().failed
