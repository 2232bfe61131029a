"""Files become articles in the store: changes, and the problems that are reported."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from feedsvc.ingest import files
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.check import check
from feedsvc.ingest.records import RecordFolder
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.deletions import Settling
from feedsvc.publishing.status import Status
from feedsvc.publishing.sync import Sync
from feedsvc.store import key_values, rendered_entries
from feedsvc.store.write_behind import DELAY
from tests.conftest import IN_BOTH, Newsroom, article, png, wanted


def headlines(newsroom: Newsroom, section: str = "") -> list[str]:
    text = newsroom.text(section)
    return [part.split("</title>")[0] for part in text.split("<item>\n      <title>")[1:]]


def problems(newsroom: Newsroom) -> list[str]:
    return [str(problem) for problem in newsroom.sync().problems]


def in_batches(newsroom: Newsroom, batch: int, progress: Any = None) -> Report:
    once = Sync(newsroom.database, newsroom.config, newsroom.now, None)
    return once.run(progress, batch=batch)


def test_a_new_file_is_published_in_its_section_and_all_above(newsroom: Newsroom) -> None:
    newsroom.write("world/europe/a.md", article("A"))
    report = newsroom.sync()
    assert report.sections == {"", "world", "world/europe"}
    assert (report.read, report.removed, report.problems) == (1, 0, ())
    assert headlines(newsroom, "world") == ["A"]


def test_files_that_did_not_change_are_not_read(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    assert newsroom.sync().read == 1
    assert newsroom.sync().read == 0


def test_a_file_with_the_size_and_time_of_the_old_one_is_read(newsroom: Newsroom) -> None:
    file = newsroom.write("a.md", article("A"))
    newsroom.sync()
    stat = file.stat()
    other = newsroom.write(".b", article("B"))
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.rename(file)
    assert newsroom.sync().read == 1
    assert headlines(newsroom) == ["B"]


def test_an_edit_changes_the_article_and_the_etag(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    before = newsroom.document()
    newsroom.write("a.md", article("A, edited"))
    newsroom.sync()
    after = newsroom.document()
    assert headlines(newsroom) == ["A, edited"]
    assert before.etag != after.etag
    assert after.last_modified == newsroom.now > before.last_modified


def test_a_file_touched_but_the_same_changes_no_feed(newsroom: Newsroom) -> None:
    file = newsroom.write("a.md", article("A"))
    newsroom.sync()
    before = newsroom.document()
    os.utime(file, ns=(0, 0))
    report = newsroom.sync()
    assert (report.read, report.sections) == (1, frozenset())
    assert newsroom.document() == before


def test_a_section_that_did_not_change_keeps_its_document(newsroom: Newsroom) -> None:
    newsroom.write("sport/a.md", article("A"))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    before = newsroom.document("sport")
    newsroom.write("world/b.md", article("B, edited"))
    assert newsroom.sync().sections == {"", "world"}
    assert newsroom.document("sport") == before


def test_a_file_that_is_gone_takes_its_article_with_it(newsroom: Newsroom) -> None:
    newsroom.write("sport/a.md", article("A"))
    file = newsroom.write("sport/b.md", article("B"))
    newsroom.sync()
    file.unlink()
    report = newsroom.sync()
    assert (report.removed, report.sections) == (1, {"", "sport"})
    assert headlines(newsroom, "sport") == ["A"]


def test_a_section_that_lost_its_last_article_is_an_empty_feed(newsroom: Newsroom) -> None:
    file = newsroom.write("sport/a.md", article("A"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    assert headlines(newsroom, "sport") == []


def test_a_wrong_edit_leaves_the_last_good_version_up(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.write("b.md", article("B"))
    newsroom.sync()
    newsroom.write("a.md", article("[A] wrong"))
    assert problems(newsroom) == [
        'articles/a.md:2:11: headline: put the headline in quotes: headline: "[A] wrong" '
        "(did not find expected key)"
    ]
    assert headlines(newsroom) == ["A", "B"]
    newsroom.write("a.md", article("A, mended"))
    assert problems(newsroom) == []
    assert headlines(newsroom) == ["A, mended", "B"]


def test_a_new_file_with_a_mistake_is_reported_and_the_rest_is_published(
    newsroom: Newsroom,
) -> None:
    newsroom.write("a.md", "nothing like a record")
    newsroom.write("b.md", article("B"))
    assert len(problems(newsroom)) == 1
    assert headlines(newsroom) == ["B"]


def test_a_draft_is_not_published_and_a_published_one_can_become_a_draft(
    newsroom: Newsroom,
) -> None:
    newsroom.write("a.md", article("A", status="draft", published=""))
    newsroom.sync()
    assert headlines(newsroom) == []
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    assert headlines(newsroom) == ["A"]
    newsroom.write("a.md", article("A", status="draft"))
    newsroom.sync()
    assert headlines(newsroom) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"status": "withheld", "unknown": "key"},
        {"status": "canceled", "unknown": "key"},
        {"status": "draft", "unknown": "key"},
        {"status": "cancelled"},
        {"status": "Killed"},
        {"status": "canceled", "note": "- a: [b"},
    ],
)
def test_a_slip_in_the_record_does_not_keep_a_withdrawn_story_up(
    newsroom: Newsroom, keys: dict[str, str]
) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    newsroom.write("b.md", article("B", related="[a]"))
    newsroom.write("a.md", article("A", **keys))
    assert len(problems(newsroom)) >= 1
    assert headlines(newsroom) == ["B"]
    assert 'rel="related"' not in newsroom.text()
    newsroom.write("a.md", article("A"))
    assert problems(newsroom) == []
    assert headlines(newsroom) == ["A", "B"]


def test_a_slip_in_a_kill_costs_no_notice(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    newsroom.write("a.md", article("A", status="cancelled"))
    newsroom.sync()
    newsroom.write("a.md", article("A", status="canceled"))
    newsroom.sync()
    assert headlines(newsroom) == [
        "This story has been withdrawn",
        "Withdrawn: 21 November 2026, 08:30",
    ]


def test_an_id_belongs_to_the_file_that_had_it_first(newsroom: Newsroom) -> None:
    newsroom.write("b.md", article("B", id="same"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="same"))
    message = 'articles/a.md:1:1: id: "same" is already the id of articles/b.md; '
    assert problems(newsroom) == [f"{message}give one of the two another id"]
    assert headlines(newsroom) == ["B"]
    (newsroom.root / "articles/b.md").unlink()
    assert problems(newsroom) == []
    assert headlines(newsroom) == ["A"]


def test_a_file_that_waits_for_an_id_has_it_as_soon_as_it_is_free(
    newsroom: Newsroom, near: Any
) -> None:
    newsroom.write("a.md", article("A", id="same"))
    newsroom.write("b.md", article("B", id="same"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="other"))
    report = near("articles/a.md")
    assert report.problems == ()
    assert sorted(headlines(newsroom)) == ["A", "B"]
    newsroom.write("c.md", article("C", id="same"))
    assert len(newsroom.sync().problems) == 1
    (newsroom.root / "articles/b.md").unlink()
    assert near("articles/b.md").problems == ()
    assert sorted(headlines(newsroom)) == ["A", "C"]


@pytest.mark.parametrize("batch", [1, 500])
def test_of_two_new_files_with_one_id_the_first_has_it(newsroom: Newsroom, batch: int) -> None:
    newsroom.write("a.md", article("A", id="same"))
    newsroom.write("b.md", article("B", id="same"))
    assert len(in_batches(newsroom, batch).problems) == 1
    assert headlines(newsroom) == ["A"]


def test_a_renamed_file_with_an_id_keeps_its_article(newsroom: Newsroom) -> None:
    file = newsroom.write("sport/a.md", article("A", id="same"))
    newsroom.sync()
    (newsroom.root / "articles/world").mkdir()
    file.rename(newsroom.root / "articles/world/b.md")
    assert problems(newsroom) == []
    assert headlines(newsroom, "world") == ["A"]
    assert headlines(newsroom, "sport") == []
    assert headlines(newsroom) == ["A"]


def test_two_files_can_swap_their_ids(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A", id="one"))
    newsroom.write("b.md", article("B", id="two"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="two"))
    newsroom.write("b.md", article("B", id="one"))
    assert problems(newsroom) == []
    assert "2026:two</guid>" in newsroom.text().split("<title>A</title>")[1].split("</item>")[0]
    assert headlines(newsroom) == ["B", "A"]


def test_two_files_cannot_both_take_an_id_that_a_third_gives_away(newsroom: Newsroom) -> None:
    newsroom.write("c.md", article("C", id="one"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="one"))
    newsroom.write("b.md", article("B", id="one"))
    newsroom.write("c.md", article("C", id="new"))
    assert len(problems(newsroom)) == 1
    assert sorted(headlines(newsroom)) == ["A", "C"]


def test_an_id_is_not_given_away_by_a_file_that_turned_wrong(newsroom: Newsroom) -> None:
    newsroom.write("b.md", article("B", id="one"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="one"))
    newsroom.write("b.md", article("[B] wrong", id="new"))
    assert len(problems(newsroom)) == 2
    assert headlines(newsroom) == ["B"]


def test_a_file_that_takes_another_id_leaves_nothing_behind(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A", id="one"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="two"))
    newsroom.sync()
    assert newsroom.text().count("<item>") == 1


def test_a_changed_picture_changes_its_address_and_the_feed(newsroom: Newsroom) -> None:
    newsroom.write("a.png", png(2, 2))
    newsroom.write("a.md", article(image="{file: a.png}"))
    newsroom.sync()
    before = newsroom.text()
    newsroom.write("a.png", png(30, 20))
    newsroom.sync()
    after = newsroom.text()
    assert 'width="2"' in before
    assert 'width="30"' in after
    address = after.split('<enclosure url="')[1].split('"')[0]
    assert address not in before


def test_a_picture_that_arrives_later_mends_the_article(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(image="{file: a.png}"))
    assert len(problems(newsroom)) == 1
    newsroom.write("media/a.png", png())
    assert problems(newsroom) == []
    assert "<enclosure" in newsroom.text()


def test_a_changed_headline_changes_the_feeds_that_link_to_it(newsroom: Newsroom) -> None:
    newsroom.write("sport/a.md", article("A", related="[world/b]"))
    newsroom.write("world/b.md", article("Before"))
    newsroom.sync()
    newsroom.write("world/b.md", article("After"))
    assert newsroom.sync().sections == {"", "sport", "world"}
    assert 'title="After"' in newsroom.text("sport")


def test_another_zone_or_site_has_every_file_read_again(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A", published="2026-11-20"))
    newsroom.sync()
    newsroom.configure((newsroom.root / "config.toml").read_text().replace("Lisbon", "Athens"))
    assert newsroom.sync().read == 1
    assert "Thu, 19 Nov 2026 22:00:00 +0000" in newsroom.text()


def test_a_missing_articles_folder_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A"))
    newsroom.sync()
    (newsroom.root / "articles").rename(newsroom.root / "elsewhere")
    assert newsroom.sync().removed == 0
    assert headlines(newsroom) == ["A"]


def test_a_new_newsrooms_feeds_date_from_their_articles(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(published="2026-11-20T10:00:00Z"))
    newsroom.sync()
    assert newsroom.document().last_modified.isoformat() == "2026-11-20T10:00:00+00:00"


def test_feeds_change_when_an_embargo_ends_and_when_an_article_expires(newsroom: Newsroom) -> None:
    end, expiry = newsroom.now + timedelta(hours=1), newsroom.now + timedelta(hours=2)
    newsroom.write("a.md", article("A", embargoed=end.isoformat(), expires=expiry.isoformat()))
    newsroom.sync()
    syndication = newsroom.syndication
    seen: list[tuple[bool, object]] = []
    for moment in (
        end - timedelta(seconds=1),
        end,
        expiry - timedelta(seconds=1),
        expiry,
        expiry + timedelta(days=99),
    ):
        document = syndication.document(wanted("", "rss"), moment)
        seen.append((b"<title>A</title>" in document.body, document.last_modified))
    assert [shown for shown, _ in seen] == [False, True, True, False, False]
    assert [moment for _, moment in seen[1:]] == [end, end, expiry, expiry]


def test_feeds_change_when_a_related_story_is_published_by_time(newsroom: Newsroom) -> None:
    end = newsroom.now + timedelta(hours=1)
    newsroom.write("sport/a.md", article("A", related="[world/b]"))
    newsroom.write("world/b.md", article("B", embargoed=end.isoformat()))
    newsroom.sync()
    syndication = newsroom.syndication
    before = syndication.document(wanted("sport", "rss"), end - timedelta(seconds=1))
    after = syndication.document(wanted("sport", "rss"), end)
    assert b"world/b" not in before.body
    assert b"world/b" in after.body
    assert after.last_modified == end


def test_a_new_related_story_that_is_withheld_is_not_linked(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A", related="[b]"))
    newsroom.write("b.md", article("B", status="withheld"))
    newsroom.sync()
    assert 'rel="related"' not in newsroom.text()


@pytest.fixture
def near(newsroom: Newsroom) -> Any:
    def look(*places: str) -> Report:
        return sync.sync(newsroom.database, newsroom.config, newsroom.now, near=frozenset(places))

    return look


def test_only_the_given_places_are_scanned(newsroom: Newsroom, near: Any) -> None:
    newsroom.write("sport/a.md", article("A"))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    newsroom.write("sport/a.md", article("A, edited"))
    newsroom.write("world/b.md", article("B, edited"))
    assert near("articles/sport/a.md").read == 1
    assert sorted(headlines(newsroom)) == ["A, edited", "B"]
    assert near("articles/world").read == 1
    assert sorted(headlines(newsroom)) == ["A, edited", "B, edited"]


def test_articles_of_a_missing_file_or_folder_are_withdrawn(newsroom: Newsroom, near: Any) -> None:
    for path in ("sport/a.md", "sport/b.md", "sport/c/d.md", "sporty/e.md"):
        newsroom.write(path, article(path))
    newsroom.sync()
    (newsroom.root / "articles/sport/a.md").unlink()
    assert near("articles/sport/a.md", "articles/sport/.a.md.swp").removed == 1
    shutil.rmtree(newsroom.root / "articles/sport")
    assert near("articles/sport").removed == 2
    assert headlines(newsroom) == ["sporty/e.md"]


def test_a_changed_picture_has_its_articles_read(newsroom: Newsroom, near: Any) -> None:
    newsroom.write("a.md", article("A", image="{file: a.png}"))
    newsroom.write("b.md", article("B"))
    newsroom.sync()
    newsroom.write("media/a.png", png())
    assert near("media/a.png").read == 1
    assert "<enclosure" in newsroom.text()
    (newsroom.root / "articles/a.md").unlink()
    newsroom.write("media/a.png", png(9, 9))
    assert near("media/a.png").removed == 1


@pytest.mark.parametrize("name", ["_drafts", ".git", "backup.tmp", "copy~"])
def test_an_ignored_folder_is_ignored(newsroom: Newsroom, near: Any, name: str) -> None:
    newsroom.sync()
    newsroom.write(f"{name}/a.md", article("A", section="world"))
    assert near(f"articles/{name}", f"articles/{name}/a.md").read == 0


def test_a_folder_that_is_renamed_to_be_ignored_is_withdrawn(newsroom: Newsroom, near: Any) -> None:
    newsroom.write("pol/a.md", article("A", section="world"))
    newsroom.sync()
    (newsroom.root / "articles/pol").rename(newsroom.root / "articles/_pol")
    near("articles/pol", "articles/_pol")
    assert headlines(newsroom) == []


def test_a_link_to_a_folder_is_not_followed(newsroom: Newsroom, near: Any) -> None:
    newsroom.write("world/a.md", article("A"))
    newsroom.sync()
    (newsroom.root / "articles/alias").symlink_to("world")
    assert near("articles/alias", "articles/alias/a.md").read == 0


def test_an_id_of_a_file_not_looked_at_is_still_taken(newsroom: Newsroom, near: Any) -> None:
    newsroom.write("b.md", article("B", id="same"))
    newsroom.sync()
    newsroom.write("a.md", article("A", id="same"))
    assert len(near("articles/a.md").problems) == 1
    assert headlines(newsroom) == ["B"]


def test_after_an_upgrade_a_look_at_some_files_is_one_at_all_files(
    newsroom: Newsroom, near: Any
) -> None:
    for name in "abc":
        newsroom.write(f"{name}.md", article(name))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        key_values.set_setting(connection, "made_with", "another feedsvc")
    assert near("articles/a.md").read == 3
    assert near("articles/a.md").read == 0


def test_a_folder_that_cannot_be_read_keeps_its_articles_up(
    newsroom: Newsroom, near: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("sport/a.md", article("A"))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    real = os.scandir

    def scandir(folder: Any) -> Any:
        if str(folder).endswith("sport"):
            raise PermissionError
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    newsroom.write("world/b.md", article("B, edited"))
    for report in (newsroom.sync(), near("articles/sport")):
        assert [str(problem) for problem in report.problems] == [
            "articles/sport:1:1: cannot be read: its articles stay as they were; "
            "let feedsvc read the folder"
        ]
        assert headlines(newsroom) == ["A", "B, edited"]
    with pytest.raises(PermissionError):
        list(files.walk(newsroom.config.articles))


def test_nothing_rendered_is_kept_of_an_article_that_is_withdrawn(newsroom: Newsroom) -> None:
    def kept() -> bool:
        with newsroom.database.reading() as connection:
            return bool(rendered_entries.get_many(connection, "rss", ["a"]))

    newsroom.write("a.md", article("A"))
    newsroom.sync()
    assert ">A<" in newsroom.text()
    end = time.monotonic() + 10
    while not kept() and time.monotonic() < end:
        time.sleep(DELAY / 10)
    assert kept()
    newsroom.write("a.md", article("A", status="withheld"))
    newsroom.sync()
    assert not kept()


def test_progress_is_reported_after_each_batch(newsroom: Newsroom) -> None:
    for name in "abcde":
        newsroom.write(f"{name}.md", article(name))
    steps: list[tuple[int, int]] = []
    in_batches(newsroom, 2, lambda *step: steps.append(step))
    assert steps == [(2, 5), (4, 5), (5, 5)]
    assert len(headlines(newsroom)) == 5


def test_an_empty_newsroom_is_filled(newsroom: Newsroom) -> None:
    assert not Status(newsroom.database).is_filled()
    newsroom.sync()
    assert Status(newsroom.database).is_filled()


def test_a_newsroom_that_was_not_read_to_its_end_is_read_again(newsroom: Newsroom) -> None:
    for name in "abc":
        newsroom.write(f"{name}.md", article(name))

    def die(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_batches(newsroom, 1, die)
    assert not Status(newsroom.database).is_filled()
    assert newsroom.sync().read == 3
    assert len(headlines(newsroom)) == 3


def test_another_configuration_moves_the_date_of_every_feed(newsroom: Newsroom) -> None:
    newsroom.write("sport/a.md", article("A"))
    newsroom.sync()
    before = newsroom.document("sport").last_modified
    assert newsroom.sync().sections == frozenset()
    newsroom.configure((newsroom.root / "config.toml").read_text().replace("Daily", "Nightly"))
    report = newsroom.sync()
    assert (report.read, report.sections) == (0, {"", "sport"})
    assert newsroom.document("sport").last_modified == newsroom.now > before


def test_a_section_with_only_an_embargoed_article_is_secret(newsroom: Newsroom) -> None:
    end = newsroom.now + timedelta(hours=1)
    newsroom.write("obituaries/queen/a.md", article("A", embargoed=end.isoformat()))
    newsroom.write("world/b.md", article("B"))
    newsroom.sync()
    client = newsroom.client()
    paths = ("/obituaries/rss.xml", "/obituaries/queen/atom.xml")
    assert "queen" not in client.get("/feeds").text.lower()
    assert [client.get(path).status_code for path in paths] == [404, 404]
    newsroom.now = end
    assert "queen" in client.get("/feeds").text.lower()
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_article_files_have_their_suffix_in_any_case(newsroom: Newsroom) -> None:
    for name in "a.markdown", "b.MD", "c.md":
        newsroom.write(name, article(name[0]))
    newsroom.write("d.JSON", '{"headline": "d", "published": "2026-11-21"}')
    assert problems(newsroom) == []
    assert sorted(headlines(newsroom)) == ["a", "b", "c", "d"]


def test_files_that_a_newsroom_may_take_for_articles_are_noted(newsroom: Newsroom) -> None:
    for name in "a.md.txt", "b.mdown", "b.md (1)", "b.md ", "letter":
        newsroom.write(name, "\ufeff" + article())
    for name in "README", "table.csv", "hall.jpg", "old.md.bak":
        newsroom.write(name, "x")
    newsroom.write("todo.txt", "Ask the harbour.")
    newsroom.write("news/c.docx", "PK")
    newsroom.write("d.HEIC", "x")
    (newsroom.config.articles / "gone.txt").symlink_to("nowhere")
    text = "is no article file, so its article is not published; one ends in .md or .json"
    expected = [
        f"articles/a.md.txt:1:1: note: {text}",
        f"articles/b.md :1:1: note: {text}",
        f"articles/b.md (1):1:1: note: {text}",
        f"articles/b.mdown:1:1: note: {text}",
        "articles/d.HEIC:1:1: note: is a picture of a kind that feeds do not carry; "
        "save it as JPEG",
        f"articles/letter:1:1: note: {text}",
        f"articles/news/c.docx:1:1: note: {text}",
    ]
    assert problems(newsroom) == expected
    assert [
        str(it) for it in check(newsroom.config, RecordFolder.of(newsroom.config), [], newsroom.now)
    ] == expected
    near = {"articles/b.mdown"}
    report = sync.sync(newsroom.database, newsroom.config, newsroom.now, near=near)
    assert [str(it) for it in report.problems] == expected
    (newsroom.config.articles / "b.mdown").unlink()
    report = sync.sync(newsroom.database, newsroom.config, newsroom.now, near=near)
    assert len(report.problems) == 6


class SlowReader(Reader):
    """A reader during whose work another process does something, once."""

    meanwhile: Callable[[], object] | None = None

    def read(self, path: str, *, patient: bool = False) -> ReadFile | None:
        file = super().read(path, patient=patient)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return file


class SlowSettling(Settling):
    """A judgement of missing files during which another process does something, once."""

    meanwhile: Callable[[], object] | None = None

    def is_over(self, missing: frozenset[str]) -> bool:
        if missing and self.meanwhile:
            self.meanwhile()
        return True


@IN_BOTH
def test_a_text_that_was_read_long_ago_never_replaces_a_newer_one(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("First"))
    with SlowReader(newsroom.config, newsroom.records) as reader:

        def publish_another() -> None:
            newsroom.write("a.md", article("The second"))
            newsroom.sync()

        reader.meanwhile = publish_another
        sync.sync(newsroom.database, newsroom.config, newsroom.now, kept=sync.Kept(reader))
        assert headlines(newsroom) == ["The second"]


@IN_BOTH
def test_a_text_that_changes_while_it_is_read_is_published_at_once(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("First"))
    with SlowReader(newsroom.config, newsroom.records) as reader:
        reader.meanwhile = lambda: newsroom.write("a.md", article("The second"))
        sync.sync(newsroom.database, newsroom.config, newsroom.now, kept=sync.Kept(reader))
    assert headlines(newsroom) == ["The second"]


@IN_BOTH
def test_an_article_whose_record_comes_back_meanwhile_stays(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("First"))
    newsroom.write("b.md", article("Other"))
    newsroom.sync()
    newsroom.delete("a.md")
    settling = SlowSettling()
    settling.meanwhile = lambda: newsroom.write("a.md", article("First again"))
    with Reader(newsroom.config, newsroom.records) as reader:
        kept = sync.Kept(reader, settling)
        sync.sync(newsroom.database, newsroom.config, newsroom.now, kept=kept)
    assert sorted(headlines(newsroom)) == ["First", "Other"]
