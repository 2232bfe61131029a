"""A store moves to PostgreSQL and back, and readers notice nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select

from feedsvc.cli import main
from feedsvc.config.store_settings import StoreSettings
from feedsvc.errors import StoreError
from feedsvc.store import outbox
from feedsvc.store.database import Database
from feedsvc.store.move import move
from feedsvc.store.schema import ARTICLES, OUTBOX
from tests.conftest import NOW, Newsroom, article
from tests.tools.postgres import PostgresServer

pytestmark = pytest.mark.postgres

ADDRESSES = ("/rss.xml", "/world/atom.xml", "/world/feed.json", "/corrections/rss.xml", "/feeds")


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.empty_database()


@pytest.fixture
def filled(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Return a newsroom whose store has rows in most of its tables."""
    for number in range(40):
        newsroom.write(f"world/a{number}.md", article(f"Story {number}", keywords="[Whales]"))
    newsroom.sync()
    newsroom.write("world/a1.md", article("Story 1", "Other.", note="It was wrong."))
    newsroom.write("world/a2.md", article("Story 2", status="canceled", note="Wrong."))
    newsroom.sync()
    newsroom.kept("world")
    with newsroom.database.writing() as connection:
        outbox.add(connection, "picture", ["a", "b\0c"], NOW, payload=b"\0\xff")
    monkeypatch.chdir(newsroom.root)
    return newsroom


def etags(newsroom: Newsroom) -> list[str | None]:
    answers = [newsroom.client().get(address) for address in ADDRESSES]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.headers.get("ETag") for answer in answers]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def serving(newsroom: Newsroom, url: str) -> Newsroom:
    """Return the newsroom with another store."""
    newsroom.database.close()
    newsroom.store = StoreSettings(url=url)
    newsroom.configure(newsroom.config.file.read_text())
    newsroom.open()
    return newsroom


def test_a_store_moves_there_and_back(
    filled: Newsroom, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = etags(filled)
    moved = run("store", "move", url)
    assert moved.exit_code == 0, moved.output
    assert "Set [store] url in config.toml to the same URL" in moved.output
    assert etags(serving(filled, url)) == before
    with filled.database.writing() as connection:
        assert [job.key for job in outbox.jobs(connection)] == ["a", "b\0c"]
        outbox.add(connection, "picture", ["d"], NOW)
        assert [job.id for job in outbox.jobs(connection)] == [1, 2, 3]
    filled.database.path.unlink()
    monkeypatch.setenv("FEEDSVC_STORE_URL", url)
    back = run("store", "move", "file")
    assert back.exit_code == 0, back.output
    monkeypatch.delenv("FEEDSVC_STORE_URL")
    assert etags(serving(filled, "")) == before
    with filled.database.reading() as connection:
        assert [job.key for job in outbox.jobs(connection)] == ["a", "b\0c", "d"]


@pytest.fixture
def there(postgres: PostgresServer, tmp_path: Path) -> Iterator[Database]:
    with (
        postgres.databases() as make,
        closing(Database(tmp_path / "there", StoreSettings(url=make()))) as database,
    ):
        yield database


class StoppedError(Exception):
    """Ends a move."""


def test_an_interrupted_move_goes_on(filled: Newsroom, there: Database) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > total // 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        move(filled.database, there, interrupt)
    refused = pytest.raises(StoreError, match="is not empty; name one that is")
    with closing(Database(filled.root / "another")) as another, refused:
        move(another, there, lambda _done, _total: None)
    counts: list[tuple[int, int]] = []
    rows = move(filled.database, there, lambda done, total: counts.append((done, total)))
    assert counts[-1] == (sum(rows.values()), sum(rows.values()))
    with pytest.raises(StoreError, match="is not empty; name one that is"):
        move(filled.database, there, lambda _done, _total: None)


def test_a_copy_that_differs_is_made_anew(filled: Newsroom, there: Database) -> None:
    def spoil(done: int, total: int) -> None:
        with there.writing() as connection:
            connection.execute(delete(OUTBOX).where(OUTBOX.c.key == "a"))

    with pytest.raises(StoreError, match=r"the rows of outbox in .* move it once more"):
        move(filled.database, there, spoil)
    move(filled.database, there, lambda _done, _total: None)
    with filled.database.reading() as one, there.reading() as other:
        wanted = select(ARTICLES).order_by(ARTICLES.c.id)
        assert one.execute(wanted).all() == other.execute(wanted).all()


def test_a_store_is_not_moved_while_a_process_publishes(filled: Newsroom, there: Database) -> None:
    refused = pytest.raises(StoreError, match='end "feedsvc serve", and then move it')
    with closing(Database(filled.config.state)) as other, other.publishing(), refused:
        move(filled.database, there, lambda _done, _total: None)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("sqlite:///news.db", "is not the address of a database of PostgreSQL"),
        ("file", "is where the store is already"),
    ],
)
def test_a_target_that_is_none_is_refused(filled: Newsroom, target: str, sentence: str) -> None:
    refused = run("store", "move", target)
    assert (refused.exit_code, sentence in refused.output) == (2, True)
