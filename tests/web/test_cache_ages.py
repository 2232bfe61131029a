"""A client that obeys caching hears of a kill and of a correction within ten minutes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article

TEN_MINUTES, DAY = 600, 86_400
PLACES = ("", "/world", "/author/ann-day", "/tag/ships")
FILES = ("rss.xml", "atom.xml", "feed.json")
FEEDS = [
    f"{place}{document}/{file}"
    for place in PLACES
    for document in ("", "/corrections")
    for file in FILES
]
OTHERS = [
    "/feeds",
    "/feeds.opml",
    "/feeds/latest",
    "/world/",
    "/sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap-2026-01.xml",
    "/world/n3",
    "/world/old",
    "/world/dead",
]
"""The last is the page of a killed article, and before it the former address of another one."""


@pytest.fixture
def rare(make_newsroom: MakeNewsroom) -> Newsroom:
    """A newsroom with two archives that publishes once a month."""
    limits = "items = 2\nhours = 0\narchive_items = 1"
    served = CONFIG.replace('language = "en"', "pages = true").replace("items = 30", limits)
    newsroom = make_newsroom("rare", served)
    keys = {"byline": "Ann Day", "keywords": "[Ships]"}
    for number in range(4):
        text = article(f"N{number}", published=f"2026-0{number + 1}-01", **keys)
        newsroom.write(f"world/n{number}.md", text)
    newsroom.write("world/dead.md", article("Dead", published="2026-06-01", **keys))
    newsroom.write("world/new.md", article("New", published="2026-07-01", slug="old", **keys))
    newsroom.sync()
    newsroom.now += timedelta(seconds=5)
    newsroom.write("world/dead.md", article("Dead", published="2026-06-01", status="canceled"))
    newsroom.write("world/new.md", article("New", published="2026-07-01", slug="new", **keys))
    newsroom.sync()
    return newsroom


def ages(newsroom: Newsroom, address: str) -> dict[str, int]:
    """Return the ages in the ``Cache-Control`` of the answer at an address."""
    answer = newsroom.client().get(address)
    assert answer.status_code in (200, 308, 410), address
    control = answer.headers["Cache-Control"]
    return {name: int(age) for name, age in re.findall(r"([a-z-]+)=(\d+)", control)}


def latest(found: dict[str, int]) -> int:
    """Return the seconds after which a cache must ask before it answers."""
    return found["max-age"] + found.get("stale-while-revalidate", 0)


@pytest.mark.parametrize("address", [*FEEDS, *OTHERS])
def test_what_tells_of_a_kill_is_asked_for_again_within_ten_minutes(
    rare: Newsroom, address: str
) -> None:
    found = ages(rare, address)
    assert latest(found) <= TEN_MINUTES
    assert found.get("s-maxage", 0) <= found["max-age"]


def test_so_is_what_stands_between_the_newest_and_the_archives(rare: Newsroom) -> None:
    previous = re.findall(r'"https://feeds.quay.example(/\S*)\?(before=\S*)"', rare.text("world"))
    ((path, before),) = previous
    assert latest(ages(rare, f"{path}?{before}")) == TEN_MINUTES
    assert latest(ages(rare, path)) <= TEN_MINUTES


def test_an_archive_may_be_a_day_old_and_the_log_names_its_address(rare: Newsroom) -> None:
    assert latest(ages(rare, "/world/archive/1/rss.xml")) == DAY
    rare.write("world/n0.md", article("N0", published="2026-01-01", status="canceled"))
    (change,) = rare.sync().changes
    assert {"archive/1", "world/archive/1", "world"} <= change.feeds.keys()


@pytest.mark.parametrize(("most", "allowed"), [(300, 600), (3600, 3600)])
def test_a_newsroom_decides_how_long(rare: Newsroom, most: int, allowed: int) -> None:
    text = (rare.root / "config.toml").read_text()
    rare.configure(f"{text}[cache]\nmost = {most}\n")
    assert latest(ages(rare, "/world/rss.xml")) == allowed
