from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import delete, func, select

from feedsvc.errors import StoreError
from feedsvc.store import article_files, feeds, sqlite
from feedsvc.store.backup import KEPT, Contents, back_up, describe, examine, restore
from feedsvc.store.database import NEWEST, Database
from feedsvc.store.schema import ARTICLES, FEEDS, FILES, LISTINGS, SETTINGS
from feedsvc.store.sqlite import FILE_NAME, look
from feedsvc.store.statements import insert_rows
from tests.conftest import NOW, Newsroom, article, wanted
from tests.store.test_database import names, old_store, revision


def clock() -> datetime:
    return NOW


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query).fetchall()


def mark(path: Path, value: str, rows: int = 1) -> None:
    """Put one value into many rows, in one transaction."""
    engine = sqlite.connect(path, 5)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(delete(SETTINGS).where(SETTINGS.c.name.startswith("mark")))
        values = [{"name": f"mark{number}", "value": value} for number in range(rows)]
        insert_rows(connection, SETTINGS, values)
    engine.dispose()


MARKS = select(SETTINGS.c.value).distinct().where(SETTINGS.c.name.startswith("mark"))


def marks(path: Path) -> set[str]:
    with look(path) as connection:
        return set(connection.execute(MARKS).scalars())


@contextmanager
def meanwhile(act: Callable[[], object]) -> Generator[None]:
    """Do something over and over in another thread; its errors fail the test."""
    done = Event()

    def run() -> None:
        while not done.is_set():
            act()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield
        finally:
            done.set()
        running.result()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    Database(tmp_path / "state").close()
    mark(tmp_path / "state" / FILE_NAME, "live")
    return tmp_path / "state" / FILE_NAME


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    """Return a copy of the store, which was changed since."""
    mark(store, "copy")
    back_up(store, tmp_path / "copy")
    mark(store, "live")
    return tmp_path / "copy"


def test_a_copy_made_while_articles_are_published_is_of_one_moment(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.sync()
    mark(newsroom.database.path, "x" * 200, 20_000)  # so that copying takes its time
    written: list[str] = []

    def publish() -> None:
        written.append(f"{len(written)}.md")
        newsroom.write(written[-1], article(f"Story {len(written)}"))
        newsroom.sync()

    counts: list[int] = []
    with meanwhile(publish):
        while len(set(counts)) < 5:
            target = tmp_path / f"copy{len(counts)}"
            assert len(counts) < 200
            assert back_up(newsroom.database.path, target) == target.stat().st_size
            assert ask(target, "PRAGMA integrity_check") == [("ok",)]
            listed = LISTINGS.c.section == ""
            with look(target) as connection:
                sizes = {
                    connection.execute(select(func.count()).where(condition)).scalar_one()
                    for condition in (ARTICLES.c.id != "", FILES.c.path != "", listed)
                }
            assert len(sizes) == 1, sizes
            counts += sizes
    assert counts == sorted(counts)


def test_a_copy_is_its_owners_alone_and_nothing_is_left_beside_it(
    store: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    before = os.umask(0)
    try:
        back_up(store, folder / "copy")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "copy").stat().st_mode) == 0o600
    assert names(folder) == ["copy"]
    assert names(store.parent) == [FILE_NAME]


def test_a_copy_holds_nothing_that_was_deleted(store: Path, tmp_path: Path) -> None:
    mark(store, "a killed story", 500)
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM settings")
    assert b"a killed story" in store.read_bytes()
    back_up(store, tmp_path / "copy")
    assert b"a killed story" not in (tmp_path / "copy").read_bytes()


