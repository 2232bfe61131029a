"""A kill has an entry of its own in feeds, for readers that never replace an entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.model.feed import FORMATS, Format
from feedsvc.publishing import sync
from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom, article, wanted
from tests.tools.documents import Entry, entries

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OWN = f"/:correction/{NOW.timestamp():.0f}/world/a"
ABOUT = "Withdrawn: 18 November 2026, 10:15 – It was wrong."


def record(**keys: str) -> str:
    return article("LIBEL", "LIBEL.", **{"published": "2026-11-18 10:15", **keys})


def kill(newsroom: Newsroom, name: str = "world/a", **keys: str) -> None:
    newsroom.write(f"{name}.md", record(**{"status": "canceled", "note": "It was wrong.", **keys}))
    newsroom.sync()


def about(newsroom: Newsroom, place: str = "world", format: Format = "rss") -> list[Entry]:
    """Return the entries about kills in a feed."""
    inside = entries(newsroom.document(place, format).body)
    return [entry for entry in inside if entry.article_id.startswith("/:correction/")]


@pytest.fixture
def killed(newsroom: Newsroom) -> Newsroom:
    """A newsroom whose readers had a story that was killed at NOW."""
    newsroom.write("world/a.md", record())
    newsroom.write("world/b.md", article("Other"))
    newsroom.now -= DAY
    newsroom.sync()
    newsroom.now = NOW
    kill(newsroom)
    return newsroom


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("place", ["", "world"])
def test_it_names_the_date_and_the_note_and_no_headline(
    killed: Newsroom, place: str, format: Format
) -> None:
    (entry,) = about(killed, place, format)
    assert (entry.article_id, entry.title, entry.summary) == (OWN, ABOUT, "It was wrong.")
    assert entry.content == "<p>It was wrong.</p>"
    assert "LIBEL" not in killed.text(place, format)


def test_it_stands_below_its_notice_and_above_older_stories(killed: Newsroom) -> None:
    titles = [entry.title for entry in entries(killed.document("world").body)]
    assert titles == ["This story has been withdrawn", ABOUT, "Other"]


def test_it_is_the_entry_that_the_feed_of_corrections_has(killed: Newsroom) -> None:
    corrections = killed.syndication.document(wanted("world", "rss", "corrections"), NOW).body
    assert entries(corrections) == about(killed)


def test_two_kills_can_be_told_apart(killed: Newsroom) -> None:
    killed.write("world/c.md", record(published="2026-11-17"))
    killed.sync()
    killed.now += SECOND
    kill(killed, "world/c", published="2026-11-17", note="")
    assert [entry.title for entry in about(killed)] == ["Withdrawn: 17 November 2026", ABOUT]


def test_a_long_note_is_in_its_text_alone(killed: Newsroom) -> None:
    kill(killed, note="Wrong. " * 20)
    (entry,) = about(killed)
    assert entry.title == "Withdrawn: 18 November 2026, 10:15"
    assert entry.summary == ("Wrong. " * 20).strip()


def test_it_is_in_the_language_of_the_article(killed: Newsroom) -> None:
    kill(killed, language="es", note="")
    (entry,) = about(killed)
    assert entry.title == "Retirada: 18 de noviembre de 2026, 10:15"
    assert entry.summary == "Esta noticia ha sido retirada"


def test_another_note_leaves_its_id(killed: Newsroom) -> None:
    killed.now += DAY
    kill(killed, note="It was quite wrong.")
    assert [(it.article_id, it.summary) for it in about(killed)] == [(OWN, "It was quite wrong.")]


@pytest.mark.parametrize("format", FORMATS)
def test_it_ends_by_itself_with_the_days_of_the_notice(killed: Newsroom, format: Format) -> None:
    feeds = killed.syndication
    for moment, is_there in [(NOW + 7 * DAY - SECOND, True), (NOW + 7 * DAY, False)]:
        document = feeds.document(wanted("world", format), moment)
        assert (OWN.encode() in document.body) == is_there
    assert document.last_modified == NOW + 7 * DAY


def test_it_stays_while_many_stories_are_published(make_newsroom: MakeNewsroom) -> None:
    config = CONFIG.replace("items = 30", "items = 2\nhours = 0\narchive_items = 1")
    newsroom = make_newsroom("busy", config)
    newsroom.write("world/a.md", record())
    newsroom.sync()
    kill(newsroom)
    for number in range(9):
        newsroom.now += timedelta(minutes=1)
        text = article(f"N{number}", published=f"{newsroom.now:%FT%TZ}")
        newsroom.write(f"world/n{number}.md", text)
        newsroom.sync()
    titles = [entry.title for entry in entries(newsroom.document("world").body)]
    assert titles == ["N8", "N7", ABOUT]
    feeds = newsroom.syndication
    newsroom.now = NOW + 7 * DAY - SECOND
    assert OWN.encode() in feeds.document(wanted("world"), newsroom.now).body
    newsroom.now += SECOND
    assert OWN.encode() not in feeds.document(wanted("world"), newsroom.now).body
    report = sync.tick(newsroom.database, newsroom.config, newsroom.now)
    assert report
    (change,) = report.changes
    assert change.feeds["world"] == "kill_entry"


def test_no_archive_has_it(make_newsroom: MakeNewsroom) -> None:
    config = CONFIG.replace("items = 30", "items = 1\nhours = 0\narchive_items = 1")
    newsroom = make_newsroom("busy", config)
    newsroom.write("world/a.md", record())
    for number in range(5):
        newsroom.write(
            f"world/n{number}.md", article(f"N{number}", published=f"2026-11-19 0{number}:00")
        )
    newsroom.sync()
    kill(newsroom)
    document = newsroom.syndication.document(wanted("world", "rss", "archive", 1), newsroom.now)
    assert [entry.title for entry in entries(document.body)] == ["This story has been withdrawn"]


def test_a_reader_that_asks_for_changes_gets_it(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", record())
    newsroom.write("world/b.md", article("Other"))
    newsroom.now -= DAY
    newsroom.sync()
    client = newsroom.client()
    etag = client.get("/world/rss.xml").headers["ETag"]
    newsroom.now = NOW
    kill(newsroom)
    asks = {"If-None-Match": etag, "A-IM": "feed", "User-Agent": "Newsboat/2.21"}
    answer = client.get("/world/rss.xml", headers=asks)
    assert answer.status_code == 226
    assert OWN.encode() in answer.data
    assert b"Other" not in answer.data


def test_a_hidden_notice_has_none(killed: Newsroom) -> None:
    (killed.root / "articles/world/a.md").unlink()
    killed.sync()
    assert about(killed) == []


def test_its_feed_is_purged_with_the_article(make_newsroom: MakeNewsroom) -> None:
    config = CONFIG.replace("items = 30", "items = 1\nhours = 0")
    newsroom = make_newsroom("busy", config + '[cdn]\ntags = "surrogate-key"\n')
    newsroom.write("world/a.md", record())
    newsroom.sync()
    kill(newsroom)
    newsroom.now += DAY
    newsroom.write("world/b.md", article("Other", published=f"{newsroom.now:%FT%TZ}"))
    newsroom.sync()
    tags = ("feed:/world", "feedsvc", "section:world", "article:world/b", "article:world/a")
    assert newsroom.document("world").tags == tags


def test_a_newsroom_can_leave_it_out(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("without", CONFIG + "kill_entry = false\n")
    newsroom.write("world/a.md", record())
    newsroom.sync()
    kill(newsroom)
    assert [it.title for it in entries(newsroom.document("world").body)] == [
        "This story has been withdrawn"
    ]
    newsroom.now += 7 * DAY
    report = sync.tick(newsroom.database, newsroom.config, newsroom.now)
    assert report
    assert set(report.changes[0].feeds.values()) == {"appears"}


def test_two_stores_tell_it_in_the_same_bytes(make_newsroom: MakeNewsroom) -> None:
    texts: list[str] = []
    for name in ("one", "two"):
        newsroom = make_newsroom(name)
        keys = {"updated": "2026-11-23T12:00:00Z"} if name == "two" else {}
        if name == "one":
            newsroom.write("world/a.md", record())
            newsroom.sync()
        kill(newsroom, **keys)
        texts.append(newsroom.text("world", "atom"))
    assert texts[0] == texts[1]
