"""The sitemap of news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc.errors import NotFoundError
from feedsvc.syndication.sitemaps import Sitemaps
from tests.conftest import CONFIG, Newsroom, article

MAP = {
    "m": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}


def get(newsroom: Newsroom, path: str = "/sitemap-news.xml") -> Any:
    answer = newsroom.client().get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return etree.fromstring(answer.data)


def texts(root: Any, path: str) -> list[str]:
    return [element.text for element in root.iterfind(path, MAP)]


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    fresh, old = newsroom.now - timedelta(hours=3), newsroom.now - timedelta(hours=49)
    newsroom.write("world/a.md", article("Tunnel & Light", published=f"{fresh:%Y-%m-%d %H:%M}Z"))
    newsroom.write("world/b.md", article("Older", published=f"{old:%Y-%m-%d %H:%M}Z"))
    newsroom.write("world/c.md", article("Later", published="2026-12-24 06:00Z"))
    newsroom.write("c.md", article("中文", published=f"{fresh:%Y-%m-%d %H:%M}Z", language="zh-TW"))
    newsroom.sync()
    return newsroom


def test_news_has_language_and_date(filled: Newsroom) -> None:
    root = get(filled)
    assert texts(root, ".//n:title") == ["中文", "Tunnel & Light"]
    assert texts(root, ".//n:language") == ["zh-tw", "en"]
    assert {*texts(root, ".//n:name")} == {"The Daily Quay"}
    assert texts(root, ".//m:loc")[1] == "https://quay.example/world/a"
    assert texts(root, ".//n:publication_date")[0].endswith("+00:00")


def test_time_takes_articles_out_and_moves_the_date(filled: Newsroom) -> None:
    client = filled.client()
    before = client.get("/sitemap-news.xml")
    tag = {"If-None-Match": before.headers["ETag"]}
    assert client.get("/sitemap-news.xml", headers=tag).status_code == 304
    filled.now += timedelta(days=3)
    after = client.get("/sitemap-news.xml", headers=tag)
    assert after.status_code == 200
    assert b"<url>" not in after.data
    assert after.last_modified
    assert before.last_modified
    assert after.last_modified > before.last_modified


def test_a_killed_article_is_left_out(filled: Newsroom) -> None:
    filled.write("world/a.md", article("Tunnel & Light", status="canceled"))
    filled.sync()
    assert texts(get(filled), ".//n:title") == ["中文"]


def test_a_newsroom_without_articles_has_an_empty_one(newsroom: Newsroom) -> None:
    assert len(get(newsroom)) == 0
    assert newsroom.client().get("/sitemap-news-1.xml").status_code == 404


@pytest.fixture
def here(newsroom: Newsroom) -> Newsroom:
    """Return a newsroom whose articles are read here."""
    newsroom.configure(CONFIG.replace("[feeds]", "pages = true\n[feeds]"))
    newsroom.write("world/a.md", article("A", published="2026-11-02", updated="2026-11-20 10:00Z"))
    newsroom.write("b & c.md", article("B", published="2026-11-21", id="b"))
    newsroom.write("d.md", article("D", published="2025-12-31 23:59:59Z"))
    newsroom.write("e.md", article("E", published="2026-10-01", embargoed="2026-11-05"))
    newsroom.write("f.md", article("F", published="2026-11-24"))
    newsroom.write("g.md", article("G", published="2026-09-01", expires="2026-11-01"))
    newsroom.write("h.md", article("H", published="2026-09-01", status="withheld"))
    newsroom.write("i.md", article("I", published="2026-09-01", url="https://cms.example/i"))
    assert newsroom.sync().problems == ()
    return newsroom


def test_every_page_is_in_the_sitemap_of_its_month(here: Newsroom) -> None:
    root = get(here, "/sitemap.xml")
    assert root.tag == f"{{{MAP['m']}}}sitemapindex"
    assert texts(root, ".//m:loc") == [
        "https://quay.example/sitemap-2026-11.xml",
        "https://quay.example/sitemap-2025-12.xml",
    ]
    # Each has the date of the newest correction or release in it.
    assert texts(root, ".//m:lastmod") == [
        "2026-11-21T00:00:00+00:00",
        "2025-12-31T23:59:59+00:00",
    ]
    root = get(here, "/sitemap-2026-11.xml")
    assert [[it.tag.partition("}")[2] for it in url] for url in root] == [["loc", "lastmod"]] * 3
    urls = texts(root, ".//m:loc")
    assert urls == [f"https://quay.example/{it}" for it in ("b%20%26%20c", "e", "world/a")]
    assert texts(root, ".//m:lastmod") == [
        "2026-11-21T00:00:00+00:00",
        "2026-11-05T00:00:00+00:00",
        "2026-11-20T10:00:00+00:00",
    ]
    for url in urls:
        assert here.client().get(url.removeprefix("https://quay.example")).status_code == 200
    assert texts(get(here, "/sitemap-2025-12.xml"), ".//m:loc") == ["https://quay.example/d"]


@pytest.mark.parametrize(
    "month", ["2026-09", "2026-10", "2026-12", "2026-13", "2026-00", "0000-01", "9999-12"]
)
def test_a_month_without_pages_has_no_sitemap(here: Newsroom, month: str) -> None:
    answer = here.client().get(f"/sitemap-{month}.xml")
    assert answer.status_code == 404
    assert answer.text == "404 Not Found: there is no such sitemap.\n"


def test_a_newsroom_without_pages_has_an_empty_index(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace("[feeds]", "pages = true\n[feeds]"))
    assert len(get(newsroom, "/sitemap.xml")) == 0


def test_the_index_follows_changes_within_a_minute(here: Newsroom) -> None:
    client = here.client()
    first = client.get("/sitemap.xml")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/sitemap.xml", headers=tag).status_code == 304
    here.write("j.md", article("J", published="2026-08-05"))
    here.sync()
    assert "sitemap-2026-08" in client.get("/sitemap.xml", headers=tag).text
    here.write("k.md", article("K", published="2026-12-01"))
    here.sync()
    assert "sitemap-2026-12" not in client.get("/sitemap.xml").text
    here.now += timedelta(days=8)  # without a sync
    assert "sitemap-2026-12" in client.get("/sitemap.xml").text


def test_many_pages_of_a_month_are_split(here: Newsroom) -> None:
    sitemaps = Sitemaps(here.config, here.database)
    urls = texts(etree.fromstring(sitemaps.pages(here.now, most=2).body), ".//m:loc")
    assert urls == [
        "https://quay.example/sitemap-2026-11.xml",
        "https://quay.example/sitemap-2026-11-2.xml",
        "https://quay.example/sitemap-2025-12.xml",
    ]
    part = etree.fromstring(sitemaps.month(2026, 11, 2, here.now, most=2).body)
    assert texts(part, ".//m:loc") == ["https://quay.example/world/a"]
    with pytest.raises(NotFoundError, match="no such sitemap"):
        sitemaps.month(2026, 11, 3, here.now, most=2)


def test_the_first_part_of_a_month_has_one_address(here: Newsroom) -> None:
    assert here.client().get("/sitemap-2026-11.xml").status_code == 200
    assert here.client().get("/sitemap-2026-11-2.xml").status_code == 404
    assert here.client().get("/sitemap-2026-11-1.xml").status_code == 404


def test_many_news_are_split_and_an_index_names_the_parts(filled: Newsroom) -> None:
    assert filled.client().get("/sitemap-news-1.xml").status_code == 404
    sitemaps = Sitemaps(filled.config, filled.database)
    root: Any = etree.fromstring(sitemaps.news(0, filled.now, most=1).body)
    assert root.tag.endswith("sitemapindex")
    urls = texts(root, ".//m:loc")
    assert urls == [f"https://feeds.quay.example/sitemap-news-{part}.xml" for part in (1, 2)]
    parts = [etree.fromstring(sitemaps.news(part, filled.now, most=1).body) for part in (1, 2)]
    assert [texts(part, ".//n:title") for part in parts] == [["中文"], ["Tunnel & Light"]]
    with pytest.raises(NotFoundError, match="no such sitemap"):
        sitemaps.news(3, filled.now, most=1)
