from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from feedsvc.errors import StoreError
from feedsvc.store import database as module
from feedsvc.store.database import Database, alembic
from feedsvc.store.lease import Lease
from feedsvc.store.schema import METADATA


@pytest.fixture
def database(tmp_path: Path):
    found = Database(tmp_path / "state")
    yield found
    found.close()


def test_the_migrations_make_just_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        script = ScriptDirectory.from_config(alembic(connection))
        assert script.get_current_head() == module.NEWEST


def test_a_store_that_is_up_to_date_is_opened_as_it_is(database: Database) -> None:
    before = database.path.stat().st_mtime_ns
    Database(database.path.parent).close()
    assert database.path.stat().st_mtime_ns == before


def test_a_store_that_another_process_has_just_upgraded_is_left_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([None, module.NEWEST])
    monkeypatch.setattr(module, "_revision", lambda _connection: next(answers))
    Database(database.path.parent).close()


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="was written by a newer feedsvc; install that one"):
        Database(database.path.parent)


def test_a_store_that_is_no_store_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="once it is moved away, it is made anew"):
        Database(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made: Not a directory"):
        Database(tmp_path / "file" / "state")


def test_what_fails_inside_a_transaction_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO settings VALUES ('a', 'b')")
        raise KeyError
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT * FROM settings").all() == []


def test_a_reader_sees_one_state_while_another_process_writes(database: Database) -> None:
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM settings").scalar() == 0
        other = sqlite3.connect(database.path)
        other.execute("INSERT INTO settings VALUES ('a', 'b')")
        other.commit()
        other.close()
        assert connection.exec_driver_sql("SELECT count(*) FROM settings").scalar() == 0


def test_what_may_be_made_again_is_not_waited_for(database: Database) -> None:
    statement = "INSERT INTO settings VALUES ('a', 'b')"
    with database.writing():
        assert not database.offer(lambda connection: connection.exec_driver_sql(statement) and None)
    assert database.offer(lambda connection: connection.exec_driver_sql(statement) and None)


def test_a_lease_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    one, other = Lease(tmp_path / "lock"), Lease(tmp_path / "lock")
    with one.trying() as mine:
        assert mine
        with other.trying() as also:
            assert not also
    with other.trying() as mine:
        assert mine
