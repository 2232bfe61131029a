"""Names of what is under embargo, withheld, scheduled or a draft get out by no door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from feedsvc.store.schema import FEEDS
from tests.conftest import CONFIG, Newsroom, article

HELD_BACK = {
    "embargoed": {"embargoed": "2026-12-24 06:00"},
    "withheld": {"status": "withheld"},
    "scheduled": {"published": "2026-12-24 06:00"},
    "draft": {"status": "draft"},
}
CHANGES = {
    "items": ("items = 30", "items = 25"),
    "title": ("Daily", "Nightly"),
    "rights": ("[feeds]", 'rights = "All of them"\n[feeds]'),
    "timezone": ("Europe/Lisbon", "Europe/Berlin"),
    "language": ('language = "en"', 'language = "de"'),
    "description": ("[feeds]", 'description = "A paper"\n[feeds]'),
    "content": ("[feeds]", '[feeds]\ncontent = "summary"'),
    "archives": ("[feeds]", "[feeds]\narchive_items = 50"),
    "address": ("feeds.quay", "rss.quay"),
    "section": ("[site]", '[sections.world]\ntitle = "The World"\n[site]'),
    "cache": ("[site]", "[cache]\nleast = 30\n[site]"),
    "notices": ("[feeds]", "[feeds]\nkill_notice = 3"),
}
NAMES = ("fraud-probe", "fraud probe", "whistle-blower", "whistle blower", "wiretaps", "lang/fr")
PAGES = [
    *("/", "/feeds", "/feeds?q=wh", "/feeds.opml", "/sitemap.xml", "/sitemap-news.xml"),
    *("/robots.txt", "/rss.xml", "/atom.xml", "/feed.json", "/corrections/atom.xml", "/metrics"),
]
SECRET = [
    f"{place}{page}"
    for place in ("/fraud-probe", "/author/whistle-blower", "/tag/wiretaps", "/lang/fr")
    for page in ("/", "/rss.xml", "/atom.xml", "/feed.json", "/corrections/rss.xml")
]


def hold_back(newsroom: Newsroom, kind: str) -> None:
    newsroom.write("world/a.md", article("Tunnel", byline="Mara Oduya"))
    keys = {"byline": "Whistle Blower", "keywords": "[wiretaps]", "language": "fr"}
    newsroom.write("fraud-probe/leak.md", article("Probe", **(keys | HELD_BACK[kind])))
    newsroom.sync()


def assert_nothing_is_out(newsroom: Newsroom) -> None:
    client = newsroom.client()
    for page in PAGES:
        text = client.get(page).text.lower()
        assert not [name for name in NAMES if name in text], page
    statuses = {path: client.get(path).status_code for path in SECRET}
    assert {path: status for path, status in statuses.items() if status != 404} == {}


@pytest.mark.parametrize("kind", HELD_BACK)
@pytest.mark.parametrize("change", CHANGES)
def test_no_change_of_the_configuration_gives_a_name_away(
    newsroom: Newsroom, kind: str, change: str
) -> None:
    hold_back(newsroom, kind)
    config = CONFIG.replace(*CHANGES[change])
    assert config != CONFIG
    newsroom.configure(config)
    newsroom.now += timedelta(hours=1)
    newsroom.sync()
    assert_nothing_is_out(newsroom)


def test_a_store_that_gave_a_name_away_takes_it_back(newsroom: Newsroom) -> None:
    hold_back(newsroom, "embargoed")
    newsroom.write("sport/c.md", article("Match"))
    newsroom.sync()
    newsroom.write("sport/c.md", article("Match", status="withheld"))
    newsroom.sync()  # readers know the section of sport, though it holds nothing now
    with newsroom.database.writing() as connection:
        connection.execute(update(FEEDS).values(changed=newsroom.now))  # as earlier versions did
    newsroom.configure(CONFIG.replace("Daily", "Nightly"))
    newsroom.now += timedelta(hours=1)
    newsroom.sync()
    assert_nothing_is_out(newsroom)
    client = newsroom.client()
    assert client.get("/sport/rss.xml").status_code == 200
    newsroom.now += timedelta(days=60)
    assert newsroom.client().get("/fraud-probe/rss.xml").status_code == 200


@pytest.mark.parametrize("anew", [False, True])
def test_a_kill_during_an_embargo_is_never_announced(newsroom: Newsroom, anew: bool) -> None:
    keys = {"embargoed": "2026-11-23 13:00Z", "published": "2026-11-23 10:00Z"}
    newsroom.write("council/mayor.md", article("Mayor Arrested", **keys))
    newsroom.write("world/a.md", article("Tunnel"))
    newsroom.sync()
    killed = {"status": "canceled", "updated": "2026-11-23 12:00Z", "note": "It proved wrong."}
    newsroom.write("council/mayor.md", article("Mayor Arrested", **(keys | killed)))
    newsroom.sync()
    newsroom.now += timedelta(hours=3)
    if anew:
        newsroom.database.path.unlink()
        newsroom.database.close()
        newsroom.open()
    newsroom.sync()
    client = newsroom.client()
    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/corrections/rss.xml", "/feeds", "/"):
        text = client.get(path).text
        assert "proved wrong" not in text, path
        assert "mayor" not in text, path
    for path in ("/council/mayor", "/council/", "/council/atom.xml"):
        assert client.get(path).status_code == 404, path
