from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feedsvc.feeds.selection import choose, select
from feedsvc.model.article import Article, Related
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


def ids(articles: list[Article]) -> list[str]:
    return [article.id for article in articles]


def test_a_feed_holds_the_newest_items() -> None:
    articles = [made(str(n), hours_ago=n) for n in range(1, 10)]
    assert ids(select(articles, NOW, items=3, hours=0)) == ["1", "2", "3"]


def test_a_feed_holds_all_of_the_last_hours_where_that_is_more() -> None:
    articles = [made(str(n), hours_ago=n) for n in range(1, 10)]
    assert ids(select(articles, NOW, items=3, hours=5)) == ["1", "2", "3", "4", "5", "6"]


def test_the_hours_count_from_the_newest_article_so_that_time_alone_changes_nothing() -> None:
    articles = [made(str(n), hours_ago=n) for n in range(1, 10)]
    later = NOW + timedelta(days=400)
    assert select(articles, NOW, 3, 5) == select(articles, later, 3, 5)


def test_nothing_is_read_beyond_what_the_feed_needs() -> None:
    def endless():
        n = 0
        while True:
            n += 1
            yield made(str(n), hours_ago=n)

    assert len(select(endless(), NOW, items=30, hours=10)) == 30


@pytest.mark.parametrize(
    "keys",
    [
        {"status": "withheld"},
        {"status": "canceled"},
        {"published": NOW + HOUR},
        {"embargoed": NOW + HOUR},
        {"expires": NOW},
        {"expires": NOW - HOUR},
    ],
)
def test_what_is_not_usable_now_is_in_no_feed(keys: dict[str, Any]) -> None:
    assert ids(select([made("x", **keys), made("y")], NOW, 30, 48)) == ["y"]


@pytest.mark.parametrize(
    "keys",
    [{"published": NOW}, {"embargoed": NOW}, {"expires": NOW + HOUR}, {"updated": NOW + HOUR}],
)
def test_an_article_is_in_its_feeds_from_the_very_moment(keys: dict[str, Any]) -> None:
    assert ids(select([made("x", **keys)], NOW, 30, 48)) == ["x"]


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
