"""Writers wait for each other, and not for ever."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from typing import Any

import pytest
from msgspec.structs import replace

from feedsvc.errors import BusyError, ConflictError
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import record_publisher
from feedsvc.publishing.article_writer import ArticleWriter
from feedsvc.publishing.writes import Write, Written, merge_patch
from feedsvc.store import key_values
from feedsvc.store.lock import EDIT_LOCK_FILE, try_lock
from tests.conftest import NOW, Newsroom, article
from tests.tools.statements import statements

STORY = {"headline": "A", "published": "2026-11-21"}
WRITE = Write(by=Publisher(name="cms", scopes=frozenset({"write"}), created=NOW))


@pytest.fixture
def writer(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> ArticleWriter:
    newsroom.write("a.md", article())
    newsroom.sync()
    monkeypatch.setattr(record_publisher, "PATIENCE", 0.05)
    return ArticleWriter(newsroom.config, newsroom.database, lambda: newsroom.now)


def test_a_writer_waits_for_another_in_its_process(writer: ArticleWriter) -> None:
    begun, end = Event(), Event()

    def minted(_article_id: str) -> None:
        begun.set()
        assert end.wait(30)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(writer.create, STORY, WRITE, minted)
        assert begun.wait(30)
        with pytest.raises(BusyError, match="others are writing"):
            writer.put("b", STORY, WRITE)
        end.set()
        assert first.result().created


def test_a_writer_waits_for_another_process(writer: ArticleWriter, newsroom: Newsroom) -> None:
    with try_lock(newsroom.config.state / EDIT_LOCK_FILE), pytest.raises(BusyError):
        writer.put("b", STORY, WRITE)
    assert writer.put("b", STORY, WRITE).created


@pytest.mark.parametrize("setting", ["made_with", "rendered_with"])
def test_a_write_into_a_store_of_another_version_reads_all_files_anew(
    writer: ArticleWriter, newsroom: Newsroom, setting: str
) -> None:
    newsroom.write("c.md", article("Not heard of yet"))
    with newsroom.database.writing() as connection:
        key_values.set_setting(connection, setting, "an older version")
    written = writer.put("b", STORY, WRITE)
    assert [(it.act, it.by) for it in written.changes] == [("publish", "cms")]
    assert "Not heard of yet" in newsroom.text()


def test_a_name_that_a_write_gives_up_goes_to_the_file_that_waits_for_it(
    writer: ArticleWriter, newsroom: Newsroom
) -> None:
    newsroom.write("b.md", article("First", origin="{system: cms, id: '1'}"))
    newsroom.sync()
    newsroom.write("c.md", article("Waiting", origin="{system: cms, id: '1'}"))
    newsroom.sync()
    assert "Waiting" not in newsroom.text()
    writer.patch("b", {"headline": "Second", "origin": None}, WRITE)
    assert "Waiting" in newsroom.text()


def test_the_changes_of_another_process_that_was_quicker_are_answered(
    writer: ArticleWriter, newsroom: Newsroom
) -> None:
    sources: list[str] = []

    def quick() -> datetime:
        if (newsroom.root / "articles/b.md").exists() and not sources:
            sources.append("b")
            newsroom.sync()
        return newsroom.now

    mine = ArticleWriter(newsroom.config, newsroom.database, quick)
    written = mine.put("b", STORY, WRITE)
    assert sources == ["b"]
    assert [(it.act, it.by) for it in written.changes] == [("publish", "cms")]
    alone = writer.put("c", STORY, WRITE)
    assert [replace(it, id="b") for it in alone.changes] == [*written.changes]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_is_that_of_rfc_7396(target: object, patch: object, result: object) -> None:
    assert merge_patch(target, patch) == result


def test_of_many_articles_only_the_wrong_ones_are_refused(writer: ArticleWriter) -> None:
    deep: Any = "A"
    for _ in range(500):
        deep = [deep]
    articles = [("b", {**STORY, "headline": deep}), ("c", STORY)]
    (_, refused), (_, written) = writer.put_many(articles, WRITE)
    assert "nested too deeply" in str(refused)
    assert isinstance(written, Written)
    assert written.created


def test_of_many_articles_the_store_is_asked_together(
    writer: ArticleWriter, newsroom: Newsroom
) -> None:
    newsroom.write("b0.md", article("Before", guid="known"))
    newsroom.write("c.md", article("Another", guid="taken"))
    newsroom.sync()

    def count(names: Sequence[str]) -> int:
        many = [(name, {**STORY, "headline": name}) for name in names]
        taken = ("d", {**STORY, "guid": "taken"})
        with statements() as executed:
            *_, (_, refused) = [*writer.put_many([*many, taken], WRITE)]
        assert '"taken"' in str(refused)
        return len(executed)

    few = count(["b1", "b2"])
    assert count([f"b{number}" for number in range(3, 33)]) == few
    (_, other), (_, same) = writer.put_many(
        [("b0", STORY), ("b0", {**STORY, "guid": "known"})], WRITE
    )
    assert "the id under which readers have the article" in str(other)
    assert isinstance(same, Written)


def test_while_others_write_no_article_of_many_is_written(
    writer: ArticleWriter, newsroom: Newsroom
) -> None:
    wrong = ConflictError("wrong")
    with try_lock(newsroom.config.state / EDIT_LOCK_FILE):
        (_, busy), (_, own_error) = writer.put_many([("b", STORY), wrong], WRITE)
    assert isinstance(busy, BusyError)
    assert own_error is wrong


def test_a_new_article_may_be_long(writer: ArticleWriter) -> None:
    minted: list[str] = []
    long = {**STORY, "body": "Ships came in. " * 2000}
    assert writer.create(long, WRITE, minted.append).id == "2026-11-21-a"
    assert set(minted) == {"2026-11-21-a"}
