"""The commands of the news desk: a record is changed, then the feeds."""

from __future__ import annotations

import getpass
import os
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.config.load import load
from feedsvc.publishing import sync
from tests.conftest import CONFIG, Newsroom, article, wanted

RECORD = article("Alpha Story", "It **rained**.\n\nA lot.", published="2026-01-20")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """The newsroom in the working folder, as the real clock has it."""
    monkeypatch.chdir(newsroom.root)
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    newsroom.now = datetime.now(UTC)
    newsroom.write("world/a.md", RECORD)
    newsroom.write("world/b.json", '{"headline": "Beta", "published": "2026-01-21", "body": "B."}')
    newsroom.sync()
    return newsroom


def text(newsroom: Newsroom, section: str = "world") -> str:
    newsroom.now = datetime.now(UTC)
    return newsroom.text(section)


@pytest.mark.parametrize("name", ["world/a", "world/a.md", "articles/world/a.md"])
def test_kill_writes_the_record_and_takes_the_article_back(newsroom: Newsroom, name: str) -> None:
    result = run("kill", name, "--note", "It was: wrong.")
    assert result.exit_code == 0, result.output
    record = newsroom.record("world/a.md")
    assert 'status: canceled\nnote: "It was: wrong."\nupdated: ' in record
    assert record.startswith("---\nheadline: Alpha Story\n")
    assert "Alpha Story" not in text(newsroom)
    assert "It was: wrong." in text(newsroom)
    assert result.output.splitlines() == [
        "wrote articles/world/a.md",
        "kill world/a: changed /, /corrections, /world, /world/corrections",
    ]


def test_a_json_record_is_killed_too(newsroom: Newsroom) -> None:
    assert run("kill", "world/b", "--note", "Wrong.").exit_code == 0
    record = newsroom.record("world/b.json")
    assert record.startswith('{"headline": "Beta", "published": "2026-01-21", "body": "B.", ')
    assert "Beta" not in text(newsroom)


def test_a_kill_is_dated_in_the_record_for_a_store_that_is_made_anew(newsroom: Newsroom) -> None:
    run("kill", "world/a", "--note", "Wrong.")
    record = newsroom.record("world/a.md")
    updated = re.search(r'updated: "?([^"\n]+)', record)
    assert updated
    assert abs(datetime.fromisoformat(updated[1]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_correct_dates_the_record_and_publishes_the_note(newsroom: Newsroom) -> None:
    result = run("correct", "world/a", "--note", "It snowed.", "--headline", "Alpha: Again")
    assert result.exit_code == 0, result.output
    assert "correct world/a: changed /, /corrections, /world, /world/corrections" in result.output
    assert "<title>Alpha: Again</title>" in text(newsroom)
    assert "It snowed." in text(newsroom)


@pytest.mark.parametrize("name", ["world/a", "world/b"])
def test_a_second_correction_adds_to_the_first(newsroom: Newsroom, name: str) -> None:
    for note in "It snowed.", "It: hailed.", "It thawed.":
        result = run("correct", name, "--note", note)
        assert result.exit_code == 0, result.output
        time.sleep(1.1)  # so that each has its own second
    feed = text(newsroom)
    assert feed.index("It snowed.") < feed.index("It: hailed.") < feed.index("It thawed.")
    corrections = wanted("world", "rss", "corrections")
    notices = newsroom.syndication.document(corrections, newsroom.now).body.decode()
    assert notices.count("<item>") == 3


def test_a_correction_without_a_note_is_an_update(newsroom: Newsroom) -> None:
    run("correct", "world/a", "--note", "It snowed.")
    time.sleep(1.1)  # so that the update has its own second
    result = run("correct", "world/a", "--summary", "Other.")
    assert "update world/a: changed /, /corrections, /world, /world/corrections" in result.output
    record = newsroom.record("world/a.md")
    assert "    text: It snowed.\nupdated: " in record
    assert "summary: Other." in record


def test_a_killed_or_unreleased_article_is_not_corrected(newsroom: Newsroom) -> None:
    run("kill", "world/a", "--note", "Wrong.")
    result = run("correct", "world/a")
    assert result.exit_code == 1
    assert result.output.endswith('"world/a" is canceled; only a usable article is corrected\n')
    newsroom.write("world/c.md", article(published="2999-01-01 10:00"))
    result = run("correct", "world/c")
    assert '"world/c" is not out before 2999-01-01 10:00; just edit its file' in result.output


def test_an_embargo_takes_an_article_out_of_the_feeds_until_it_ends(newsroom: Newsroom) -> None:
    result = run("embargo", "world/a", "2999-01-01 06:00")
    assert result.exit_code == 0, result.output
    assert "embargo world/a: changed /, /world" in result.output
    assert "readers may have it since 2026-01-20 00:00, and keep it; feedsvc kill" in result.output
    assert 'embargoed: "2999-01-01T06:00:00+00:00"' in (newsroom.record("world/a.md"))
    assert "Alpha Story" not in text(newsroom)
    assert run("embargo", "world/a", "2999-02-01").output.startswith("wrote ")
    assert run("embargo", "world/a", "--lift").exit_code == 0
    assert newsroom.record("world/a.md") == RECORD
    assert "Alpha Story" in text(newsroom)


def test_an_article_is_dated_by_the_end_of_its_embargo_if_that_is_lifted(
    newsroom: Newsroom,
) -> None:
    newsroom.write("world/c.md", article("Kept Back", embargoed="2999-01-01"))
    assert run("embargo", "world/c", "--lift").exit_code == 0
    match = re.search(r'embargoed: "(\S+)"', newsroom.record("world/c.md"))
    assert match
    lifted = datetime.fromisoformat(match[1])
    assert datetime.now(UTC) - lifted < timedelta(minutes=1)
    assert f"<pubDate>{format_datetime(lifted)}</pubDate>" in text(newsroom)
    again = run("embargo", "world/c", "--lift")
    assert again.output == 'feedsvc: "world/c" is under no embargo, so there is none to lift\n'


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2026-01-01", "2026-01-01 00:00 has passed already"),
        ("soon", 'the moment "soon" is not a date; write it like 2026-11-21 or 2026-11-21 08:30'),
    ],
)
def test_an_embargo_needs_a_moment_to_come(newsroom: Newsroom, moment: str, sentence: str) -> None:
    result = run("embargo", "world/a", moment)
    assert (result.exit_code, result.output) == (1, f"feedsvc: {sentence}\n")
    assert newsroom.record("world/a.md") == RECORD


