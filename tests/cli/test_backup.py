"""``feedsvc backup`` and ``feedsvc restore``, beside a newsroom that goes on publishing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from feedsvc.store.backup import KEPT
from feedsvc.store.database import NEWEST
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import Newsroom, article
from tests.store.test_backup import ask, mark, marks
from tests.store.test_database import names, old_store
from tests.tools.service import Service, until


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom with one article, which is the folder the commands are called in."""
    monkeypatch.chdir(newsroom.root)
    newsroom.write("world/a.md", article("The Tunnel Opens"))
    newsroom.sync()
    return newsroom


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_copy_is_made_and_its_place_and_size_are_printed(newsroom: Newsroom) -> None:
    result = run("backup", "copy.sqlite")
    size = Path("copy.sqlite").stat().st_size
    message = f"copy.sqlite: {size:,} bytes, a copy of {newsroom.database.path}\n"
    assert (result.exit_code, result.output) == (0, message)
    assert ask(Path("copy.sqlite"), "SELECT path FROM articles") == [("world/a.md",)]


def test_a_copy_that_is_there_is_written_over_only_on_demand(newsroom: Newsroom) -> None:
    Path("copy.sqlite").write_text("mine")
    result = run("backup", "copy.sqlite")
    assert result.exit_code == 1
    assert result.stderr == "feedsvc: copy.sqlite is there already; --replace writes over it\n"
    assert Path("copy.sqlite").read_text() == "mine"
    assert run("backup", "copy.sqlite", "--replace").exit_code == 0
    assert Path("copy.sqlite").read_bytes().startswith(b"SQLite")


