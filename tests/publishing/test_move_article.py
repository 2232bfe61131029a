"""``feedsvc move``: an article and its pictures go to another section, and it stays the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.ingest.files import walk
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png

ID = '<guid isPermaLink="false">tag:quay.example,2026:sport/a<'


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    newsroom = make_newsroom(
        "desk", CONFIG.replace('language = "en"', 'language = "en"\npages = true')
    )
    monkeypatch.chdir(newsroom.root)
    newsroom.now = datetime.now(UTC)
    newsroom.write("sport/a.png", png())
    newsroom.write("sport/pictures/both.png", png(3))
    newsroom.write("sport/a.md", record("Match", "image: {file: a.png}"))
    newsroom.write("sport/b.md", record("Other", "image: {file: pictures/both.png}"))
    newsroom.sync()
    return newsroom


def record(headline: str, *lines: str) -> str:
    more = "".join(f"{line}\n" for line in lines)
    return article(headline, published="2026-01-20").replace("---\n", f"---\n{more}", 1)


def move(newsroom: Newsroom, *arguments: str) -> Any:
    result = CliRunner().invoke(main, ["move", *arguments])
    newsroom.now = datetime.now(UTC)
    return result


def files(newsroom: Newsroom) -> set[str]:
    folder = newsroom.root / "articles"
    return {it.relative_to(folder).as_posix() for it in folder.rglob("*") if it.is_file()}


def test_the_record_and_its_picture_are_moved(newsroom: Newsroom) -> None:
    result = move(newsroom, "sport/a", "town")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "wrote articles/town/a.md",
        "move sport/a: changed /, /sport, /town",
    ]
    assert files(newsroom) == {"town/a.md", "town/a.png", "sport/b.md", "sport/pictures/both.png"}
    assert "id: sport/a\n" in (newsroom.root / "articles/town/a.md").read_text()
    assert ID in newsroom.text("town")
    assert "articles/town/a.png" in newsroom.text("town")
    assert newsroom.client().get("/sport/a").location == "https://quay.example/town/a"


def test_an_empty_store_gives_it_the_same_id(
    newsroom: Newsroom, make_newsroom: MakeNewsroom
) -> None:
    move(newsroom, "a", "town")
    fresh = make_newsroom("fresh")
    for path in walk(newsroom.config.articles):
        fresh.write(path, (newsroom.config.articles / path).read_bytes())
    fresh.write("town/a.png", png())
    fresh.write("sport/pictures/both.png", png(3))
    fresh.now = newsroom.now
    fresh.sync()
    assert ID in fresh.text("town")


def test_a_record_that_is_gone_is_not_moved(newsroom: Newsroom) -> None:
    (newsroom.root / "articles/sport/a.md").unlink()
    result = move(newsroom, "sport/a", "town")
    assert result.exit_code == 1
    assert result.output == (
        "feedsvc: articles/sport/a.md cannot be read: No such file or directory; "
        "nothing was moved\n"
    )
    assert files(newsroom) == {"sport/a.png", "sport/b.md", "sport/pictures/both.png"}


def test_a_picture_that_another_story_shows_stays(newsroom: Newsroom) -> None:
    newsroom.write("sport/c.md", record("Third", "image: {file: pictures/both.png}"))
    newsroom.sync()
    assert move(newsroom, "sport/b", "world/europe").exit_code == 0
    assert "sport/pictures/both.png" in files(newsroom)
    assert "world/europe/pictures/both.png" in files(newsroom)
    assert newsroom.sync().problems == ()


def test_a_picture_that_is_there_already_is_none_in_the_way(newsroom: Newsroom) -> None:
    newsroom.write("town/a.png", png())
    assert move(newsroom, "sport/a", "town").exit_code == 0


def test_a_section_that_the_record_names_is_taken_out(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", record("Other", "section: world"))
    newsroom.sync()
    assert move(newsroom, "sport/b.md", "town").exit_code == 0
    assert "section" not in (newsroom.root / "articles/town/b.md").read_text()
    assert ">Other<" in newsroom.text("town")


def test_a_story_can_go_to_the_front_page(newsroom: Newsroom) -> None:
    assert move(newsroom, "sport/a", "/").exit_code == 0
    assert {"a.md", "a.png"} <= files(newsroom)
    assert ID in newsroom.text()


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("town/a.md", "articles/town/a.md is there already; nothing was moved"),
        ("town/a.png", "articles/town/a.png is another picture; nothing was moved"),
    ],
)
def test_no_file_is_written_over(newsroom: Newsroom, taken: str, sentence: str) -> None:
    data = newsroom.write(taken, png(9)).read_bytes()
    before = files(newsroom)
    result = move(newsroom, "sport/a", "town")
    assert (result.exit_code, result.output) == (1, f"feedsvc: {sentence}\n")
    assert files(newsroom) == before
    assert (newsroom.root / "articles" / taken).read_bytes() == data


def test_a_section_must_be_one(newsroom: Newsroom) -> None:
    result = move(newsroom, "sport/a", "Town Hall")
    assert result.exit_code == 2
    assert '"Town Hall" is not a section' in result.output
    assert "articles/sport/a.md is there already" in move(newsroom, "sport/a", "sport").output


def test_what_stands_in_the_way_of_a_folder_is_named(newsroom: Newsroom) -> None:
    newsroom.write("town", b"a file")
    before = files(newsroom)
    result = move(newsroom, "sport/a", "town/hall")
    assert result.exit_code == 1
    assert "articles/town/hall: Not a directory; nothing was moved" in result.output
    assert files(newsroom) == before
    newsroom.write("sport/a.md", record("Match, edited"))
    newsroom.sync()
    assert ">Match, edited<" in newsroom.text("sport")


def test_a_record_that_would_be_wrong_at_its_new_place_stays(newsroom: Newsroom) -> None:
    newsroom.write("shared/c.png", png(5))
    newsroom.write("sport/d.png", png(6))
    images = "[{file: ../shared/c.png}, {file: d.png}]"
    newsroom.write("sport/c.md", record("Third", f"images: {images}"))
    newsroom.sync()
    before = files(newsroom)
    result = move(newsroom, "sport/c", "world/europe")
    assert result.exit_code == 1
    assert "articles/world/europe/c.md:2:10: images: " in result.output
    assert files(newsroom) == before
    assert ">Third<" in newsroom.text("sport")
