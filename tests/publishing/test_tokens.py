"""Tokens of publishers: issued once, checked by their digest, ended by time or by a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.model.publisher import Publisher
from feedsvc.publishing import tokens
from tests.conftest import NOW, Newsroom

CMS = Publisher(name="cms", scopes=frozenset({"read", "write"}), created=NOW)


def checked(newsroom: Newsroom, token: str, now: datetime = NOW) -> Publisher | None:
    return tokens.check(newsroom.database, token, now)


def test_a_token_has_a_prefix_a_secret_and_a_checksum(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, CMS)
    assert (len(token), token[:4], token[4:].isalnum()) == (40, "fsk_", True)
    assert checked(newsroom, token) == replace(CMS, used=NOW)


def test_a_token_is_nowhere_in_the_store(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, CMS)
    for file in newsroom.config.state.iterdir():
        assert token[4:].encode() not in file.read_bytes()


@pytest.mark.parametrize("at", [0, 4, 20, 33, 39])
def test_a_mistyped_token_is_none(newsroom: Newsroom, at: int) -> None:
    token = tokens.issue(newsroom.database, CMS)
    other = "x" if token[at] != "x" else "y"
    assert checked(newsroom, token[:at] + other + token[at + 1 :]) is None


@pytest.mark.parametrize("token", ["", "fsk_", "é" * 40, "fsk_" + "A" * 36, "fsk_" + "A" * 37])
def test_another_text_is_no_token(newsroom: Newsroom, token: str) -> None:
    assert checked(newsroom, token) is None


def test_a_token_of_another_store_is_none(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, CMS)
    with newsroom.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM tokens")
    assert checked(newsroom, token) is None


def test_a_token_ends_at_its_moment(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, replace(CMS, expires=NOW + timedelta(hours=1)))
    assert checked(newsroom, token, NOW + timedelta(minutes=59))
    assert checked(newsroom, token, NOW + timedelta(hours=1)) is None


def test_a_revoked_token_ends_at_once_and_its_name_is_free(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, CMS)
    with pytest.raises(FeedsvcError, match="revoke it first"):
        tokens.issue(newsroom.database, CMS)
    tokens.revoke(newsroom.database, "cms", NOW)
    assert checked(newsroom, token) is None
    with pytest.raises(NotFoundError, match='no valid token "cms"'):
        tokens.revoke(newsroom.database, "cms", NOW)
    assert checked(newsroom, tokens.issue(newsroom.database, CMS))


def test_the_last_use_is_kept_to_the_minute(newsroom: Newsroom) -> None:
    token = tokens.issue(newsroom.database, CMS)
    for seconds in (0, 59, 60):
        checked(newsroom, token, NOW + timedelta(seconds=seconds))
    assert [it.used for it in tokens.listed(newsroom.database)] == [NOW + timedelta(minutes=1)]


def test_a_token_for_sections_is_for_all_below_them_and_no_other() -> None:
    world = replace(CMS, sections=("world",))
    assert world.may_write_in(["world", "world/europe"])
    assert not world.may_write_in(["worldly"])
    assert not world.may_write_in(["world", "local"])
    assert not world.may_write_in([""])
    assert CMS.may_write_in(["", "local"])


def test_the_scope_of_an_administrator_has_all_others_in_it() -> None:
    assert replace(CMS, scopes=frozenset({"admin"})).may("kill")
    assert CMS.may("write", "kill")
    assert not CMS.may("kill")
