"""Missing files: at once, for good, by mistake, and all together."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.ingest.records import RecordFolder
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.feed import FORMATS
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.deletions import Settling
from tests.conftest import CONFIG, NOW, Newsroom, article, png

GRACE = timedelta(seconds=60)
OWN = "tag:quay.example,2026:sport/a"


@pytest.fixture
def sports(newsroom: Newsroom) -> Newsroom:
    newsroom.write("sport/a.png", png())
    newsroom.write("sport/a.md", article("Match", image="{file: a.png}"))
    newsroom.write("sport/b.md", article("Other", related="[sport/a]"))
    newsroom.sync()
    return newsroom


def delete(newsroom: Newsroom, *paths: str) -> Report:
    for path in paths:
        (newsroom.root / "articles" / path).unlink()
    return newsroom.sync()


def test_a_deleted_article_leaves_the_feeds_at_once_and_without_a_trace(sports: Newsroom) -> None:
    assert delete(sports, "sport/a.md").sections == {"", "sport"}
    for format in FORMATS:
        assert "Match" not in sports.text("sport", format)
        assert "deleted" not in sports.text("sport", format)


def test_a_file_that_comes_back_in_time_was_never_gone(sports: Newsroom) -> None:
    before = {format: sports.document("sport", format).body for format in FORMATS}
    file = sports.root / "articles/sport/a.md"
    text = file.read_text()
    delete(sports, "sport/a.md")
    sports.now = NOW + GRACE / 2
    file.write_text(text)
    assert sports.sync().problems == ()
    assert {format: sports.document("sport", format).body for format in FORMATS} == before


def test_a_file_that_comes_back_wrong_has_its_last_good_version_up(sports: Newsroom) -> None:
    delete(sports, "sport/a.md")
    sports.write("sport/a.md", article("[Match] wrong"))
    assert len(sports.sync().problems) == 1
    assert ">Match<" in sports.text()


def test_after_the_grace_atom_says_that_it_is_deleted(sports: Newsroom) -> None:
    address = sports.text().split('<enclosure url="https://feeds.quay.example')[1].split('"')[0]
    delete(sports, "sport/a.md")
    sports.now = NOW + GRACE
    assert sports.sync().sections == {"", "sport"}
    text = sports.text("sport", "atom")
    assert f'<at:deleted-entry ref="{OWN}" when="2026-11-23T12:01:00+00:00"/>' in text
    assert "deleted-entry" not in sports.text("sport", "rss")
    assert sports.client().get(address).status_code == 410
    assert sports.sync().sections == frozenset()


def test_an_article_that_readers_never_had_needs_no_tombstone(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(embargoed="2027-01-01"))
    newsroom.sync()
    delete(newsroom, "a.md")
    newsroom.now = NOW + GRACE
    newsroom.sync()
    assert "deleted-entry" not in newsroom.text("", "atom")


def test_a_story_that_comes_back_late_is_published_again(sports: Newsroom) -> None:
    file = sports.root / "articles/sport/a.md"
    text = file.read_text()
    delete(sports, "sport/a.md")
    sports.now = NOW + GRACE
    sports.sync()
    file.write_text(text)
    sports.sync()
    assert ">Match<" in sports.text()
    assert "deleted-entry" not in sports.text("", "atom")


def test_a_renamed_file_with_an_id_is_never_gone(newsroom: Newsroom) -> None:
    file = newsroom.write("a.md", article("Match", id="match-1"))
    newsroom.sync()
    before = newsroom.text()
    file.rename(file.with_name("b.md"))
    newsroom.sync()
    newsroom.now = NOW + GRACE
    newsroom.sync()
    assert "deleted-entry" not in newsroom.text("", "atom")
    assert "2026:match-1<" in newsroom.text()
    assert before.count("<item>") == newsroom.text().count("<item>") == 1


def test_problems_of_a_missing_file_are_not_reported(sports: Newsroom) -> None:
    sports.write("sport/a.md", article("[Match] wrong"))
    assert len(sports.sync().problems) == 1
    assert delete(sports, "sport/a.md").problems == ()


@pytest.fixture
def many(newsroom: Newsroom) -> Newsroom:
    for number in range(10):
        newsroom.write(f"s{number}/a.md", article(f"Story {number}"))
    newsroom.sync()
    return newsroom


def stories(newsroom: Newsroom) -> int:
    return newsroom.text().count("<item>")


def test_half_of_the_files_may_go(many: Newsroom) -> None:
    delete(many, *(f"s{number}/a.md" for number in range(5)))
    assert stories(many) == 5


def test_more_than_half_may_not(many: Newsroom) -> None:
    report = delete(many, *(f"s{number}/a.md" for number in range(6)))
    assert [str(problem) for problem in report.problems] == [
        "articles:1:1: the files of 6 of 10 articles are gone at once, so none of these is "
        "withdrawn; if that is meant: feedsvc sync --accept-deletions"
    ]
    many.now = NOW + 10 * GRACE
    many.sync()
    assert stories(many) == 10


def test_not_even_one_after_the_other(many: Newsroom) -> None:
    for number in range(10):
        place = f"articles/s{number}"
        shutil.rmtree(many.root / place)
        sync.sync(many.database, many.config, many.now, near={place})
    assert stories(many) == 10
    many.now = NOW + 10 * GRACE
    many.sync()
    assert stories(many) == 10


def test_kept_articles_go_once_most_files_are_back(many: Newsroom) -> None:
    kept = {f"s{number}/a.md": article(f"Story {number}") for number in range(7)}
    delete(many, *kept)
    assert stories(many) == 10
    for path in list(kept)[:4]:
        many.write(path, kept[path])
    assert many.sync().problems == ()
    assert stories(many) == 7
    many.now = NOW + GRACE
    many.sync()
    assert many.text("", "atom").count("deleted-entry ref=") == 3


def test_kept_articles_are_not_written_again_and_again(many: Newsroom) -> None:
    delete(many, *(f"s{number}/a.md" for number in range(7)))
    before = many.database.path.with_name("store.sqlite-wal").stat().st_mtime_ns
    many.sync()
    assert many.database.path.with_name("store.sqlite-wal").stat().st_mtime_ns == before


def test_files_that_come_back_after_a_refusal_are_as_before(many: Newsroom) -> None:
    before = many.document().body
    (many.root / "articles").rename(many.root / "elsewhere")
    (many.root / "articles").mkdir()
    assert len(many.sync().problems) == 1
    (many.root / "articles").rmdir()
    (many.root / "elsewhere").rename(many.root / "articles")
    assert many.sync().problems == ()
    assert many.document().body == before


def accept(newsroom: Newsroom) -> Report:
    return sync.accept_deletions(newsroom.database, newsroom.config, newsroom.now)


def test_accepted_deletions_stay_while_others_publish(many: Newsroom) -> None:
    delete(many, *(f"s{number}/a.md" for number in range(6)))
    assert accept(many).removed == 6
    for seconds in (0, 30, 60, 300):
        many.now = NOW + timedelta(seconds=seconds)
        assert many.sync().problems == ()
        assert stories(many) == 4
    assert many.text("", "atom").count("deleted-entry ref=") == 6


def test_accepted_deletions_stay_where_a_file_waits_for_an_id(many: Newsroom) -> None:
    many.write("s8/twin.md", article("Twin", id="s9/a"))
    many.sync()
    delete(many, *(f"s{number}/a.md" for number in range(6)))
    report = accept(many)
    assert stories(many) == 4
    assert {change.act for change in report.changes} == {"withhold"}
    assert ["is already the id" in str(problem) for problem in report.problems] == [True]


def test_accepted_deletions_stay_where_a_pass_had_begun_before(many: Newsroom) -> None:
    delete(many, *(f"s{number}/a.md" for number in range(6)))
    begun = sync.Sync(many.database, many.config, many.now, None)
    accept(many)
    assert begun.run().changes == ()
    assert many.sync().problems == ()
    assert stories(many) == 4


def test_accepted_deletions_do_not_stand_for_later_ones(many: Newsroom) -> None:
    for number in range(8):
        many.write(f"more{number}/a.md", article(f"More {number}"))
    many.sync()
    delete(many, *(f"s{number}/a.md" for number in range(10)))
    accept(many)
    assert stories(many) == 8
    refused = delete(many, *(f"more{number}/a.md" for number in range(5)))
    assert "the files of 5 of 8 articles are gone at once" in str(refused.problems[0])
    assert stories(many) == 8


def test_an_accepted_file_that_comes_back_was_never_gone(many: Newsroom) -> None:
    before = many.document().body
    files = [f"s{number}/a.md" for number in range(6)]
    texts = {path: (many.root / "articles" / path).read_text() for path in files}
    delete(many, *files)
    accept(many)
    for path, text in texts.items():
        many.write(path, text)
    many.sync()
    assert many.document().body == before
    many.sync()
    assert "are gone at once" in str(delete(many, *files).problems[0])


def test_files_that_were_no_articles_do_not_count(many: Newsroom) -> None:
    wrong = [f"wrong/{number}.md" for number in range(13)]
    for path in wrong:
        many.write(path, article("[Wrong] no"))
    many.sync()
    report = delete(many, "s0/a.md", *wrong)
    assert (report.removed, report.problems) == (1, ())
    assert stories(many) == 9
    refused = delete(many, *(f"s{number}/a.md" for number in range(1, 7)))
    assert "the files of 7 of 10 articles" in str(refused.problems[0])


@pytest.fixture
def refused(many: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(many.root / "config.toml"))
    delete(many, *(f"s{number}/a.md" for number in range(6)))
    return many


REFUSAL = "the files of 6 of 10 articles are gone at once"


@pytest.mark.parametrize("command", ["check", "doctor", "sync"])
def test_a_refusal_is_a_problem_of_each_command(refused: Newsroom, command: str) -> None:
    assert (refused.root / "articles").is_dir()
    result = CliRunner().invoke(main, [command])
    assert REFUSAL in result.output
    assert result.exit_code == 1


def test_a_refusal_is_a_problem_for_readers_of_the_service(refused: Newsroom) -> None:
    client = refused.client()
    assert REFUSAL in client.get("/feeds").text
    assert "feedsvc_problems 1.0" in client.get("/metrics").text
    assert accept(refused).problems == ()
    assert REFUSAL not in client.get("/feeds").text
    assert "feedsvc_problems 0.0" in client.get("/metrics").text


def test_a_refusal_is_no_problem_of_single_files(refused: Newsroom) -> None:
    result = CliRunner().invoke(main, ["check", str(refused.root / "articles/s7/a.md")])
    assert (result.exit_code, REFUSAL in result.output) == (0, False)


def test_a_plan_names_no_file_that_was_withdrawn_before(many: Newsroom) -> None:
    delete(many, "s0/a.md")
    (many.root / "articles/s1/a.md").unlink()
    plan = sync.plan(many.database, many.config, many.now)
    assert (plan.gone, plan.refused) == (("s1/a.md",), False)


class Desk:
    """The passes of one watcher, by a clock that the test sets."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.seconds = 0.0
        self.settling = Settling(lambda: self.seconds)

    def sync(self, seconds: float, *gone: str) -> Report:
        """Delete some files, and look at all files at a moment."""
        for path in gone:
            (self.newsroom.root / "articles" / path).unlink()
        newsroom, self.seconds = self.newsroom, seconds
        with Reader(newsroom.config, RecordFolder.of(newsroom.config)) as reader:
            kept = sync.Kept(reader, self.settling)
            return sync.sync(newsroom.database, newsroom.config, NOW, kept=kept)


