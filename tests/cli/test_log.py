"""``feedsvc log``: the last changes, and why they changed feeds."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from tests.conftest import Newsroom, article


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def newsroom(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """The newsroom in the working folder, at the present moment."""
    monkeypatch.chdir(newsroom.root)
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.root / "config.toml"))
    newsroom.now = datetime.now(UTC)
    newsroom.write("world/a.md", article("Alpha", published="2026-01-20"))
    newsroom.write("sport/b.md", article("Beta", published="2026-01-21", related="[world/a]"))
    newsroom.sync()
    return newsroom


def test_log_shows_the_last_changes(newsroom: Newsroom) -> None:
    assert run("log").output == "No article was changed since the store was made.\n"
    run("correct", "world/a", "--note", "It snowed.")
    newsroom.write("sport/b.md", article("Gamma", published="2026-01-21"))
    newsroom.sync()
    first, second = run("log").output.splitlines()
    day = f"{datetime.now(UTC):%Y-}"
    assert re.fullmatch(
        rf"{day}[-0-9]+ [:0-9]+  correct   world/a  4 feeds by {getpass.getuser()}: It snowed\.",
        first,
    )
    assert re.fullmatch(rf"{day}[-0-9]+ [:0-9]+  touch     sport/b  2 feeds", second)
    assert run("log", "sport/b").output == f"{second}\n"
    assert run("log", "-n", "1").output == f"{second}\n"


def test_log_shows_why_each_feed_changed(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article("Alpha Two", published="2026-01-20"))
    newsroom.sync()
    assert run("log", "--why").output.splitlines()[1:] == [
        "    appears: /, /world",
        "    names related: /sport",
    ]


def test_a_log_without_reasons_is_shown(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article("Alpha Two", published="2026-01-20"))
    newsroom.sync()
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql('UPDATE acts SET feeds = \'["", "world"]\'')
    assert run("log").output.endswith("  touch     world/a  2 feeds\n")
    assert run("log", "--why").output.splitlines()[1:] == ["    no reason was kept: /, /world"]
