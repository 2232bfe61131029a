from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from feedsvc.store.database import NEWEST
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG
from tests.store.test_database import old_store, revision


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path


def upgrade() -> Result:
    return CliRunner().invoke(main, ["db", "upgrade"])


def test_an_old_store_is_upgraded_and_then_is_up_to_date(newsroom: Path) -> None:
    old_store(newsroom / ".feedsvc")
    for message in (f"upgraded from 0004 to {NEWEST}\n", f"the store is up to date ({NEWEST})\n"):
        result = upgrade()
        assert (result.exit_code, result.output) == (0, message)
    assert revision(newsroom / ".feedsvc" / FILE_NAME) == NEWEST


def test_where_there_is_no_store_one_is_made(newsroom: Path) -> None:
    result = upgrade()
    assert (result.exit_code, result.output) == (0, f"made the store ({NEWEST})\n")
    assert revision(newsroom / ".feedsvc" / FILE_NAME) == NEWEST


def test_a_store_of_a_newer_version_is_left_alone(newsroom: Path) -> None:
    store = old_store(newsroom / ".feedsvc")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = upgrade()
    assert result.exit_code == 1
    assert result.output == (
        f"feedsvc: the store {store} was written by a newer feedsvc, so install that one; "
        "once it is moved away, it is made anew from the articles in files; "
        "records in it need a backup\n"
    )
    assert revision(store) == "9999"


def test_the_help_lists_the_commands() -> None:
    result = CliRunner().invoke(main, ["db", "--help"])
    assert result.exit_code == 0
    assert "upgrade  Bring the store to the version of this feedsvc." in result.output
