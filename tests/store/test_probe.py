"""A database server that is away, or silent, keeps no question waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer, active_count

import psycopg
import pytest

from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError
from feedsvc.store.database import Database
from feedsvc.store.key_values import setting
from feedsvc.store.probe import Probe
from tests.tools.postgres import PostgresServer
from tests.tools.service import until
from tests.tools.silent_proxy import SilentProxy


class Closed:
    """A connection that was closed meanwhile."""

    def fileno(self) -> int:
        raise psycopg.OperationalError("the connection is closed")


@pytest.fixture
def database(tmp_path: Path, postgres: PostgresServer, proxy: SilentProxy) -> Iterator[Database]:
    with postgres.databases() as make:
        store = StoreSettings(url=proxy.url(make()))
        with closing(Database(tmp_path, store)) as database:
            yield database


def read(database: Database) -> bool:
    with database.reading() as connection:
        setting(connection, "a")
    return True


def lock(database: Database) -> None:
    with database.lock("edits.lock", 20.0):
        pass


def test_several_that_find_the_server_away_start_one_thread() -> None:
    probe = Probe("here", "postgresql://127.0.0.1:1/none", {})
    before = active_count()
    for _ in range(3):
        with pytest.raises(StoreAwayError), probe.noticing():
            raise StoreAwayError("is away")
    with pytest.raises(StoreAwayError, match="is away"):
        probe.require()
    assert active_count() == before + 1
    probe.close()
    assert active_count() == before


def test_after_the_end_no_thread_is_started() -> None:
    probe = Probe("here", "postgresql://127.0.0.1:1/none", {})
    before = active_count()
    probe.close()
    with probe.watching(Closed()):
        assert active_count() == before


@pytest.mark.postgres
@pytest.mark.parametrize("ask", [read, lock])
def test_a_question_to_a_silent_server_ends_soon_and_all_others_at_once(
    database: Database, proxy: SilentProxy, ask: Callable[[Database], object]
) -> None:
    with database.lock("edits.lock"):
        begun = time.monotonic()
        cut = Timer(0.5 if ask is lock else 0, proxy.cut)
        cut.start()
        time.sleep(0.1)
        with pytest.raises(StoreAwayError, match=r"does not answer|cannot be reached"):
            ask(database)
        assert time.monotonic() - begun < 5
        begun = time.monotonic()
        with pytest.raises(StoreAwayError):
            read(database)
        assert time.monotonic() - begun < 0.5
        proxy.heal()
        until(lambda: can_be_read(database))


def can_be_read(database: Database) -> bool:
    try:
        return read(database)
    except StoreAwayError:
        return False


@pytest.mark.postgres
def test_a_question_that_takes_long_is_not_ended(database: Database) -> None:
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(2)").scalar() == 1
    assert can_be_read(database)