def test_a_copy_that_is_there_is_replaced_only_if_that_is_meant(store: Path, copy: Path) -> None:
    with pytest.raises(StoreError, match="copy is there already; --replace writes over it"):
        back_up(store, copy)
    assert marks(copy) == {"copy"}
    back_up(store, copy, replace=True)
    assert marks(copy) == {"live"}


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("state/store.sqlite", "is a part of the store itself; name another file"),
        ("state/../state/store.sqlite-wal", "is a part of the store itself; name another file"),
        ("link", "is a part of the store itself; name another file"),
        ("state", "is a folder; name a file in it"),
        ("none/copy", "cannot be written: No such file or directory"),
        ("state/store.sqlite/copy", "cannot be written: Not a directory"),
    ],
)
def test_a_copy_that_cannot_be_made_is_a_sentence(
    store: Path, tmp_path: Path, target: str, sentence: str
) -> None:
    (tmp_path / "link").symlink_to(store)
    with pytest.raises(StoreError, match=sentence):
        back_up(store, tmp_path / target, replace=True)
    assert marks(store) == {"live"}
    assert names(store.parent) == [FILE_NAME]


def test_where_there_is_no_store_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store .* yet, so there is nothing to copy"):
        back_up(tmp_path / FILE_NAME, tmp_path / "copy")
    assert names(tmp_path) == []


def test_a_store_of_an_older_version_is_copied_as_it_is(tmp_path: Path) -> None:
    back_up(old_store(tmp_path / "state"), tmp_path / "copy")
    assert revision(tmp_path / "copy") == "0004"