@pytest.mark.parametrize("arguments", [(), ("2999-01-01", "--lift")])
def test_an_embargo_is_set_or_lifted(newsroom: Newsroom, arguments: tuple[str, ...]) -> None:
    assert "Give either a moment or --lift." in run("embargo", "world/a", *arguments).output


def test_an_article_that_is_not_there_is_a_sentence(newsroom: Newsroom) -> None:
    result = run("kill", "world/nothing", "--note", "x")
    assert result.exit_code == 1
    assert result.output == (
        'feedsvc: there is no article "world/nothing" here; give its id, or its file such as '
        "world/flood.md\n"
    )


def test_an_article_that_was_not_published_yet_is_found(newsroom: Newsroom) -> None:
    newsroom.write("world/new.md", article("New", published="2026-02-01"))
    assert run("kill", "world/new", "--note", "Wrong.").exit_code == 0
    assert "New<" not in text(newsroom)


def test_a_store_that_was_never_filled_is_filled_first(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "fresh"))
    assert run("kill", "world/a", "--note", "Wrong.").exit_code == 0


def test_a_record_that_cannot_be_written_changes_nothing(newsroom: Newsroom) -> None:
    file = newsroom.write(
        "world/a.md", RECORD.replace("---\nhead", "---\nid: world/a\nid: x\nhead")
    )
    result = run("kill", "world/a", "--note", "Wrong.")
    assert result.exit_code == 1
    assert "articles/world/a.md: cannot be changed safely" in result.output
    assert "Alpha Story" in text(newsroom)
    file.write_text(RECORD.replace("Alpha", "Alfa"))
    newsroom.sync()
    assert "by " not in run("log").output.splitlines()[-1]


