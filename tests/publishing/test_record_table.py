"""Records in the store: the same articles, feeds and problems as from files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.errors import ConflictError, EditError
from feedsvc.ingest.files import GONE
from feedsvc.ingest.records import RecordWrite
from feedsvc.model.feed import FORMATS
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.status import Status
from feedsvc.publishing.watcher import Watcher
from feedsvc.store import feeds as stored_feeds
from tests.conftest import CONFIG, KeptIn, MakeNewsroom, Newsroom, article, png
from tests.tools.service import until

pytestmark = pytest.mark.engines

TEXTS = {
    "local/a.md": article("A", image="{file: a.png, alt: Ferry}"),
    "local/b.md": article("B", related="[local/a]", updated="2026-11-22", note="Wrong name."),
    "local/c.json": '{"headline": "C", "published": "2026-11-01"}\n',
    "local/d.md": article("D", status="canceled", note="No."),
    "world/europe/e.md": article("E", embargoed="2026-12-24"),
    "f.md": article("F", "Front."),
    "broken.md": article("Broken", sumary="x"),
    "x.md/y.md": article("Y", section="local"),
}
NOT_LOADED = (
    "articles:1:1: 7 records in files are not in the store yet, so their articles stay as they "
    "were; load them: feedsvc load articles"
)


@pytest.fixture
def kept_in() -> KeptIn:
    return "database"


@pytest.fixture
def in_files(make_newsroom: MakeNewsroom) -> Newsroom:
    return fill(make_newsroom("files", kept_in="folder"))


def fill(newsroom: Newsroom) -> Newsroom:
    newsroom.write("local/a.png", png())
    for path, text in TEXTS.items():
        newsroom.write(path, text)
    return newsroom


def feeds(newsroom: Newsroom) -> dict[tuple[str, str], bytes]:
    sections = ("", "local")
    return {
        (section, format): newsroom.document(section, format).body
        for section in sections
        for format in FORMATS
    }


def near(newsroom: Newsroom, *places: str) -> Report:
    return sync.sync(newsroom.database, newsroom.config, newsroom.now, near=places)


def test_feeds_and_problems_are_the_same_as_of_files(
    newsroom: Newsroom, in_files: Newsroom
) -> None:
    fill(newsroom)
    report = newsroom.sync()
    assert report == in_files.sync()
    assert str(report.problems[0]).startswith("articles/broken.md:4:1: sumary: is not a key")
    assert str(report.problems[1]).startswith(
        "articles/x.md:1:1: note: is a folder, though its name"
    )
    assert feeds(newsroom) == feeds(in_files)
    for one in (newsroom, in_files):
        one.write("local/b.md", article("B", updated="2026-11-23", note="Right name."))
        one.write("broken.md", article("Mended"))
        one.delete("f.md")
    assert newsroom.sync() == in_files.sync()
    assert feeds(newsroom) == feeds(in_files)


def test_only_changed_records_are_read(newsroom: Newsroom) -> None:
    assert fill(newsroom).sync().read == len(TEXTS)
    assert newsroom.sync().read == 0
    newsroom.write("local/c.json", TEXTS["local/c.json"])  # the same
    assert newsroom.sync().read == 0
    newsroom.write("local/b.md", article("B"))
    newsroom.write("new.md", article("New"))
    assert near(newsroom, "articles/local").read == 1
    assert newsroom.sync().read == 1


def test_all_are_read_where_another_configuration_reads_them(newsroom: Newsroom) -> None:
    fill(newsroom).sync()
    newsroom.configure(CONFIG.replace("Europe/Lisbon", "Asia/Tokyo"))
    assert newsroom.sync().read == len(TEXTS)


@pytest.mark.parametrize("places", [None, ["articles/local/a.png"], ["articles/local"]])
def test_a_record_is_read_again_when_its_picture_changes(
    newsroom: Newsroom, places: list[str] | None
) -> None:
    fill(newsroom).sync()
    before = newsroom.text("local")
    newsroom.write("local/a.png", png(9, 9))
    assert (newsroom.sync() if places is None else near(newsroom, *places)).read == 1
    assert newsroom.text("local") != before


def test_a_deleted_record_is_hidden_then_forgotten_and_may_come_back(newsroom: Newsroom) -> None:
    fill(newsroom).sync()
    newsroom.delete("local/b.md")
    assert near(newsroom, "articles/local/b.md").removed == 1
    assert ">B<" not in newsroom.text("local")
    newsroom.write("local/b.md", TEXTS["local/b.md"])
    newsroom.sync()
    assert ">B<" in newsroom.text("local")
    newsroom.delete("local/b.md")
    newsroom.sync()
    newsroom.now += timedelta(minutes=2)
    newsroom.sync()
    assert "at:deleted-entry" in newsroom.text("local", "atom")


def test_a_picture_of_a_deleted_record_changes_nothing(newsroom: Newsroom) -> None:
    fill(newsroom).sync()
    newsroom.delete("local/a.md")
    newsroom.write("local/a.png", png(9, 9))
    report = near(newsroom, "articles/local/a.png")
    assert (report.read, report.removed) == (0, 1)


def test_where_most_records_are_gone_none_is_withdrawn(newsroom: Newsroom) -> None:
    fill(newsroom).sync()
    for path in TEXTS:
        newsroom.delete(path)
    plan = sync.plan(newsroom.database, newsroom.config, newsroom.now)
    assert (plan.refused, plan.read) == (True, ())
    assert newsroom.sync().removed == 0
    newsroom.write("f.md", TEXTS["f.md"])
    assert newsroom.sync().read == 1
    sync.accept_deletions(newsroom.database, newsroom.config, newsroom.now)
    assert newsroom.text().count("<item>") == 1


def test_what_others_wrote_or_have_is_never_written_over(newsroom: Newsroom) -> None:
    fill(newsroom)
    before = newsroom.read("f.md")
    taken = r"articles/\S+ cannot be written: another file has this name, or that of its folder"
    for path in ("f.md", "f.md/g.md", "x.md"):
        with pytest.raises(ConflictError, match=taken):
            newsroom.records.save(RecordWrite(path, None, b"new"))
    with pytest.raises(EditError, match=r"articles/f\.md: somebody else changed it just now"):
        newsroom.records.save(RecordWrite("f.md", b"other", b"new"))
    with pytest.raises(EditError, match=r"articles/gone\.md: somebody else changed it"):
        newsroom.records.save(RecordWrite("gone.md", b"other", b"new"))
    assert newsroom.read("f.md") == before


def test_one_record_that_cannot_be_saved_stops_no_other(newsroom: Newsroom) -> None:
    fill(newsroom)
    writes = [RecordWrite(it, None, b"new") for it in ("f.md", "g.md")]
    errors = newsroom.records.save_many(writes)
    assert [type(it) for it in errors] == [ConflictError, type(None)]
    assert newsroom.read("g.md") == b"new"


def test_a_record_is_moved_as_it_is(newsroom: Newsroom) -> None:
    fill(newsroom)
    before = newsroom.read("f.md")
    newsroom.records.move("f.md", "g.md")
    assert (newsroom.read("f.md"), newsroom.read("g.md")) == (None, before)
    with pytest.raises(OSError, match="No such"):
        newsroom.records.move("none.md", "h.md")


def test_records_are_listed_in_the_order_of_files(newsroom: Newsroom, in_files: Newsroom) -> None:
    fill(newsroom)
    for below in ("", "local", "x.md", "none"):
        assert [*newsroom.records.paths(below)] == [*in_files.records.paths(below)]
    assert [*newsroom.records.paths("f.md")] == []
    for path in (*TEXTS, "none.md"):
        assert newsroom.records.digest(path) == in_files.records.digest(path)
    assert newsroom.records.missing(["f.md", "none.md"]) == {"none.md"}
    assert newsroom.records.stamp("none.md") == GONE


def test_a_record_that_is_too_long_is_a_problem(newsroom: Newsroom) -> None:
    newsroom.write("f.md", article(body="x" * 2000))
    newsroom.configure(f"{CONFIG}[articles]\nmax_bytes = 1000\n")
    assert [str(it) for it in newsroom.sync().problems] == [
        "articles/f.md:1:1: is 2,061 bytes long; [articles] max_bytes is 1,000"
    ]


def test_records_in_files_stay_up_until_they_are_loaded(in_files: Newsroom) -> None:
    in_files.sync()
    before = feeds(in_files)
    in_files.kept_in = "database"
    in_files.configure(CONFIG)
    in_files.write("f.md", TEXTS["f.md"])  # as where the loading was interrupted
    with in_files.database.reading() as connection:
        revision = stored_feeds.revision(connection, "")
    report = in_files.sync()
    assert (report.read, report.removed, report.changes) == (1, 0, ())
    assert NOT_LOADED in [str(it) for it in report.problems]
    in_files.write("local/a.png", png(9, 9))
    assert near(in_files, "articles/local/a.png").removed == 0
    in_files.write("local/a.png", png())
    for path, text in TEXTS.items():
        in_files.write(path, text)
    report = in_files.sync()
    assert report.changes == ()
    assert NOT_LOADED not in [str(it) for it in report.problems]
    assert feeds(in_files) == before
    with in_files.database.reading() as connection:
        assert stored_feeds.revision(connection, "") == revision


def test_records_that_are_not_to_be_loaded_are_withdrawn(in_files: Newsroom) -> None:
    in_files.sync()
    in_files.kept_in = "database"
    in_files.configure(CONFIG)
    in_files.write("f.md", TEXTS["f.md"])
    sync.accept_deletions(in_files.database, in_files.config, in_files.now)
    assert in_files.text().count("<item>") == 1


def watch(newsroom: Newsroom) -> Watcher:
    return Watcher(newsroom.config, newsroom.database, lambda: newsroom.now)


@pytest.mark.parametrize("pictures", [False, True])
def test_a_record_that_another_process_wrote_is_published_within_seconds(
    newsroom: Newsroom, pictures: bool
) -> None:
    if pictures:
        newsroom.write("local/a.png", png())
    watcher = watch(newsroom)
    thread = watcher.start()
    try:
        until(Status(newsroom.database).is_filled)
        newsroom.write("f.md", TEXTS["f.md"])
        until(lambda: ">F<" in newsroom.text())
        newsroom.delete("f.md")
        until(lambda: ">F<" not in newsroom.text())
    finally:
        watcher.stop()
        thread.join()


def test_a_tick_reads_only_records_that_changed_since(newsroom: Newsroom) -> None:
    fill(newsroom).sync()
    number, changed = newsroom.records.changed_after(0)
    assert (number, [*changed]) == (len(TEXTS), [])
    newsroom.write("f.md", article("Other"))
    newsroom.delete("broken.md")
    later, changed = newsroom.records.changed_after(number)
    assert (later, {*changed}) == (number + 2, {"f.md", "broken.md"})
    assert newsroom.records.changed_after(later) == (later, ())
    watch(newsroom).tick()
    assert ">Other<" in newsroom.text()
    assert newsroom.records.changed_after(0) == (later, ["broken.md"])


def test_records_in_the_store_of_each_engine_give_the_feeds_of_files(
    make_newsroom: MakeNewsroom,
) -> None:
    files, table = make_newsroom("files"), make_newsroom("table", kept_in="database")
    for newsroom in (files, table):
        newsroom.write("world/a.md", article("Alpha"))
        newsroom.write("world/b.md", article("Beta\u0000"))
        newsroom.write("c.md", article("Gamma"))
        newsroom.sync()
        newsroom.write("world/a.md", article("Alpha", status="canceled", note="Wrong."))
        newsroom.delete("c.md")
        newsroom.sync()
    assert table.text("world") == files.text("world")
    assert [str(it) for it in table.sync().problems] == [str(it) for it in files.sync().problems]
