"""Writes that another process carries out are the same, and none is lost where that one ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from feedsvc.errors import BusyError, NotFoundError, RefusedError
from feedsvc.publishing import tokens, writer_link
from feedsvc.publishing.article_writer import ArticleWriter
from feedsvc.publishing.stored_record import Expected
from feedsvc.publishing.writer_link import LinkedWriter, WriterLink, WriterService
from feedsvc.publishing.writes import Write
from feedsvc.web.app import create_app
from tests.conftest import Newsroom, article
from tests.publishing.test_article_writer import STORY, WRITE


class Linked:
    """A writer, and the process at the other end, here in threads."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.link = WriterLink()
        self.threads: list[str] = []
        """The threads that asked for the time, as each write does."""
        self.alone, other = (
            ArticleWriter(newsroom.config, newsroom.database, self._clock) for _ in range(2)
        )
        self.writer = LinkedWriter(self.alone, self.link)
        self.service = WriterService(other, self.link)

    def _clock(self) -> datetime:
        self.threads.append(current_thread().name)
        return self.newsroom.now

    def elsewhere(self) -> bool:
        """Return whether all has been done in threads of the other process."""
        return set(self.threads) == {"write"}


@pytest.fixture
def linked(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Linked:
    monkeypatch.setattr(writer_link, "_PATIENCE", 5)
    newsroom.write("a.md", article("Alpha"))
    newsroom.sync()
    return Linked(newsroom)


def test_every_write_is_carried_out_at_the_other_end(linked: Linked) -> None:
    writer, any_state = linked.writer, Write(by=WRITE.by, expected=Expected(exists=True))
    linked.service.start()
    ids: list[str] = []
    assert writer.put("b", STORY, WRITE).created
    patched = writer.patch("a", {"headline": "Beta"}, any_state)
    assert [it.act for it in patched.changes] == ["touch"]
    created = writer.create({**STORY, "headline": "Gamma"}, WRITE, ids.append)
    assert [created.id] == ids
    writer.change("b", lambda record: {**(record.content or {}), "headline": "Delta"}, WRITE)
    assert "Delta" in linked.newsroom.text()
    writer.delete("b", any_state)
    linked.newsroom.sync()
    text = linked.newsroom.text()
    assert [name in text for name in ("Beta", "Gamma", "Delta")] == [True, True, False]
    assert linked.elsewhere()


def test_an_error_is_the_same_as_here(linked: Linked) -> None:
    linked.service.start()
    with pytest.raises(RefusedError) as refused:
        linked.writer.put("b", {"headline": "", "sumary": "x"}, WRITE)
    with pytest.raises(RefusedError) as here:
        linked.alone.put("b", {"headline": "", "sumary": "x"}, WRITE)
    assert refused.value.findings == here.value.findings
    with pytest.raises(NotFoundError, match='there is no article "none"'):
        linked.writer.patch("none", {}, WRITE)


def test_a_bug_is_an_error_of_its_request_alone(
    linked: Linked, caplog: pytest.LogCaptureFixture
) -> None:
    def revise(_record: object) -> dict[str, Any]:
        raise ZeroDivisionError

    linked.service.start()
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError, match="ZeroDivisionError"):
        linked.writer.change("a", revise, WRITE)
    assert "a write failed" in caplog.text
    assert linked.writer.put("b", STORY, WRITE).created
    assert linked.elsewhere()


def test_a_process_writes_itself_while_there_is_no_other(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_link, "_PATIENCE", 0.01)
    any_state = Write(by=WRITE.by, expected=Expected(exists=True))
    assert linked.writer.put("b", STORY, WRITE).created
    linked.service.start()
    assert linked.writer.create(STORY, WRITE, lambda _: None).created
    linked.writer.patch("b", {"headline": "Beta"}, any_state)
    linked.writer.change("b", lambda record: record.content or {}, WRITE)
    linked.writer.delete("b", any_state)
    assert set(linked.threads) == {current_thread().name}


def ends(link: WriterLink, *steps: Callable[[Any], object]) -> Thread:
    """Take a connection, carry out steps with it, and close it."""

    def run() -> None:
        with link.accept() as connection, suppress(EOFError):
            for step in steps:
                step(connection)

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_write_whose_process_ends_is_answered_with_an_error(linked: Linked) -> None:
    ends(linked.link, lambda it: it.send("ready"), lambda it: it.recv())
    with pytest.raises(BusyError, match="has ended; look, and try again"):
        linked.writer.put("b", STORY, WRITE)
    linked.service.start()
    assert linked.writer.put("b", STORY, WRITE).created


def test_a_program_is_asked_to_try_again_where_the_process_ended(linked: Linked) -> None:
    newsroom = linked.newsroom
    secret = tokens.issue(newsroom.database, WRITE.by)
    client = create_app(
        newsroom.config, newsroom.database, lambda: newsroom.now, linked.link
    ).test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    ends(linked.link, lambda it: it.send("ready"), lambda it: it.recv())
    answer = client.put("/api/v1/articles/b", json=STORY, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    linked.service.start()
    assert client.put("/api/v1/articles/b", json=STORY, headers=headers).status_code == 201
    assert linked.elsewhere()


def test_a_connection_that_has_ended_is_not_used_again(linked: Linked) -> None:
    ended, written = Event(), linked.writer.find("a", WRITE.by)
    thread = ends(
        linked.link,
        lambda it: it.send("ready"),
        lambda it: it.recv(),
        lambda it: it.send(written),
        lambda _: ended.wait(30),
    )
    assert linked.writer.put("b", STORY, WRITE) == written
    ended.set()
    thread.join(30)
    linked.service.start()
    assert linked.writer.put("b", STORY, WRITE).created
    assert linked.elsewhere()


def test_a_connection_that_is_refused_is_none(linked: Linked) -> None:
    ends(linked.link)
    assert linked.link.connect() is None


def test_no_number_of_processes_that_wait_holds_up_another(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_link, "_PATIENCE", 0)
    assert {linked.link.connect() for _ in range(500)} == {None}


def test_a_write_ends_before_its_process(linked: Linked) -> None:
    begun, end = Event(), Event()

    def minted(_article_id: str) -> None:
        begun.set()
        assert end.wait(30)

    linked.service.start()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(linked.writer.create, STORY, WRITE, minted)
        assert begun.wait(30)
        drained = pool.submit(linked.service.drain)
        assert not drained.done()
        end.set()
        assert first.result(30).created
        drained.result(30)


def test_a_request_that_ends_in_between_writes_nothing(linked: Linked) -> None:
    linked.service.start()
    connection = linked.link.connect()
    assert connection
    connection.send(("change", ["a", writer_link._Call(()), WRITE]))
    assert connection.recv().values[0].id == "a"
    connection.close()
    assert linked.writer.patch("a", {"summary": "It stays."}, WRITE).etag
    assert "Alpha" in linked.newsroom.text()
