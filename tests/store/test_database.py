from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event

from feedsvc.errors import StoreError
from feedsvc.store import sqlite
from feedsvc.store.database import NEWEST, Database
from feedsvc.store.key_values import set_setting, setting
from feedsvc.store.lock import try_lock
from feedsvc.store.schema import FEEDS, METADATA
from feedsvc.store.sqlite import FILE_NAME, explain, look
from feedsvc.store.statements import insert_rows
from feedsvc.store.versions import alembic, migration

OLD = Path(__file__).parents[1] / "data" / "store-0004"


def names(folder: Path) -> list[str]:
    """Return the names of a folder's files, but that of the pulse, which every store has."""
    return sorted(path.name for path in folder.iterdir() if path.name != "pulse")


def old_store(folder: Path) -> Path:
    """Make a store of the oldest version that can be upgraded."""
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(OLD / "store.sqlite", folder / FILE_NAME))


def revision(path: Path) -> str | None:
    """Return the migration that a store is at."""
    with look(path) as connection:
        return migration(connection)


@pytest.fixture
def database(tmp_path: Path):
    database = Database(tmp_path / "state")
    yield database
    database.close()


def test_a_new_store_has_just_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        script = ScriptDirectory.from_config(alembic(connection))
        assert script.get_current_head() == NEWEST


def test_a_store_that_is_up_to_date_is_opened_as_it_is(database: Database) -> None:
    before = database.path.stat().st_mtime_ns
    Database(database.path.parent).close()
    assert database.path.stat().st_mtime_ns == before


def test_a_store_that_another_process_upgrades_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    waiting = Event()

    def begins(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            waiting.set()

    engine = sqlite.connect(path, 5)
    with ThreadPoolExecutor(1) as pool:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            command.upgrade(alembic(connection), "head")
            event.listen(Engine, "begin", begins)
            opened = pool.submit(Database, tmp_path)
            assert waiting.wait(30)
        event.remove(Engine, "begin", begins)
        opened.result().close()
    engine.dispose()
    assert revision(path) == NEWEST


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("DELETE FROM settings WHERE name = 'readable_since'")
    with pytest.raises(StoreError, match="was written by a newer feedsvc, so install that one"):
        Database(database.path.parent)


def test_a_store_of_an_unreleased_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = old_store(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    sentence = "was written before feedsvc 0.1.0 and cannot be upgraded; once it is moved away"
    with pytest.raises(StoreError, match=sentence):
        Database(tmp_path)


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
        set_setting(connection, "a", "b")
        raise KeyError
    with database.reading() as connection:
        assert setting(connection, "a") is None


def test_a_reader_sees_one_state_while_another_process_writes(database: Database) -> None:
    with database.reading() as connection:
        assert setting(connection, "a") is None
        with closing(Database(database.path.parent)) as other, other.writing() as writing:
            set_setting(writing, "a", "b")
        assert setting(connection, "a") is None


def test_what_may_be_made_again_is_not_waited_for(database: Database) -> None:
    with database.writing():
        assert not database.offer(lambda connection: set_setting(connection, "a", "b"))
    assert database.offer(lambda connection: set_setting(connection, "a", "b"))


def test_what_the_store_cannot_take_is_let_go_of(database: Database) -> None:
    statement = "INSERT INTO settings VALUES ('a', NULL)"
    assert not database.offer(lambda connection: connection.exec_driver_sql(statement) and None)


def test_a_lease_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with try_lock(tmp_path / "lock") as mine:
        assert mine
        with try_lock(tmp_path / "lock") as also:
            assert not also
    with try_lock(tmp_path / "lock") as mine:
        assert mine


def test_an_upgraded_store_has_each_feed_once(tmp_path: Path) -> None:
    old_store(tmp_path)
    row = {"path": "", "kind": "section", "number": 8, "changed": None, "archives": 0}
    with (
        closing(Database(tmp_path)) as database,
        pytest.raises(StoreError, match=r"UNIQUE constraint failed: feeds.path"),
        database.writing() as connection,
    ):
        insert_rows(connection, FEEDS, [row])


def test_an_upgraded_store_has_just_the_tables_of_the_schema(tmp_path: Path) -> None:
    old_store(tmp_path / "old")
    stored: list[list[str]] = []
    for folder in (tmp_path / "old", tmp_path / "new"):
        with closing(Database(folder)) as database, database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
            tables = "SELECT name FROM pragma_table_list WHERE wr ORDER BY name"
            stored.append(list(connection.exec_driver_sql(tables).scalars()))
    assert stored[0] == stored[1]
    assert "listings" in stored[0]


def test_a_look_at_a_store_makes_upgrades_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="let feedsvc write the file"), look(tmp_path / FILE_NAME):
        pytest.fail("there is no store to look at")
    path = old_store(tmp_path)
    before = path.read_bytes()
    assert revision(path) == "0004"
    with pytest.raises(StoreError, match="readonly"), look(path) as connection:
        set_setting(connection, "a", "b")
    assert names(tmp_path) == [FILE_NAME]
    assert path.read_bytes() == before


def test_an_empty_file_is_a_store_of_no_version(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    assert revision(tmp_path / FILE_NAME) is None


def test_a_look_is_of_one_state_while_another_process_writes(database: Database) -> None:
    with look(database.path) as connection:
        assert setting(connection, "a") is None
        with database.writing() as other:
            set_setting(other, "a", "b")
        assert setting(connection, "a") is None


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "a b", "ä"])
def test_a_store_is_in_its_folder_whatever_the_folders_name(tmp_path: Path, name: str) -> None:
    Database(tmp_path / name).close()
    assert names(tmp_path) == [name]
    assert names(tmp_path / name) == [FILE_NAME]
    assert revision(tmp_path / name / FILE_NAME) == NEWEST


@pytest.mark.parametrize(
    ("statements", "advice"),
    [
        (["BEGIN IMMEDIATE"], "(database is locked); another process is at it and does not end"),
        (["PRAGMA query_only = ON", "DELETE FROM a"], "; let feedsvc write the file"),
        (["PRAGMA max_page_count = 2", "CREATE TABLE b (c)"], "; make room on its disk"),
        (
            ["SELECT * FROM missing"],
            "; once it is moved away, it is made anew from the articles in files",
        ),
    ],
)
def test_what_sqlite_says_comes_with_what_to_do(
    tmp_path: Path, statements: list[str], advice: str
) -> None:
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, 0)) as other:
        one.execute("CREATE TABLE a (b)")
        if "BEGIN IMMEDIATE" in statements:
            one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.Error) as raised:
            for statement in statements:
                other.execute(statement)
    assert advice in explain(path, raised.value)
    assert str(path) in explain(path, raised.value)


def test_a_closed_store_is_not_opened_again_for_what_may_be_lost(database: Database) -> None:
    database.close()
    database.path.unlink()
    assert not database.offer(lambda _: None)
    assert not database.path.exists()


def test_nothing_is_offered_to_a_store_in_the_place_of_another(tmp_path: Path) -> None:
    with closing(Database(tmp_path)) as database:
        (tmp_path / FILE_NAME).rename(tmp_path / "moved")
        with closing(Database(tmp_path)) as other:
            assert not database.offer(lambda _: None)
            assert other.offer(lambda _: None)
