"""Content is interpreted before it is its program's turn, and very much of it by processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from feedsvc.ingest import read_ahead
from feedsvc.publishing.interpretation import Interpreter
from feedsvc.publishing.interpreted import Interpreted
from tests.conftest import Newsroom, article
from tests.ingest.test_read_ahead import children

Results = list[tuple[int, Interpreted | None]]


@pytest.fixture
def interpreter(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    monkeypatch.setattr(read_ahead, "PROCESSES", 1)
    monkeypatch.setattr("feedsvc.ingest.timed_reader.MANY", 8)
    monkeypatch.setattr(read_ahead, "MANY", 8)
    monkeypatch.setattr(read_ahead, "_CHUNK", 4)
    return Interpreter(newsroom.config, newsroom.records)


def content(number: int) -> tuple[str, bytes] | None:
    """Return the content of an article; one of three is none."""
    return None if number % 3 == 2 else (f"{number}.md", article(f"Story {number}").encode())


def expected(interpreter: Interpreter, count: int) -> Results:
    contents = [(number, content(number)) for number in range(count)]
    return [(number, interpreter.one(*it) if it else None) for number, it in contents]


@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_many_are_interpreted_as_one_is(interpreter: Interpreter, count: int) -> None:
    assert list(interpreter.many(range(count), content)) == expected(interpreter, count)


def test_a_third_program_with_many_waits_for_no_other(interpreter: Interpreter) -> None:
    others: list[Iterator[tuple[int, Interpreted | None]]] = []
    for _ in range(2):
        others.append(interpreter.many(range(20), content))
        next(others[-1])
    before = children()
    assert before
    assert list(interpreter.many(range(20), content)) == expected(interpreter, 20)
    assert children() == before
    for other in others:
        assert len(list(other)) == 19
