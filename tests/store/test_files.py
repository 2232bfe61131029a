"""What the store knows of the record files: by folder, by path, by place, however many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from feedsvc.errors import Problem
from feedsvc.store import files
from feedsvc.store.database import Database
from feedsvc.store.files import Known, KnownFile

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MANY = 33_000
"""More than SQLite's 32,766 values in one question, which Debian's build raises."""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(tmp_path / "state")
    with database.writing() as connection:
        yield connection
    database.close()


def keep(connection: Connection, *paths: str, **places: files.Stamp) -> None:
    dependencies = {f"media/{name}.png": stamp for name, stamp in places.items()}
    files.keep(connection, [KnownFile(path, (1, 2), "", dependencies) for path in paths])


def test_the_files_of_some_folders_are_known_with_their_pictures(connection: Connection) -> None:
    keep(connection, "a.md", "world/c.md", "world/europe/d.md", "worlds/e.md")
    keep(connection, "world/b.md", x=(3, 4), y=(-1, -1))
    places = {"world/b.md": {"media/x.png": (3, 4), "media/y.png": (-1, -1)}}
    assert files.folders(connection) == {"", "world", "world/europe", "worlds"}
    folders = ["world", "none"]
    assert sorted(files.stamps_in(connection, folders)) == [
        ("world/b.md", (1, 2)),
        ("world/c.md", (1, 2)),
    ]
    assert files.places_in(connection, folders) == places
    assert list(files.stamps_in(connection, [""])) == [("a.md", (1, 2))]
    assert files.places_in(connection, [""]) == {}
    assert files.known_at(connection, ["world/b.md", "none.md"]) == Known(
        {"world/b.md": (1, 2)}, places
    )
    assert sorted(files.unknown(connection, ["a.md", "b.md", "c.md"])) == ["b.md", "c.md"]


def test_files_are_found_by_a_place_at_or_above_them_or_their_pictures(
    connection: Connection,
) -> None:
    keep(connection, "world/a.md", "world/europe/b.md", "world-cup/c.md", "world")
    keep(connection, "sport/d.md", x=(3, 4), y=(3, 4))

    def near(place: str) -> list[str]:
        return sorted(path for some in files.near(connection, place) for path in some)

    assert near("articles/world") == ["world", "world/a.md", "world/europe/b.md"]
    assert near("articles/world/a.md") == ["world/a.md"]
    assert near("media/x.png") == near("media") == ["sport/d.md"]
    assert near("media/x") == near("articles") == []


def test_there_may_be_more_files_than_fit_into_one_question(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    paths = [f"world/{number}.md" for number in range(MANY)]
    keep(connection, *paths)
    files.miss(connection, paths, NOW)
    assert files.missing(connection) == dict.fromkeys(paths, NOW)
    files.miss(connection, paths, None)
    assert set(files.missing(connection).values()) == {None}
    files.find(connection, paths)
    assert files.missing(connection) == {}
    assert len(files.known_at(connection, paths).stamps) == MANY
    assert list(files.unknown(connection, (f"world/{number}.md" for number in range(MANY)))) == []
    folders = [*map(str, range(MANY)), "world"]
    assert sum(1 for _ in files.stamps_in(connection, folders)) == MANY
    assert files.places_in(connection, folders) == {}
    files.forget(connection, paths)
    assert files.count(connection) == 0


def test_nothing_is_forgotten_found_or_missed_for_nothing(connection: Connection) -> None:
    keep(connection, "a.md")
    files.miss(connection, ["a.md"], NOW)
    for change in (files.forget, files.find):
        change(connection, [])
    files.miss(connection, [], None)
    assert files.missing(connection) == {"a.md": NOW}
    assert files.count(connection) == 1


def test_a_file_that_is_kept_again_is_as_it_is_now(connection: Connection) -> None:
    problem = Problem("articles/a.md", 1, 1, "", "is wrong")
    files.miss(connection, ["a.md"], NOW)
    files.keep(connection, [KnownFile("a.md", (-1, -1), "", {"media/x.png": (3, 4)}, (problem,))])
    assert files.problems(connection) == [problem]
    assert files.waiting(connection) == ["a.md"]
    files.keep(connection, [KnownFile("a.md", (5, 6), "", {})])
    assert files.known_at(connection, ["a.md"]) == Known({"a.md": (5, 6)}, {})
    assert (files.problems(connection), files.waiting(connection)) == ([], [])
    assert files.missing(connection) == {}
