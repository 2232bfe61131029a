"""``feedsvc backup`` and ``feedsvc restore``, beside a newsroom that goes on publishing."""

from __future__ import annotations

import shutil
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
def room(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom with one article, which is the folder the commands are called in."""
    monkeypatch.chdir(newsroom.root)
    newsroom.write("world/a.md", article("The Tunnel Opens"))
    newsroom.sync()
    return newsroom


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_copy_is_made_and_its_place_and_size_are_told(room: Newsroom) -> None:
    result = run("backup", "copy.sqlite")
    size = Path("copy.sqlite").stat().st_size
    said = f"copy.sqlite: {size:,} bytes, a copy of {room.database.path}\n"
    assert (result.exit_code, result.output) == (0, said)
    assert ask(Path("copy.sqlite"), "SELECT path FROM articles") == [("world/a.md",)]


def test_a_copy_that_is_there_is_written_over_only_on_demand(room: Newsroom) -> None:
    Path("copy.sqlite").write_text("mine")
    result = run("backup", "copy.sqlite")
    assert result.exit_code == 1
    assert result.stderr == "feedsvc: copy.sqlite is there already; --replace writes over it\n"
    assert Path("copy.sqlite").read_text() == "mine"
    assert run("backup", "copy.sqlite", "--replace").exit_code == 0
    assert Path("copy.sqlite").read_bytes().startswith(b"SQLite")


def test_a_store_of_an_older_feedsvc_is_copied_before_it_is_upgraded(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_store(room.root / "old")
    monkeypatch.setenv("STATE_DIRECTORY", str(room.root / "old"))
    assert run("backup", "copy.sqlite").exit_code == 0
    assert ask(Path("copy.sqlite"), "SELECT * FROM alembic_version") == [("0001",)]
    assert ask(room.root / "old" / FILE_NAME, "SELECT * FROM alembic_version") == [("0001",)]


def test_it_is_told_what_a_copy_holds_and_what_it_does_not() -> None:
    told = " ".join(run("backup", "--help").output.split())
    assert "the versions of articles, the log of what was done" in told
    assert "article files themselves, media/ and config.toml are not in it" in told


def test_a_restored_store_agrees_with_the_files_as_they_are_now(room: Newsroom) -> None:
    run("backup", "copy.sqlite")
    room.write("world/a.md", article("The Tunnel Floods"))
    room.write("sport/b.md", article("A Goal"))
    room.sync()
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 0, result.output
    folder, live = room.config.state, "2 articles, last changed 2026-11-23 12:00 WET"
    assert result.output.splitlines() == [
        f"replacing  {folder}/{FILE_NAME}: {live}, version {NEWEST}",
        f"by         copy.sqlite: 1 articles, version {NEWEST}",
        f"kept       {folder}/{KEPT}: what was there before; delete it when all is well",
        f"restored   {folder}/{FILE_NAME}",
        "2 read, 0 withdrawn; changed /, /sport, /world",
    ]
    assert "The Tunnel Floods" in room.text()
    assert "A Goal" in room.text()
    assert ask(folder / KEPT, "SELECT path FROM articles ORDER BY path") == [
        ("sport/b.md",),
        ("world/a.md",),
    ]


def test_what_was_killed_since_the_copy_was_made_does_not_come_back(room: Newsroom) -> None:
    text = "Nobody may ever read this sentence again."
    room.write("world/b.md", article("Libel", text))
    room.sync()
    run("backup", "copy.sqlite")
    assert text.encode() in Path("copy.sqlite").read_bytes()
    room.write("world/b.md", article("Libel", text, status="canceled"))
    room.sync()
    assert run("restore", "copy.sqlite").exit_code == 0
    assert text not in room.text()
    assert names(room.config.state) == [FILE_NAME, f"{FILE_NAME}-shm", f"{FILE_NAME}-wal", KEPT]
    for file in room.config.state.iterdir():
        assert text.encode() not in file.read_bytes(), file


def test_what_is_wrong_in_the_files_is_told_but_is_no_failure(room: Newsroom) -> None:
    run("backup", "copy.sqlite")
    room.write("b.md", article(slug="a b"))
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 0
    assert "articles/b.md:4:1: slug:" in result.stderr
    assert result.stdout.endswith("1 read, 0 withdrawn; changed nothing\n")


def test_a_store_that_was_lost_is_brought_back(room: Newsroom) -> None:
    mark(room.database.path, "copy")
    run("backup", "copy.sqlite")
    room.database.close()
    shutil.rmtree(room.config.state)
    result = run("restore", "copy.sqlite")
    assert result.output.splitlines() == [
        f"by         copy.sqlite: 1 articles, version {NEWEST}",
        f"restored   {room.config.state}/{FILE_NAME}",
        "0 read, 0 withdrawn; changed nothing",
    ]
    assert marks(room.database.path) == {"copy"}


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("none", "none cannot be read: No such file or directory"),
        ("config.toml", "config.toml is no copy of a store"),
        (".feedsvc/store.sqlite", ".feedsvc/store.sqlite is a part of the store itself"),
    ],
)
def test_a_refusal_is_a_sentence_and_nothing_is_changed(
    room: Newsroom, file: str, sentence: str
) -> None:
    before = names(room.config.state), room.database.path.read_bytes()
    result = run("restore", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"feedsvc: {sentence}")
    assert (names(room.config.state), room.database.path.read_bytes()) == before


def test_without_articles_nothing_is_restored(room: Newsroom) -> None:
    run("backup", "copy.sqlite")
    room.config.articles.rename(room.root / "elsewhere")
    result = run("restore", "copy.sqlite")
    assert result.exit_code == 1
    assert "there is no folder" in result.stderr
    assert KEPT not in names(room.config.state)


def test_a_store_is_restored_while_it_is_served(room: Newsroom) -> None:
    store = room.database.path
    mark(store, "copy")
    service = Service(room.root, "--workers", "2").wait()
    try:
        assert run("backup", "copy.sqlite").exit_code == 0
        mark(store, "live")
        room.write("world/a.md", article("The Tunnel Floods"))
        until(lambda: service.shows("The Tunnel Floods"))

        result = run("restore", "copy.sqlite")
        assert result.exit_code == 0, result.output
        assert marks(store) == {"copy"}
        for _ in range(20):  # both workers
            assert service.shows("The Tunnel Floods")

        room.write("sport/b.md", article("A Goal"))
        until(lambda: service.shows("A Goal", "/sport/rss.xml"))
        assert ask(store, "PRAGMA integrity_check") == [("ok",)]
        told = run("doctor").output
        assert "ok       publisher      a process publishes every change now\n" in told
        assert len(service.children()) == 3
    finally:
        log = service.end()
    assert "starting another" not in log
    assert '"error"' not in log
