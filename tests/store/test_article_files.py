"""Record files in the store: by folder, by path, by place, and very many of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from feedsvc.errors import Problem
from feedsvc.store import article_files
from feedsvc.store.article_files import KnownFile, MissingFile
from feedsvc.store.database import Database
from tests.conftest import MakeStore

pytestmark = pytest.mark.engines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MANY = 33_000
"""More than SQLite's 32,766 values in one question, which Debian's build raises."""


@pytest.fixture
def connection(tmp_path: Path, make_store: MakeStore) -> Iterator[Connection]:
    database = Database(tmp_path / "state", make_store())
    with database.writing() as connection:
        yield connection
    database.close()


def keep(connection: Connection, *paths: str, **places: article_files.Stamp) -> None:
    dependencies = {f"media/{name}.png": stamp for name, stamp in places.items()}
    article_files.keep(connection, [KnownFile(path, (1, 2), "", dependencies) for path in paths])


def test_the_files_of_some_folders_are_known_with_their_pictures(connection: Connection) -> None:
    keep(connection, "a.md", "world/c.md", "world/europe/d.md", "worlds/e.md")
    keep(connection, "world/b.md", x=(3, 4), y=(-1, -1))
    places = {"world/b.md": {"media/x.png": (3, 4), "media/y.png": (-1, -1)}}
    assert article_files.folders(connection) == {"", "world", "world/europe", "worlds"}
    folders = ["world", "none"]
    assert sorted(article_files.stamps(connection, "folder", folders)) == [
        ("world/b.md", (1, 2)),
        ("world/c.md", (1, 2)),
    ]
    assert article_files.places(connection, "folder", folders) == places
    assert list(article_files.stamps(connection, "folder", [""])) == [("a.md", (1, 2))]
    assert article_files.places(connection, "folder", [""]) == {}
    paths = ["world/b.md", "none.md"]
    assert dict(article_files.stamps(connection, "path", paths)) == {"world/b.md": (1, 2)}
    assert article_files.places(connection, "path", paths) == places
    assert sorted(article_files.unknown(connection, ["a.md", "b.md", "c.md"])) == ["b.md", "c.md"]


def test_files_are_found_by_a_place_at_or_above_them_or_their_pictures(
    connection: Connection,
) -> None:
    keep(connection, "world/a.md", "world/europe/b.md", "world-cup/c.md", "world")
    keep(connection, "sport/d.md", x=(3, 4), y=(3, 4))

    def near(place: str) -> list[str]:
        return sorted(
            path for some in article_files.at_or_below(connection, place) for path in some
        )

    assert near("articles/world") == ["world", "world/a.md", "world/europe/b.md"]
    assert near("articles/world/a.md") == ["world/a.md"]
    assert near("media/x.png") == near("media") == ["sport/d.md"]
    assert near("media/x") == near("articles") == []


def test_there_may_be_more_files_than_fit_into_one_question(tmp_path: Path) -> None:
    with closing(Database(tmp_path)) as database, database.writing() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
        keep_very_many(connection)


def keep_very_many(connection: Connection) -> None:
    paths = [f"world/{number}.md" for number in range(MANY)]
    keep(connection, *paths)
    article_files.mark_missing(connection, paths, NOW)
    assert article_files.missing(connection) == dict.fromkeys(
        paths, MissingFile(NOW, accepted=False)
    )
    article_files.mark_missing(connection, paths, None)
    assert set(article_files.missing(connection).values()) == {MissingFile(None, accepted=False)}
    article_files.accept_missing(connection)
    assert set(article_files.missing(connection).values()) == {MissingFile(None, accepted=True)}
    article_files.mark_found(connection, paths)
    assert article_files.missing(connection) == {}
    assert len(dict(article_files.stamps(connection, "path", paths))) == MANY
    assert article_files.places(connection, "path", paths) == {}
    assert (
        list(article_files.unknown(connection, (f"world/{number}.md" for number in range(MANY))))
        == []
    )
    folders = [*map(str, range(MANY)), "world"]
    assert sum(1 for _ in article_files.stamps(connection, "folder", folders)) == MANY
    assert article_files.places(connection, "folder", folders) == {}
    article_files.forget(connection, paths)
    assert list(article_files.stamps(connection, "path", paths)) == []


def test_nothing_is_forgotten_found_or_missed_for_nothing(connection: Connection) -> None:
    keep(connection, "a.md")
    article_files.mark_missing(connection, ["a.md"], NOW)
    for change in (article_files.forget, article_files.mark_found):
        change(connection, [])
    article_files.mark_missing(connection, [], None)
    assert article_files.missing(connection) == {"a.md": MissingFile(NOW, accepted=False)}
    assert len(list(article_files.stamps(connection, "path", ["a.md"]))) == 1


def test_a_file_that_is_kept_again_is_as_it_is_now(connection: Connection) -> None:
    problem = Problem("articles/a.md", 1, 1, "", "is wrong")
    article_files.mark_missing(connection, ["a.md"], NOW)
    article_files.keep(
        connection, [KnownFile("a.md", (-1, -1), "", {"media/x.png": (3, 4)}, (problem,))]
    )
    assert article_files.problems(connection) == [problem]
    assert article_files.awaiting_id(connection) == ["a.md"]
    article_files.keep(connection, [KnownFile("a.md", (5, 6), "", {})])
    assert list(article_files.stamps(connection, "path", ["a.md"])) == [("a.md", (5, 6))]
    assert article_files.places(connection, "path", ["a.md"]) == {}
    assert (article_files.problems(connection), article_files.awaiting_id(connection)) == ([], [])
    assert article_files.missing(connection) == {}
