"""A scan of the files: the changed and the missing ones, and how much of it is in memory."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tracemalloc
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedsvc.ingest import files as disk
from feedsvc.model.article import Article
from feedsvc.model.report import Report
from feedsvc.publishing import scan, sync
from feedsvc.publishing.scan import Scan
from feedsvc.store import article_files, article_writes, articles
from feedsvc.store.article_files import KnownFile
from feedsvc.store.database import Database
from tests.conftest import NOW, Newsroom, article, png


def few_variables(database: Database) -> None:
    """Limit the store's connection to fewer values in one statement than any SQLite takes."""
    with database.reading() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20_000)


def look(
    newsroom: Newsroom,
    *near: str,
    stale: bool = False,
    missing: Collection[str] = (),
) -> tuple[list[str], set[str]]:
    """Return the changed and the missing files, everywhere or near some places."""
    scan = Scan(newsroom.database, newsroom.config, near or None, stale=stale, missing=missing)
    return list(scan.changed()), scan.gone


def know(newsroom: Newsroom, paths: Collection[str], picture: str = "") -> None:
    """Fill the store with files as they are, without reading them."""
    stamps = {picture: disk.stamp(newsroom.root / picture)} if picture else {}
    known = [KnownFile(it, disk.stamp(newsroom.root / "articles" / it), "", stamps) for it in paths]
    with newsroom.database.writing() as connection:
        article_files.keep(connection, known)


@pytest.fixture
def known(newsroom: Newsroom) -> Newsroom:
    """Return one whose store knows every file."""
    paths = ["b.md", "c.json", "a/a.md", "a/z.md", "a/b/c.json", "a b/a.md", "d/e.md"]
    for path in paths:
        newsroom.write(path, path)
    know(newsroom, paths)
    return newsroom


ALL = ["b.md", "c.json", "a/a.md", "a/z.md", "a/b/c.json", "a b/a.md", "d/e.md"]


def test_of_files_as_they_were_none_changed_and_none_is_gone(known: Newsroom) -> None:
    assert look(known) == ([], set())
    assert look(known, *(f"articles/{name}" for name in ("a", "a b", "d", "b.md"))) == (
        [],
        set(),
    )


@pytest.mark.parametrize(("together", "folders"), [(1, 500), (3, 500), (1000, 1), (1000, 2)])
def test_changed_files_come_in_the_order_of_the_walk(
    known: Newsroom, monkeypatch: pytest.MonkeyPatch, together: int, folders: int
) -> None:
    monkeypatch.setattr(scan, "GROUP_FILES", together)
    monkeypatch.setattr(scan, "GROUP_FOLDERS", folders)
    assert look(known) == ([], set())
    assert look(known, stale=True) == (list(disk.walk(known.config.articles)), set())
    for path in ("a b/a.md", "a/b/c.json", "a/z.md", "c.json"):
        known.write(path, "other text")
    known.write("a/new.md", "new")
    changed = ["c.json", "a/new.md", "a/z.md", "a/b/c.json", "a b/a.md"]
    assert look(known) == (changed, set())
    assert look(known, "articles/a b", "articles/a", "articles/c.json") == (changed, set())


def test_one_that_was_gone_is_read_when_it_is_back(known: Newsroom) -> None:
    assert look(known, missing={"a/a.md", "none.md"}) == (["a/a.md"], set())
    assert look(known, "articles/a", missing={"a/a.md", "none.md"}) == (["a/a.md"], set())


def test_files_and_whole_folders_that_are_not_there_are_gone(known: Newsroom) -> None:
    (known.root / "articles/b.md").unlink()
    shutil.rmtree(known.root / "articles/a")
    gone = {"b.md", "a/a.md", "a/z.md", "a/b/c.json"}
    assert look(known) == ([], gone)
    assert look(known, "articles/a", "articles/b.md") == ([], gone)
    assert look(known, "articles/a/b") == ([], {"a/b/c.json"})
    assert look(known, "articles/d") == ([], set())


def test_files_that_are_ignored_by_now_are_gone(known: Newsroom) -> None:
    known.write("_drafts/a.md", "draft")
    know(known, ["_drafts/a.md"])
    assert look(known) == ([], {"_drafts/a.md"})


