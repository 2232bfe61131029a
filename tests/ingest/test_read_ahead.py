"""Very many files are read by several processes as they are read one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.ingest import read_ahead
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.read_ahead import ReadAhead
from feedsvc.ingest.reading_process import ReadingProcess
from feedsvc.ingest.records import RecordFolder
from feedsvc.ingest.timed_reader import SHORT, Reader
from tests.conftest import CONFIG, article, png
from tests.tools.service import until

MANY = 40
LONG = "Ships came in. " * (SHORT // 10)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(read_ahead, "MANY", MANY)
    monkeypatch.setattr(read_ahead, "PROCESSES", 2)
    monkeypatch.setattr(read_ahead, "_CHUNK", 4)
    monkeypatch.setattr(read_ahead, "_AHEAD", 12)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "articles").mkdir()
    return load(tmp_path / "config.toml", {})


@pytest.fixture
def paths(config: Config) -> list[str]:
    """Return the paths of articles of all kinds: long ones, wrong ones, and ones with pictures."""
    (config.articles / "a.png").write_bytes(png())
    kinds = [
        article("Harbour {}", image="{{file: a.png}}", keywords="[ferries, tides]"),
        article("Market {}", published="soon", status="withheld"),
        article(
            "Council {}", body="See [the vote](../b.md).\n\n- one\n- two", expires="2027-01-01"
        ),
        article("Tide {}", body=LONG),
        "no article {}",
    ]
    names = [f"{number:03}.md" for number in range(MANY + 3)]
    for number, name in enumerate(names):
        text = kinds[number % len(kinds)].replace("{}", str(number)).replace("{{", "{")
        (config.articles / name).write_text(text.replace("}}", "}"), encoding="utf-8")
    return names


def reader_of(config: Config) -> Reader:
    return Reader(config, RecordFolder.of(config))


def one_by_one(config: Config, paths: list[str]) -> list[ReadFile | None]:
    with reader_of(config) as reader:
        return [reader.read(path) for path in paths]


def test_files_are_read_in_their_order_as_one_by_one(config: Config, paths: list[str]) -> None:
    with reader_of(config) as reader, reader.ahead(paths):
        read = [reader.read(path) for path in paths]
    assert read == one_by_one(config, paths)
    assert {
        file.article.images[0].path for file in read if file and file.article and file.files
    } == {"articles/a.png"}


def test_few_files_are_read_without_processes(config: Config, paths: list[str]) -> None:
    before = children()
    with reader_of(config) as reader, reader.ahead(paths[: MANY - 1]):
        assert reader.read(paths[0])
        assert children() == before


def test_files_at_which_a_process_ended_are_read_all_the_same(
    config: Config, paths: list[str]
) -> None:
    with reader_of(config) as reader, reader.ahead(paths):
        read = [reader.read(paths[0])]
        for process in children():
            os.kill(process, signal.SIGKILL)
        read += [reader.read(path) for path in paths[1:]]
    assert read == one_by_one(config, paths)


def test_where_no_process_can_be_started_files_are_read_here(
    config: Config, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = one_by_one(config, paths)
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with reader_of(config) as reader, reader.ahead(paths):
        assert [reader.read(path) for path in paths] == expected


def test_the_processes_end_with_the_block_in_any_case(config: Config, paths: list[str]) -> None:
    before = children()
    with (
        pytest.raises(KeyError),
        reader_of(config) as reader,
        reader.ahead(paths),
    ):
        reader.read(paths[0])
        assert children() - before
        raise KeyError
    assert not children() - before


def test_a_process_that_is_killed_leaves_no_others(config: Config, paths: list[str]) -> None:
    program = f"""
from functools import partial
from pathlib import Path
from feedsvc.config.load import load
from feedsvc.ingest import read_ahead
from feedsvc.ingest.read_ahead import ReadAhead
from feedsvc.ingest.reading_process import ReadingProcess
from feedsvc.ingest.records import RecordFolder
read_ahead._CHUNK = 1
config = load(Path({str(config.file)!r}), {{}})
records = RecordFolder.of(config)
items = [(path, records.read(path)) for path in {paths!r}]
with ReadAhead(partial(ReadingProcess, config), items, 10**6) as read:
    next(iter(read))
    print("read", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"read\n"
        left = children(parent.pid)
        assert left
        parent.kill()
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in left))


def test_bytes_are_interpreted_as_one_by_one(config: Config, paths: list[str]) -> None:
    items = [(path, (config.articles / path).read_bytes()) for path in paths]
    with reader_of(config) as reader:
        expected = [(*item, reader.interpret(*item)) for item in items]
        assert list(reader.interpret_many(items)) == expected
        assert list(reader.interpret_many(items[:3])) == expected[:3]
        assert list(reader.interpret_many(items, alone=True)) == expected


def test_files_are_read_no_further_ahead_than_is_of_use(config: Config, paths: list[str]) -> None:
    records = RecordFolder.of(config)
    items = [(path, records.read(path)) for path in paths]
    with ReadAhead(partial(ReadingProcess, config), items, SHORT) as read:
        next(iter(read))
        assert len(read._reading) <= read_ahead._AHEAD / read_ahead._CHUNK


def children(process: int | None = None) -> set[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{process or os.getpid()}/task")
    return {int(it) for task in tasks.iterdir() for it in (task / "children").read_text().split()}