def test_files_that_go_one_by_one_are_judged_together(many: Newsroom) -> None:
    desk = Desk(many)
    for number in range(6):
        assert desk.sync(number / 2, f"s{number}/a.md").changes == ()
    assert desk.sync(3.4).problems == ()
    assert REFUSAL in str(desk.sync(3.5).problems[0])
    assert stories(many) == 10
    assert sync.sync(many.database, many.config, NOW).changes == ()


def test_a_file_that_goes_alone_is_withdrawn_a_second_later(many: Newsroom) -> None:
    desk = Desk(many)
    assert desk.sync(0, "s0/a.md").changes == ()
    assert [change.act for change in desk.sync(1).changes] == ["withhold"]
    assert desk.settling.paths == frozenset()


def test_a_file_that_is_written_again_at_once_was_never_gone(many: Newsroom) -> None:
    desk = Desk(many)
    text = (many.root / "articles/s0/a.md").read_text()
    desk.sync(0, "s0/a.md")
    many.write("s0/a.md", text)
    assert desk.sync(0.5).changes == desk.sync(9).changes == ()
    assert desk.settling.paths == frozenset()


def test_files_that_never_cease_to_go_are_judged_after_a_minute(many: Newsroom) -> None:
    for number in range(170):
        many.write(f"more/{number}.md", article(f"More {number}"))
    many.sync()
    desk = Desk(many)
    removed = [desk.sync(number * 0.75, f"more/{number}.md").removed for number in range(81)]
    assert removed == [0] * 80 + [81]


