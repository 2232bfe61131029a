"""Each kind of change to an article: its name, and exactly the feeds that it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import feedparser
import pytest
from sqlalchemy import Engine, event

from feedsvc.model.change import Change
from feedsvc.model.feed import FORMATS, Document, Format
from feedsvc.model.report import Report
from feedsvc.publishing import history, sync
from feedsvc.store.schema import CORRECTIONS as CORRECTION_ROWS
from feedsvc.store.statements import insert_rows
from tests.conftest import CONFIG, NOW, Newsroom, article, wanted
from tests.tools.json_feed import parse

pytestmark = pytest.mark.engines

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SMALL = CONFIG.replace("items = 30", "items = 3\nhours = 0\narchive_items = 2")


@pytest.fixture
def newsroom(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    """A newsroom with one story in world/europe, one in sport, and one that names the first."""
    made = make_newsroom("newsroom")
    made.write("world/europe/a.md", article("Alpha", published="2026-11-20"))
    made.write("sport/b.md", article("Beta", published="2026-11-21"))
    made.write("local/c.md", article("Gamma", published="2026-11-19", related="[world/europe/a]"))
    made.sync()
    made.now += MINUTE
    return made


def changes(report: Report) -> list[tuple[str, str, set[str]]]:
    return [(change.act, change.id, set(change.feeds)) for change in report.changes]


PATHS = ["", "world", "world/europe", "sport", "local"]
EVERY = {*PATHS, "corrections", *(f"{path}/corrections" for path in PATHS if path)}


def documents(newsroom: Newsroom, format: Format = "atom") -> dict[str, Document]:
    made = {path: newsroom.document(path, format) for path in PATHS}
    for path in PATHS:
        name = f"{path}/corrections".lstrip("/")
        made[name] = newsroom.syndication.document(
            wanted(path, format, "corrections"), newsroom.now
        )
    return made


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
def test_a_change_names_exactly_the_feeds_that_it_changes(
    newsroom: Newsroom, act: str, text: str, feeds: set[str]
) -> None:
    before = documents(newsroom)
    newsroom.write("world/europe/a.md", text)
    report = newsroom.sync()
    assert changes(report) == [(act, "world/europe/a", feeds)]
    assert [change.moment for change in report.changes] == [newsroom.now]
    assert_changed(before, documents(newsroom), feeds)


def test_a_new_article_is_published(newsroom: Newsroom) -> None:
    before = documents(newsroom)
    newsroom.write("sport/new.md", article("New", published="2026-11-22"))
    report = newsroom.sync()
    assert changes(report) == [("publish", "sport/new", {"", "sport"})]
    assert_changed(before, documents(newsroom), {"", "sport"})


def test_a_file_that_is_gone_is_held_back_then_deleted(newsroom: Newsroom) -> None:
    before = documents(newsroom)
    (newsroom.root / "articles/world/europe/a.md").unlink()
    assert changes(newsroom.sync()) == [("withhold", "world/europe/a", {*ABOVE, "local"})]
    after = documents(newsroom)
    assert_changed(before, after, {*ABOVE, "local"})
    newsroom.now += 2 * MINUTE
    assert changes(newsroom.sync()) == [("delete", "world/europe/a", ABOVE)]
    assert_changed(after, documents(newsroom), ABOVE)


def test_a_file_that_comes_back_is_published_again(newsroom: Newsroom) -> None:
    file = newsroom.root / "articles/world/europe/a.md"
    text = file.read_text()
    before = documents(newsroom)
    file.unlink()
    newsroom.sync()
    file.write_text(text)
    assert changes(newsroom.sync()) == [("publish", "world/europe/a", {*ABOVE, "local"})]
    assert {it.etag for it in before.values()} == {it.etag for it in documents(newsroom).values()}


def test_an_embargoed_article_changes_no_feed(newsroom: Newsroom) -> None:
    before = documents(newsroom)
    newsroom.write("world/secret.md", article("Soon", published="2026-11-30"))
    assert changes(newsroom.sync()) == [("embargo", "world/secret", set())]
    newsroom.write("world/secret.md", article("Very soon", published="2026-11-30"))
    assert changes(newsroom.sync()) == [("embargo", "world/secret", set())]
    assert documents(newsroom) == before


@pytest.mark.parametrize("slept", [timedelta(0), timedelta(minutes=7), 3 * DAY])
def test_the_end_of_an_embargo_is_published_however_late_the_next_look_is(
    newsroom: Newsroom, slept: timedelta
) -> None:
    end = datetime.fromisoformat("2026-11-24T06:00:00Z")
    newsroom.write("world/s.md", article("Soon", published="2026-11-20", embargoed=f"{end:%F %R}Z"))
    newsroom.sync()
    newsroom.now = end - timedelta(seconds=1)
    assert sync.tick(newsroom.database, newsroom.config, newsroom.now) is None
    before = documents(newsroom)
    newsroom.now = end
    after = documents(newsroom)
    assert_changed(before, after, {"", "world"})
    newsroom.now += slept
    report = sync.tick(newsroom.database, newsroom.config, newsroom.now)
    assert report
    assert changes(report) == [("publish", "world/s", {"", "world"})]
    assert report.changes[0].moment == end
    assert sync.tick(newsroom.database, newsroom.config, newsroom.now) is None
    assert documents(newsroom) == after
    assert [it.act for it in history.log(newsroom.database, 1)] == ["publish"]


def test_an_expiry_is_published_by_the_time(newsroom: Newsroom) -> None:
    newsroom.write(
        "sport/x.md", article("Sale", published="2026-11-20", expires="2026-11-24 06:00Z")
    )
    newsroom.sync()
    newsroom.now += DAY
    report = newsroom.sync()
    assert changes(report) == [("expire", "sport/x", {"", "sport"})]
    assert report.changes[0].moment.hour == 6
    assert newsroom.sync().changes == ()


def test_a_related_story_that_is_released_changes_the_feeds_that_name_it(
    newsroom: Newsroom,
) -> None:
    newsroom.write("sport/x.md", article("Soon", published="2026-11-24 06:00Z"))
    newsroom.write("local/c.md", article("Gamma", published="2026-11-19", related="[sport/x]"))
    newsroom.sync()
    newsroom.now += DAY
    assert changes(newsroom.sync()) == [("publish", "sport/x", {"", "sport", "local"})]


def test_a_related_story_may_come_to_be_released_earlier(newsroom: Newsroom) -> None:
    newsroom.write("sport/x.md", article("Soon", published="2026-11-24 06:00Z"))
    newsroom.write("local/c.md", article("Gamma", published="2026-11-19", related="[sport/x]"))
    newsroom.sync()
    worker = newsroom.syndication
    assert b"Soon" not in worker.document(wanted("local", "rss"), newsroom.now).body
    newsroom.write("sport/x.md", article("Soon", published="2026-11-23 18:00Z"))
    assert changes(newsroom.sync()) == [("embargo", "sport/x", set())]
    assert b"Soon" not in worker.document(wanted("local", "rss"), newsroom.now).body
    assert b"Soon" in worker.document(wanted("local", "rss"), newsroom.now.replace(hour=18)).body


def test_the_end_of_a_notice_is_an_expiry(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta", status="canceled", note="Wrong."))
    newsroom.sync()
    newsroom.now += 8 * DAY
    assert changes(newsroom.sync()) == [("expire", "sport/b", {"", "sport"})]


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
def test_a_change_concerns_just_its_archive(
    small: Newsroom, name: str, text: str, feeds: set[str]
) -> None:
    small.write(f"{name}.md", text)
    (change,) = changes(small.sync())
    assert change[1:] == (name, feeds)


def test_a_closed_archive_is_part_of_the_change_that_fills_it(small: Newsroom) -> None:
    small.write("new1.md", article("New", published="2026-10-13"))
    small.write("new2.md", article("New", published="2026-10-14"))
    done = changes(small.sync())
    assert {path for _, _, paths in done for path in paths} == {"", "archive/4", "archive/5"}


def test_the_person_at_a_terminal_is_in_the_log(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Better", published="2026-11-21"))
    history.set_doers(newsroom.database, ["sport/b.md"], "anna")
    report = newsroom.sync()
    assert report.changes == (
        Change(
            act="touch",
            id="sport/b",
            moment=newsroom.now,
            feeds={"": "appears", "sport": "appears"},
            by="anna",
        ),
    )
    newsroom.write("sport/b.md", article("Best", published="2026-11-21"))
    assert [change.by for change in newsroom.sync().changes] == [""]
    acts = history.log(newsroom.database, 5)
    assert [(change.act, change.by) for change in acts] == [("touch", ""), ("touch", "anna")]


def test_a_change_that_was_taken_back_names_no_person(newsroom: Newsroom) -> None:
    history.set_doers(newsroom.database, ["sport/b.md"], "anna")
    history.set_doers(newsroom.database, ["sport/b.md"], "")
    newsroom.write("sport/b.md", article("Better", published="2026-11-21"))
    assert [change.by for change in newsroom.sync().changes] == [""]


def test_filling_a_store_logs_no_change(newsroom: Newsroom) -> None:
    assert history.log(newsroom.database, 5) == []
    assert [it.number for it in history.versions(newsroom.database, "sport/b")] == [1]


def test_every_version_is_kept_with_the_moment_it_was_changed(newsroom: Newsroom) -> None:
    moments: list[datetime] = []
    for headline in ("Beta Two", "Beta Three"):
        newsroom.now += MINUTE
        moments.append(newsroom.now)
        newsroom.write("sport/b.md", article(headline, published="2026-11-21"))
        newsroom.sync()
    versions = history.versions(newsroom.database, "sport/b")
    assert [(it.number, it.until, it.article.headline) for it in versions] == [
        (1, moments[0], "Beta"),
        (2, moments[1], "Beta Two"),
        (3, None, "Beta Three"),
    ]


@pytest.mark.parametrize("how", ["kill", "delete"])
def test_no_version_and_no_note_of_a_killed_or_deleted_article_is_kept(
    newsroom: Newsroom, how: str
) -> None:
    text = article(
        "Libel", "Xylophagous.", published="2026-11-21", updated="2026-11-22", note="Zymurgy."
    )
    file = newsroom.write("sport/b.md", text)
    newsroom.sync()
    newsroom.write("sport/b.md", text.replace("Libel", "Libel again"))
    newsroom.sync()
    if how == "kill":
        newsroom.write("sport/b.md", article("Libel", status="canceled", note="Gone."))
    else:
        file.unlink()
        newsroom.sync()
        newsroom.now += 2 * MINUTE
    newsroom.sync()
    versions = history.versions(newsroom.database, "sport/b")
    assert [it.article.headline for it in versions] == ([""] if how == "kill" else [])
    notes = [it.note for it in history.log(newsroom.database, 9, "sport/b")]
    assert [note for note in notes if note] == (["Gone."] if how == "kill" else [])
    newsroom.database.wipe()
    newsroom.database.close()
    for state in newsroom.config.state.iterdir():
        data = state.read_bytes()
        assert b"Xylophagous" not in data
        assert b"Zymurgy" not in data


CORRECTED = article("Beta", published="2026-11-21", updated="2026-11-22 08:00Z", note="It rained.")


@pytest.mark.parametrize("format", FORMATS)
def test_corrections_and_kills_have_feeds_of_their_own(newsroom: Newsroom, format: Format) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    newsroom.now += MINUTE
    newsroom.write(
        "world/europe/a.md",
        article("Alpha", published="2026-11-20", status="canceled", note="All wrong."),
    )
    newsroom.sync()
    for path, titles in {
        "": ["Withdrawn: 20 November 2026 – All wrong.", "Correction: Beta"],
        "sport": ["Correction: Beta"],
        "world": ["Withdrawn: 20 November 2026 – All wrong."],
        "local": [],
    }.items():
        document = newsroom.syndication.document(wanted(path, format, "corrections"), newsroom.now)
        feed = parse(document.body)
        assert not feed.bozo
        assert [entry.title for entry in feed.entries] == titles
    feed = parse(
        newsroom.syndication.document(wanted("", format, "corrections"), newsroom.now).body
    )
    assert [entry.summary for entry in feed.entries] == ["All wrong.", "It rained."]
    assert feed.entries[1].id.startswith("tag:quay.example,2026:/:correction/")
    assert feed.entries[1].link == "https://quay.example/sport/b"
    assert feed.feed.title == "Corrections – The Daily Quay"
    assert (
        "Alpha"
        not in newsroom.syndication.document(
            wanted("", format, "corrections"), newsroom.now
        ).body.decode()
    )


def corrections(newsroom: Newsroom, section: str = "") -> list[tuple[str, str]]:
    feed = feedparser.parse(
        newsroom.syndication.document(wanted(section, "rss", "corrections"), newsroom.now).body
    )
    return [(entry.title, entry.summary) for entry in feed.entries]


def test_each_correction_of_an_article_is_in_the_feed(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    newsroom.write(
        "sport/b.md", CORRECTED.replace("08:00", "09:00").replace("It rained", "It poured")
    )
    newsroom.sync()
    assert corrections(newsroom) == [
        ("Correction: Beta", "It poured."),
        ("Correction: Beta", "It rained."),
    ]
    newsroom.write("sport/b.md", CORRECTED.replace("08:00", "09:00").replace("It rained", "Snow"))
    newsroom.sync()
    assert [note for _, note in corrections(newsroom)] == ["Snow.", "It rained."]


def test_an_update_without_a_note_is_no_correction(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", article("Beta", published="2026-11-21", updated="2026-11-22"))
    (change,) = newsroom.sync().changes
    assert change.act == "update"
    assert corrections(newsroom) == []
    assert "<updated>2026-11-22T00:00:00+00:00</updated>" in newsroom.text("sport", "atom")


def test_an_update_that_an_older_version_took_for_a_correction_is_left_out(
    newsroom: Newsroom,
) -> None:
    with newsroom.database.writing() as connection:
        row = {"section": "sport", "moment": newsroom.now, "id": "sport/b", "note": ""}
        insert_rows(connection, CORRECTION_ROWS, [{**row, "section": it} for it in ("", "sport")])
    assert corrections(newsroom) == []
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    assert [note for _, note in corrections(newsroom)] == ["It rained."]


def test_corrections_that_the_record_dates_are_all_there_in_a_new_store(newsroom: Newsroom) -> None:
    notes = "[{date: 2026-11-22 08:00Z, text: One.}, {date: 2026-11-22 09:00Z, text: Two.}]"
    newsroom.write("sport/b.md", article("Beta", published="2026-11-21", note=notes))
    newsroom.sync()
    assert [note for _, note in corrections(newsroom)] == ["Two.", "One."]


def test_a_note_that_gets_its_date_in_the_record_is_no_further_correction(
    newsroom: Newsroom,
) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    notes = "[{date: 2026-11-22 07:00Z, text: It rained.}, {date: 2026-11-22 09:00Z, text: Two.}]"
    newsroom.write("sport/b.md", article("Beta", published="2026-11-21", note=notes))
    newsroom.sync()
    assert [note for _, note in corrections(newsroom)] == ["Two.", "It rained."]


@pytest.mark.parametrize(
    "keys",
    [
        {"status": "withheld"},
        {"embargoed": "2026-12-01"},
        {"expires": "2026-11-23"},
        {"status": "draft"},
    ],
)
def test_corrections_of_an_unavailable_article_are_in_no_feed(
    newsroom: Newsroom, keys: dict[str, str]
) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    keys = {"published": "2026-11-21", "updated": "2026-11-22 08:00Z", "note": "It rained."} | keys
    newsroom.write("sport/b.md", article("Beta", **keys))
    newsroom.sync()
    assert corrections(newsroom) == []


def test_a_kill_of_an_embargoed_article_forgets_its_corrections(newsroom: Newsroom) -> None:
    syndication = newsroom.syndication
    text = CORRECTED.replace("---\n", "---\nembargoed: 2026-12-01\n", 1)
    newsroom.write("sport/new.md", text)
    newsroom.sync()
    syndication.document(wanted("", "rss", "corrections"), newsroom.now)
    newsroom.write("sport/new.md", text.replace("---\n", "---\nstatus: canceled\n", 1))
    assert changes(newsroom.sync()) == [("kill", "sport/new", set())]
    now_and_anew = [
        it.document(wanted("", "rss", "corrections"), newsroom.now)
        for it in (syndication, newsroom.syndication)
    ]
    assert now_and_anew[0].body == now_and_anew[1].body


def test_corrections_move_with_their_article(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    newsroom.write("sport/b.md", CORRECTED.replace("---\n", "---\nsection: local\n", 1))
    report = newsroom.sync()
    assert {"sport/corrections", "local/corrections"} <= report.changes[0].feeds.keys()
    assert corrections(newsroom, "sport") == []
    assert len(corrections(newsroom, "local")) == 1


def test_a_correction_of_tomorrow_appears_tomorrow(newsroom: Newsroom) -> None:
    newsroom.write("sport/b.md", CORRECTED.replace("2026-11-22 08", "2026-11-24 08"))
    (problem,) = newsroom.sync().problems
    assert ":4:1: note: updated: is in the future (2026-11-24 08:00 UTC)" in str(problem)
    assert corrections(newsroom) == []
    assert "It rained" not in newsroom.text("sport")
    assert "2026-11-24" not in newsroom.text("sport", "atom")
    newsroom.now = datetime.fromisoformat("2026-11-24T08:00:00Z")
    assert newsroom.sync().problems == ()
    assert corrections(newsroom) == [("Correction: Beta", "It rained.")]
    assert "It rained" in newsroom.text("sport")


def test_a_second_correction_of_tomorrow_leaves_the_first(newsroom: Newsroom) -> None:
    notes = "[{date: 2026-11-22, text: One.}, {date: 2026-11-24, text: Two.}]"
    newsroom.write("sport/b.md", article("Beta", published="2026-11-21", note=notes))
    newsroom.sync()
    assert corrections(newsroom) == [("Correction: Beta", "One.")]
    assert "Two." not in newsroom.text("sport")


def test_the_feed_of_corrections_holds_the_newest(small: Newsroom) -> None:
    for number in range(5):
        text = article(
            "Other", published="2026-10-01", updated=f"2026-11-0{number + 1}", note=f"N{number}."
        )
        small.write("n00.md", text)
        small.sync()
    assert [note for _, note in corrections(small)] == ["N4.", "N3.", "N2."]


def test_a_store_made_anew_knows_the_last_correction(
    newsroom: Newsroom, make_newsroom: Callable[..., Newsroom]
) -> None:
    newsroom.write("sport/b.md", CORRECTED)
    newsroom.sync()
    other = make_newsroom("other")
    other.write("sport/b.md", CORRECTED)
    other.now = newsroom.now
    other.sync()
    documents = [
        it.syndication.document(wanted("sport", "atom", "corrections"), newsroom.now)
        for it in (newsroom, other)
    ]
    assert documents[0].body == documents[1].body


def test_corrections_of_a_section_that_is_not_there_are_not_there(newsroom: Newsroom) -> None:
    client = newsroom.client()
    assert client.get("/corrections/rss.xml").status_code == 200
    assert client.get("/world/corrections/feed.json").status_code == 200
    assert client.get("/nowhere/corrections/atom.xml").status_code == 404


def test_another_configuration_changes_every_feed(small: Newsroom) -> None:
    before = small.syndication.document(wanted("", "rss", "archive", 1), small.now)
    small.configure(SMALL.replace("The Daily Quay", "The Weekly Quay"))
    small.now += MINUTE
    small.sync()
    after = small.syndication.document(wanted("", "rss", "archive", 1), small.now)
    assert after.last_modified > before.last_modified
    assert after.last_modified > NOW


def test_nothing_is_due_in_a_store_that_was_never_filled(
    make_newsroom: Callable[..., Newsroom],
) -> None:
    empty = make_newsroom("empty")
    assert sync.tick(empty.database, empty.config, empty.now) is None


def test_a_deleted_article_does_not_expire(small: Newsroom) -> None:
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


def test_a_hidden_article_does_not_expire(small: Newsroom) -> None:
    small.configure(SMALL + "[articles]\ngrace = 86400\n")
    text = article("Other", published="2026-10-01", expires="2026-11-23 13:00")
    file = small.write("n00.md", text)
    small.sync()
    file.unlink()
    small.sync()
    small.now += timedelta(hours=2)
    assert small.sync().changes == ()


def test_a_withheld_article_dates_no_feed_of_corrections(newsroom: Newsroom) -> None:
    newsroom.write("sport/new.md", CORRECTED.replace("---\n", "---\nstatus: withheld\n", 1))
    newsroom.sync()
    before = newsroom.syndication.document(wanted("", "rss", "corrections"), newsroom.now)
    newsroom.write(
        "sport/new.md", article("Beta", published="2026-11-21", status="canceled", note="No.")
    )
    newsroom.sync()
    assert (
        newsroom.syndication.document(wanted("", "rss", "corrections"), newsroom.now).body
        == before.body
    )


def test_for_a_new_article_nothing_is_deleted(newsroom: Newsroom) -> None:
    cleared: set[str] = set()

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM"):
            cleared.add(statement.split()[2])

    newsroom.write("sport/new.md", article("Delta", related="[Beta]"))
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        newsroom.sync()
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
    assert "files" in cleared
    assert cleared.isdisjoint({"articles", "listings", "pointers", "tombstones"})