def test_a_record_with_mistakes_is_killed_and_its_problems_are_printed(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", RECORD.replace("---\nhead", "---\nsumary: x\nhead"))
    result = run("kill", "world/a", "--note", "Wrong.")
    assert result.exit_code == 1
    assert 'sumary: is not a key of a record. Did you mean "summary"?' in result.output
    assert "Alpha Story" not in text(newsroom)


def test_show_prints_dates_changes_and_versions(newsroom: Newsroom) -> None:
    run("correct", "world/a", "--note", "It snowed.", "--headline", "Alpha Two")
    result = run("show", "world/a")
    lines = result.output.splitlines()
    assert lines[:6] == [
        "id           world/a",
        "file         articles/world/a.md",
        "section      /world",
        "read at      https://quay.example/world/a",
        "status       usable",
        "published    2026-01-20 00:00:00 WET",
    ]
    assert lines[6].startswith("updated      2")
    assert re.fullmatch(
        rf"correct      [-0-9]+ [:0-9]+ \w+ by {getpass.getuser()}: It snowed\.", lines[7]
    )
    assert re.fullmatch(r"version 1    until [-0-9]+ [:0-9]+ \w+: Alpha Story", lines[8])
    assert lines[9:] == ["version 2    until now: Alpha Two"]


def test_show_prints_how_each_version_changed_the_text(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", RECORD.replace("A lot.", "A little."))
    newsroom.sync()
    newsroom.write("world/a.md", RECORD.replace("A lot.", "A little.").replace("Alpha", "Omega"))
    newsroom.sync()
    result = run("show", "world/a", "--diff")
    lines = result.output.splitlines()
    assert "-<p>A lot.</p>" in lines
    assert "+<p>A little.</p>" in lines
    assert " <p>It <strong>rained</strong>.</p>" in lines
    assert "+headline: Omega Story" in lines
    assert "touch        " in result.output
    run("kill", "world/a", "--note", "Wrong.")
    result = run("show", "world/a", "--diff")
    assert "lot" not in result.output
    assert "killed       2" in result.output
    assert "notice until 2" in result.output
    assert "until now: withdrawn\n" in result.output


def test_show_prints_addresses_as_readers_have_them(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"'))
    for word in ("here", "there"):
        newsroom.write("world/a.md", RECORD.replace("A lot.", f"[{word}]({word})"))
        newsroom.sync()
    result = run("show", "world/a", "--diff")
    assert "read at      https://feeds.quay.example/world/a\n" in result.output
    assert '+<p><a href="https://feeds.quay.example/world/there">there</a></p>' in result.output


def test_a_change_that_the_watcher_published_first_is_printed_all_the_same(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:  # the last thing before the command publishes
        real(handle)
        sync.sync(newsroom.database, load(), datetime.now(UTC))

    monkeypatch.setattr(os, "fsync", fsync)
    result = run("kill", "world/a", "--note", "Wrong.")
    assert "kill world/a: changed /, /corrections, /world, /world/corrections" in result.output
    assert f"by {getpass.getuser()}: Wrong." in run("log").output


def test_earlier_changes_are_not_printed_again(newsroom: Newsroom) -> None:
    newsroom.now -= timedelta(hours=1)
    newsroom.write("world/a.md", RECORD.replace("A lot.", "A little."))
    assert len(newsroom.sync().changes) == 1
    result = run("kill", "world/a", "--note", "Wrong.")
    assert [line.split()[0] for line in result.output.splitlines()] == ["wrote", "kill"]


def test_an_embargo_may_end_tomorrow(newsroom: Newsroom) -> None:
    assert run("embargo", "world/a", "tomorrow 9:00").exit_code == 0
    record = newsroom.record("world/a.md")
    assert re.search(r'embargoed: "\d{4}-\d\d-\d\dT09:00:00', record)


def test_the_id_of_a_former_system_names_an_article_in_every_command(newsroom: Newsroom) -> None:
    guid = "https://old.example/?p=7"
    keys = f"guid: {guid}\norigin: {{system: desk, id: x, also: [z]}}\nsections: [sport, world]\n"
    newsroom.write("world/c.md", RECORD.replace("---\nhead", f"---\n{keys}head"))
    newsroom.write("world/d.md", RECORD.replace("---\nhead", "---\nfeeds: false\nhead"))
    newsroom.sync()
    assert run("show", guid).output.splitlines()[:5] == [
        "id           world/c",
        f"guid         {guid}",
        "origin       desk x z",
        "file         articles/world/c.md",
        "section      /sport, /world",
    ]
    assert "section      none, in no feed" in run("show", "world/d").output
    assert "world/c.md" in run("move", guid, "culture").output.replace("culture", "world")
    assert run("kill", guid, "--note", "Wrong.").exit_code == 0
    assert "kill" in run("log", guid).output
