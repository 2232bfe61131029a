"""The worker: one process at a time, some jobs at once, and no failure ends the others."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import current_thread

import pytest
from sqlalchemy import Engine, event

from feedsvc.errors import FeedsvcError
from feedsvc.model.paths import FETCHED
from feedsvc.push import worker as module
from feedsvc.push.pauses import FIRST_PAUSE, LONGEST_PAUSE, pause
from feedsvc.push.worker import THREADS, make_worker
from feedsvc.store import outbox, remote_pictures
from feedsvc.store.lock import try_lock
from tests.conftest import MakeNewsroom, Newsroom, article, png
from tests.push.test_pictures import config_of, enclosure, state
from tests.tools.other_server import OtherServer, picture, status
from tests.tools.service import Service, until


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("quay", config_of("measure"))
    newsroom.now = datetime.now(UTC)
    return newsroom


def test_the_pauses_grow_and_are_never_quite_the_same() -> None:
    assert pause(1, lambda: 0.5) == timedelta(seconds=FIRST_PAUSE)
    assert pause(2, lambda: 0.5) == timedelta(seconds=2 * FIRST_PAUSE)
    assert pause(4, lambda: 0.0) == timedelta(seconds=4 * FIRST_PAUSE)
    assert pause(99, lambda: 0.5) == timedelta(seconds=LONGEST_PAUSE)
    assert len({pause(5) for _ in range(20)}) > 1


def test_the_server_hears_who_asks(newsroom: Newsroom, server: OtherServer) -> None:
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    make_worker(newsroom.config, newsroom.database, lambda: newsroom.now).work_due()
    [(_, headers, _)] = server.requests
    assert headers["user-agent"].startswith("feedsvc/")
    assert headers["user-agent"].endswith(" (+https://feeds.quay.example/feeds)")


def test_a_running_worker_does_jobs_as_they_come(newsroom: Newsroom, server: OtherServer) -> None:
    server.answers["/a.png"] = picture(png())
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    thread = worker.start()
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    until(lambda: state(newsroom).waiting == 0)
    newsroom.sync()
    assert enclosure(newsroom) is not None
    worker.stop()
    thread.join(30)
    assert not thread.is_alive()


def test_a_worker_without_jobs_asks_the_store_one_question(newsroom: Newsroom) -> None:
    questions: list[str] = []

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if current_thread().name == "jobs" and "FROM outbox" in statement:
            questions.append(statement)

    event.listen(Engine, "before_cursor_execute", executed)
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    thread = worker.start()
    try:
        until(lambda: len(questions) > 1)
    finally:
        worker.stop()
        thread.join(30)
        event.remove(Engine, "before_cursor_execute", executed)
    assert len({*questions}) == 1


def test_a_slow_server_does_not_hold_up_another(newsroom: Newsroom, server: OtherServer) -> None:
    def slow(_handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(60)

    server.answers["/a.png"] = picture(png())
    for number in range(THREADS - 1):
        path = f"/slow.png?{number}"
        server.answers[path] = slow
        newsroom.write(f"{number}.md", article(f"Slow {number}", image=server.url(path)))
    newsroom.sync()
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    worker.start()
    until(lambda: len(server.requests) == THREADS - 1)
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    until(lambda: state(newsroom).waiting == THREADS - 1)
    worker.stop()


def test_a_dead_server_with_very_many_pictures_does_not_hold_up_another(
    newsroom: Newsroom, server: OtherServer
) -> None:
    def dead(_handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(60)

    with OtherServer().running() as other:
        other.answers["/a.png"] = picture(png())
        server.other = dead
        newsroom.write("a.md", article("Alive", image=other.url("/a.png")))
        for number in range(20):
            newsroom.write(f"{number}.md", article(image=server.url(f"/{number}.png")))
        newsroom.sync()
        worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
        thread = worker.start()
        until(lambda: len(server.requests) >= THREADS and state(newsroom).waiting == 20)
        worker.stop()
        thread.join(30)
        assert (len(server.requests), len(other.requests)) == (THREADS, 1)


def test_dead_sites_do_not_hold_up_pictures(
    make_newsroom: MakeNewsroom, server: OtherServer
) -> None:
    def dead(_handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(60)

    sites = "".join(
        f'[[sources]]\nname = "s{number}"\nkind = "wordpress"\nsecret = "0123456789abcdef"\n'
        f'url = "{server.url(f"/s{number}")}"\n'
        for number in range(THREADS + 1)
    )
    newsroom = make_newsroom("quay", f"{config_of('measure')}{sites}")
    newsroom.now = datetime.now(UTC)
    newsroom.sync()
    server.other = dead
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    worker.start()
    until(lambda: len(server.requests) == THREADS + 1)
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    until(lambda: state(newsroom).waiting == THREADS + 1)
    assert "/a.png" in server.asked()
    worker.stop()


def test_the_job_of_a_process_that_was_killed_is_done_at_once_by_the_next(
    newsroom: Newsroom, server: OtherServer
) -> None:
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        assert len(outbox.claim(connection, 1, newsroom.now)) == 1
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    assert worker.work_due() == 1
    assert state(newsroom).waiting == 0


def test_only_one_process_works_at_a_time(newsroom: Newsroom) -> None:
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    with (
        try_lock(newsroom.config.state / module.LOCK_FILE),
        pytest.raises(FeedsvcError, match='another process does the jobs, such as "feedsvc serve"'),
    ):
        worker.work_due()


def test_a_worker_waits_while_another_process_works(
    newsroom: Newsroom, server: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    with try_lock(newsroom.config.state / module.LOCK_FILE):
        thread = worker.start()
        thread.join(0.2)
        assert server.requests == []
    until(lambda: server.requests)
    worker.stop()
    thread.join(30)


def test_a_worker_goes_on_after_an_error_of_the_store(
    newsroom: Newsroom,
    server: OtherServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    thread = worker.start()
    until(lambda: "could not work jobs, and will try again" in caplog.text)
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO outbox")
    until(lambda: server.requests)
    worker.stop()
    thread.join(30)


def test_a_job_that_meets_a_bug_is_tried_again_and_others_are_done(
    newsroom: Newsroom, server: OtherServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["/a.png"] = picture(png())
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        outbox.add(connection, "of a newer version", ["x"], newsroom.now)
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    assert worker.work_due() == 2
    newsroom.sync()
    assert enclosure(newsroom) is not None
    with newsroom.database.reading() as connection:
        [job] = outbox.jobs(connection)
    assert (job.key, job.attempts, job.failed) == ("x", 1, False)
    assert job.last_error.startswith("an error of feedsvc: KeyError")
    assert "(of a newer version x) failed" in caplog.text


def test_a_failure_that_cannot_be_recorded_is_logged(
    newsroom: Newsroom, server: OtherServer, caplog: pytest.LogCaptureFixture
) -> None:
    def break_store(handler: BaseHTTPRequestHandler) -> None:
        with newsroom.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
        status(404)(handler)

    server.answers["/a.png"] = break_store
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    with pytest.raises(FeedsvcError):
        worker.work_due()
    assert "could not record that a job failed" in caplog.text


def test_lost_copies_are_looked_for_again_and_again(
    make_newsroom: MakeNewsroom, server: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP", 0.0)
    server.answers["/a.png"] = picture(png())
    newsroom = make_newsroom("copies", config_of("copy"))
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.sync()
    worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
    worker.start()
    until(lambda: state(newsroom).waiting == 0)
    with newsroom.database.reading() as connection:
        [path] = remote_pictures.copies(connection).values()
    copy = newsroom.config.state / path
    assert path.startswith(f"{FETCHED}/")
    copy.unlink()
    until(copy.exists)
    worker.stop()


def test_serve_publishes_at_once_and_adds_the_enclosure(
    newsroom: Newsroom, server: OtherServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.answers["/a.png"] = picture(png())
    newsroom.database.close()
    service = Service(newsroom.root).wait()
    newsroom.write("a.md", article(image=server.url("/a.png")))
    until(lambda: service.shows("Harbour Opens"))
    until(lambda: service.shows(f'length="{len(png())}"'), 20)
    assert service.shows('type="image/png"')
    log = service.end()
    assert "touch a: changed" in log
