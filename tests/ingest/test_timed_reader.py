"""A file that takes long to read holds up no other, and one that takes too long is given up."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.ingest import timed_reader
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.records import RecordFolder
from feedsvc.ingest.timed_reader import SHORT, Reader
from tests.conftest import CONFIG, article, png
from tests.tools.service import until

LONG = "Ships came in. " * (SHORT // 10)
SLOW = "- ~" + "*_" * 40_000
"""Takes a second, and three where the coverage of tests is measured."""
TOO_LONG = "articles/slow.md:1:1: takes too long to read; simplify its text, or split it"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    return load(tmp_path / "config.toml", {})


def write(config: Config, path: str, text: str) -> None:
    (config.articles / path).write_text(text, encoding="utf-8")


def problems(file: ReadFile | None) -> list[str]:
    assert file
    return list(map(str, file.problems))


def test_a_long_file_is_read_as_a_short_one_is(config: Config) -> None:
    write(config, "short.md", article())
    (config.articles / "a.png").write_bytes(png())
    write(config, "long.md", article(body=LONG, image="{file: a.png}"))
    with Reader(config, RecordFolder.of(config)) as reader:
        for path in ("short.md", "long.md", "long.md"):
            file = reader.read(path)
            assert file
            assert file.article
            assert file.article.path == path
            assert file.problems == ()
    assert [measure.path for measure in file.files] == ["articles/a.png"]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_file_that_takes_too_long_is_a_problem(
    config: Config, monkeypatch: pytest.MonkeyPatch, withdrawn: bool
) -> None:
    monkeypatch.setattr(timed_reader, "LEAST_TIME", 0.1)
    monkeypatch.setattr(timed_reader, "_TIME", 0)
    write(config, "slow.md", article(body=SLOW, status="withheld" if withdrawn else ""))
    with Reader(config, RecordFolder.of(config)) as reader:
        file = reader.read("slow.md")
        assert problems(file) == [TOO_LONG]
        assert file
        assert file.withdrawn is withdrawn
        assert file.stamp[0] > SHORT


def test_others_do_not_wait_for_a_file_that_takes_long(config: Config) -> None:
    write(config, "slow.md", article(body=SLOW))
    write(config, "short.md", article())
    with Reader(config, RecordFolder.of(config), 0.01) as reader:
        assert reader.read("slow.md") is None
        assert reader.waiting == {"articles/slow.md"}
        assert reader.read("short.md")
        begun = time.monotonic()
        assert reader.read("slow.md") is None
        assert time.monotonic() - begun < 0.1
        until(lambda: reader.read("slow.md"))
        assert reader.waiting == set()


def test_where_all_must_be_read_a_file_is_waited_for(config: Config) -> None:
    write(config, "slow.md", article(body=SLOW))
    with Reader(config, RecordFolder.of(config), 0.01) as reader:
        assert reader.read("slow.md") is None
        assert reader.read("slow.md", patient=True)


def test_a_file_that_changed_meanwhile_is_read_anew(config: Config) -> None:
    write(config, "slow.md", article(body=SLOW))
    with Reader(config, RecordFolder.of(config), 0.01) as reader:
        assert reader.read("slow.md") is None
        write(config, "slow.md", article("Mended"))
        file = reader.read("slow.md")
        assert file
        assert file.article
        assert file.article.headline == "Mended"


def test_of_many_files_that_take_long_the_new_ones_and_kills_come_first(config: Config) -> None:
    for name in "abcde":
        write(config, f"{name}.md", article(body=SLOW))
    write(config, "a.md", article(body=SLOW, status="canceled", note="Wrong."))
    write(config, "long.md", article(body=LONG))
    with Reader(config, RecordFolder.of(config), 0.01) as reader:
        assert [reader.read(f"{name}.md") for name in "abcd"] == [None] * 4
        assert reader.waiting == {f"articles/{name}.md" for name in "abcd"}
        assert problems(reader.read("long.md", patient=True)) == []
        assert reader.read("b.md") is None
        reader.waiting.add("articles/e.md")
        assert reader.read("e.md") is None
        assert set(reader._tasks) == {"c.md", "d.md", "b.md"}
        kill = reader.read("a.md", patient=True)
        assert kill
        assert kill.article
        assert kill.article.status == "canceled"


def test_a_process_that_was_ended_is_reported(config: Config) -> None:
    write(config, "slow.md", article(body=SLOW))
    with Reader(config, RecordFolder.of(config), 0.01) as reader:
        until(lambda: reader.read("slow.md") or reader._tasks["slow.md"].process.ready)
        os.kill(reader._tasks["slow.md"].process._process.pid, signal.SIGKILL)
        assert problems(reader.read("slow.md", patient=True)) == [
            "articles/slow.md:1:1: feedsvc ended while it read this (-9); "
            "please report it with the file"
        ]


def test_a_process_that_ended_while_nothing_was_read_is_replaced(config: Config) -> None:
    write(config, "long.md", article(body=LONG))
    with Reader(config, RecordFolder.of(config)) as reader:
        assert problems(reader.read("long.md")) == []
        process = reader._idle[0]._process
        process.kill()
        process.wait()
        assert problems(reader.read("long.md")) == []


def test_where_no_process_can_be_started_files_are_read_here(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    write(config, "long.md", article(body=LONG))
    with Reader(config, RecordFolder.of(config)) as reader:
        assert problems(reader.read("long.md")) == []


def test_bytes_that_a_file_is_to_have_are_read_as_if_it_had_them(config: Config) -> None:
    with Reader(config, RecordFolder.of(config)) as reader:
        for body in ("Ships came in.", LONG, LONG):
            file = reader.interpret("new.md", article(body=body).encode())
            assert file.article
            assert file.article.id == "new"
    assert not (config.articles / "new.md").exists()


def test_bytes_that_take_too_long_are_a_problem(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_reader, "LEAST_TIME", 0.1)
    monkeypatch.setattr(timed_reader, "_TIME", 0)
    with Reader(config, RecordFolder.of(config)) as reader:
        assert problems(reader.interpret("slow.md", article(body=SLOW).encode())) == [TOO_LONG]
        assert reader.interpret("new.md", article().encode()).article


def test_where_no_process_can_be_started_bytes_are_read_here(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with Reader(config, RecordFolder.of(config)) as reader:
        assert reader.interpret("long.md", article(body=LONG).encode()).article