def test_a_store_of_an_older_feedsvc_is_copied_before_it_is_upgraded(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_store(newsroom.root / "old")
    monkeypatch.setenv("STATE_DIRECTORY", str(newsroom.root / "old"))
    assert run("backup", "copy.sqlite").exit_code == 0
    assert ask(Path("copy.sqlite"), "SELECT * FROM alembic_version") == [("0004",)]
    assert ask(newsroom.root / "old" / FILE_NAME, "SELECT * FROM alembic_version") == [("0004",)]


def test_the_help_describes_the_contents_of_a_copy() -> None:
    text = " ".join(run("backup", "--help").output.split())
    assert "the versions of articles, the log of changes" in text
    assert "article files themselves, media/ and config.toml are not in it" in text


def test_a_restored_store_agrees_with_the_files_as_they_are_now(newsroom: Newsroom) -> None:
    run("backup", "copy.sqlite")
    newsroom.write("world/a.md", article("The Tunnel Floods"))
    newsroom.write("sport/b.md", article("A Goal"))
    newsroom.sync()
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 0, result.output
    folder, live = newsroom.config.state, "2 articles, last changed 2026-11-23 12:00 WET"
    assert result.output.splitlines() == [
        f"replacing  {folder}/{FILE_NAME}: {live}, version {NEWEST}",
        f"by         copy.sqlite: 1 articles, version {NEWEST}",
        f"kept       {folder}/{KEPT}: the store before this; delete it when all is well",
        f"restored   {folder}/{FILE_NAME}",
        "2 read, 0 withdrawn; changed /, /sport, /world",
    ]
    assert "The Tunnel Floods" in newsroom.text()
    assert "A Goal" in newsroom.text()
    assert ask(folder / KEPT, "SELECT path FROM articles ORDER BY path") == [
        ("sport/b.md",),
        ("world/a.md",),
    ]


def test_an_article_killed_since_the_copy_does_not_come_back(newsroom: Newsroom) -> None:
    text = "Nobody may ever read this sentence again."
    newsroom.write("world/b.md", article("Libel", text))
    newsroom.sync()
    run("backup", "copy.sqlite")
    assert text.encode() in Path("copy.sqlite").read_bytes()
    newsroom.write("world/b.md", article("Libel", text, status="canceled"))
    newsroom.sync()
    assert run("restore", "copy.sqlite").exit_code == 0
    assert text not in newsroom.text()
    assert names(newsroom.config.state) == [FILE_NAME, f"{FILE_NAME}-shm", f"{FILE_NAME}-wal", KEPT]
    for file in newsroom.config.state.iterdir():
        assert text.encode() not in file.read_bytes(), file


def test_a_restore_that_is_cut_off_shows_nothing_that_was_killed(newsroom: Newsroom) -> None:
    for number in range(5):
        newsroom.write(f"world/{number}.md", article(f"Story {number}."))
    newsroom.sync()
    run("backup", "copy.sqlite")
    newsroom.write("world/3.md", article("Story 3.", status="canceled", note="Wrong."))
    newsroom.sync()
    restore = subprocess.Popen(
        [sys.executable, "-u", "-m", "feedsvc", "restore", "copy.sqlite"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert restore.stdout
    next(line for line in restore.stdout if line.startswith("restored"))
    restore.kill()
    restore.wait()
    restore.stdout.close()
    assert "Story 2." in newsroom.text()
    assert "Story 3." not in newsroom.text()


def test_problems_in_the_files_are_printed_but_are_no_failure(newsroom: Newsroom) -> None:
    run("backup", "copy.sqlite")
    newsroom.write("b.md", article(slug="a b"))
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 0
    assert "articles/b.md:4:1: slug:" in result.stderr
    assert result.stdout.endswith("1 read, 0 withdrawn; changed nothing\n")


def test_a_store_that_was_lost_is_brought_back(newsroom: Newsroom) -> None:
    mark(newsroom.database.path, "copy")
    run("backup", "copy.sqlite")
    newsroom.database.close()
    shutil.rmtree(newsroom.config.state)
    result = run("restore", "copy.sqlite")
    assert result.output.splitlines() == [
        f"by         copy.sqlite: 1 articles, version {NEWEST}",
        f"restored   {newsroom.config.state}/{FILE_NAME}",
        "0 read, 0 withdrawn; changed nothing",
    ]
    assert marks(newsroom.database.path) == {"copy"}


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("none", "none cannot be read: No such file or directory"),
        ("config.toml", "config.toml is no copy of a store"),
        (".feedsvc/store.sqlite", ".feedsvc/store.sqlite is a part of the store itself"),
    ],
)
def test_a_refusal_is_a_sentence_and_nothing_is_changed(
    newsroom: Newsroom, file: str, sentence: str
) -> None:
    before = names(newsroom.config.state), newsroom.database.path.read_bytes()
    result = run("restore", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"feedsvc: {sentence}")
    assert (names(newsroom.config.state), newsroom.database.path.read_bytes()) == before


def test_without_articles_nothing_is_restored(newsroom: Newsroom) -> None:
    run("backup", "copy.sqlite")
    newsroom.config.articles.rename(newsroom.root / "elsewhere")
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 1
    assert "there is no folder" in result.stderr
    assert KEPT not in names(newsroom.config.state)


def test_a_store_is_restored_while_it_is_served(newsroom: Newsroom) -> None:
    store = newsroom.database.path
    mark(store, "copy")
    service = Service(newsroom.root, "--workers", "2").wait()
    try:
        assert run("backup", "copy.sqlite").exit_code == 0
        mark(store, "live")
        newsroom.write("world/a.md", article("The Tunnel Floods"))
        until(lambda: service.shows("The Tunnel Floods"))

        result = run("restore", "copy.sqlite")
        assert result.exit_code == 0, result.output
        assert marks(store) == {"copy"}
        for _ in range(20):  # both workers
            assert service.shows("The Tunnel Floods")

        newsroom.write("sport/b.md", article("A Goal"))
        until(lambda: service.shows("A Goal", "/sport/rss.xml"))
        assert ask(store, "PRAGMA integrity_check") == [("ok",)]
        text = run("doctor").output
        assert "ok       publisher      a process publishes every change now\n" in text
        assert len(service.children()) == 3
    finally:
        log = service.end()
    assert "starting another" not in log
    assert '"error"' not in log
