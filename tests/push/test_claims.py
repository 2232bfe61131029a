"""The claims of a machine that has ended are freed within seconds; of all others never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from feedsvc.config.store_settings import StoreSettings
from feedsvc.push import claims as module
from feedsvc.push.claims import Claims
from feedsvc.store import outbox
from feedsvc.store.database import Database
from tests.conftest import NOW
from tests.tools.service import until

pytestmark = pytest.mark.postgres


@pytest.fixture
def one(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    with closing(Database(tmp_path / "one", store)) as database:
        with database.writing() as connection:
            outbox.add(connection, "picture", ["a"], NOW)
        yield database


@pytest.fixture
def other(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    with closing(Database(tmp_path / "other", store)) as database:
        yield database


def claim(database: Database, by: str) -> int:
    with database.writing(counted=False) as connection:
        return len(outbox.claim(connection, 9, NOW, by=by))


def test_what_a_machine_has_claimed_is_freed_when_it_has_ended(
    one: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK", 0.0)
    mine, theirs = Claims(one, lambda: NOW), Claims(other, lambda: NOW)
    with mine.begin():
        with theirs.begin():
            assert claim(other, theirs.name) == 1
            mine.free_lost()
            theirs.free_lost()
            assert claim(one, mine.name) == 0
        mine.free_lost()
        assert claim(one, mine.name) == 1


def test_a_look_that_was_just_made_is_not_repeated(one: Database, other: Database) -> None:
    mine, theirs = Claims(one, lambda: NOW), Claims(other, lambda: NOW)
    with mine.begin():
        mine.free_lost()
        with theirs.begin():
            claim(other, theirs.name)
        mine.free_lost()
        assert claim(one, mine.name) == 0


def test_a_machine_that_was_cut_off_knows_that_its_claims_are_lost(
    one: Database, store: StoreSettings
) -> None:
    claims = Claims(one, lambda: NOW)
    with claims.begin():
        assert not claims.are_lost()
        with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        until(claims.are_lost, 5)


def test_claims_in_a_file_are_never_lost_while_their_process_lives(tmp_path: Path) -> None:
    with closing(Database(tmp_path)) as database:
        claims = Claims(database, lambda: NOW)
        with claims.begin():
            claims.free_lost()
            assert not claims.are_lost()
