from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from feedsvc.cli import doctor_checks, main
from feedsvc.cli.doctor import examine
from feedsvc.cli.doctor_checks import Check
from feedsvc.config.load import load
from feedsvc.errors import Problem
from feedsvc.model.clock import now
from feedsvc.store.database import NEWEST
from feedsvc.store.lock import try_lock
from feedsvc.store.outbox import OutboxState
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG, NOW, Newsroom, article
from tests.store.test_database import names, old_store

DOCS = Path(__file__).parent.parent.parent / "docs"
PLACE = Path("/srv/quay")
SUBJECTS = [
    "configuration",
    "address",
    "state folder",
    "clock",
    "permissions",
    "publisher",
    "state disk",
    "articles",
    "articles disk",
    "store",
    "integrity",
    "newest change",
    "records",
    "jobs",
    "release",
    "deletion",
]


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom, which is the folder the command is called in."""
    monkeypatch.chdir(newsroom.root)
    newsroom.now = now()
    return newsroom


def checks(subject: str = "") -> list[Check]:
    return [it for it in examine(now()) if subject in ("", it.subject)]


def check(subject: str) -> Check:
    (result,) = checks(subject)
    return result


def test_a_newsroom_without_problems_has_a_line_for_each_check(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article())
    newsroom.sync()
    newsroom.database.close()
    before = names(newsroom.root), names(newsroom.config.state), newsroom.database.path.read_bytes()
    with try_lock(newsroom.config.state / "writer.lock"):
        result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    (newsroom.config.state / "writer.lock").unlink()
    assert (
        names(newsroom.root),
        names(newsroom.config.state),
        newsroom.database.path.read_bytes(),
    ) == before
    levels = [re.split(" {2,}", line, maxsplit=2) for line in result.output.splitlines()]
    assert {level for level, _, _ in levels} == {"ok"}
    assert [subject for _, subject, _ in levels] == SUBJECTS
    assert levels[-1][2] == (
        f"Deleting {newsroom.config.state} loses the versions of articles, the log, the ids of "
        "moved files without an id of their own, since when notices stand, and which feeds "
        "articles have left; all else is made again from the files, and copies of pictures are "
        "fetched again"
    )


def test_every_subject_is_documented_and_no_other() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    table = text.partition("## Checks")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) == SUBJECTS


def test_a_problem_is_a_failure(newsroom: Newsroom) -> None:
    newsroom.config.articles.rmdir()
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    sentence = f"there is no folder {newsroom.config.articles}; articles belong in it"
    assert f"\nproblem  articles       {sentence}\n" in result.output


def test_a_wrong_configuration_has_all_its_problems_printed_and_nothing_else(
    newsroom: Newsroom,
) -> None:
    (newsroom.root / "config.toml").write_text('[site]\n\nurll = "x"\n')
    assert checks() == [
        Check("problem", "configuration", sentence)
        for sentence in (
            'config.toml:1:1: site.title: is missing; add title = "…" below [site]',
            'config.toml:3:1: site.urll: is not a key of [site]. Did you mean "url"?',
        )
    ]


def test_a_newsroom_that_was_never_published_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    (tmp_path / "config.toml").write_text('[site]\ntitle = "A"\nurl = "https://a.example"\n')
    by_subject = {it.subject: it for it in checks()}
    notes = {subject for subject, it in by_subject.items() if it.level == "note"}
    assert notes == {"address", "state folder", "articles", "store"}
    assert by_subject["address"].sentence.startswith("[feeds] url is http://localhost:8000")
    assert "is not there yet" in by_subject["state folder"].sentence
    assert "there is none yet" in by_subject["store"].sentence
    assert str(tmp_path) in by_subject["state disk"].sentence
    assert not {it.level for it in by_subject.values()} - {"ok", "note"}
    assert names(tmp_path) == ["articles", "config.toml"]


def test_a_store_that_was_never_filled_is_noted(newsroom: Newsroom) -> None:
    sentence = 'they were never read; "feedsvc serve" or "feedsvc sync" does'
    assert checks("records") == [Check("note", "records", sentence)]


def test_a_state_folder_that_cannot_be_written_is_a_problem(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(newsroom.root / "config.toml"))
    result = check("state folder")
    assert result.level == "problem"
    assert result.sentence == (
        f"{newsroom.root}/config.toml cannot be written: Not a directory; let feedsvc write it"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602])
def test_files_of_the_store_that_others_can_use_are_a_problem(
    newsroom: Newsroom, mode: int
) -> None:
    assert check("permissions").level == "ok"
    (newsroom.config.state / f"{FILE_NAME}.link").symlink_to("nowhere")
    newsroom.database.path.chmod(mode)
    sentence = f"other users of this machine can use it: chmod go= {newsroom.database.path}"
    assert check("permissions") == Check("problem", "permissions", sentence)


def test_the_publisher_is_checked(newsroom: Newsroom) -> None:
    lock = newsroom.config.state / "writer.lock"
    assert check("publisher").level == "note"
    assert not lock.exists()
    with try_lock(lock):
        assert check("publisher").level == "ok"
    assert check("publisher").level == "note"
    lock.unlink()
    lock.mkdir()
    assert check("publisher").level == "problem"


def test_a_publisher_that_hangs_or_fails_is_a_problem(newsroom: Newsroom) -> None:
    health, lock = newsroom.database.health, newsroom.config.state / "writer.lock"
    with try_lock(lock):
        health.look(now().timestamp() - 61)
        hangs = "a process should publish, but has not looked for changes for 61 s; end it, and"
        assert check("publisher").level == "problem"
        assert check("publisher").sentence.startswith(hangs)
        health.publishing(now().timestamp() - 62, "the disk is full")
        fails = "nothing could be published for 62 s: the disk is full"
        assert check("publisher") == Check("problem", "publisher", fails)
        health.configuration(now().timestamp() - 63, "it is wrong")
        refused = '"feedsvc serve" has refused the change for 63 s: it is wrong'
        assert checks("configuration")[1:] == [Check("problem", "configuration", refused)]
    assert check("publisher").level == "note"
    newsroom.database.close()
    (newsroom.config.state / "pulse").unlink()
    (newsroom.config.state / "pulse").mkdir()
    assert check("publisher").sentence.endswith("pulse cannot be read: Is a directory")


def test_an_old_store_is_noted_and_not_upgraded(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old_store(newsroom.root / "old")
    before = store.read_bytes()
    monkeypatch.setenv("STATE_DIRECTORY", str(store.parent))
    assert check("store").level == "note"
    assert check("store").sentence.startswith(
        f"is of version 0004, and this feedsvc needs {NEWEST}"
    )
    assert check("integrity").level == "ok"
    assert checks("records") == []
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("offset", "length", "subject", "sentence"),
    [
        (0, 4096, "store", "cannot be used (file is not a database); once it is moved away"),
        (4096 * 3, 4096, "integrity", "the store is damaged ("),
    ],
)
def test_a_damaged_store_is_a_problem(
    newsroom: Newsroom, offset: int, length: int, subject: str, sentence: str
) -> None:
    newsroom.write("a.md", article())
    newsroom.sync()
    newsroom.database.close()
    with newsroom.database.path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * length)
    (result,) = (it for it in checks(subject) if it.level == "problem")
    assert sentence in result.sentence


def test_a_damaged_store_of_records_cannot_be_made_anew(newsroom: Newsroom) -> None:
    newsroom.configure(f'{CONFIG}\n[articles]\nin = "database"\n')
    newsroom.database.close()
    with newsroom.database.path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    (result,) = (it for it in checks("integrity") if it.level == "problem")
    assert result.sentence.endswith("; move it away, and then restore a backup")


def test_a_store_of_the_future_is_a_problem(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article())
    newsroom.sync()
    for ahead, level in ((30, "ok"), (90, "problem")):
        with closing(sqlite3.connect(newsroom.database.path)) as connection, connection:
            moment = int(now().timestamp()) + ahead
            connection.execute("UPDATE feeds SET changed = ?", [moment])
        assert check("newest change").level == level


def test_the_first_problems_of_the_records_are_printed(newsroom: Newsroom) -> None:
    for number in range(6):
        newsroom.write(f"{number}.md", article(slug="a b"))
    newsroom.write("7.md", article(related="[nowhere]"))
    newsroom.sync()
    results = checks("records")
    assert {it.level for it in results} == {"problem"}
    assert results[0].sentence == '6 problems in 6 files; "feedsvc check" prints all'
    assert len(results) == 6
    for number, result in enumerate(results[1:]):
        assert result.sentence.startswith(f"articles/{number}.md:4:1: slug: ")


def test_releases_within_a_day_are_listed_in_order_and_without_their_texts(
    newsroom: Newsroom,
) -> None:
    begun = now().replace(microsecond=0)

    def at(**later: int) -> str:
        return (begun + timedelta(**later)).isoformat()

    past = at(days=-2)
    newsroom.write("z.md", article("Secret One", published=past, embargoed=at(hours=2)))
    newsroom.write("world/a.md", article("Secret Two", published=at(hours=23)))
    newsroom.write("c.md", article("Secret Three", published=past, embargoed=at(hours=2)))
    newsroom.write("later.md", article("Secret Four", published=past, embargoed=at(hours=25)))
    newsroom.write("out.md", article("Public", published=past, embargoed=at(hours=-1)))
    newsroom.write("held.md", article("Secret Five", published=at(hours=1), status="withheld"))
    newsroom.sync()
    when = [
        (begun + timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Lisbon"))
        for hours in (2, 2, 23)
    ]
    assert [it.sentence for it in checks("release")] == [
        f"{moment:%Y-%m-%d %H:%M} {moment.tzname()}  {article_id}"
        for moment, article_id in zip(when, ("c", "z", "world/a"), strict=True)
    ]
    assert "Secret" not in "".join(it.sentence for it in checks())


def test_a_day_without_releases_has_none_listed(newsroom: Newsroom) -> None:
    sentence = "no article is to be released within a day"
    assert checks("release") == [Check("ok", "release", sentence)]


@pytest.mark.parametrize(
    ("free", "level", "amount"),
    [
        (99_999_999, "problem", "99 MB are free at /srv/quay; make room"),
        (100_000_000, "note", "100 MB are free at /srv/quay"),
        (999_999_999, "note", "999 MB are free at /srv/quay"),
        (1_000_000_000, "ok", "1.0 GB are free at /srv/quay"),
        (1_234_000_000_000, "ok", "1,234.0 GB are free at /srv/quay"),
    ],
)
def test_little_room_is_noted_and_hardly_any_is_a_problem(
    free: int, level: str, amount: str
) -> None:
    result = doctor_checks.space("state disk", PLACE, free)
    assert (result.level, result.subject) == (level, "state disk")
    assert result.sentence.startswith(amount)


@pytest.mark.parametrize(
    ("apart", "level", "sentence"),
    [
        (0, "ok", "agree"),
        (60, "ok", "agree"),
        (-60, "ok", "agree"),
        (3700, "problem", "3,700 s ahead of this machine's"),
        (-61, "problem", "61 s behind this machine's"),
    ],
)
def test_a_disk_whose_clock_differs_is_a_problem(apart: int, level: str, sentence: str) -> None:
    result = doctor_checks.clock(NOW, NOW + timedelta(seconds=apart))
    assert result.level == level
    assert sentence in result.sentence


@pytest.mark.parametrize(
    ("changed", "level", "sentence"),
    [
        (None, "ok", "no feed changed since the store was made"),
        (NOW + timedelta(seconds=60), "ok", "a feed last changed at 2026-11-23 12:01 WET"),
        (NOW + timedelta(seconds=61), "problem", "2026-11-23 12:01 WET, which is still to come"),
    ],
)
def test_a_change_that_is_still_to_come_is_a_problem(
    changed: datetime | None, level: str, sentence: str
) -> None:
    result = doctor_checks.newest(NOW, changed, "Europe/Lisbon")
    assert result.level == level
    assert sentence in result.sentence


def test_a_state_folder_of_another_user_is_noted() -> None:
    assert doctor_checks.owner(PLACE, 33, 33).level == "ok"
    result = doctor_checks.owner(PLACE, 33, 0)
    assert result.level == "note"
    assert "belongs to user 33, and this is user 0: run every command as user 33" in (
        result.sentence
    )


def test_folders_that_cannot_be_read_are_a_problem() -> None:
    result = doctor_checks.articles(str(PLACE), 7, [PLACE / "world", PLACE / "sport"])
    assert result.level == "problem"
    assert result.sentence == (
        "2 folders cannot be read, so their articles stay as they were: /srv/quay/world, "
        "/srv/quay/sport; let feedsvc read them"
    )


@pytest.mark.parametrize(
    ("revision", "level", "sentence"),
    [
        (None, "note", "there is none yet"),
        (NEWEST, "ok", f"is up to date ({NEWEST})"),
        ("0004", "note", '"feedsvc db upgrade"'),
        ("0003", "problem", "it was written before feedsvc 0.1.0 and cannot be upgraded"),
        ("9999", "problem", "version 9999: it was written by a newer feedsvc, so install that one"),
        ("*", "problem", "was written by a newer feedsvc"),
    ],
)
def test_the_version_of_the_store_is_checked(
    revision: str | None, level: str, sentence: str
) -> None:
    result = doctor_checks.version(revision)
    assert result.level == level
    assert sentence in result.sentence


def test_notes_are_counted_but_are_no_problem() -> None:
    note = Problem("articles/a.md", 1, 1, "related", "there is no such article", note=True)
    assert doctor_checks.records([], filled=True) == [Check("ok", "records", "no problems")]
    assert doctor_checks.records([note], filled=True) == [
        Check("ok", "records", "no problems, 1 notes"),
    ]


@pytest.mark.parametrize(
    ("state", "check"),
    [
        (OutboxState(0, 0, None), Check("ok", "jobs", "no job waits")),
        (
            OutboxState(3, 0, NOW - timedelta(seconds=90)),
            Check("ok", "jobs", '3 wait, the oldest since 90 s; "feedsvc serve" does them'),
        ),
        (
            OutboxState(1, 2, NOW),
            Check(
                "note",
                "jobs",
                '2 failed and are not tried again; "feedsvc jobs --failed" shows why',
            ),
        ),
    ],
)
def test_jobs_that_failed_are_noted(state: OutboxState, check: Check) -> None:
    assert doctor_checks.jobs(state, NOW) == check


def test_the_address_of_the_feeds_is_printed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    results = doctor_checks.settings(load(tmp_path / "config.toml", environ={}))
    assert [it.level for it in results] == ["ok", "ok"]
    assert results[1].sentence == "the feeds are at https://feeds.quay.example"
