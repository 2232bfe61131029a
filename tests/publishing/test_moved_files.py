"""A file that was moved has the same article, at another address and in other sections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.cli.doctor import examine
from feedsvc.model.feed import FORMATS
from feedsvc.publishing import sync
from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom, article

ID = "tag:quay.example,2026:sport/a"
SERVED = CONFIG.replace('language = "en"', 'language = "en"\npages = true')


@pytest.fixture
def sport(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("served", SERVED)
    newsroom.write("sport/a.md", article("Match"))
    newsroom.write("sport/b.md", article("Other"))
    newsroom.sync()
    return newsroom


def move(newsroom: Newsroom, old: str, new: str) -> Path:
    folder = newsroom.root / "articles"
    (folder / new).parent.mkdir(exist_ok=True)
    return (folder / old).rename(folder / new)


def ids(newsroom: Newsroom, section: str = "") -> list[str]:
    """Return the ids of a feed's entries, which are the same in every format."""
    entries = newsroom.text(section, "atom").split("<entry>")[1:]
    return sorted(entry.split("<id>")[1].split("</id>")[0] for entry in entries)


def test_a_moved_file_keeps_its_id_and_its_page_leads_to_the_new_one(sport: Newsroom) -> None:
    before = ids(sport)
    move(sport, "sport/a.md", "town/a.md")
    report = sport.sync()
    assert [change.act for change in report.changes] == ["move"]
    assert (ids(sport), ids(sport, "town")) == (before, [ID])
    for format in FORMATS:
        assert ID not in sport.text("sport", format)
    answer = sport.client().get("/sport/a")
    assert (answer.status_code, answer.location) == (308, "https://quay.example/town/a")


def test_it_keeps_it_whatever_becomes_of_the_file(sport: Newsroom) -> None:
    file = move(sport, "sport/a.md", "town/a.md")
    sport.sync()
    sport.now = NOW + timedelta(hours=1)
    sport.sync()
    assert "deleted-entry" not in sport.text("", "atom")
    file.write_text(article("Match, with Another Headline"))
    sport.sync()
    assert ids(sport, "town") == [ID]
    sport.configure(SERVED.replace('title = "The Daily Quay"', 'title = "The Quay"'))
    sport.sync()
    assert ids(sport, "town") == [ID]
    file.write_text(article("Match"))
    sport.sync()
    move(sport, "town/a.md", "council/a.md")
    sport.sync()
    assert ids(sport, "council") == [ID]


@pytest.mark.parametrize("first", ["old", "new"])
def test_the_watcher_may_hear_of_either_file_first(sport: Newsroom, first: str) -> None:
    move(sport, "sport/a.md", "town/a.md")
    places = ["articles/sport/a.md", "articles/town/a.md"]
    for place in places if first == "old" else places[::-1]:
        sync.sync(sport.database, sport.config, sport.now, near={place})
    assert ids(sport, "town") == [ID]


def test_very_many_moved_files_are_no_deletion(sport: Newsroom) -> None:
    for number in range(20):
        sport.write(f"sport/n{number}.md", article(f"Story {number}"))
    sport.sync()
    before = ids(sport)
    (sport.root / "articles/sport").rename(sport.root / "articles/leisure")
    assert sport.sync().problems == ()
    assert ids(sport) == before
    assert len(ids(sport, "leisure")) == 22


def test_a_copy_is_another_article(sport: Newsroom) -> None:
    sport.write("town/a.md", article("Match"))
    sport.sync()
    assert ids(sport, "town") == ["tag:quay.example,2026:town/a"]
    assert ids(sport, "sport") == [ID, ID.replace("/a", "/b")]


def test_the_page_of_a_file_that_was_copied_and_then_deleted_leads_to_the_copy(
    sport: Newsroom,
) -> None:
    sport.write("town/a.md", article("Match"))
    sport.sync()
    (sport.root / "articles/sport/a.md").unlink()
    for minutes in (0, 2, 4):
        sport.now = NOW + timedelta(minutes=minutes)
        sport.sync()
        answer = sport.client().get("/sport/a")
        assert (answer.status_code, answer.location) == (308, "https://quay.example/town/a")


@pytest.mark.parametrize(
    "record",
    [
        article("Another Match"),
        article("Match", published="2026-11-20"),
        article("Match", slug="another"),
    ],
)
def test_another_story_is_another_article(sport: Newsroom, record: str) -> None:
    (sport.root / "articles/sport/a.md").unlink()
    sport.write("town/a.md", record)
    sport.sync()
    assert ids(sport, "town") == ["tag:quay.example,2026:town/a"]


def test_an_id_in_the_record_is_the_one_that_counts(sport: Newsroom) -> None:
    file = move(sport, "sport/a.md", "town/a.md")
    file.write_text(article("Match", id="match-1"))
    sport.sync()
    assert ids(sport, "town") == ["tag:quay.example,2026:match-1"]


def test_of_two_articles_that_it_may_have_been_it_is_neither(sport: Newsroom) -> None:
    sport.write("world/a.md", article("Match"))
    sport.sync()
    for path in ("sport/a.md", "world/a.md"):
        (sport.root / "articles" / path).unlink()
    sport.write("town/a.md", article("Match"))
    sport.sync()
    assert ids(sport, "town") == ["tag:quay.example,2026:town/a"]


def test_of_two_files_that_one_may_have_become_the_first_has_its_id(sport: Newsroom) -> None:
    move(sport, "sport/a.md", "town/a.md")
    sport.write("world/a.md", article("Match"))
    sport.sync()
    assert ids(sport, "town") == [ID]
    assert ids(sport, "world") == ["tag:quay.example,2026:world/a"]


def test_a_killed_article_stays_killed_where_its_file_is_moved(sport: Newsroom) -> None:
    sport.write("sport/a.md", article("Match", status="canceled", note="Wrong."))
    sport.sync()
    move(sport, "sport/a.md", "town/a.md")
    sport.sync()
    sport.now = NOW + timedelta(hours=1)
    sport.sync()
    assert ID in ids(sport, "town")
    assert ID.replace("sport", "town") not in ids(sport, "town")
    assert "Wrong." in sport.text("town", "rss")
    assert "Wrong." in sport.client().get("/sport/a").text


def test_a_story_under_embargo_is_as_secret_as_before(sport: Newsroom) -> None:
    sport.write("sport/c.md", article("Secret", embargoed="2026-12-24"))
    sport.sync()
    move(sport, "sport/c.md", "town/c.md")
    sport.sync()
    assert sport.client().get("/sport/c").status_code == 404
    assert sport.client().get("/town/").status_code == 404


def test_doctor_names_the_ids_that_only_the_store_knows(
    sport: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDSVC_CONFIG", str(sport.root / "config.toml"))
    file = move(sport, "sport/a.md", "town/a.md")
    sport.sync()

    def notes() -> list[str]:
        checks = examine(NOW)
        return [it.sentence for it in checks if (it.subject, it.level) == ("records", "note")]

    assert notes() == [
        "1 moved records name no id, so that only the store knows it; "
        'add the id to each, such as "id: sport/a" to articles/town/a.md'
    ]
    file.write_text(article("Match", id="sport/a"))
    sport.sync()
    assert notes() == []
    assert ids(sport, "town") == [ID]
