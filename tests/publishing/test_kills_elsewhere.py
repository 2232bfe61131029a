"""A kill reaches the readers of every feed that ever had the story, also where it has left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.model.feed import FORMATS, Format
from feedsvc.store.feeds import public
from tests.conftest import NOW, Newsroom, article, wanted
from tests.tools.documents import entries, tombstones

HOUR = timedelta(hours=1)
KEYS = {
    "id": "late-bus",
    "published": "2026-11-18",
    "section": "local/transport",
    "byline": "Wrong Person",
    "keywords": "[Sensitive]",
    "language": "es",
}
FEEDS = {
    "",
    "local",
    "local/transport",
    "author/wrong-person",
    "tag/sensitive",
    "lang/es",
}
"""The feeds that have a story with these keys."""


def write(newsroom: Newsroom, **keys: str) -> None:
    newsroom.write("bus.md", article("LIBEL", "LIBEL in the body.", **{**KEYS, **keys}))


def kill(newsroom: Newsroom, **keys: str) -> None:
    newsroom.now += HOUR
    write(newsroom, **{**keys, "status": "canceled", "note": "It was wrong."})
    newsroom.sync()


def telling(newsroom: Newsroom, format: Format) -> set[str]:
    """Return the feeds that have the notice of the kill."""
    with newsroom.database.reading() as connection:
        paths = [*public(connection, newsroom.now), *public(connection, newsroom.now, "topic")]
    feeds = newsroom.syndication
    return {
        path
        for path in paths
        if any(
            entry.article_id == "late-bus" and entry.summary == "It was wrong."
            for entry in entries(feeds.document(wanted(path, format), newsroom.now).body)
        )
    }


@pytest.fixture
def out(newsroom: Newsroom) -> Newsroom:
    """A newsroom whose readers have a story."""
    write(newsroom)
    newsroom.sync()
    newsroom.now += HOUR
    return newsroom


@pytest.mark.parametrize(
    "changes",
    [
        {"section": "sport"},
        {"section": "local"},
        {"byline": "Right Person"},
        {"keywords": "[Buses]"},
        {"language": "pt"},
        {"status": "withheld"},
        {"status": "draft"},
        {"embargoed": "2026-12-01"},
        {"published": "2026-12-01"},
        {"expires": "2026-11-23"},
    ],
    ids=str,
)
def test_a_kill_is_in_every_feed_that_had_the_story(out: Newsroom, changes: dict[str, str]) -> None:
    write(out, **changes)
    out.sync()
    kill(out, **changes)
    for format in FORMATS:
        assert telling(out, format) >= FEEDS, format


def test_a_kill_that_moves_the_story_at_once_is_where_it_was_too(out: Newsroom) -> None:
    kill(out, section="sport/rowing", byline="", keywords="", language="")
    for format in FORMATS:
        assert telling(out, format) == FEEDS | {"sport", "sport/rowing"}


def test_every_feed_in_a_chain_of_moves_tells(out: Newsroom) -> None:
    for section in ("sport", "culture", "local"):
        write(out, section=section, byline="")
        out.sync()
        out.now += HOUR
    kill(out, section="local", byline="")
    assert telling(out, "atom") == FEEDS | {"sport", "culture"}


def test_a_feed_that_had_the_story_for_a_second_tells(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    write(out)
    out.sync()
    kill(out)
    assert telling(out, "rss") == FEEDS | {"sport"}


def test_a_section_that_had_the_story_under_embargo_alone_does_not_tell(
    newsroom: Newsroom,
) -> None:
    write(newsroom, section="sport", embargoed="2026-11-23T13:00:00Z")
    newsroom.sync()
    write(newsroom, embargoed="2026-11-23T13:00:00Z")
    newsroom.sync()
    newsroom.now += 2 * HOUR
    newsroom.sync()
    kill(newsroom)
    assert telling(newsroom, "rss") == FEEDS


def test_all_of_them_have_its_tombstone_and_its_correction(out: Newsroom) -> None:
    write(out, section="sport", byline="Right Person")
    out.sync()
    kill(out, section="sport", byline="Right Person")
    for path in FEEDS:
        corrections = out.syndication.document(wanted(path, "rss", "corrections"), out.now)
        assert tombstones(out.document(path, "atom").body) == [("late-bus", "It was wrong.")]
        assert [entry.summary for entry in entries(corrections.body)] == ["It was wrong."]


def test_the_log_names_them(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    out.now += HOUR
    write(out, section="sport", status="canceled")
    (change,) = out.sync().changes
    assert change.feeds.keys() > FEEDS


def test_they_tell_once_the_file_is_read_again(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    kill(out, section="sport")
    write(out, section="sport", status="canceled", note="It was quite wrong.")
    out.sync()
    feeds = [out.text(path, "atom") for path in FEEDS]
    assert ["It was quite wrong." in text for text in feeds] == [True] * len(FEEDS)


@pytest.mark.parametrize("grace", [0, 60])
def test_a_deleted_story_that_comes_back_killed_is_told(out: Newsroom, grace: int) -> None:
    out.configure((out.root / "config.toml").read_text() + f"[articles]\ngrace = {grace}\n")
    (out.root / "articles/bus.md").unlink()
    for _ in range(2):
        out.sync()
        out.now += HOUR
    assert [it for it, _ in tombstones(out.document("local", "atom").body)] == ["late-bus"]
    kill(out)
    assert telling(out, "atom") == FEEDS


def test_the_record_of_a_kill_that_was_told_tells_nothing_again(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    kill(out, section="sport")
    text = (out.root / "articles/bus.md").read_text()
    (out.root / "articles/bus.md").unlink()
    for _ in range(2):
        out.sync()
        out.now += HOUR
    out.write("bus.md", text)
    out.sync()
    assert telling(out, "rss") == set()


def test_a_second_kill_reaches_what_the_first_one_reached(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    kill(out, section="sport")
    out.now += HOUR
    write(out, section="sport")
    out.sync()
    assert telling(out, "rss") == set()
    kill(out, section="sport")
    assert telling(out, "rss") == FEEDS | {"sport"}


def test_a_store_made_anew_knows_the_present_feeds_alone(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    kill(out, section="sport")
    out.database.close()
    for file in out.config.state.iterdir():
        file.unlink()
    out.open()
    out.sync()
    assert telling(out, "rss") == FEEDS - {"local", "local/transport"} | {"sport"}


def test_a_notice_moves_the_date_of_a_feed_that_the_story_has_left(out: Newsroom) -> None:
    write(out, section="sport")
    out.sync()
    kill(out, section="sport")
    assert out.document("local/transport").last_modified == NOW + 2 * HOUR
