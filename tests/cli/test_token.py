"""The command that makes, lists and revokes tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feedsvc.cli import main
from tests.conftest import CONFIG


@pytest.fixture(autouse=True)
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "articles").mkdir()
    return tmp_path


def token(*words: str) -> Result:
    return CliRunner().invoke(main, ["token", *words])


def test_a_token_is_printed_once_and_listed_without_its_secret() -> None:
    made = token("create", "cms", "--scope", "write", "--scope", "read", "--section", "/world/")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("fsk_")
    listing = token("list")
    assert secret[4:] not in listing.stdout
    assert listing.stdout == "cms  valid until revoked  read, write  world  used never\n"


def test_the_list_shows_owner_end_and_revocation() -> None:
    token("create", "cms", "--scope", "draft", "--owner", "Ada", "--expires", "2999-01-31 09:00")
    assert token("list").stdout == (
        "cms  valid until 2999-01-31 09:00  draft  all sections  Ada  used never\n"
    )
    assert token("revoke", "cms").stdout == 'revoked "cms"\n'
    assert token("list").stdout.startswith("cms  revoked 20")


def test_a_token_that_has_ended_is_listed_as_expired(newsroom: Path) -> None:
    from feedsvc.store.database import Database

    token("create", "cms", "--scope", "read", "--expires", "2999-01-31")
    database = Database(newsroom / ".feedsvc")
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE tokens SET expires = 1600000000")
    database.close()
    assert "expired 2020-09-13" in token("list").stdout


def test_a_token_that_is_not_there_cannot_be_revoked() -> None:
    token("create", "cms", "--scope", "read", "--section", "/")
    assert "all sections" in token("list").stdout
    assert token("revoke", "other").stderr == (
        'feedsvc: there is no valid token "other"; feedsvc token list shows all\n'
    )


def test_a_store_without_tokens_has_an_empty_list() -> None:
    CliRunner().invoke(main, ["sync"])
    assert token("list").stdout == "There are no tokens.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cms"], "Missing option '--scope'"),
        (["cms", "--scope", "all"], "'all' is not one of"),
        ([" ", "--scope", "read"], "NAME must be one line"),
        (["cms", "--scope", "read", "--section", "World"], '"World" is not a section'),
        (["cms", "--scope", "read", "--expires", "soon"], 'the end "soon"'),
        (["cms", "--scope", "read", "--expires", "2020-01-01"], "has passed already"),
    ],
)
def test_a_wrong_word_is_explained(words: list[str], sentence: str) -> None:
    result = token("create", *words)
    assert result.exit_code
    assert sentence in result.stderr
