"""An article with ``feeds: false`` is a page, and in no feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from feedsvc.model.feed import FORMATS
from feedsvc.publishing import history
from feedsvc.store import releases
from tests.conftest import CONFIG, NOW, MakeNewsroom, Newsroom, article, wanted

SERVED = CONFIG.replace('language = "en"', 'language = "en"\npages = true')
PAGE = "/local/terms"


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("served", SERVED)
    newsroom.write("local/other.md", article("Other", related="[local/terms]"))
    return newsroom


def terms(newsroom: Newsroom, **keys: str) -> None:
    newsroom.write("local/terms.md", article("TERMS", "RULES.", **{"feeds": "false"} | keys))


def documents(newsroom: Newsroom) -> Iterator[str]:
    """Yield everything that readers subscribe to, and that news crawlers ask for."""
    client = newsroom.client()
    for section in ("", "local", "author/mara", "tag/rules"):
        for format in FORMATS:
            for document in ("newest", "corrections"):
                path = wanted(section, format, document).path
                yield client.get(newsroom.config.urls.feed(path, format)).text
    for path in ("/sitemap-news.xml", "/feeds.opml", "/feeds/latest"):
        yield client.get(f"https://feeds.quay.example{path}").text


def in_feeds(newsroom: Newsroom) -> bool:
    return any("RULES." in text or "<title>TERMS" in text for text in documents(newsroom))


def test_it_is_a_page_in_the_sitemap_and_linked_but_in_no_feed(newsroom: Newsroom) -> None:
    terms(newsroom, byline="[Mara]", keywords="[rules]")
    report = newsroom.sync()
    assert not in_feeds(newsroom)
    client = newsroom.client()
    assert "RULES." in client.get(PAGE).text
    assert PAGE in client.get("/sitemap-2026-11.xml").text
    assert 'href="https://quay.example/local/terms"' in newsroom.text("local", "atom")
    assert report.problems == ()


def test_its_page_leads_to_no_address_that_is_not_there(newsroom: Newsroom) -> None:
    newsroom.write(
        "rare/topics/terms.md",
        article("TERMS", feeds="false", byline="[Mara]", keywords="[rules]"),
    )
    newsroom.sync()
    page = newsroom.client().get("/rare/topics/terms").text
    assert "author/mara" not in page
    assert "tag/rules" not in page
    assert "/rare/" not in page.replace("/rare/topics/terms", "")
    assert "https://feeds.quay.example/rss.xml" in page
    newsroom.write("rare/news.md", article("News"))
    newsroom.sync()
    assert "/rare/rss.xml" in newsroom.client().get("/rare/topics/terms").text


def test_turned_on_later_it_is_published_to_the_feeds(newsroom: Newsroom) -> None:
    terms(newsroom)
    newsroom.sync()
    terms(newsroom, feeds="")
    (change,) = newsroom.sync().changes
    assert (change.act, {"", "local"} - change.feeds.keys()) == ("publish", set())
    assert in_feeds(newsroom)
    assert "<pubDate>Sat, 21 Nov 2026 08:30:00 +0000</pubDate>" in newsroom.text("local")


def test_turned_off_it_leaves_the_feeds_without_a_word(newsroom: Newsroom) -> None:
    noted = {"note": "Wrong.", "updated": "2026-11-22"}
    terms(newsroom, feeds="", **noted)
    newsroom.sync()
    assert "Wrong." in newsroom.client().get("https://feeds.quay.example/corrections/rss.xml").text
    terms(newsroom, **noted)
    (change,) = newsroom.sync().changes
    assert change.act == "withhold"
    assert {"", "local", "corrections", "local/corrections"} <= change.feeds.keys()
    assert not in_feeds(newsroom)
    assert all("Wrong." not in text for text in documents(newsroom))
    assert all("deleted" not in text for text in documents(newsroom))
    assert "RULES." in newsroom.client().get(PAGE).text


def test_an_archived_article_leaves_its_archive(make_newsroom: MakeNewsroom) -> None:
    small = SERVED.replace("items = 30", "items = 1\nhours = 1\narchive_items = 1")
    newsroom = make_newsroom("small", small)
    for day in range(1, 9):
        newsroom.write(f"local/{day}.md", article(f"Day {day}", published=f"2026-11-0{day}"))
    newsroom.sync()
    archive = newsroom.config.urls.feed(wanted("local", "rss", "archive", 1).path, "rss")
    assert "Day 1" in newsroom.client().get(archive).text
    newsroom.write("local/1.md", article("Day 1", published="2026-11-01", feeds="false"))
    newsroom.sync()
    assert "Day 1" not in newsroom.client().get(archive).text


def test_its_release_is_a_change_of_the_feeds_that_link_to_it(newsroom: Newsroom) -> None:
    terms(newsroom, embargoed="2026-11-24")
    newsroom.sync()
    assert newsroom.client().get(PAGE).status_code == 404
    assert all("terms" not in text.lower() for text in documents(newsroom))
    with newsroom.database.reading() as connection:
        coming = releases.embargoes(connection, NOW, NOW + timedelta(days=2))
    assert [article_id for _, article_id in coming] == ["local/terms"]
    newsroom.now = NOW + timedelta(days=2)
    (change,) = newsroom.sync().changes
    assert (change.act, change.feeds["local"]) == ("publish", "names_related")
    assert newsroom.client().get(PAGE).status_code == 200


def test_its_kill_is_told_at_its_page_and_in_no_feed(newsroom: Newsroom) -> None:
    terms(newsroom)
    newsroom.sync()
    terms(newsroom, feeds="", status="canceled", note="It was void.")
    newsroom.sync()
    assert all("void" not in text for text in documents(newsroom))
    answer = newsroom.client().get(PAGE)
    assert (answer.status_code, "It was void." in answer.text) == (410, True)


def test_its_kill_reaches_the_feeds_that_it_has_left(newsroom: Newsroom) -> None:
    terms(newsroom, feeds="")
    newsroom.sync()
    terms(newsroom)
    newsroom.sync()
    terms(newsroom, status="canceled", note="It was void.")
    newsroom.sync()
    assert "It was void." in newsroom.text("local")
    assert "at:deleted-entry" in newsroom.text("", "atom")
    assert history.find(newsroom.database, "local/terms").killed


def test_it_comes_back_with_its_file_and_leaves_nothing_when_it_is_deleted(
    newsroom: Newsroom,
) -> None:
    terms(newsroom)
    newsroom.write("local/third.md", article("Third"))
    newsroom.sync()
    file = newsroom.root / "articles/local/terms.md"
    text = file.read_text()
    file.unlink()
    newsroom.sync()
    assert newsroom.client().get(PAGE).status_code == 404
    file.write_text(text)
    newsroom.sync()
    assert newsroom.client().get(PAGE).status_code == 200
    file.unlink()
    newsroom.sync()
    newsroom.now = NOW + timedelta(hours=1)
    newsroom.sync()
    assert all("deleted-entry" not in text for text in documents(newsroom))
