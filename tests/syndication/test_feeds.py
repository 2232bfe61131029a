"""Feeds are made by one thread at a time, in one transaction each."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, current_thread, main_thread

import pytest
from sqlalchemy import Engine, event

from feedsvc.model.feed import Document
from tests.conftest import Newsroom, article, wanted

Read = Callable[[str], Document]


@pytest.fixture
def read(newsroom: Newsroom) -> Read:
    """Return how a process reads feeds: that of sport is ready, that of world has changed since."""
    feeds = newsroom.syndication

    def document(section: str) -> Document:
        return feeds.document(wanted(section), newsroom.now)

    newsroom.write("world/a.md", article())
    newsroom.write("sport/b.md", article("Team Wins"))
    newsroom.sync()
    document("world")
    document("sport")
    newsroom.write("world/c.md", article("Tides Turn"))
    newsroom.sync()
    return document


@contextmanager
def heard(begin: Callable[[], None]) -> Generator[None]:
    """Call a function at the beginning of each transaction."""

    def listener(_connection: object) -> None:
        begin()

    event.listen(Engine, "begin", listener)
    try:
        yield
    finally:
        event.remove(Engine, "begin", listener)


@contextmanager
def made_elsewhere(read: Read) -> Generator[Callable[[], Future[Document]]]:
    """Have another thread make a feed, and hold up all other threads until the block ends.

    Yields a function that asks for the feed in one more thread.
    """
    begun, released = Event(), Event()

    def begin() -> None:
        if current_thread() is not main_thread():
            begun.set()
            assert released.wait(30)

    with heard(begin), ThreadPoolExecutor(2) as pool:
        pool.submit(read, "world")
        try:
            assert begun.wait(30)
            yield lambda: pool.submit(read, "world")
        finally:
            released.set()


def test_a_feed_that_changed_takes_one_transaction(read: Read) -> None:
    begun: list[bool] = []
    with heard(lambda: begun.append(True)):
        assert b"Tides Turn" in read("world").body
    assert len(begun) == 1


def test_a_feed_that_is_ready_does_not_wait_for_another(read: Read) -> None:
    with made_elsewhere(read) as ask:
        document = read("sport")
        assert not ask().done()
    assert b"Team Wins" in document.body


def test_a_feed_is_made_once_for_threads_that_ask_together(read: Read) -> None:
    with made_elsewhere(read) as ask:
        waiting = ask()
    assert waiting.result() is read("world")
