"""A store in PostgreSQL keeps the same as one in a file, and several machines may use it."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result

from feedsvc.cli import main
from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreAwayError, StoreError
from feedsvc.model.feed import FORMATS
from feedsvc.publishing import sync
from feedsvc.store import outbox, sources
from feedsvc.store.all_tables import METADATA
from feedsvc.store.database import NEWEST, Database
from feedsvc.store.key_values import set_setting, setting
from feedsvc.store.sources import Refusal
from tests.conftest import CONFIG, NOW, Newsroom, article
from tests.tools.postgres import PostgresServer
from tests.tools.service import until

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(postgres: PostgresServer) -> StoreSettings:
    return StoreSettings(url=postgres.empty_database())


@pytest.fixture
def database(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    with closing(Database(tmp_path / "one", store)) as database:
        yield database


@pytest.fixture
def other(tmp_path: Path, store: StoreSettings) -> Iterator[Database]:
    """Return the same store as another machine sees it."""
    with closing(Database(tmp_path / "other", store)) as database:
        yield database


def in_newsroom(root: Path, store: StoreSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "articles").mkdir()
    (root / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(root)
    monkeypatch.setenv("FEEDSVC_STORE_URL", store.url)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def end(store: StoreSettings) -> None:
    """End all sessions with a database."""
    with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()


def can_be_read(database: Database) -> bool:
    try:
        with database.reading():
            return True
    except StoreAwayError:
        return False


def test_without_its_library_a_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "feedsvc.store.postgresql")
    with pytest.raises(StoreError, match=r"psycopg is missing; .* feedsvc\[postgres\]"):
        Database(tmp_path, StoreSettings(url="postgresql+psycopg://me@host/news"))


def test_the_tables_are_made_by_db_upgrade_alone(
    tmp_path: Path, empty: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_newsroom(tmp_path, empty, monkeypatch)
    refused = run("sync")
    assert refused.exit_code == 1
    assert 'has no tables yet; run "feedsvc db upgrade" once' in refused.output
    assert run("db", "upgrade").output == f"made the store ({NEWEST})\n"
    assert run("db", "upgrade").output == f"the store is up to date ({NEWEST})\n"
    assert run("sync").exit_code == 0


def test_a_new_store_has_just_the_tables_of_the_schema(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        unordered = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
            "'public' AND collation_name IS DISTINCT FROM 'C' AND data_type LIKE 'char%%' "
            "AND table_name <> 'alembic_version'"
        ).all()
        small = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('integer', 'smallint')"
        ).all()
        partial = connection.exec_driver_sql(
            "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%% WHERE %%'"
        ).all()
    assert (unordered, small, partial) == ([], [], [("archives_expires",)])


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("9999", "was written by a newer feedsvc, so install that one"),
        ("0013", 'is of an older feedsvc (0013); run "feedsvc db upgrade" once'),
    ],
)
def test_a_store_of_another_version_is_refused_with_a_sentence(
    postgres: PostgresServer,
    tmp_path: Path,
    empty: StoreSettings,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    sentence: str,
) -> None:
    in_newsroom(tmp_path, empty, monkeypatch)
    run("db", "upgrade")
    with psycopg.connect(empty.url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
        connection.execute("DELETE FROM settings WHERE name = 'readable_since'")
    with pytest.raises(StoreError) as refused:
        Database(tmp_path / "state", empty)
    assert sentence in str(refused.value)
    upgraded = run("db", "upgrade")
    assert (sentence in upgraded.output) == (version == "9999"), upgraded.output


def test_a_store_that_was_away_is_checked_when_it_is_back(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    store = StoreSettings(url=postgres.empty_database())
    postgres.set_away(store.url, away=True)
    with closing(Database(tmp_path, store, may_be_away=True)) as database:
        postgres.set_away(store.url, away=False)
        with pytest.raises(StoreError, match="has no tables yet"), database.reading():
            pass


def test_one_process_upgrades_while_others_wait(
    tmp_path: Path, empty: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_newsroom(tmp_path, empty, monkeypatch)
    with ThreadPoolExecutor(3) as pool:
        results = [it.result() for it in [pool.submit(run, "db", "upgrade") for _ in range(3)]]
    assert [it.exit_code for it in results] == [0, 0, 0], [it.output for it in results]


def test_copies_are_made_by_the_means_of_postgresql(
    tmp_path: Path, store: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_newsroom(tmp_path, store, monkeypatch)
    for command in ("backup", "restore"):
        refused = run(command, "copy.sqlite")
        assert (refused.exit_code, "pg_dump --format=custom" in refused.output) == (1, True)


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ufdd0", "\ufdd00", "\ufdd01\0", "x" * 100_000])
def test_any_text_is_kept_as_it_is(database: Database, text: str) -> None:
    with database.writing() as connection:
        set_setting(connection, "a", text)
    with database.reading() as connection:
        assert setting(connection, "a") == text
        assert setting(connection, text[:100]) is None


def test_a_long_wait_for_another_writer_is_not_made_for_a_cache(
    database: Database, other: Database
) -> None:
    with database.writing():
        begun = time.monotonic()
        assert not other.offer(lambda connection: set_setting(connection, "a", "b"))
        assert time.monotonic() - begun < 5
    assert other.offer(lambda connection: set_setting(connection, "a", "b"))


def test_a_reader_sees_one_state_while_another_machine_writes(
    database: Database, other: Database
) -> None:
    with database.reading() as connection:
        with other.writing() as writing:
            set_setting(writing, "a", "b")
        assert setting(connection, "a") is None


@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_no_short_statement_waits_until_processes_of_the_server_have_started(
    database: Database, kind: str
) -> None:
    with getattr(database, kind)() as connection:
        for cost in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
            connection.exec_driver_sql(f"SET LOCAL {cost} = 0")
        plan = connection.exec_driver_sql("EXPLAIN SELECT count(*) FROM listings").scalars().all()
        assert "Gather" not in "".join(plan)
        assert connection.exec_driver_sql("SHOW jit").scalar() == "off"


def test_a_machine_that_reads_a_newer_state_looks_at_all_feeds_again(
    database: Database, other: Database
) -> None:
    with database.reading():
        before = database.change_counter.shared[:]
    with database.reading(), other.writing(counted=False) as connection:
        set_setting(connection, "a", "b")
    assert database.change_counter.shared[:] == before
    with other.writing() as connection:
        set_setting(connection, "a", "c")
    assert database.change_counter.shared[:] == before
    with database.reading():
        assert database.change_counter.shared[:] != before
    assert database.change_counter.now()


def test_one_lock_is_held_by_one_at_a_time(database: Database, other: Database) -> None:
    with database.lock("edits.lock") as mine:
        with other.lock("edits.lock", 0.1) as also:
            assert (mine, also) == (True, False)
        with other.lock("another.lock") as free:
            assert free
    with other.lock("edits.lock", 5.0) as mine:
        assert mine


def test_a_publisher_that_lost_its_right_can_write_no_more(
    store: StoreSettings, database: Database, other: Database
) -> None:
    with database.publishing() as mine:
        with other.publishing() as also:
            assert (mine, also, database.may_publish()) == (True, False, True)
        end(store)
        with other.publishing() as also:
            assert also
            refused = pytest.raises(StoreError, match="another machine publishes by now")
            with refused, database.writing():
                pytest.fail("it may not write")
            with other.writing() as connection:
                set_setting(connection, "a", "b")
        deadline = time.monotonic() + 10
        while database.may_publish() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not database.may_publish()
    with database.writing() as connection:  # as any other process may
        set_setting(connection, "a", "c")


def test_lost_connections_are_replaced(store: StoreSettings, database: Database) -> None:
    with database.reading():
        pass
    end(store)
    with database.reading() as connection:
        assert setting(connection, "a") is None


def test_a_connection_that_is_lost_meanwhile_is_a_sentence(
    store: StoreSettings, database: Database
) -> None:
    lost = pytest.raises(StoreAwayError, match="cannot be reached")
    with lost, database.writing() as connection:
        end(store)
        set_setting(connection, "a", "b")
    until(lambda: can_be_read(database))
    with database.reading() as connection:
        assert setting(connection, "a") is None


def test_a_server_that_is_not_there_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    store = StoreSettings(url=f"postgresql+psycopg://me:secret@/news?host={tmp_path}")
    with pytest.raises(StoreAwayError) as refused:
        Database(tmp_path / "state", store)
    message = str(refused.value)
    assert "the store postgresql+psycopg://me:***@/news" in message
    assert "goes on as soon as it is there again" in message
    assert "secret" not in message


def test_a_statement_that_fails_is_a_sentence_with_advice(database: Database) -> None:
    refused = pytest.raises(StoreError, match='see whether "feedsvc db upgrade" helps')
    with refused, database.writing() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    assert not database.offer(lambda it: it.exec_driver_sql("SELECT * FROM nowhere") and None)


def test_too_many_at_once_have_to_wait(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(database.reading())
        refused = pytest.raises(StoreAwayError, match="all connections to it are in use")
        with refused, database.reading():
            pytest.fail("there is no connection left")


def test_deleted_texts_are_removed_from_the_tables(database: Database) -> None:
    with database.writing() as connection:
        sources.refuse(connection, "cms", Refusal(NOW, "a", "wrong"))
    database.wipe()


def test_only_the_last_refusals_of_a_source_are_kept(database: Database) -> None:
    with database.writing() as connection:
        for number in range(sources.KEPT + 3):
            sources.refuse(connection, "cms", Refusal(NOW, str(number), "wrong"))
        kept = [refusal.article for refusal in sources.refusals(connection, "cms")]
    assert kept == [str(number) for number in range(sources.KEPT + 2, 2, -1)]


def test_numbers_may_be_of_64_bits(database: Database) -> None:
    far = datetime(9999, 1, 1, tzinfo=UTC)
    with database.writing() as connection:
        connection.exec_driver_sql("SELECT setval('outbox_id_seq', 3000000000)")
        outbox.add(connection, "picture", ["a"], far)
        assert [(job.id, job.created) for job in outbox.jobs(connection)] == [(3000000001, far)]


@pytest.fixture
def newsrooms(tmp_path: Path, postgres: PostgresServer) -> Iterator[list[Newsroom]]:
    """Return the same newsroom twice: with its store in a file, and in PostgreSQL."""
    with postgres.databases() as make:
        rooms: list[Newsroom] = []
        for name, store in (("file", StoreSettings()), ("server", StoreSettings(url=make()))):
            (tmp_path / name).mkdir()
            rooms.append(Newsroom(tmp_path / name, store=store))
        yield rooms
        for room in rooms:
            room.database.close()


def test_feeds_have_the_same_bytes(newsrooms: list[Newsroom]) -> None:
    for room in newsrooms:
        for name in ("Ärger", "zebra", "Zoo", "apple", "ß", "𝔸"):
            room.write(f"{name}.md", article(name, related="[zebra, apple]", keywords=f"[{name}]"))
        room.sync()
    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/feeds.opml", "/feeds"):
        answers = [room.client().get(path) for room in newsrooms]
        assert (answers[0].status_code, answers[0].data) == (200, answers[1].data), path
    for room in newsrooms:
        assert room.client().get("/a%00b/rss.xml").status_code == 404


CHANCE = random.Random(7)


def some(count: int, first: int = ord("a"), last: int = ord("z")) -> str:
    """Return a text that PostgreSQL cannot compress."""
    return "".join(chr(CHANCE.randint(first, last)) for _ in range(count))


PICTURES = (0x1F300, 0x1F5FF)
"""Characters of four bytes."""


@pytest.mark.parametrize(
    "keys",
    [
        {"image": f"https://pictures.example/{some(5000)}.jpg"},
        {"image": f"https://pictures.example/{some(2000)}.jpg"},
        {"related": f"[{some(5000)}]"},
        {"related": f"[{some(900, *PICTURES)}]", "id": some(660, 0x4E00, 0x9FFF)},
        {"related": f"[world/{some(5000)}.md]"},
        {"origin": f"{{system: cms, id: {some(480, *PICTURES)}}}"},
        {"headline": some(1000, *PICTURES), "id": some(660, 0x4E00, 0x9FFF)},
        {"summary": '"a\\0b"'},
    ],
    ids="-".join,
)
def test_an_article_with_very_long_texts_is_published_in_both(
    newsrooms: list[Newsroom], keys: dict[str, str]
) -> None:
    for room in newsrooms:
        room.configure(f'{CONFIG}[media]\nremote = "measure"\n')
        room.write("x.md", article(**{"section": "world", **keys}))
        assert room.sync().problems == ()
        assert room.text("world").count("<item>") == 1


@pytest.mark.parametrize(
    ("path", "keys", "sentence"),
    [
        (
            "x.md",
            {"image": "/".join(["media", *(some(200) for _ in range(4))])},
            "600 are the most",
        ),
        (
            "x.md",
            {"origin": f"{{system: {some(400, *PICTURES)}, id: 7}}"},
            "a system whose name has 1,600 bytes; 200 are the most",
        ),
        (
            f"{'/'.join(some(200) for _ in range(9))}/x.md",
            {},
            "a path that is too long, so its articles are not read; use at most 1,000 bytes",
        ),
    ],
)
def test_longer_texts_than_both_have_room_for_are_problems(
    newsrooms: list[Newsroom], path: str, keys: dict[str, str], sentence: str
) -> None:
    for room in newsrooms:
        room.write("world/a.md", article("Alpha"))
        room.write(path, article(**keys))
        assert [sentence in str(problem) for problem in room.sync().problems] == [True]
        assert room.text("world").count("<item>") == 1
        assert room.sync().changes == ()
        near = sync.sync(room.database, room.config, room.now, near=[f"articles/{path}"])
        assert near.read == 0 or keys


def test_the_longest_names_find_room_in_every_index(newsrooms: list[Newsroom]) -> None:
    chance = random.Random(7)

    def some(count: int) -> str:
        return "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(count))

    section, article_id = "/".join(some(60) for _ in range(6)), some(300)
    for room in newsrooms:
        room.write(
            "a.md",
            article(
                some(1000), section=section, id=article_id, guid=some(660), related=f"[{some(300)}]"
            ),
        )
        assert room.sync().problems == ()
        assert room.text(section).count("<item>") == 1


def rows_read(url: str) -> dict[str, int]:
    """Return how many rows were read of each table since this was last asked; count all rows."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        rows = connection.execute(
            "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables"
        ).fetchall()
        connection.execute("SELECT pg_stat_reset()")
        connection.execute("ANALYZE")
    return dict(rows)


def test_a_publication_and_its_feeds_read_few_rows_of_many(
    tmp_path: Path, postgres: PostgresServer, store: StoreSettings
) -> None:
    name = store.url.partition("@/")[2].partition("?")[0]
    postgres.execute(f"ALTER DATABASE {name} SET enable_seqscan = off")  # as with many articles
    newsroom = Newsroom(tmp_path, CONFIG.replace("items = 30", "items = 3"), store=store)
    for number in range(300):
        text = article(f"A{number}", published=f"2025-{1 + number // 25:02}-{1 + number % 25:02}")
        newsroom.write(f"world/a{number}.md", text)
    newsroom.sync()
    newsroom.database.close()  # now its counts are known
    rows_read(store.url)
    newsroom.open()
    newsroom.write("world/b.md", article("B", related="[world/a7, world/a8]"))
    near = {"articles/world/b.md"}
    sync.sync(newsroom.database, newsroom.config, newsroom.now, near=near)
    for format in FORMATS:
        assert newsroom.text("world", format)
    newsroom.database.close()
    postgres.execute(f"ALTER DATABASE {name} RESET enable_seqscan")
    assert {table: rows for table, rows in rows_read(store.url).items() if rows > 600} == {}