def test_a_few_files_may_always_go(newsroom: Newsroom) -> None:
    for name in "abc":
        newsroom.write(f"{name}.md", article(name))
    newsroom.sync()
    assert delete(newsroom, "a.md", "b.md", "c.md").problems == ()
    assert stories(newsroom) == 0


def test_without_a_grace_articles_of_missing_files_are_deleted(make_newsroom: Any) -> None:
    newsroom = make_newsroom("hasty", CONFIG + "[articles]\ngrace = 0\n")
    newsroom.write("sport/a.md", article("Match"))
    newsroom.sync()
    delete(newsroom, "sport/a.md")
    assert f'<at:deleted-entry ref="{OWN}"' in newsroom.text("", "atom")


@pytest.fixture
def run(many: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(many.root / "config.toml"))
    return lambda *arguments: CliRunner().invoke(main, ["sync", *arguments])


def test_sync_prints_its_result(many: Newsroom, run: Any) -> None:
    many.write("s0/b.md", article("New"))
    (many.root / "articles/s1/a.md").unlink()
    result = run()
    assert result.exit_code == 0
    assert result.output == "1 read, 1 withdrawn; changed /, /s0, /s1\n"
    assert run().output == "0 read, 0 withdrawn; changed nothing\n"


def test_sync_tells_problems(many: Newsroom, run: Any) -> None:
    many.write("s0/b.md", article("[New] wrong"))
    result = run()
    assert result.exit_code == 1
    assert "put the headline in quotes" in result.stderr