def test_a_folder_that_became_a_link_or_a_file_holds_nothing(known: Newsroom) -> None:
    shutil.rmtree(known.root / "articles/a")
    shutil.rmtree(known.root / "articles/d")
    (known.root / "articles/a").symlink_to("a b")
    known.write("d", "text")
    assert look(known) == ([], {"a/a.md", "a/z.md", "a/b/c.json", "d/e.md"})


def test_a_link_to_nowhere_is_a_file_that_cannot_be_read_but_not_gone(known: Newsroom) -> None:
    (known.root / "articles/b.md").unlink()
    (known.root / "articles/b.md").symlink_to("nowhere")
    assert look(known) == (["b.md"], set())
    assert look(known, "articles/b.md") == (["b.md"], set())


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a folder one that cannot be read, also for a test that may read everything."""

    def close(name: str) -> None:
        def closed(real: Callable[..., Any], path: Any, *rest: Any, **options: Any) -> Any:
            # The folder itself has a status all the same.
            folder = Path(path).parent if real is stat else Path(path)
            if name in folder.parts:
                raise PermissionError
            return real(path, *rest, **options)

        stat = os.stat
        for function in ("scandir", "lstat", "stat"):
            monkeypatch.setattr(os, function, partial(closed, getattr(os, function)))

    return close


def test_nothing_in_a_folder_that_cannot_be_read_is_gone(
    known: Newsroom, close: Callable[[str], None]
) -> None:
    shutil.rmtree(known.root / "articles/a")
    (known.root / "articles/a").mkdir()
    close("a")
    assert look(known) == ([], set())
    assert look(known, "articles/a") == ([], set())
    assert look(known, "articles/a/a.md") == ([], set())
    close("articles")
    assert look(known) == ([], set())


def test_a_picture_that_changed_has_its_records_read(newsroom: Newsroom) -> None:
    paths = ["a.md", "sport/b.md", "sport/c.md"]
    for path in paths:
        newsroom.write(path, path)
    newsroom.write("media/x/a.png", png())
    know(newsroom, paths[:2], "media/x/a.png")
    know(newsroom, paths[2:], "media/other.png")
    assert look(newsroom) == look(newsroom, "media") == ([], set())
    newsroom.write("media/x/a.png", png(9, 9))
    assert look(newsroom) == (["a.md", "sport/b.md"], set())
    assert look(newsroom, "media/x") == (["a.md", "sport/b.md"], set())
    assert look(newsroom, "articles/sport") == (["sport/b.md"], set())
    newsroom.write("media/other.png", png())
    (newsroom.root / "articles/a.md").unlink()
    assert look(newsroom, "media") == (["sport/b.md", "sport/c.md"], {"a.md"})


def test_a_picture_is_looked_at_once_for_all_records_of_a_folder(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"sport/{name}.md" for name in "abcdef"]
    for path in paths:
        newsroom.write(path, path)
    newsroom.write("media/a.png", png())
    know(newsroom, paths, "media/a.png")
    asked: list[str] = []
    real = disk.stamp

    def stamp(file: Path | str) -> disk.Stamp:
        asked.append(os.fspath(file).rpartition("/")[2])
        return real(file)

    monkeypatch.setattr(disk, "stamp", stamp)
    assert look(newsroom) == ([], set())
    assert asked.count("a.png") == 1
    assert len(asked) == 7


def test_files_that_others_publish_during_a_scan_are_not_missing(known: Newsroom) -> None:
    known.write("d/e.md", "other text")
    for path in ("b.md", "d/f.md", "new/g.md", "a/h.md"):
        known.write(path, "other text")
    scan = Scan(known.database, known.config, None, stale=False, missing=())
    changed = scan.changed()
    assert next(changed) == "b.md"
    know(known, ["a/i.md", "e/j.md", "d/k.md"])  # they came and went since the look began
    assert list(changed) == ["a/h.md", "d/e.md", "d/f.md", "new/g.md"]
    assert scan.gone == set()


def near(newsroom: Newsroom, *places: str) -> Report:
    return sync.sync(newsroom.database, newsroom.config, NOW, near=frozenset(places))


def messages(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


def test_a_folder_with_the_name_of_a_record_is_noted_and_entered(newsroom: Newsroom) -> None:
    newsroom.write("a.md/b.md", article("Inside"))
    newsroom.write("c.json/d/e.md", article("Deep inside"))
    newsroom.write("f.md", article("Beside"))
    note = (
        "note: is a folder, though its name ends like a record's; "
        "the records in it are published, but give it another name"
    )
    problems = [f"articles/a.md:1:1: {note}", f"articles/c.json:1:1: {note}"]
    assert messages(newsroom.sync()) == problems
    assert newsroom.text().count("<item>") == 3
    newsroom.write("f.md", article("Beside, edited"))
    assert messages(near(newsroom, "articles/f.md")) == problems
    (newsroom.root / "articles/c.json").rename(newsroom.root / "articles/c")
    assert messages(near(newsroom, "articles/c.json", "articles/c")) == problems[:1]
    assert (
        messages(near(newsroom, "articles/a.md", "articles/a.md/b.md", "articles/a.md"))
        == problems[:1]
    )
    (newsroom.root / "articles/a.md").rename(newsroom.root / "articles/a")
    assert messages(newsroom.sync()) == []


def test_problems_of_a_folder_are_reported_until_they_are_mended(
    newsroom: Newsroom, close: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("sport/a.md", article("A"))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    with monkeypatch.context():
        close("sport")
        problems = messages(newsroom.sync())
        assert problems == [
            "articles/sport:1:1: cannot be read: its articles stay as they were; "
            "let feedsvc read the folder"
        ]
        for text in ("B, edited", "B, edited again"):
            newsroom.write("world/b.md", article(text))
            assert messages(near(newsroom, "articles/world/b.md")) == problems
    monkeypatch.undo()
    assert messages(near(newsroom, "articles/world")) == problems
    (newsroom.root / "articles").rename(newsroom.root / "elsewhere")
    assert messages(newsroom.sync()) == problems
    (newsroom.root / "elsewhere").rename(newsroom.root / "articles")
    assert messages(near(newsroom, "articles/sport")) == []


def test_a_record_whose_grace_ends_elsewhere_takes_its_picture_with_it(newsroom: Newsroom) -> None:
    newsroom.write("a.png", png())
    newsroom.write("a.md", article("A", image="{file: a.png}"))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    address = newsroom.text().split('<enclosure url="https://feeds.quay.example')[1].split('"')[0]
    (newsroom.root / "articles/a.md").unlink()
    near(newsroom, "articles/a.md")
    later = NOW.replace(hour=NOW.hour + 1)
    sync.sync(newsroom.database, newsroom.config, later, near={"articles/world"})
    assert newsroom.client().get(address).status_code == 410


def test_a_look_at_many_files_holds_few_of_them(newsroom: Newsroom) -> None:
    paths = [f"s{folder}/{name}.md" for folder in range(50) for name in range(200)]
    for folder in range(50):
        (newsroom.root / f"articles/s{folder}").mkdir()
    for path in paths:
        (newsroom.root / "articles" / path).touch()
    know(newsroom, paths)
    look(newsroom)
    tracemalloc.start()
    assert look(newsroom) == ([], set())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * len(paths)  # not even their paths; all that is known of them: 1,000 each


def read_article(path: str) -> Article:
    stem = path.removesuffix(".md")
    return Article(
        id=stem,
        path=path,
        headline=stem,
        summary="",
        section="old",
        published=NOW,
        updated=NOW,
        slug=stem,
        body="",
    )


def test_very_many_files_may_go_at_once(newsroom: Newsroom) -> None:
    few_variables(newsroom.database)
    paths = [f"old/{number}.md" for number in range(21_000)]
    newsroom.sync()
    with newsroom.database.writing() as connection:
        article_files.keep(connection, [KnownFile(path, (1, 1), "", {}) for path in paths])
        article_writes.put(connection, [read_article(path) for path in paths], 1, (), ())

    def answered(accept: bool) -> Report:
        publish = sync.accept_deletions if accept else sync.sync
        return publish(newsroom.database, newsroom.config, NOW)

    assert "the files of 21,000 of 21,000 articles are gone" in messages(answered(False))[0]
    report = answered(True)
    assert (report.removed, report.problems) == (21_000, ())
    newsroom.now = NOW.replace(hour=NOW.hour + 1)
    newsroom.sync()
    with newsroom.database.reading() as connection:
        assert articles.count(connection) == 0
        assert article_files.missing(connection) == {}
