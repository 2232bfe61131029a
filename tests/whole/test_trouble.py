"""Disks that are full, folders that are shut, files that are odd: what is told, and what stays up.

Real files throughout. Who runs this as root does what permissions forbid as nobody.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser
import pytest

from feedsvc.errors import StoreError
from feedsvc.ingest import files as disk
from feedsvc.ingest.check import check
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.scan import Scan
from feedsvc.publishing.watcher import Watcher
from feedsvc.store import article_files
from feedsvc.store.article_files import KnownFile
from feedsvc.store.database import Database
from tests.conftest import NOW, Newsroom, article

NOBODY = 65534

OWN_LIMIT = """
[articles]
max_bytes = 1_048_576
"""


@contextmanager
def as_nobody() -> Generator[None]:
    """Give up root's right to everything, if there is one to give up."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def room() -> Iterator[Newsroom]:
    """Return a newsroom where nobody may go, with one story up."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        room = Newsroom(Path(folder))
        room.write("sport/first.md", article("First"))
        room.sync()
        assert headlines(room) == {"First"}
        yield room
        room.database.close()
        for path in Path(folder).rglob("*"):
            if path.is_dir():
                path.chmod(0o755)


def headlines(room: Newsroom) -> set[str]:
    return {entry["title"] for entry in feedparser.parse(room.text("", "atom"))["entries"]}


def near(room: Newsroom, *places: str) -> Report:
    return sync.sync(room.database, room.config, NOW, near=frozenset(places))


def said(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


# A full disk


def pages(database: Database, most: int) -> None:
    """Let the store grow no further than so many pages, as on a disk that has no more room."""
    with database.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")


def test_on_a_full_disk_the_feeds_stay_up_and_nothing_is_lost(
    room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = Watcher(room.config, room.database, lambda: room.now)
    before = room.document()
    for number in range(50):
        room.write(f"sport/{number}.md", article(f"Story {number}", "Long. " * 500))
    room.write("sport/first.md", article("First, edited"))
    pages(room.database, 1)  # it cannot be less than there are
    assert watcher.sync() is None
    assert "could not publish, and will try again" in caplog.text
    assert "disk is full); make room on its disk" in caplog.text
    assert room.document() == before
    assert headlines(room) == {"First"}
    pages(room.database, 1_000_000)
    assert watcher.sync() is not None
    assert headlines(room) == {"First, edited", *(f"Story {number}" for number in range(50))}
    assert watcher.sync() == Report(0, 0, frozenset(), ())


def test_a_store_that_may_not_grow_is_a_sentence_and_goes_on_later(room: Newsroom) -> None:
    for number in range(200):
        room.write(f"sport/{number}.md", article(f"Story {number}", "Long. " * 500))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    def limited_sync(limited: bool) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "feedsvc", "sync"],
            preexec_fn=limit if limited else None,
            env={**os.environ, "FEEDSVC_CONFIG": str(room.root / "config.toml")},
            capture_output=True,
            text=True,
            check=False,
        )

    full = limited_sync(True)
    assert full.returncode == 1
    assert "see whether its disk is whole, and has room" in full.stderr
    assert "Traceback" not in full.stderr
    assert ">First<" in room.text()
    assert limited_sync(False).returncode == 0
    assert len(headlines(room)) == 201
    assert sync.plan(room.database, room.config, NOW).read == ()


# Folders that may not be read or written


def test_articles_need_not_be_writable(room: Newsroom) -> None:
    room.write("sport/second.md", article("Second"))
    for path in (room.config.state, *room.config.state.iterdir()):
        path.chmod(0o777)
    for path in (room.root, *(room.root / "articles").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody():
        with pytest.raises(PermissionError):
            (room.root / "articles/sport/third.md").touch()
        room.sync()
    assert headlines(room) == {"First", "Second"}


def test_a_store_that_may_not_be_written_is_a_sentence(room: Newsroom) -> None:
    room.write("sport/second.md", article("Second"))
    room.database.close()
    for path in (*room.config.state.iterdir(), room.config.state):
        path.chmod(0o555 if path.is_dir() else 0o444)
    said = "let feedsvc write the file and its folder"
    with as_nobody(), pytest.raises(StoreError, match=said):
        sync.sync(Database(room.config.state), room.config, NOW)
    for path in (room.config.state, *room.config.state.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    room.sync()
    assert headlines(room) == {"First", "Second"}


def test_a_file_where_the_state_folder_should_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    for folder in (tmp_path / "state", tmp_path / "state" / "feedsvc"):
        with pytest.raises(StoreError, match=rf"^the folder {folder} cannot be made: "):
            Database(folder)


def test_a_folder_that_may_not_be_read_keeps_its_articles_up(room: Newsroom) -> None:
    room.write("world/second.md", article("Second"))
    room.write("world/europe/third.md", article("Third"))
    room.sync()
    for path in (room.config.state, *room.config.state.iterdir()):
        path.chmod(0o777)
    (room.root / "articles/world").chmod(0)
    room.write("sport/fourth.md", article("Fourth"))
    told = [
        "articles/world:1:1: cannot be read: its articles stay as they were; "
        "let feedsvc read the folder"
    ]
    with as_nobody():
        assert said(room.sync()) == told
        places = ("articles/world/second.md", "articles/world/europe", "articles/sport")
        assert said(near(room, *places)) == told
        assert said(near(room, "articles/world")) == told
    assert headlines(room) == {"First", "Second", "Third", "Fourth"}
    (room.root / "articles/world").chmod(0o755)
    room.write("world/second.md", article("Second, edited"))
    assert said(room.sync()) == []
    assert headlines(room) == {"First", "Second, edited", "Third", "Fourth"}


def test_a_file_that_may_not_be_read_keeps_its_article_up(room: Newsroom) -> None:
    for path in (room.config.state, *room.config.state.iterdir()):
        path.chmod(0o777)
    room.write("sport/first.md", article("First, edited")).chmod(0)
    room.write("sport/new.md", article("New")).chmod(0)
    room.write("sport/other.md", article("Other"))
    with as_nobody():
        assert said(room.sync()) == [
            f"articles/sport/{name}.md:1:1: cannot be read: Permission denied"
            for name in ("first", "new")
        ]
        assert room.sync().read == 0
    assert headlines(room) == {"First", "Other"}
    (room.root / "articles/sport/first.md").chmod(0o644)
    (room.root / "articles/sport/new.md").chmod(0o644)
    assert said(room.sync()) == []
    assert headlines(room) == {"First, edited", "New", "Other"}


def test_a_watcher_that_cannot_have_its_lock_tells_and_tries_again(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom.write("a.md", article("A"))
    lock = newsroom.config.state / "writer.lock"
    lock.mkdir()
    watcher = Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)
    watcher.start()
    until(lambda: "could not publish, and will try again" in caplog.text)
    assert "Is a directory" in caplog.text
    lock.rmdir()
    until(lambda: ">A<" in newsroom.text())
    watcher.stop()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


# Odd files


def test_a_file_that_grows_while_it_is_read_is_published_when_it_is_done(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = newsroom.write("a.md", article("Before"))
    newsroom.sync()
    real = disk.read

    def read(articles: Path, path: str, limit: int) -> bytes:
        found = real(articles, path, limit)
        with (articles / path).open("a") as more:
            more.write("More.\n")
        return found

    file.write_text(article("After", "Some.\n"))
    with monkeypatch.context() as growing:
        growing.setattr(disk, "read", read)
        reports = [newsroom.sync(), newsroom.sync(), near(newsroom, "articles/a.md")]
    note = "articles/a.md:1:1: note: is being written; it is read again soon"
    assert [(report.read, said(report)) for report in reports] == [(1, [note])] * 3
    assert headlines(newsroom) == {"Before"}
    assert newsroom.sync().problems == ()
    assert headlines(newsroom) == {"After"}
    assert "More.\nMore.\nMore." in newsroom.text()


def test_odd_things_between_the_articles_are_told_and_harm_nothing(newsroom: Newsroom) -> None:
    newsroom.configure((newsroom.root / "config.toml").read_text() + OWN_LIMIT)
    folder = newsroom.root / "articles"
    newsroom.write("folder.md/a.md", article("In a folder"))
    newsroom.write("b.md", article("Beside"))
    (folder / "link.md").symlink_to("b.md")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "nowhere.md").symlink_to("gone.md")
    (folder / "out.md").symlink_to("../config.toml")
    (folder / "folder-link.md").symlink_to("folder.md")
    os.mkfifo(folder / "pipe.md")
    newsroom.write("empty.md", b"")
    newsroom.write("long.md", article("Long", "x" * 2_000_000))
    length = (folder / "long.md").stat().st_size
    told = [
        'empty.md:1:1: must begin with a line "---", then its keys such as headline: …, then "---"',
        "folder-link.md:1:1: is no plain file",
        "folder.md:1:1: note: is a folder, though its name ends like a record's; "
        "the records in it are published, but give it another name",
        f"long.md:1:1: is {length:,} bytes long; [articles] max_bytes is 1,048,576",
        "loop.md:1:1: cannot be read: Too many levels of symbolic links",
        "nowhere.md:1:1: cannot be read: No such file or directory",
        "out.md:1:1: is a link out of articles/; copy the file there",
        "pipe.md:1:1: is no plain file",
    ]
    assert sorted(said(newsroom.sync())) == [f"articles/{line}" for line in told]
    assert headlines(newsroom) == {"In a folder", "Beside"}
    checked = check(
        newsroom.config, RecordFolder.of(newsroom.config), ["folder.md/a.md", "pipe.md"], NOW
    )
    assert [str(problem) for problem in checked] == [f"articles/{told[2]}", f"articles/{told[-1]}"]


NAMES = {
    "Arabic": "الميناء-يفتح",
    "Cyrillic": "гавань-открыта",
    "Chinese": "港口开放",
    "emoji": "🚢⚓️",
    "composed": unicodedata.normalize("NFC", "café"),
    "decomposed": unicodedata.normalize("NFD", "cafés"),
    "marks": "a\"b'c&d<e>f",
    "an address": "100%25#1?x=y",
    "long": "é" * 125,
}


def test_a_file_may_have_any_name_in_any_script(newsroom: Newsroom) -> None:
    for title, name in NAMES.items():
        newsroom.write(f"{name}.md", article(title))
    assert said(newsroom.sync()) == []
    for format in ("rss", "atom"):
        found = feedparser.parse(newsroom.text("", format))["entries"]
        assert {entry["title"] for entry in found} == set(NAMES)
        assert len({entry["id"] for entry in found}) == len(NAMES)
        assert all(entry["id"].isascii() for entry in found)
    assert newsroom.sync() == Report(0, 0, frozenset(), ())
    for name in NAMES.values():
        newsroom.write(f"{name}.md", article("Edited"))
        assert near(newsroom, f"articles/{name}.md").read == 1
    assert headlines(newsroom) == {"Edited"}
    newsroom.write("two words.md", article("Told"))
    assert said(newsroom.sync()) == [
        'articles/two words.md:1:1: id: from the file\'s name: "two words" has spaces; '
        "rename it, or add an id"
    ]


def test_one_folder_may_hold_very_many_files(newsroom: Newsroom) -> None:
    folder = newsroom.root / "articles"
    paths = [f"{number:06}.md" for number in range(40_000)]
    for path in paths:
        os.mknod(folder / path)
    known = [KnownFile(path, disk.stamp(folder / path), "", {}) for path in paths]
    with newsroom.database.writing() as connection:
        article_files.keep(connection, known)

    def look() -> tuple[list[str], set[str]]:
        scan = Scan(newsroom.database, newsroom.config, None, stale=False, missing=())
        return list(scan.changed()), scan.gone

    assert look() == ([], set())
    (folder / "020000.md").unlink()
    (folder / "new.md").touch()
    assert look() == (["new.md"], {"020000.md"})
