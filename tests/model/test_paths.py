"""The path of a feed is spelled and read in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model.paths import TOPIC_KINDS, FeedPath, section_path

WORDS = st.from_regex(r"[a-z0-9]+([-_.][a-z0-9]+){0,2}", fullmatch=True)
NEAR = st.sampled_from(
    [
        "my-corrections",
        "x-archive",
        "archive-2",
        "corrections.1",
        "feed-it",
        "archives",
        "12",
        "ñandú",
    ]
)


def is_section(path: str) -> bool:
    try:
        return section_path(path) == path
    except ValueError:
        return False


SECTIONS = st.lists(WORDS | NEAR, min_size=1, max_size=4).map("/".join).filter(is_section)
TOPICS = st.builds("{}/{}".format, st.sampled_from(TOPIC_KINDS), WORDS)
PLACES = st.just("") | SECTIONS | TOPICS
NUMBERS = st.integers(1, 10**9 - 1)
FEEDS = (
    PLACES.map(FeedPath)
    | PLACES.map(lambda place: FeedPath(place, "corrections"))
    | st.tuples(PLACES, NUMBERS).map(lambda pair: FeedPath(pair[0], "archive", pair[1]))
)


@given(FEEDS)
def test_a_feed_is_read_back_from_its_path(feed: FeedPath) -> None:
    assert FeedPath.parse(str(feed)) == feed


@given(st.text(st.sampled_from("a1/-"), max_size=12) | st.text())
def test_any_text_is_the_path_of_some_feed(path: str) -> None:
    feed = FeedPath.parse(path)
    assert FeedPath.parse(str(feed)) == feed


@pytest.mark.parametrize(
    ("path", "feed", "kind"),
    [
        ("", FeedPath(""), "section"),
        ("world/europe", FeedPath("world/europe"), "section"),
        ("corrections", FeedPath("", "corrections"), "corrections"),
        ("my-corrections", FeedPath("my-corrections"), "section"),
        ("my-corrections/corrections", FeedPath("my-corrections", "corrections"), "corrections"),
        ("world/archive/12", FeedPath("world", "archive", 12), "archive"),
        ("archive/1", FeedPath("", "archive", 1), "archive"),
        ("x-archive/1", FeedPath("x-archive/1"), "section"),
        ("tag/floods", FeedPath("tag/floods"), "topic"),
        ("tag/floods/archive/2", FeedPath("tag/floods", "archive", 2), "archive"),
        ("tagged/floods", FeedPath("tagged/floods"), "section"),
    ],
)
def test_each_path_is_of_one_kind(path: str, feed: FeedPath, kind: str) -> None:
    assert FeedPath.parse(path) == feed
    assert feed.kind == kind
    assert str(feed) == path


def test_a_feed_about_a_topic_knows_its_kind() -> None:
    assert [FeedPath(f"{kind}/a").topic for kind in TOPIC_KINDS] == list(TOPIC_KINDS)
    assert FeedPath("tag/a", "corrections").topic == "tag"
    assert FeedPath("tag").topic is None
