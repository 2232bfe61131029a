"""Articles are found again by the ids that other systems have for them."""

from __future__ import annotations

import pytest

from feedsvc.store import origins
from tests.conftest import MakeNewsroom, Newsroom, article

pytestmark = pytest.mark.engines

ORIGIN = "{system: desk, id: 'urn:1', also: ['urn:2', 'urn:3']}"


def find(newsroom: Newsroom, name: str, system: str = "desk") -> str | None:
    with newsroom.database.reading() as connection:
        return origins.find(connection, system, name)


def test_an_article_is_found_by_each_id_that_it_has_elsewhere(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(origin=ORIGIN))
    newsroom.sync()
    assert {find(newsroom, f"urn:{number}") for number in (1, 2, 3)} == {"local/a"}
    assert find(newsroom, "urn:4") is None
    assert find(newsroom, "urn:1", "ghost") is None


def test_a_store_that_was_made_anew_finds_it_as_well(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("other")
    newsroom.write("local/a.md", article(origin=ORIGIN))
    newsroom.sync()
    newsroom.database.close()
    for file in newsroom.config.state.iterdir():
        file.unlink()
    newsroom.open()
    newsroom.sync()
    assert find(newsroom, "urn:3") == "local/a"


def test_it_is_found_by_the_ids_that_its_record_names_today(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(origin=ORIGIN))
    newsroom.sync()
    newsroom.write("local/a.md", article(origin="{system: desk, id: 'urn:9'}"))
    newsroom.sync()
    assert (find(newsroom, "urn:1"), find(newsroom, "urn:9")) == (None, "local/a")
    newsroom.write("local/a.md", article())
    newsroom.sync()
    assert find(newsroom, "urn:9") is None


def test_a_killed_article_is_found_and_a_deleted_one_is_not(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(origin=ORIGIN))
    file = newsroom.write("local/b.md", article("B", origin="{system: desk, id: b}"))
    newsroom.sync()
    newsroom.write("local/a.md", article(origin=ORIGIN, status="canceled", note="Wrong."))
    file.write_text(article("B", status="draft", origin="{system: desk, id: b}"))
    newsroom.sync()
    assert (find(newsroom, "urn:2"), find(newsroom, "b")) == ("local/a", None)


def test_an_id_elsewhere_belongs_to_the_article_that_had_it_first(newsroom: Newsroom) -> None:
    newsroom.write("local/a.md", article(origin=ORIGIN))
    newsroom.sync()
    newsroom.write("local/b.md", article("B", origin="{system: desk, id: x, also: ['urn:3']}"))
    problems = newsroom.sync().problems
    assert [str(problem) for problem in problems] == [
        'articles/local/b.md:1:1: origin: "urn:3" is already the id in desk of articles/local/a.md;'
        " take it out of one of the two"
    ]
    assert find(newsroom, "x") is None
    newsroom.write("local/a.md", article(origin="{system: desk, id: 'urn:1'}"))
    newsroom.sync()
    assert (newsroom.sync().problems, find(newsroom, "urn:3")) == ((), "local/b")


def test_a_file_that_is_moved_takes_its_ids_along(newsroom: Newsroom) -> None:
    file = newsroom.write("local/a.md", article(origin=ORIGIN, id="a"))
    newsroom.sync()
    newsroom.write("world/b.md", article("B", origin=ORIGIN, id="b"))
    file.unlink()
    newsroom.sync()
    assert find(newsroom, "urn:2") == "b"
