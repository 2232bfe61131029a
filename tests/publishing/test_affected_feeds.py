"""Each rule by which a change to an article changes feeds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.publishing.affected_feeds import RULES
from tests.conftest import CONFIG, Newsroom, article

MINUTE = timedelta(minutes=1)
DOCS = Path(__file__).parents[2] / "docs"
SMALL = CONFIG.replace("items = 30", "items = 3\nhours = 0\narchive_items = 2")
"""Feeds hold three articles and archives hold two."""


@pytest.fixture
def fill(make_newsroom: Callable[..., Newsroom]) -> Callable[[int], Newsroom]:
    """Return a small newsroom with some articles of October, the first the oldest."""

    def fill(count: int) -> Newsroom:
        newsroom = make_newsroom("small", SMALL)
        for day in range(1, count + 1):
            newsroom.write(f"a{day:02}.md", article(f"A{day}", published=f"2026-10-{day:02}"))
        newsroom.sync()
        newsroom.now += MINUTE
        return newsroom

    return fill


def reasons(newsroom: Newsroom) -> dict[str, str]:
    """Return the feeds of the only change that the files have, with the reasons."""
    (change,) = newsroom.sync().changes
    return change.feeds


def test_every_rule_is_documented_and_no_other() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    table = text.partition("## Why did this feed change?")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `([a-z ]+)` \|", table, re.MULTILINE)
    assert names == [rule.__name__.replace("_", " ") for rule in RULES]


def test_an_article_appears_in_its_sections(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta"))
    newsroom.sync()
    newsroom.write("world/europe/a.md", article("Alpha"))
    assert reasons(newsroom) == dict.fromkeys(["", "world", "world/europe"], "appears")


def test_an_article_that_is_withdrawn_appeared_in_its_sections(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta"))
    newsroom.sync()
    newsroom.write("sport/b.md", article("Beta", status="withheld"))
    assert reasons(newsroom) == {"": "appears", "sport": "appears"}


def test_another_article_moves_up_from_the_archive_being_filled(
    fill: Callable[[int], Newsroom],
) -> None:
    newsroom = fill(5)
    newsroom.write("a05.md", article("A5", published="2026-10-05", status="withheld"))
    assert reasons(newsroom) == {"": "appears", "archive/1": "moved_up"}


def test_a_full_archive_is_closed_and_the_feed_points_to_it(
    fill: Callable[[int], Newsroom],
) -> None:
    newsroom = fill(7)
    newsroom.write("late.md", article("Late", published="2026-09-01"))
    assert reasons(newsroom) == {"": "archive_closed", "archive/1": "appears"}


def test_the_first_article_of_an_archive_links_the_feed_to_it(
    fill: Callable[[int], Newsroom],
) -> None:
    newsroom = fill(3)
    newsroom.write("late.md", article("Late", published="2026-09-01"))
    assert reasons(newsroom) == {"": "archive_link", "archive/1": "appears"}


def test_an_entry_names_the_article_as_related(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta"))
    newsroom.write("local/c.md", article("Gamma", related="[sport/b]"))
    newsroom.sync()
    newsroom.write("sport/b.md", article("Beta Two"))
    assert reasons(newsroom) == {"": "appears", "sport": "appears", "local": "names_related"}


def test_a_deleted_article_leaves_a_tombstone(newsroom: Newsroom) -> None:
    file = newsroom.write("sport/b.md", article("Beta"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now += 2 * MINUTE
    assert reasons(newsroom) == {"": "tombstone", "sport": "tombstone"}


def test_an_article_that_comes_back_takes_its_tombstone_out(newsroom: Newsroom) -> None:
    file = newsroom.write("sport/b.md", article("Beta", id="b"))
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now += 2 * MINUTE
    newsroom.sync()
    newsroom.write("world/b.md", article("Beta", id="b"))
    assert reasons(newsroom) == {"": "appears", "world": "appears", "sport": "tombstone"}


def test_the_tombstone_of_a_kill_is_in_the_current_feed(fill: Callable[[int], Newsroom]) -> None:
    newsroom = fill(12)
    newsroom.write("a01.md", article("A1", published="2026-10-01", status="canceled"))
    assert reasons(newsroom) == {
        "": "appears",
        "archive/1": "appears",
        "archive/4": "moved_up",
        "corrections": "correction",
    }


def test_a_correction_is_in_the_feeds_of_corrections(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta", published="2026-11-21"))
    newsroom.sync()
    keys = {"published": "2026-11-21", "updated": "2026-11-22", "note": "Wrong."}
    newsroom.write("sport/b.md", article("Beta", **keys))
    assert reasons(newsroom) == {
        "": "appears",
        "sport": "appears",
        "corrections": "correction",
        "sport/corrections": "correction",
    }


@pytest.mark.parametrize("keys", [{"embargoed": "2026-12-24"}, {"status": "withheld"}])
def test_an_article_under_embargo_takes_its_headline_out_of_entries(
    newsroom: Newsroom, keys: dict[str, str]
) -> None:
    newsroom.write("world/a.md", article("Alpha", related="[{headline: Beta}]"))
    newsroom.sync()
    before = newsroom.text("world")
    newsroom.write("sport/b.md", article("Beta", **keys))
    assert reasons(newsroom) == {"": "names_related", "world": "names_related"}
    assert before.count("Beta") > 0
    assert newsroom.text("world").count("Beta") == 0


@pytest.mark.parametrize("related", ["sport/b", "{headline: Beta}"])
def test_an_article_under_embargo_changes_no_entry_that_looks_the_same(
    newsroom: Newsroom, related: str
) -> None:
    newsroom.write("world/a.md", article("Alpha", related=f"[{related}]"))
    newsroom.write("world/b.md", article("Beta"))
    newsroom.sync()
    newsroom.write("sport/b.md", article("Beta", embargoed="2026-11-23 13:00Z"))
    assert reasons(newsroom) == {}
    newsroom.now += timedelta(hours=2)
    assert reasons(newsroom)["world"] == "names_related"