def test_a_copy_for_which_the_disk_has_no_room_is_not_made(store: Path, tmp_path: Path) -> None:
    mark(store, "x" * 200, 5000)
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "copy").write_text("the last one")
    code = (
        "import sys; from pathlib import Path; from feedsvc.store.backup import back_up\n"
        "from feedsvc.errors import StoreError\n"
        "try: back_up(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)\n"
        "except StoreError as error: sys.exit(str(error))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, store, folder / "copy"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be used (disk I/O error); see whether its disk is whole" in process.stderr
    assert process.returncode == 1
    assert names(folder) == ["copy"]
    assert (folder / "copy").read_text() == "the last one"


def damaged(path: Path) -> None:
    """Overwrite a page of a store."""
    data = bytearray(path.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    path.write_bytes(data)


def torn(path: Path) -> None:
    """Cut off the end of a store."""
    os.truncate(path, 8192)


def at_odds(path: Path) -> None:
    """Make a table differ from its index."""
    path.write_bytes(path.read_bytes().replace(b"mark0", b"mark9", 1))


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version AS SELECT '0004' AS version_num")


def of_version(revision: str) -> Callable[[Path], None]:
    """Return a function that makes a store one of another version."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", [revision])

    return spoil


def in_use(path: Path) -> None:
    path.with_name("copy-wal").write_bytes(b"x")


def only_text(path: Path) -> None:
    path.write_text("SQLite is what this is not")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (Path.unlink, "copy cannot be read: No such file or directory"),
        (only_text, 'copy is no copy of a store; name one that "feedsvc backup" made'),
        (damaged, r"copy is damaged \(.+\); take another copy"),
        (at_odds, r"copy is damaged \(row [0-9] missing from index .+\); take another copy"),
        (torn, r"copy is damaged \(.+\); take another copy"),
        (foreign, "copy is the database of something else; name a copy of a store"),
        (of_version("0003"), "copy was written before feedsvc 0.1.0 and cannot be upgraded"),
        (of_version("9999"), "copy was written by a newer feedsvc, so install that one"),
        (in_use, "copy was copied while it was in use, and a part of it is in copy-wal"),
    ],
)
def test_what_is_no_whole_copy_of_a_store_is_refused(
    store: Path, copy: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    spoil(copy)
    before = names(copy.parent)
    with pytest.raises(StoreError, match=sentence):
        examine(copy, store)
    assert names(copy.parent) == before


def test_the_store_itself_is_no_copy_of_it(store: Path) -> None:
    with pytest.raises(StoreError, match="is a part of the store itself; name a copy of it"):
        examine(store.parent / ".." / "state" / FILE_NAME, store)


def test_a_copy_is_summed_up_for_people(newsroom: Newsroom, tmp_path: Path) -> None:
    store, copy = newsroom.database.path, tmp_path / "copy"
    newsroom.write("a.md", article())
    newsroom.sync()
    back_up(store, copy)
    assert examine(copy, store) == Contents(NEWEST, 1, None)
    newsroom.write("b.md", article("B"))
    newsroom.sync()
    assert describe(store) == Contents(NEWEST, 2, NOW)
    assert describe(old_store(tmp_path / "old")) == Contents(
        "0004", 14, datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    )


def test_of_no_store_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert describe(tmp_path / FILE_NAME) is None
    (tmp_path / FILE_NAME).touch()
    assert describe(tmp_path / FILE_NAME) is None
    (tmp_path / FILE_NAME).write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        describe(tmp_path / FILE_NAME)


def test_a_copy_takes_the_place_of_the_store_which_is_kept(store: Path, copy: Path) -> None:
    data = copy.read_bytes()
    (store.parent / KEPT).write_text("an older one")
    assert restore(copy, store.parent, clock) == store.parent / KEPT
    assert marks(store) == {"copy"}
    assert marks(store.parent / KEPT) == {"live"}
    assert names(store.parent) == [FILE_NAME, KEPT]
    assert copy.read_bytes() == data
    assert ask(store, "PRAGMA journal_mode") == [("wal",)]
    assert ask(store, "PRAGMA integrity_check") == [("ok",)]


def test_what_was_kept_can_be_restored_in_its_turn(store: Path, copy: Path) -> None:
    restore(copy, store.parent, clock)
    kept = store.parent / KEPT
    examine(kept, store)
    restore(kept, store.parent, clock)
    assert (marks(store), marks(kept)) == ({"live"}, {"copy"})


def test_a_store_that_was_lost_is_restored_into_a_new_folder(store: Path, copy: Path) -> None:
    shutil.rmtree(store.parent)
    assert restore(copy, store.parent, clock) is None
    assert marks(store) == {"copy"}
    assert names(store.parent) == [FILE_NAME]


def test_a_copy_of_an_older_version_is_upgraded_and_itself_left_alone(
    store: Path, tmp_path: Path
) -> None:
    old = old_store(tmp_path / "old")
    data = old.read_bytes()
    assert examine(old, store).revision == "0004"
    restore(old, store.parent, clock)
    assert describe(store) == Contents(NEWEST, 14, NOW + timedelta(seconds=1))
    with look(store) as connection:
        assert article_files.folders(connection) == {"sport", "world", "world/europe"}
    assert old.read_bytes() == data
    assert names(old.parent) == [FILE_NAME]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_copy_with_pages_of_another_size_is_restored(store: Path, copy: Path, mode: str) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("VACUUM")
        connection.execute(f"PRAGMA journal_mode = {mode}")
    assert ask(copy, "PRAGMA page_size") == [(8192,)]
    restore(copy, store.parent, clock)
    assert marks(store) == {"copy"}


def test_no_feed_that_somebody_has_in_memory_is_taken_for_a_restored_one(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.write("a.md", article("The Tunnel Opens"))
    newsroom.sync()
    newsroom.write("a.md", article("The Tunnel Closes"))
    newsroom.sync()
    back_up(newsroom.database.path, tmp_path / "copy")
    newsroom.write("a.md", article("The Tunnel Floods"))
    newsroom.sync()
    syndication = newsroom.syndication
    had = syndication.document(wanted("", "rss"), newsroom.now)
    assert b"The Tunnel Floods" in had.body
    with newsroom.database.reading() as connection:
        before = feeds.next_revision(connection) - 1

    restore(tmp_path / "copy", newsroom.config.state, clock)
    with newsroom.database.reading() as connection:
        state = select(FEEDS.c.number, FEEDS.c.changed).distinct()
        ((number, changed),) = connection.execute(state).all()
    assert number > before
    assert changed == NOW + timedelta(seconds=1)  # so that it is sent to readers that ask by date
    back = syndication.document(wanted("", "rss"), newsroom.now)
    assert b"The Tunnel Closes" in back.body

    newsroom.sync()
    assert b"The Tunnel Floods" in syndication.document(wanted("", "rss"), newsroom.now).body


def test_a_restore_shows_no_name_of_a_section_under_embargo(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.write("world/a.md", article("The Tunnel Opens"))
    newsroom.sync()
    newsroom.write("merger/b.md", article("A Merger", embargo="2026-12-24 10:00", authors="[Ann]"))
    newsroom.sync()
    back_up(newsroom.database.path, tmp_path / "copy")
    restore(tmp_path / "copy", newsroom.config.state, clock)
    with newsroom.database.reading() as connection:
        assert feeds.public(connection, NOW) == ["", "world"]
        assert feeds.public(connection, NOW, "topic") == []


def test_a_copy_is_published_before_readers_see_it(store: Path, copy: Path) -> None:
    seen: list[set[str]] = []

    def publish(fresh: Database) -> None:
        mark(fresh.path, "published")
        seen.append(marks(store))

    restore(copy, store.parent, clock, publish)
    assert seen == [{"live"}, {"live"}]
    assert marks(store) == {"published"}


def test_no_entry_that_somebody_has_in_memory_is_taken_for_one_of_another_newsroom(
    newsroom: Newsroom, make_newsroom: Callable[..., Newsroom], tmp_path: Path
) -> None:
    other = make_newsroom("other")
    other.write("a.md", article("The Tunnel Floods"))
    newsroom.write("a.md", article("The Tunnel Opens"))
    newsroom.sync()
    other.sync()
    back_up(other.database.path, tmp_path / "copy")
    syndication = newsroom.syndication
    assert b"Opens" in syndication.document(wanted("", "rss"), newsroom.now).body
    restore(tmp_path / "copy", newsroom.config.state, clock)
    assert b"Floods" in syndication.document(wanted("", "rss"), newsroom.now).body


def test_readers_and_writers_see_the_one_store_or_the_other(store: Path, copy: Path) -> None:
    mark(store, "copy", 3000)
    back_up(store, copy, replace=True)
    mark(store, "live", 3000)
    database, seen = Database(store.parent), list[str]()

    def read() -> None:
        with database.reading() as connection:
            (value,) = connection.execute(MARKS).scalars()
        seen.append(value)

    def write() -> None:
        with database.writing() as connection:
            article_files.mark_missing(connection, ["a"], NOW)
        time.sleep(0.002)

    with meanwhile(read), meanwhile(write):
        restore(copy, store.parent, clock)
        read()
    database.close()
    assert seen[0] == "live"
    assert set(seen) == {"live", "copy"}
    assert seen[-1] == "copy"
    assert seen == sorted(seen, reverse=True)  # and never back


def test_a_store_that_is_written_all_the_time_is_left_as_it_is(store: Path, copy: Path) -> None:
    with closing(sqlite3.connect(store)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="so nothing was changed; try again later"):
            restore(copy, store.parent, clock, patience=0.2)
    assert marks(store) == {"live"}
    assert not [name for name in names(store.parent) if name.startswith("restore-")]


def test_who_writes_the_store_is_waited_for(store: Path, copy: Path) -> None:
    busy = sqlite3.connect(store, check_same_thread=False)
    busy.execute("BEGIN IMMEDIATE")

    def end() -> None:
        time.sleep(0.3)
        busy.rollback()

    thread = Thread(target=end)
    thread.start()
    restore(copy, store.parent, clock)
    thread.join()
    busy.close()
    assert marks(store) == {"copy"}


def test_a_restored_store_is_on_the_disk_and_not_only_in_its_log(store: Path, copy: Path) -> None:
    with closing(sqlite3.connect(store)) as reader:
        reader.execute("SELECT * FROM settings").fetchall()
        restore(copy, store.parent, clock)
        assert store.with_name(f"{FILE_NAME}-wal").stat().st_size == 0


def test_a_folder_that_cannot_be_written_is_a_sentence(copy: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        restore(copy, copy / "state", clock)


def test_a_live_store_that_is_damaged_is_not_thrown_away(store: Path, copy: Path) -> None:
    only_text(store)
    with pytest.raises(StoreError, match=r"file is not a database.*once it is moved away"):
        restore(copy, store.parent, clock)
    assert store.read_text() == "SQLite is what this is not"
    store.rename(store.with_name("damaged"))
    restore(copy, store.parent, clock)
    assert marks(store) == {"copy"}
