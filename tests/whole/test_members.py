"""The text of an article for members leaves by no public door, nor anything made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from feedsvc.model.feed import FORMATS
from feedsvc.store.sqlite import FILE_NAME
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png, wanted
from tests.static_site.test_build import build, files

SERVED = CONFIG.replace('language = "en"', 'language = "en"\npages = true\nshow_problems = true')
BODY = "PRIVATE words. ![PRIVATE](plan.png)\n\n<form>PRIVATE</form> [x](private.pdf)"
KEYS = {
    "image": "{file: bridge.png, caption: The bridge}",
    "images": "[{file: plan.png, caption: PRIVATE}]",
    "media": "[{url: 'https://a.example/private.mp3', type: audio/mpeg, length: 1}]",
    "note": "The year was wrong.",
    "updated": "2026-11-22",
}
MEMBERS = {**KEYS, "access": "members", "teaser": "'The *bridge* opens.'"}


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("served", SERVED)
    newsroom.write("local/bridge.png", png(4, 3))
    newsroom.write("local/plan.png", png(2, 2))
    newsroom.write("local/other.md", article("Other", related="[local/bridge]"))
    return newsroom


def answers(newsroom: Newsroom) -> Iterator[str]:
    client, url = newsroom.client(), "https://feeds.quay.example"
    for section in ("", "local"):
        for format in FORMATS:
            for path in (wanted(section).path, wanted(section, "rss", "corrections").path):
                yield client.get(newsroom.config.urls.feed(path, format)).text
    for path in ("/feeds", "/feeds/latest", "/feeds?q=private", "/feeds.opml", "/local/"):
        yield client.get(url + path).text
    for path in ("/sitemap-news.xml", "/sitemap.xml", "/sitemap-2026-11.xml", "/local/bridge"):
        yield client.get(url + path).text


def secret(text: str) -> bool:
    return any(word in text for word in ("PRIVATE", "private.", "plan.png"))


def test_readers_get_picture_summary_and_teaser(newsroom: Newsroom) -> None:
    newsroom.write("local/bridge.md", article("Bridge", BODY, **MEMBERS))
    newsroom.sync()
    for format in FORMATS:
        text = newsroom.text("local", format)
        assert "The bridge" in text
        assert "opens." in text
        assert "bridge.png" in text
    page = newsroom.client().get("/local/bridge").text
    assert '"isAccessibleForFree":false' in page.replace(": ", ":")
    item = next(it for it in json.loads(newsroom.text("", "json"))["items"] if "Bridge" in str(it))
    assert item["_feedsvc"]["access"] == "members"
    assert item["summary"] == "The bridge opens."
    assert "isAccessibleForFree" not in newsroom.client().get("/local/other").text


def test_no_door_has_the_text_nor_its_pictures(newsroom: Newsroom) -> None:
    newsroom.write("local/bridge.md", article("Bridge", BODY, **MEMBERS))
    newsroom.sync()
    assert not any(map(secret, answers(newsroom)))
    build(newsroom)
    for name, file in files(newsroom.root / "out").items():
        assert "plan" not in name
        assert b"PRIVATE" not in file.read_bytes()
    newsroom.database.close()
    assert b"PRIVATE" not in (newsroom.config.state / FILE_NAME).read_bytes()
    newsroom.open()


def test_a_text_that_was_public_is_so_no_longer(newsroom: Newsroom) -> None:
    newsroom.write("local/bridge.md", article("Bridge", BODY, **KEYS))
    newsroom.sync()
    state = newsroom.document("local", "rss").etag
    for format in FORMATS:
        assert secret(newsroom.kept("local", format))
    plan = next(it for it in newsroom.text().split('"') if it.endswith("plan.png"))
    client = newsroom.client()
    assert client.get(plan).status_code == 200
    newsroom.write("local/bridge.md", article("Bridge", BODY, **MEMBERS))
    newsroom.sync()
    assert not any(map(secret, answers(newsroom)))
    headers = {"A-IM": "feed", "If-None-Match": f'"{state}"'}
    assert not secret(client.get("https://feeds.quay.example/local/rss.xml", headers=headers).text)
    assert client.get(plan).status_code in (404, 410)
    with newsroom.database.reading() as connection:
        rendered = connection.exec_driver_sql("SELECT data FROM fragments").scalars().all()
    assert not any(b"PRIVATE" in data for data in rendered)


def test_a_deck_and_a_teaser_are_both_given(newsroom: Newsroom) -> None:
    newsroom.write("local/bridge.md", article("Bridge", BODY, summary="A deck.", **MEMBERS))
    newsroom.sync()
    assert "A deck." in newsroom.text("local")
    assert "<em>bridge</em> opens." in newsroom.text("local")
