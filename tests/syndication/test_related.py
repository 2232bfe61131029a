from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from feedsvc.model.article import Article, Listing, Related
from feedsvc.model.feed_window import select
from feedsvc.syndication.related import choose
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def made(own: str, hours_ago: float = 1, **keys: Any) -> Article:
    published = NOW - hours_ago * HOUR
    needed: dict[str, Any] = {
        "id": own,
        "path": f"{own}.md",
        "headline": own,
        "summary": "",
        "section": "",
        "slug": own,
        "body": "",
        "published": published,
        "updated": published,
    }
    return Article(**(needed | keys))


def listed(own: str, hours_ago: float = 1, expires: datetime | None = None) -> Listing:
    return Listing(-int((NOW - hours_ago * HOUR).timestamp()), own, expires)


def chosen(listings: Iterable[Listing], now: datetime, items: int, hours: int) -> list[str]:
    return [listing.id for listing in select(listings, now, items, hours)[0]]


NINE = [listed(str(n), hours_ago=n) for n in range(1, 10)]


def test_a_feed_holds_the_newest_items() -> None:
    assert chosen(NINE, NOW, items=3, hours=0) == ["1", "2", "3"]


def test_a_feed_holds_all_of_the_last_hours_where_that_is_more() -> None:
    assert chosen(NINE, NOW, items=3, hours=5) == ["1", "2", "3", "4", "5", "6"]


def test_the_hours_count_from_the_newest_article_so_that_time_alone_changes_nothing() -> None:
    later = NOW + timedelta(days=400)
    assert chosen(NINE, NOW, 3, 5) == chosen(NINE, later, 3, 5)


def test_nothing_is_read_beyond_what_the_feed_needs() -> None:
    def endless():
        n = 0
        while True:
            n += 1
            yield listed(str(n), hours_ago=n)

    assert len(chosen(endless(), NOW, items=30, hours=10)) == 30


@pytest.mark.parametrize(("items", "more"), [(8, True), (9, False), (10, False)])
def test_whether_there_is_more_is_told(items: int, more: bool) -> None:
    assert select(NINE, NOW, items, 0)[1] is more


def test_what_has_expired_is_not_more() -> None:
    assert select([listed("a"), listed("b", 2, expires=NOW)], NOW, 1, 0)[1] is False


@pytest.mark.parametrize(
    "hidden", [listed("x", -1), listed("x", 2, NOW), listed("x", 2, NOW - HOUR)]
)
def test_what_is_not_out_or_has_expired_is_in_no_feed(hidden: Listing) -> None:
    assert chosen([hidden, listed("y")], NOW, 30, 48) == ["y"]


@pytest.mark.parametrize("shown", [listed("x", 0), listed("x", 2, NOW + HOUR)])
def test_an_article_is_in_its_feeds_from_the_very_moment(shown: Listing) -> None:
    assert chosen([shown], NOW, 30, 48) == ["x"]
    assert shown.released <= NOW


def test_a_related_story_is_the_usable_article_of_that_id() -> None:
    story = Related(ref="a")
    by_path, by_id = made("other", path="a.md"), made("a", hours_ago=9)
    assert choose(story, [by_path, by_id], NOW) == by_id
    assert choose(story, [by_path], NOW) == by_path


def test_a_related_story_that_is_not_published_is_none() -> None:
    assert choose(Related(ref="a"), [made("a", embargoed=NOW + HOUR)], NOW) is None
    assert choose(Related(ref="a"), [], NOW) is None


def test_of_articles_with_one_headline_the_newest_is_meant() -> None:
    story = Related(headline="Same")
    old, new = made("old", hours_ago=5), made("new", hours_ago=1)
    assert choose(story, [old, new], NOW) == choose(story, [new, old], NOW) == new
