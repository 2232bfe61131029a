"""The tags by which caches purge answers."""

import pytest

from feedsvc.model.cache_tags import feed_tag, feed_tags, media_tag, page_tag, page_tags
from feedsvc.model.paths import FeedPath


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (feed_tag(""), "feed:/"),
        (feed_tag("world/archive/3"), "feed:/world/archive/3"),
        (feed_tag("мир"), "feed:/%D0%BC%D0%B8%D1%80"),
        (page_tag("a,b %"), "page:a%2Cb%20%25"),
        (media_tag("0f", "articles/a b.png"), "media:0f/articles/a%20b.png"),
    ],
)
def test_a_tag_names_one_answer(tag: str, expected: str) -> None:
    assert tag == expected


def test_documents_name_themselves_first_then_wider_ones() -> None:
    assert feed_tags(FeedPath("", "archive", 2), "a") == (
        *("feed:/archive/2", "feedsvc", "site", "article:a"),
    )
    assert feed_tags(FeedPath("tag/a/b")) == ("feed:/tag/a/b", "feedsvc", "tag:a/b")
    assert page_tags("world", "b") == ("page:b", "feedsvc", "section:world", "article:b")


def test_a_long_tag_is_shortened_and_stays_unlike_others() -> None:
    section = "/".join(["a" * 190] * 10)
    tags = {feed_tag(section), feed_tag(f"{section}b"), page_tag(section)}
    assert len(tags) == 3
    assert max(map(len, tags)) <= 400
    assert {len(it) for it in (feed_tag("a" * 394), feed_tag("a" * 395))} == {400, 69}
