"""An article of several sections is in the feeds of each, under one id and at one address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedsvc.ingest.check import check
from feedsvc.ingest.records import RecordFolder
from feedsvc.model.feed import FORMATS
from feedsvc.publishing import history, sync
from feedsvc.publishing.edit_article import find
from feedsvc.publishing.move_article import move
from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom, article, wanted

SERVED = CONFIG.replace('language = "en"', 'language = "en"\npages = true')
ID = "tag:quay.example,2026:sport/regatta"


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    return make_newsroom("served", SERVED)


def regatta(newsroom: Newsroom, sections: str = "[sport, business/port]", **keys: str) -> None:
    newsroom.write("sport/regatta.md", article("REGATTA", sections=sections, **keys))


def get(newsroom: Newsroom, path: str) -> str:
    return newsroom.client().get(f"https://feeds.quay.example{path}").text


def test_it_is_in_all_feeds_under_one_id_and_at_one_address(newsroom: Newsroom) -> None:
    regatta(newsroom)
    newsroom.sync()
    for section in ("sport", "business", "business/port", ""):
        assert newsroom.text(section, "atom").count(f"<id>{ID}</id>") == 1
        assert "https://quay.example/sport/regatta" in newsroom.text(section)
    for path in ("/business/port/", "/business/"):
        assert "REGATTA" in get(newsroom, path)
    assert "/business/port/rss.xml" in get(newsroom, "/feeds.opml")
    assert "/business/port/rss.xml" in get(newsroom, "/feeds?q=port")
    assert newsroom.client().get("/business/port/regatta").status_code == 404
    page = newsroom.client().get("/sport/regatta").text
    assert '"articleSection": ["Sport", "Port"]' in page.replace('":["', '": ["').replace(
        '","', '", "'
    )
    assert newsroom.text("sport", "json").count('"Port"') == 1


def test_a_section_that_it_gets_or_loses_is_changed(newsroom: Newsroom) -> None:
    regatta(newsroom, "[sport]")
    newsroom.sync()
    regatta(newsroom)
    (change,) = newsroom.sync().changes
    assert (change.act, set(change.feeds)) == ("move", {"", "sport", "business", "business/port"})
    regatta(newsroom, "[sport, culture]", note="Wrong.", updated="2026-11-22")
    (change,) = newsroom.sync().changes
    assert {"business", "business/port", "culture", "sport", ""} <= change.feeds.keys()
    assert ID not in newsroom.text("business/port", "atom")
    assert ID in newsroom.text("culture", "atom")
    assert "Wrong." in get(newsroom, "/culture/corrections/rss.xml")


def test_an_embargo_keeps_its_other_sections_secret_until_its_end(newsroom: Newsroom) -> None:
    newsroom.write("sport/first.md", article("First"))
    newsroom.sync()
    regatta(newsroom, embargoed="2026-11-24")
    assert newsroom.sync().problems == ()
    client = newsroom.client()
    for path in ("/business/rss.xml", "/business/port/feed.json", "/business/port/", "/business/"):
        assert client.get(f"https://feeds.quay.example{path}").status_code == 404
    for path in ("/feeds", "/feeds?q=port", "/feeds.opml", "/sport/atom.xml", "/sitemap.xml"):
        assert "business" not in get(newsroom, path)
    newsroom.now = NOW + timedelta(days=2)
    (change,) = newsroom.sync().changes
    assert set(change.feeds) == {"", "sport", "business", "business/port"}
    assert ID in newsroom.text("business", "atom")


def test_a_kill_reaches_each_section_and_the_ones_that_it_has_left(newsroom: Newsroom) -> None:
    regatta(newsroom, "[sport, culture]")
    newsroom.sync()
    regatta(newsroom)
    newsroom.sync()
    regatta(newsroom, status="canceled", note="It sank.")
    (change,) = newsroom.sync().changes
    places = {"", "sport", "business", "business/port", "culture"}
    assert places <= change.feeds.keys()
    for section in places:
        assert "It sank." in newsroom.text(section)
        assert f'ref="{ID}"' in newsroom.text(section, "atom")
        path = wanted(section, "rss", "corrections").path
        assert "It sank." in get(newsroom, newsroom.config.urls.feed(path, "rss")[26:])


def test_a_deleted_one_leaves_a_tombstone_in_each(newsroom: Newsroom) -> None:
    regatta(newsroom)
    newsroom.write("sport/a.md", article("A"))
    newsroom.write("sport/b.md", article("B"))
    newsroom.sync()
    (newsroom.root / "articles/sport/regatta.md").unlink()
    newsroom.sync()
    newsroom.now = NOW + timedelta(hours=1)
    newsroom.sync()
    for section in ("sport", "business", "business/port", ""):
        assert f'ref="{ID}"' in newsroom.text(section, "atom")


def test_each_section_archives_it(make_newsroom: MakeNewsroom) -> None:
    small = SERVED.replace("items = 30", "items = 1\nhours = 1\narchive_items = 1")
    newsroom = make_newsroom("small", small)
    for day in range(1, 9):
        keys = {"published": f"2026-11-0{day}", "sections": "[sport, business]"}
        newsroom.write(f"sport/{day}.md", article(f"Day {day}", **keys))
    newsroom.sync()
    for section in ("sport", "business"):
        assert "Day 1" in get(newsroom, f"/{section}/archive/1/rss.xml")
    newsroom.write("sport/1.md", article("Day 1", published="2026-11-01", status="canceled"))
    newsroom.sync()
    for section in ("sport", "business"):
        for format in FORMATS:
            path = wanted(section, format, "archive", 1).path
            address = newsroom.config.urls.feed(path, format)
            assert "Day 1" not in newsroom.client().get(address).text


def test_in_a_section_of_another_language_its_entry_names_its_own(
    make_newsroom: MakeNewsroom,
) -> None:
    newsroom = make_newsroom("two", SERVED + '[sections.ar]\ntitle = "ع"\nlanguage = "ar"\n')
    newsroom.write("sport/a.md", article("A", sections="[sport, ar]"))
    newsroom.write("sport/b.md", article("B"))
    newsroom.sync()
    assert '<entry xml:lang="en">' in newsroom.text("ar", "atom")
    assert newsroom.text("sport", "atom").count('<entry xml:lang="en">') == 1


def test_a_slug_may_not_be_that_of_another_section(newsroom: Newsroom) -> None:
    newsroom.write("business/port.md", article("Port"))
    regatta(newsroom)
    newsroom.sync()
    problems = check(newsroom.config, RecordFolder.of(newsroom.config), ["business/port.md"], NOW)
    assert ["is a section, too" in problem.message for problem in problems] == [True]


@pytest.mark.parametrize(
    ("section", "sections"),
    [("culture", ("culture", "business/port")), ("business/port/old", ("business/port/old",)),
     ("", ("",))],
)  # fmt: skip
def test_a_move_gives_it_another_first_section(
    newsroom: Newsroom, section: str, sections: tuple[str, ...]
) -> None:
    regatta(newsroom)
    newsroom.sync()
    regatta_now = find(newsroom.config, newsroom.database, "regatta")
    edit = move(newsroom.config, newsroom.database, regatta_now, section, "mara")
    assert edit.problems == []
    assert history.find(newsroom.database, "sport/regatta").sections == sections
    sync.sync(newsroom.database, newsroom.config, newsroom.now)
