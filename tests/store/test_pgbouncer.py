"""A store behind pgbouncer in transaction mode, where no session lasts (Debian's pgbouncer)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError, StoreError
from feedsvc.store.database import Database
from feedsvc.store.key_values import set_setting, setting
from tests.conftest import CONFIG, article
from tests.tools.pgbouncer import pgbouncer
from tests.tools.postgres import PostgresServer
from tests.tools.service import Service, until

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def port(postgres: PostgresServer) -> Iterator[int]:
    with pgbouncer(postgres) as port:
        yield port


@pytest.fixture
def store(postgres: PostgresServer, port: int) -> Iterator[StoreSettings]:
    with postgres.databases() as make:
        direct = make()
        name = direct.partition("@/")[2].partition("?")[0]
        url = f"postgresql+psycopg://feedsvc@127.0.0.1:{port}/{name}"
        yield StoreSettings(url=url, listen_url=direct)


@pytest.fixture
def database(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    until(lambda: opens(tmp_path, store))  # pgbouncer may just have begun
    with closing(Database(tmp_path, store)) as database:
        yield database


def opens(folder: Path, store: StoreSettings) -> bool:
    try:
        Database(folder, store).close()
    except StoreAwayError:
        return False
    return True


def test_many_threads_read_and_write_in_two_sessions(database: Database) -> None:
    with database.writing() as connection:
        set_setting(connection, "a", "0")

    def count(_: int) -> None:
        with database.writing() as connection:
            set_setting(connection, "a", str(int(setting(connection, "a") or "") + 1))
        with database.reading() as connection:
            assert setting(connection, "a")

    with ThreadPoolExecutor(8) as pool:
        assert len([*pool.map(count, range(40))]) == 40
    with database.reading() as connection:
        assert setting(connection, "a") == "40"
    database.wipe()


def test_locks_are_held_in_sessions_of_the_database_itself(
    tmp_path: Path, database: Database, store: StoreSettings
) -> None:
    with closing(Database(tmp_path / "other", store)) as other:
        with database.publishing() as mine, other.publishing() as also:
            assert (mine, also, database.may_publish()) == (True, False, True)
            with database.writing() as connection:
                set_setting(connection, "a", "b")
        with other.publishing() as mine:
            assert mine


def test_without_an_address_for_sessions_a_lock_is_refused(
    tmp_path: Path, database: Database, store: StoreSettings
) -> None:
    with closing(Database(tmp_path / "other", StoreSettings(url=store.url))) as other:
        for lock in (other.publishing(), other.lock("edits.lock", 1.0)):
            refused = pytest.raises(StoreError, match=r"set \[store\] listen_url to the address")
            with refused, lock:
                pytest.fail("no lock lasts there")


def test_serve_publishes_and_hears_of_changes(
    tmp_path: Path, database: Database, store: StoreSettings
) -> None:
    root = tmp_path / "one"
    (root / "articles").mkdir(parents=True)
    addresses = f'[store]\nurl = "{store.url}"\nlisten_url = "{store.listen_url}"\n'
    (root / "config.toml").write_text(f"{CONFIG}{addresses}")
    service = Service(root).wait()
    try:
        (root / "articles" / "a.md").write_text(article("First"))
        until(lambda: service.shows("First"))
        until(lambda: service.get("/readyz")[2] == "ready\n")
    finally:
        assert "Traceback" not in service.end()
