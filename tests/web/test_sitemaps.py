"""The sitemap of news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc import sitemaps
from tests.conftest import Newsroom, article

MAP = {
    "m": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}


def get(room: Newsroom, path: str = "/sitemap-news.xml") -> Any:
    answer = room.client().get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return etree.fromstring(answer.data)


def texts(root: Any, path: str) -> list[str]:
    return [found.text for found in root.iterfind(path, MAP)]


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    fresh, old = newsroom.now - timedelta(hours=3), newsroom.now - timedelta(hours=49)
    newsroom.write("world/a.md", article("Tunnel & Light", published=f"{fresh:%Y-%m-%d %H:%M}Z"))
    newsroom.write("world/b.md", article("Older", published=f"{old:%Y-%m-%d %H:%M}Z"))
    newsroom.write("world/c.md", article("Later", published="2026-12-24 06:00Z"))
    newsroom.write("c.md", article("中文", published=f"{fresh:%Y-%m-%d %H:%M}Z", language="zh-TW"))
    newsroom.sync()
    return newsroom


def test_what_is_new_is_told_with_its_language_and_date(room: Newsroom) -> None:
    root = get(room)
    assert texts(root, ".//n:title") == ["中文", "Tunnel & Light"]
    assert texts(root, ".//n:language") == ["zh-tw", "en"]
    assert {*texts(root, ".//n:name")} == {"The Daily Quay"}
    assert texts(root, ".//m:loc")[1] == "https://quay.example/world/a"
    assert texts(root, ".//n:publication_date")[0].endswith("+00:00")


def test_time_takes_articles_out_and_moves_the_date(room: Newsroom) -> None:
    client = room.client()
    before = client.get("/sitemap-news.xml")
    tag = {"If-None-Match": before.headers["ETag"]}
    assert client.get("/sitemap-news.xml", headers=tag).status_code == 304
    room.now += timedelta(days=3)
    after = client.get("/sitemap-news.xml", headers=tag)
    assert after.status_code == 200
    assert b"<url>" not in after.data
    assert after.last_modified
    assert before.last_modified
    assert after.last_modified > before.last_modified


def test_a_killed_story_is_not_told(room: Newsroom) -> None:
    room.write("world/a.md", article("Tunnel & Light", status="canceled"))
    room.sync()
    assert texts(get(room), ".//n:title") == ["中文"]


def test_a_newsroom_without_stories_has_an_empty_one(newsroom: Newsroom) -> None:
    assert len(get(newsroom)) == 0
    assert newsroom.client().get("/sitemap-news-1.xml").status_code == 404


def test_many_are_parted_and_an_index_leads_to_them(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.client().get("/sitemap-news-1.xml").status_code == 404
    monkeypatch.setattr(sitemaps, "_MOST", 1)
    root = get(room)
    assert root.tag.endswith("sitemapindex")
    urls = texts(root, ".//m:loc")
    assert urls == [f"https://feeds.quay.example/sitemap-news-{part}.xml" for part in (1, 2)]
    parts = [get(room, url.removeprefix("https://feeds.quay.example")) for url in urls]
    assert [texts(part, ".//n:title") for part in parts] == [["中文"], ["Tunnel & Light"]]
    assert room.client().get("/sitemap-news-3.xml").status_code == 404