def test_sync_can_print_a_plan_and_change_nothing(many: Newsroom, run: Any) -> None:
    many.write("s0/b.md", article("New"))
    (many.root / "articles/s1/a.md").unlink()
    result = run("--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "would read      articles/s0/b.md",
        "would withdraw  articles/s1/a.md",
    ]
    assert stories(many) == 10


def test_sync_refuses_until_deletions_are_accepted(many: Newsroom, run: Any) -> None:
    shutil.rmtree(many.root / "articles")
    (many.root / "articles").mkdir()
    planned = run("--dry-run")
    assert planned.exit_code == 1
    assert planned.stdout.splitlines()[0] == "would keep up  articles/s0/a.md"
    assert "add --accept-deletions" in planned.stderr
    refused = run()
    assert refused.exit_code == 1
    assert stories(many) == 10
    assert run("--dry-run", "--accept-deletions").exit_code == 0
    accepted = run("--accept-deletions")
    assert accepted.exit_code == 0
    assert "10 withdrawn" in accepted.stdout
    assert stories(many) == 0


def test_sync_needs_articles(many: Newsroom, run: Any) -> None:
    shutil.rmtree(many.root / "articles")
    result = run()
    assert result.exit_code == 1
    assert "articles belong in it" in result.output
    assert sync.plan(many.database, many.config, many.now).gone == ()
