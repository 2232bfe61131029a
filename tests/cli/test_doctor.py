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
from feedsvc.store.lock import Lock
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
    "release",
    "deletion",
]


@pytest.fixture
def room(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom, which is the folder the command is called in."""
    monkeypatch.chdir(newsroom.root)
    newsroom.now = now()
    return newsroom


def found(subject: str = "") -> list[Check]:
    return [it for it in examine(now()) if subject in ("", it.subject)]


def one(subject: str) -> Check:
    (finding,) = found(subject)
    return finding


def test_a_newsroom_that_is_well_is_told_so_line_by_line(room: Newsroom) -> None:
    room.write("a.md", article())
    room.sync()
    room.database.close()
    before = names(room.root), names(room.config.state), room.database.path.read_bytes()
    with Lock(room.config.state / "writer.lock").trying():
        result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    (room.config.state / "writer.lock").unlink()
    assert (names(room.root), names(room.config.state), room.database.path.read_bytes()) == before
    levels = [re.split(" {2,}", line, maxsplit=2) for line in result.output.splitlines()]
    assert {level for level, _, _ in levels} == {"ok"}
    assert [subject for _, subject, _ in levels] == SUBJECTS
    assert levels[-1][2] == (
        f"Deleting {room.config.state} loses only the versions of articles, the log, and since "
        "when notices stand; all else is made again from the files"
    )


def test_every_subject_is_documented_and_no_other() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    table = text.partition("## Is all well?")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) == SUBJECTS


def test_a_problem_is_a_failure(room: Newsroom) -> None:
    room.config.articles.rmdir()
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    said = f"there is no folder {room.config.articles}; articles belong in it"
    assert f"\nproblem  articles       {said}\n" in result.output


def test_of_a_wrong_configuration_every_problem_is_told_and_nothing_else(room: Newsroom) -> None:
    (room.root / "config.toml").write_text('[site]\n\nurll = "x"\n')
    assert found() == [
        Check("problem", "configuration", said)
        for said in (
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
    told = {it.subject: it for it in found()}
    notes = {subject for subject, it in told.items() if it.level == "note"}
    assert notes == {"address", "state folder", "articles", "store"}
    assert told["address"].sentence.startswith("[feeds] url is http://localhost:8000")
    assert "is not there yet" in told["state folder"].sentence
    assert "there is none yet" in told["store"].sentence
    assert str(tmp_path) in told["state disk"].sentence
    assert not {it.level for it in told.values()} - {"ok", "note"}
    assert names(tmp_path) == ["articles", "config.toml"]


def test_a_store_that_was_never_filled_is_noted(room: Newsroom) -> None:
    said = 'they were never read; "feedsvc serve" or "feedsvc sync" does'
    assert found("records") == [Check("note", "records", said)]


def test_a_state_folder_that_cannot_be_written_is_a_problem(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(room.root / "config.toml"))
    finding = one("state folder")
    assert finding.level == "problem"
    assert finding.sentence == (
        f"{room.root}/config.toml cannot be written: Not a directory; let feedsvc write it"
    )


def test_files_of_the_store_that_everybody_can_write_are_a_problem(room: Newsroom) -> None:
    assert one("permissions").level == "ok"
    (room.config.state / f"{FILE_NAME}.link").symlink_to("nowhere")
    room.database.path.chmod(0o646)
    said = f"every user of this machine can write to it: chmod o-w {room.database.path}"
    assert one("permissions") == Check("problem", "permissions", said)


def test_it_is_told_whether_anybody_publishes(room: Newsroom) -> None:
    lock = room.config.state / "writer.lock"
    assert one("publisher").level == "note"
    assert not lock.exists()
    with Lock(lock).trying():
        assert one("publisher").level == "ok"
    assert one("publisher").level == "note"
    lock.unlink()
    lock.mkdir()
    assert one("publisher").level == "problem"


def test_an_old_store_is_told_and_not_upgraded(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = old_store(room.root / "old")
    before = store.read_bytes()
    monkeypatch.setenv("STATE_DIRECTORY", str(store.parent))
    assert one("store").level == "note"
    assert one("store").sentence.startswith(f"is of version 0001, and this feedsvc needs {NEWEST}")
    assert one("integrity").level == "ok"
    assert found("records") == []
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("offset", "length", "subject", "sentence"),
    [
        (0, 4096, "store", "cannot be used (file is not a database); once it is moved away"),
        (4096 * 3, 4096, "integrity", "the store is damaged ("),
    ],
)
def test_a_damaged_store_is_a_problem(
    room: Newsroom, offset: int, length: int, subject: str, sentence: str
) -> None:
    room.write("a.md", article())
    room.sync()
    room.database.close()
    with room.database.path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * length)
    (finding,) = (it for it in found(subject) if it.level == "problem")
    assert sentence in finding.sentence


def test_a_store_of_the_future_is_a_problem(room: Newsroom) -> None:
    room.write("a.md", article())
    room.sync()
    for ahead, level in ((30, "ok"), (90, "problem")):
        with closing(sqlite3.connect(room.database.path)) as connection, connection:
            moment = int(now().timestamp()) + ahead
            connection.execute("UPDATE feeds SET changed = ?", [moment])
        assert one("newest change").level == level


def test_the_first_problems_of_the_records_are_told(room: Newsroom) -> None:
    for number in range(6):
        room.write(f"{number}.md", article(slug="a b"))
    room.write("7.md", article(related="[nowhere]"))
    room.sync()
    findings = found("records")
    assert {it.level for it in findings} == {"problem"}
    assert findings[0].sentence == '6 problems in 6 files; "feedsvc check" prints all'
    assert len(findings) == 6
    for number, finding in enumerate(findings[1:]):
        assert finding.sentence.startswith(f"articles/{number}.md:4:1: slug: ")


def test_what_is_released_within_a_day_is_told_in_order_and_without_its_words(
    room: Newsroom,
) -> None:
    begun = now().replace(microsecond=0)

    def at(**later: int) -> str:
        return (begun + timedelta(**later)).isoformat()

    past = at(days=-2)
    room.write("z.md", article("Secret One", published=past, embargoed=at(hours=2)))
    room.write("world/a.md", article("Secret Two", published=at(hours=23)))
    room.write("c.md", article("Secret Three", published=past, embargoed=at(hours=2)))
    room.write("later.md", article("Secret Four", published=past, embargoed=at(hours=25)))
    room.write("out.md", article("Public", published=past, embargoed=at(hours=-1)))
    room.write("held.md", article("Secret Five", published=at(hours=1), status="withheld"))
    room.sync()
    when = [
        (begun + timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Lisbon"))
        for hours in (2, 2, 23)
    ]
    assert [it.sentence for it in found("release")] == [
        f"{moment:%Y-%m-%d %H:%M} {moment.tzname()}  {own}"
        for moment, own in zip(when, ("c", "z", "world/a"), strict=True)
    ]
    assert "Secret" not in "".join(it.sentence for it in found())


def test_no_release_is_told_where_there_is_none(room: Newsroom) -> None:
    said = "no article is to be released within a day"
    assert found("release") == [Check("ok", "release", said)]


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
    finding = doctor_checks.space("state disk", PLACE, free)
    assert (finding.level, finding.subject) == (level, "state disk")
    assert finding.sentence.startswith(amount)


@pytest.mark.parametrize(
    ("apart", "level", "said"),
    [
        (0, "ok", "agree"),
        (60, "ok", "agree"),
        (-60, "ok", "agree"),
        (3700, "problem", "3,700 s ahead of this machine's"),
        (-61, "problem", "61 s behind this machine's"),
    ],
)
def test_a_disk_whose_clock_differs_is_a_problem(apart: int, level: str, said: str) -> None:
    finding = doctor_checks.clock(NOW, NOW + timedelta(seconds=apart))
    assert finding.level == level
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("changed", "level", "said"),
    [
        (None, "ok", "no feed changed since the store was made"),
        (NOW + timedelta(seconds=60), "ok", "a feed last changed at 2026-11-23 12:01 WET"),
        (NOW + timedelta(seconds=61), "problem", "2026-11-23 12:01 WET, which is still to come"),
    ],
)
def test_a_change_that_is_still_to_come_is_a_problem(
    changed: datetime | None, level: str, said: str
) -> None:
    finding = doctor_checks.newest(NOW, changed, "Europe/Lisbon")
    assert finding.level == level
    assert said in finding.sentence


def test_a_state_folder_of_somebody_else_is_noted() -> None:
    assert doctor_checks.owner(PLACE, 33, 33).level == "ok"
    finding = doctor_checks.owner(PLACE, 33, 0)
    assert finding.level == "note"
    assert "belongs to user 33, and this is user 0: run every command as user 33" in (
        finding.sentence
    )


def test_folders_that_cannot_be_read_are_a_problem() -> None:
    finding = doctor_checks.articles(PLACE, 7, ["world", "sport"])
    assert finding.level == "problem"
    assert finding.sentence == (
        "2 folders cannot be read, so their articles stay as they were: /srv/quay/world, "
        "/srv/quay/sport; let feedsvc read them"
    )


@pytest.mark.parametrize(
    ("revision", "level", "said"),
    [
        (None, "note", "there is none yet"),
        (NEWEST, "ok", f"is up to date ({NEWEST})"),
        ("0001", "note", '"feedsvc db upgrade"'),
        ("9999", "problem", "was written by a newer feedsvc (9999); install that one"),
        ("*", "problem", "was written by a newer feedsvc"),
    ],
)
def test_the_version_of_the_store_is_told(revision: str | None, level: str, said: str) -> None:
    finding = doctor_checks.version(revision)
    assert finding.level == level
    assert said in finding.sentence


def test_notes_are_counted_but_are_no_problem() -> None:
    note = Problem("articles/a.md", 1, 1, "related", "there is no such article", note=True)
    assert doctor_checks.records([], filled=True) == [Check("ok", "records", "no problems")]
    assert doctor_checks.records([note], filled=True) == [
        Check("ok", "records", "no problems, 1 notes"),
    ]


def test_the_address_of_the_feeds_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    found = doctor_checks.settings(load(tmp_path / "config.toml", environ={}))
    assert [it.level for it in found] == ["ok", "ok"]
    assert found[1].sentence == "the feeds are at https://feeds.quay.example"
