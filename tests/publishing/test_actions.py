"""Each act of a newsroom: what it is called, and exactly the feeds that it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import feedparser
import pytest

from feedsvc.model.change import Change
from feedsvc.model.feed import FORMATS, Document, Format
from feedsvc.model.report import Report
from feedsvc.publishing import history, sync
from tests.conftest import CONFIG, NOW, Newsroom, article
from tests.tools.json_feed import parse

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SMALL = CONFIG.replace("items = 30", "items = 3\nhours = 0\narchive_items = 2")


@pytest.fixture
def room(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    """A newsroom with one story in world/europe, one in sport, and one that names the first."""
    made = make_newsroom("room")
    made.write("world/europe/a.md", article("Alpha", published="2026-11-20"))
    made.write("sport/b.md", article("Beta", published="2026-11-21"))
    made.write("local/c.md", article("Gamma", published="2026-11-19", related="[world/europe/a]"))
    made.sync()
    made.now += MINUTE
    return made


def told(report: Report) -> list[tuple[str, str, set[str]]]:
    return [(change.act, change.id, set(change.feeds)) for change in report.changes]


PATHS = ["", "world", "world/europe", "sport", "local"]
EVERY = {*PATHS, "corrections", *(f"{path}/corrections" for path in PATHS if path)}


def documents(room: Newsroom, format: Format = "atom") -> dict[str, Document]:
    found = {path: room.document(path, format) for path in PATHS}
    for path in PATHS:
        name = f"{path}/corrections".lstrip("/")
        found[name] = room.syndication.corrections(path, format, room.now)
    return found


def assert_changed(
    before: dict[str, Document], after: dict[str, Document], paths: set[str]
) -> None:
    """Exactly these feeds have other bytes and dates; the others have kept both."""
    for path in EVERY:
        other = before[path].etag != after[path].etag
        later = before[path].last_modified < after[path].last_modified
        assert (path, other, later) == (path, path in paths, path in paths)


ABOVE = {"", "world", "world/europe"}
CORRECTIONS = {"corrections", "world/corrections", "world/europe/corrections"}


@pytest.mark.parametrize(
    ("act", "text", "feeds"),
    [
        ("touch", article("Alpha", "Other words.", published="2026-11-20"), ABOVE),
        ("touch", article("Alpha Two", published="2026-11-20"), {*ABOVE, "local"}),
        (
            "correct",
            article("Alpha", published="2026-11-20", updated="2026-11-23 12:00", note="No."),
            {*ABOVE, *CORRECTIONS},
        ),
        (
            "kill",
            article("Alpha", published="2026-11-20", status="canceled", note="Wrong."),
            {*ABOVE, *CORRECTIONS, "local"},
        ),
        (
            "withhold",
            article("Alpha", published="2026-11-20", status="withheld"),
            {*ABOVE, "local"},
        ),
        ("withhold", article("Alpha", published="2026-11-20", status="draft"), {*ABOVE, "local"}),
        (
            "embargo",
            article("Alpha", published="2026-11-20", embargoed="2026-12-01"),
            {*ABOVE, "local"},
        ),
        (
            "expire",
            article("Alpha", published="2026-11-20", expires="2026-11-21"),
            {*ABOVE, "local"},
        ),
        (
            "move",
            article("Alpha", published="2026-11-20", section="world"),
            {*ABOVE, "local"},
        ),
        (
            "move",
            article("Alpha", published="2026-11-20", section="sport"),
            {*ABOVE, "local", "sport"},
        ),
    ],
)
def test_an_act_changes_exactly_the_feeds_that_it_says(
    room: Newsroom, act: str, text: str, feeds: set[str]
) -> None:
    before = documents(room)
    room.write("world/europe/a.md", text)
    report = room.sync()
    assert told(report) == [(act, "world/europe/a", feeds)]
    assert [change.moment for change in report.changes] == [room.now]
    assert_changed(before, documents(room), feeds)


def test_a_new_article_is_published(room: Newsroom) -> None:
    before = documents(room)
    room.write("sport/new.md", article("New", published="2026-11-22"))
    report = room.sync()
    assert told(report) == [("publish", "sport/new", {"", "sport"})]
    assert_changed(before, documents(room), {"", "sport"})


def test_a_file_that_is_gone_is_held_back_then_deleted(room: Newsroom) -> None:
    before = documents(room)
    (room.root / "articles/world/europe/a.md").unlink()
    assert told(room.sync()) == [("withhold", "world/europe/a", {*ABOVE, "local"})]
    after = documents(room)
    assert_changed(before, after, {*ABOVE, "local"})
    room.now += 2 * MINUTE
    assert told(room.sync()) == [("delete", "world/europe/a", ABOVE)]
    assert_changed(after, documents(room), ABOVE)


def test_a_file_that_comes_back_is_published_again(room: Newsroom) -> None:
    file = room.root / "articles/world/europe/a.md"
    text = file.read_text()
    before = documents(room)
    file.unlink()
    room.sync()
    file.write_text(text)
    assert told(room.sync()) == [("publish", "world/europe/a", {*ABOVE, "local"})]
    assert {it.etag for it in before.values()} == {it.etag for it in documents(room).values()}


def test_what_nobody_may_see_yet_changes_no_feed(room: Newsroom) -> None:
    before = documents(room)
    room.write("world/secret.md", article("Soon", published="2026-11-30"))
    assert told(room.sync()) == [("embargo", "world/secret", set())]
    room.write("world/secret.md", article("Very soon", published="2026-11-30"))
    assert told(room.sync()) == [("embargo", "world/secret", set())]
    assert documents(room) == before


@pytest.mark.parametrize("slept", [timedelta(0), timedelta(minutes=7), 3 * DAY])
def test_the_end_of_an_embargo_is_an_act_however_long_nobody_looked(
    room: Newsroom, slept: timedelta
) -> None:
    end = datetime.fromisoformat("2026-11-24T06:00:00Z")
    room.write("world/s.md", article("Soon", published="2026-11-20", embargoed=f"{end:%F %R}Z"))
    room.sync()
    room.now = end - timedelta(seconds=1)
    assert sync.tick(room.database, room.config, room.now) is None
    before = documents(room)
    room.now = end
    after = documents(room)
    assert_changed(before, after, {"", "world"})
    room.now += slept
    report = sync.tick(room.database, room.config, room.now)
    assert report
    assert told(report) == [("publish", "world/s", {"", "world"})]
    assert report.changes[0].moment == end
    assert sync.tick(room.database, room.config, room.now) is None
    assert documents(room) == after
    assert [it.act for it in history.log(room.database, 1)] == ["publish"]


def test_an_expiry_is_an_act_of_the_time(room: Newsroom) -> None:
    room.write("sport/x.md", article("Sale", published="2026-11-20", expires="2026-11-24 06:00Z"))
    room.sync()
    room.now += DAY
    report = room.sync()
    assert told(report) == [("expire", "sport/x", {"", "sport"})]
    assert report.changes[0].moment.hour == 6
    assert room.sync().changes == ()


def test_a_related_story_that_is_released_changes_the_feeds_that_name_it(room: Newsroom) -> None:
    room.write("sport/x.md", article("Soon", published="2026-11-24 06:00Z"))
    room.write("local/c.md", article("Gamma", published="2026-11-19", related="[sport/x]"))
    room.sync()
    room.now += DAY
    assert told(room.sync()) == [("publish", "sport/x", {"", "sport", "local"})]


def test_a_related_story_may_come_to_be_released_earlier(room: Newsroom) -> None:
    room.write("sport/x.md", article("Soon", published="2026-11-24 06:00Z"))
    room.write("local/c.md", article("Gamma", published="2026-11-19", related="[sport/x]"))
    room.sync()
    worker = room.syndication
    assert b"Soon" not in worker.document("local", "rss", room.now).body
    room.write("sport/x.md", article("Soon", published="2026-11-23 18:00Z"))
    assert told(room.sync()) == [("embargo", "sport/x", set())]
    assert b"Soon" not in worker.document("local", "rss", room.now).body
    assert b"Soon" in worker.document("local", "rss", room.now.replace(hour=18)).body


def test_the_end_of_a_notice_is_an_expiry(room: Newsroom) -> None:
    room.write("sport/b.md", article("Beta", status="canceled", note="Wrong."))
    room.sync()
    room.now += 8 * DAY
    assert told(room.sync()) == [("expire", "sport/b", {"", "sport"})]


@pytest.fixture
def small(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    """A newsroom whose feeds hold three articles and whose archives hold two."""
    made = make_newsroom("small", SMALL)
    for number in range(12):
        made.write(
            f"n{number:02}.md", article(f"Story {number}", published=f"2026-10-{number + 1:02}")
        )
    made.sync()
    made.now += MINUTE
    return made


@pytest.mark.parametrize(
    ("name", "text", "feeds"),
    [
        ("n00", article("Other", published="2026-10-01"), {"archive/1"}),
        ("n05", article("Other", published="2026-10-06"), {"archive/3"}),
        ("n06", article("Other", published="2026-10-07"), {"archive/4"}),
        ("n11", article("Other", published="2026-10-12"), {""}),
        ("n11", article("Other", published="2026-10-12", status="withheld"), {"", "archive/4"}),
        ("n06", article("Other", published="2026-10-07", status="withheld"), {"archive/4"}),
        (
            "n00",
            article("Other", published="2026-10-01", status="canceled", note="Wrong."),
            {"", "archive/1", "archive/4", "corrections"},
        ),
        ("late", article("Late", published="2026-09-01"), {"archive/4"}),
        ("next", article("Next", published="2026-10-13"), {"", "archive/4"}),
    ],
)
def test_an_act_changes_just_the_archive_that_it_concerns(
    small: Newsroom, name: str, text: str, feeds: set[str]
) -> None:
    small.write(f"{name}.md", text)
    (found,) = told(small.sync())
    assert found[1:] == (name, feeds)


def test_a_new_archive_is_part_of_the_act_that_fills_it(small: Newsroom) -> None:
    small.write("new1.md", article("New", published="2026-10-13"))
    small.write("new2.md", article("New", published="2026-10-14"))
    found = told(small.sync())
    assert {path for _, _, paths in found for path in paths} == {"", "archive/4", "archive/5"}


def test_whoever_did_it_at_a_terminal_is_in_the_log(room: Newsroom) -> None:
    room.write("sport/b.md", article("Better", published="2026-11-21"))
    sync.announce(room.database, "sport/b.md", "anna")
    report = room.sync()
    assert report.changes == (
        Change(
            act="touch",
            id="sport/b",
            moment=room.now,
            feeds=frozenset({"", "sport"}),
            doer="anna",
        ),
    )
    room.write("sport/b.md", article("Best", published="2026-11-21"))
    assert [change.doer for change in room.sync().changes] == [""]
    acts = history.log(room.database, 5)
    assert [(change.act, change.doer) for change in acts] == [("touch", ""), ("touch", "anna")]


def test_a_change_that_came_to_nothing_is_nobodys(room: Newsroom) -> None:
    sync.announce(room.database, "sport/b.md", "anna")
    sync.announce(room.database, "sport/b.md", "")
    room.write("sport/b.md", article("Better", published="2026-11-21"))
    assert [change.doer for change in room.sync().changes] == [""]


def test_filling_a_store_is_no_act(room: Newsroom) -> None:
    assert history.log(room.database, 5) == []
    assert [it.number for it in history.versions(room.database, "sport/b")] == [1]


def test_every_version_is_kept_with_the_moment_it_was_changed(room: Newsroom) -> None:
    moments: list[datetime] = []
    for headline in ("Beta Two", "Beta Three"):
        room.now += MINUTE
        moments.append(room.now)
        room.write("sport/b.md", article(headline, published="2026-11-21"))
        room.sync()
    versions = history.versions(room.database, "sport/b")
    assert [(it.number, it.until, it.article.headline) for it in versions] == [
        (1, moments[0], "Beta"),
        (2, moments[1], "Beta Two"),
        (3, None, "Beta Three"),
    ]


@pytest.mark.parametrize("how", ["kill", "delete"])
def test_of_what_is_killed_or_deleted_no_version_and_no_note_is_kept(
    room: Newsroom, how: str
) -> None:
    text = article(
        "Libel", "Xylophagous.", published="2026-11-21", updated="2026-11-22", note="Zymurgy."
    )
    file = room.write("sport/b.md", text)
    room.sync()
    room.write("sport/b.md", text.replace("Libel", "Libel again"))
    room.sync()
    if how == "kill":
        room.write("sport/b.md", article("Libel", status="canceled", note="Gone."))
    else:
        file.unlink()
        room.sync()
        room.now += 2 * MINUTE
    room.sync()
    versions = history.versions(room.database, "sport/b")
    assert [it.article.headline for it in versions] == ([""] if how == "kill" else [])
    notes = [it.note for it in history.log(room.database, 9, "sport/b")]
    assert [note for note in notes if note] == (["Gone."] if how == "kill" else [])
    room.database.wipe()
    room.database.close()
    for state in room.config.state.iterdir():
        data = state.read_bytes()
        assert b"Xylophagous" not in data
        assert b"Zymurgy" not in data


CORRECTED = article("Beta", published="2026-11-21", updated="2026-11-22 08:00Z", note="It rained.")


@pytest.mark.parametrize("format", FORMATS)
def test_corrections_and_kills_have_feeds_of_their_own(room: Newsroom, format: Format) -> None:
    room.write("sport/b.md", CORRECTED)
    room.sync()
    room.now += MINUTE
    room.write(
        "world/europe/a.md",
        article("Alpha", published="2026-11-20", status="canceled", note="All wrong."),
    )
    room.sync()
    for path, titles in {
        "": ["This story has been withdrawn", "Correction: Beta"],
        "sport": ["Correction: Beta"],
        "world": ["This story has been withdrawn"],
        "local": [],
    }.items():
        document = room.syndication.corrections(path, format, room.now)
        feed = parse(document.body)
        assert not feed.bozo
        assert [entry.title for entry in feed.entries] == titles
    feed = parse(room.syndication.corrections("", format, room.now).body)
    assert [entry.summary for entry in feed.entries] == ["All wrong.", "It rained."]
    assert feed.entries[1].id.startswith("tag:quay.example,2026:/:correction/")
    assert feed.entries[1].link == "https://quay.example/sport/b"
    assert feed.feed.title == "Corrections – The Daily Quay"
    assert "Alpha" not in room.syndication.corrections("", format, room.now).body.decode()


def corrections(room: Newsroom, section: str = "") -> list[tuple[str, str]]:
    feed = feedparser.parse(room.syndication.corrections(section, "rss", room.now).body)
    return [(entry.title, entry.summary) for entry in feed.entries]


def test_each_correction_of_an_article_is_told(room: Newsroom) -> None:
    room.write("sport/b.md", CORRECTED)
    room.sync()
    room.write("sport/b.md", CORRECTED.replace("08:00", "09:00").replace("It rained", "It poured"))
    room.sync()
    assert corrections(room) == [
        ("Correction: Beta", "It poured."),
        ("Correction: Beta", "It rained."),
    ]
    room.write("sport/b.md", CORRECTED.replace("08:00", "09:00").replace("It rained", "Snow"))
    room.sync()
    assert [note for _, note in corrections(room)] == ["Snow.", "It rained."]


def test_a_correction_without_a_note_is_told_too(room: Newsroom) -> None:
    room.write("sport/b.md", article("Beta", published="2026-11-21", updated="2026-11-22"))
    room.sync()
    assert corrections(room) == [("Correction: Beta", "This story has been corrected")]


@pytest.mark.parametrize(
    "keys",
    [
        {"status": "withheld"},
        {"embargoed": "2026-12-01"},
        {"expires": "2026-11-23"},
        {"status": "draft"},
    ],
)
def test_of_what_readers_may_not_have_no_correction_is_told(
    room: Newsroom, keys: dict[str, str]
) -> None:
    room.write("sport/b.md", CORRECTED)
    room.sync()
    keys = {"published": "2026-11-21", "updated": "2026-11-22 08:00Z", "note": "It rained."} | keys
    room.write("sport/b.md", article("Beta", **keys))
    room.sync()
    assert corrections(room) == []


def test_corrections_move_with_their_article(room: Newsroom) -> None:
    room.write("sport/b.md", CORRECTED)
    room.sync()
    room.write("sport/b.md", CORRECTED.replace("---\n", "---\nsection: local\n", 1))
    report = room.sync()
    assert {"sport/corrections", "local/corrections"} <= report.changes[0].feeds
    assert corrections(room, "sport") == []
    assert len(corrections(room, "local")) == 1


def test_a_correction_of_tomorrow_is_told_tomorrow(room: Newsroom) -> None:
    room.write("sport/b.md", CORRECTED.replace("2026-11-22 08", "2026-11-24 08"))
    room.sync()
    syndication = room.syndication
    assert b"<item>" not in syndication.corrections("", "rss", room.now).body
    later = datetime.fromisoformat("2026-11-24T08:00:00Z")
    assert b"<item>" in syndication.corrections("", "rss", later).body


def test_the_feed_of_corrections_holds_the_newest(small: Newsroom) -> None:
    for number in range(5):
        text = article(
            "Other", published="2026-10-01", updated=f"2026-11-0{number + 1}", note=f"N{number}."
        )
        small.write("n00.md", text)
        small.sync()
    assert [note for _, note in corrections(small)] == ["N4.", "N3.", "N2."]


def test_a_store_made_anew_knows_the_last_correction(
    room: Newsroom, make_newsroom: Callable[..., Newsroom]
) -> None:
    room.write("sport/b.md", CORRECTED)
    room.sync()
    other = make_newsroom("other")
    other.write("sport/b.md", CORRECTED)
    other.now = room.now
    other.sync()
    documents = [it.syndication.corrections("sport", "atom", room.now) for it in (room, other)]
    assert documents[0].body == documents[1].body


def test_corrections_of_a_section_that_is_not_there_are_not_there(room: Newsroom) -> None:
    client = room.client()
    assert client.get("/corrections/rss.xml").status_code == 200
    assert client.get("/world/corrections/feed.json").status_code == 200
    assert client.get("/nowhere/corrections/atom.xml").status_code == 404


def test_another_configuration_changes_every_feed(small: Newsroom) -> None:
    before = small.syndication.archive("", 1, "rss", small.now)
    small.configure(SMALL.replace("The Daily Quay", "The Weekly Quay"))
    small.now += MINUTE
    small.sync()
    after = small.syndication.archive("", 1, "rss", small.now)
    assert after.last_modified > before.last_modified
    assert after.last_modified > NOW


def test_nothing_is_due_in_a_store_that_was_never_filled(newsroom: Newsroom) -> None:
    assert sync.tick(newsroom.database, newsroom.config, newsroom.now) is None


def test_what_was_deleted_does_not_expire_once_more(small: Newsroom) -> None:
    text = article("Other", published="2026-10-01", expires="2026-12-01")
    file = small.write("n00.md", text)
    small.sync()
    file.unlink()
    small.sync()
    small.now += 2 * MINUTE
    small.sync()
    small.now += 30 * DAY
    report = sync.tick(small.database, small.config, small.now)
    assert report
    assert report.changes == ()
    assert sync.tick(small.database, small.config, small.now) is None


def test_what_is_hidden_does_not_expire(small: Newsroom) -> None:
    small.configure(SMALL + "[articles]\ngrace = 86400\n")
    text = article("Other", published="2026-10-01", expires="2026-11-23 13:00")
    file = small.write("n00.md", text)
    small.sync()
    file.unlink()
    small.sync()
    small.now += timedelta(hours=2)
    assert small.sync().changes == ()


def test_what_is_held_back_dates_no_feed_of_corrections(room: Newsroom) -> None:
    room.write("sport/b.md", CORRECTED.replace("---\n", "---\nstatus: withheld\n", 1))
    room.sync()
    before = room.syndication.corrections("", "rss", room.now)
    room.write("sport/b.md", article("Beta", published="2026-11-21", status="canceled", note="No."))
    room.sync()
    assert room.syndication.corrections("", "rss", room.now).body == before.body
