"""Files at well-known addresses: OPML, robots.txt, security.txt and the icon."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest
from lxml import etree

from feedsvc.web.discovery import robots_txt
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article
from tests.web.http.test_content_codings import decode

SECTIONS = """
[sections."world/europe"]
title = 'Europe & "the <Rest>"'

[sections.ar]
title = "بالعربية"
language = "ar"

[sections."sport/sailing/dinghies"]
"""
ADDRESSES = ["/feeds.opml", "/.well-known/feeds"]
CONTACT = CONFIG.replace("[feeds]", 'security_contact = "desk@quay.example"\n\n[feeds]')


@pytest.fixture
def filled(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("newsroom", CONFIG + SECTIONS)
    newsroom.write("world/europe/a.md", article("Tunnel"))
    newsroom.write("culture/books/a.md", article("Shelf"))
    newsroom.write("мир/b.md", article("Мост"))
    newsroom.write("secret/s.md", article("Secret", embargoed="2026-11-23 14:00"))
    newsroom.sync()
    return newsroom


def tree(newsroom: Newsroom, address: str = "/feeds.opml") -> etree._Element:
    return etree.fromstring(newsroom.client().get(address).data)


def listed(newsroom: Newsroom) -> list[str | None]:
    """Return the titles of the feeds in the only folder."""
    (folder,) = tree(newsroom)[1]
    assert dict(folder.attrib) == {"text": "The Daily Quay", "title": "The Daily Quay"}
    assert not [outline for outline in folder if len(outline)]
    assert all(outline.get("text") == outline.get("title") for outline in folder)
    return [outline.get("title") for outline in folder]


def test_all_feeds_are_side_by_side_in_one_folder(filled: Newsroom) -> None:
    root = tree(filled)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [it.tag for it in root] == ["head", "body"]
    assert root.findtext("head/title") == "The Daily Quay"
    assert listed(filled) == [
        f"{name} – The Daily Quay"
        for name in (
            "بالعربية",
            "Culture",
            "Books",
            "Sport",
            "Sailing",
            "Dinghies",
            "World",
            'Europe & "the <Rest>"',
            "Мир",
            "Corrections",
        )
    ]


def test_the_feed_of_the_site_is_listed_only_where_it_has_more_than_the_sections(
    make_newsroom: MakeNewsroom,
) -> None:
    newsroom = make_newsroom("plain", CONFIG.replace("items = 30", "items = 2"))
    assert listed(newsroom) == ["Corrections – The Daily Quay", "The Daily Quay"]
    newsroom.write("world/a.md", article("Tunnel"))
    newsroom.sync()
    sections = ["World – The Daily Quay", "Corrections – The Daily Quay"]
    assert listed(newsroom) == sections
    timed = {"published": "2026-11-23 13:00Z", "expires": "2026-11-24 12:00Z"}
    newsroom.write("b.md", article("Notice", **timed))
    newsroom.sync()
    assert listed(newsroom) == sections  # not before it is published
    newsroom.now = newsroom.now.replace(hour=13)
    assert listed(newsroom) == [*sections, "The Daily Quay"]
    newsroom.now = newsroom.now.replace(day=24)
    assert listed(newsroom) == sections
    newsroom.write("c.md", article("Old", published="2026-11-01 08:30"))
    for day in range(2, 12):
        newsroom.write(f"world/{day}.md", article(f"{day}", published=f"2026-11-{day:02} 08:30"))
    newsroom.sync()
    assert "Old" in newsroom.client().get("/archive/1/rss.xml").text
    assert listed(newsroom) == [*sections, "The Daily Quay"]


def test_who_imports_the_list_gets_no_article_twice(newsroom: Newsroom) -> None:
    for section in ("world", "culture", "sport"):
        newsroom.write(f"{section}/a.md", article(f"A in {section}"))
    newsroom.sync()
    client = newsroom.client()
    titles: list[str | None] = []
    for outline in tree(newsroom)[1][0]:
        feed = etree.fromstring(client.get(urlsplit(outline.attrib["xmlUrl"]).path).data)
        titles += [item.findtext("title") for item in feed.iter("item")]
    assert sorted(map(str, titles)) == ["A in culture", "A in sport", "A in world"]


def test_an_outline_has_everything_that_readers_need(filled: Newsroom) -> None:
    outlines = {it.get("xmlUrl"): dict(it.attrib) for it in tree(filled).iter("outline")}
    assert outlines["https://feeds.quay.example/corrections/rss.xml"] == {
        "type": "rss",
        "text": "Corrections – The Daily Quay",
        "title": "Corrections – The Daily Quay",
        "xmlUrl": "https://feeds.quay.example/corrections/rss.xml",
        "htmlUrl": "https://quay.example/",
        "language": "en",
    }
    assert outlines["https://feeds.quay.example/ar/rss.xml"] == {
        "type": "rss",
        "text": "بالعربية – The Daily Quay",
        "title": "بالعربية – The Daily Quay",
        "xmlUrl": "https://feeds.quay.example/ar/rss.xml",
        "htmlUrl": "https://quay.example/ar",
        "language": "ar",
    }
    europe = outlines["https://feeds.quay.example/world/europe/rss.xml"]
    assert europe["title"] == 'Europe & "the <Rest>" – The Daily Quay'


def test_an_outline_and_its_feed_have_the_same_title(filled: Newsroom) -> None:
    client = filled.client()
    outlines = [*tree(filled)[1][0]]
    assert len(outlines) == 10  # sections with articles, above them, or configured; corrections
    for outline in outlines:
        answer = client.get(urlsplit(outline.attrib["xmlUrl"]).path)
        assert answer.status_code == 200, outline.attrib
        channel = etree.fromstring(answer.data)[0]
        assert channel.findtext("title") == outline.get("title")
        assert channel.findtext("link") == outline.get("htmlUrl")
        assert channel.findtext("language") == outline.get("language")


def test_an_embargoed_section_appears_at_its_release(filled: Newsroom) -> None:
    assert "secret" not in filled.client().get("/feeds.opml").text.lower()
    filled.now += timedelta(hours=3)  # without a sync
    assert "Secret – The Daily Quay" in listed(filled)
    assert tree(filled).findtext("head/dateModified") == "Mon, 23 Nov 2026 14:00:00 GMT"


def test_an_empty_newsroom_has_the_feed_of_the_site(newsroom: Newsroom) -> None:
    assert "The Daily Quay" in listed(newsroom)
    assert tree(newsroom).findtext("head/dateModified") == "Thu, 01 Jan 2026 00:00:00 GMT"


def dated(newsroom: Newsroom) -> tuple[str | None, str]:
    """Return the date inside the list, and its Last-Modified."""
    date = tree(newsroom).findtext("head/dateModified")
    return date, newsroom.client().get("/feeds.opml").headers["Last-Modified"]


def test_it_is_dated_by_the_newest_change_of_any_feed(filled: Newsroom) -> None:
    client = filled.client()
    first = "Sat, 21 Nov 2026 08:30:00 GMT"
    assert dated(filled) == (first, first)
    filled.now += timedelta(minutes=9, microseconds=5)
    before = client.get("/feeds.opml")
    filled.write("culture/books/b.md", article("Spine", published="2026-11-22 10:00"))
    filled.sync()
    now = format_datetime(filled.now.replace(microsecond=0), usegmt=True)
    assert dated(filled) == ("Sun, 22 Nov 2026 10:00:00 GMT", now)
    after = client.get("/feeds.opml")
    assert after.headers["ETag"] != before.headers["ETag"]
    asked = {"If-Modified-Since": before.headers["Last-Modified"]}
    assert client.get("/feeds.opml", headers=asked).status_code == 200
    assert client.get("/culture/books/rss.xml").headers["Last-Modified"] == now


def test_corrections_and_kills_date_it(filled: Newsroom) -> None:
    corrected = {"updated": "2026-11-22 11:00", "note": "Not the bridge."}
    filled.write("secret/t.md", article("T", embargoed="2026-11-23 14:00", **corrected))
    filled.sync()
    assert dated(filled)[0] == "Sat, 21 Nov 2026 08:30:00 GMT"
    filled.write("world/europe/a.md", article("Tunnel", **corrected))
    filled.sync()
    assert dated(filled)[0] == "Sun, 22 Nov 2026 11:00:00 GMT"
    filled.now += timedelta(minutes=1)
    filled.write("world/europe/a.md", article("Tunnel", status="canceled", note="It was wrong."))
    filled.sync()
    assert dated(filled)[0] == format_datetime(filled.now, usegmt=True)


def test_the_same_articles_give_the_same_bytes(
    filled: Newsroom, make_newsroom: MakeNewsroom
) -> None:
    filled.write("world/europe/a.md", article("Tunnel Opens"))
    filled.now += timedelta(hours=1)
    filled.sync()
    other = make_newsroom("other", CONFIG + SECTIONS)
    other.write("world/europe/a.md", article("Tunnel Opens"))
    other.write("culture/books/a.md", article("Shelf"))
    other.write("мир/b.md", article("Мост"))
    other.sync()
    here, there = (it.client().get("/feeds.opml") for it in (filled, other))
    assert here.data == there.data
    assert here.headers["ETag"] == there.headers["ETag"]
    assert here.headers["Last-Modified"] != there.headers["Last-Modified"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_is_answered_as_feeds_are(filled: Newsroom, address: str) -> None:
    client = filled.client()
    full = client.get(address)
    assert full.headers["Content-Type"] == "text/x-opml; charset=utf-8"
    assert full.headers["ETag"].startswith('"')
    assert full.headers["Cache-Control"].startswith("max-age=60, s-maxage=60, ")
    assert full.headers["Access-Control-Allow-Origin"] == "*"
    assert full.headers["Link"] == '<https://feeds.quay.example/feeds.opml>; rel="self"'
    assert full.headers["Vary"] == "Accept-Encoding"
    assert "Content-Disposition" not in full.headers
    for coding in ("gzip", "br", "zstd"):
        coded = client.get(address, headers={"Accept-Encoding": coding})
        assert coded.headers["Content-Encoding"] == coding
        assert decode(coding, coded.data) == full.data
        for asked in (
            {"If-None-Match": coded.headers["ETag"]},
            {"If-Modified-Since": coded.headers["Last-Modified"]},
        ):
            again = client.get(address, headers={"Accept-Encoding": coding, **asked})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == coded.headers["ETag"]
    head = client.head(address)
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(full.data)))
    options = client.options(address)
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_can_be_downloaded_as_a_file(filled: Newsroom, address: str) -> None:
    client = filled.client()
    saved = client.get(f"{address}?download")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="feeds.opml"'
    assert saved.data == client.get(address).data
    tag = {"If-None-Match": saved.headers["ETag"]}
    again = client.get(f"{address}?download=1", headers=tag)
    assert again.status_code == 304
    assert "Content-Disposition" not in again.headers


def test_crawlers_may_fetch_feeds_but_not_metrics(newsroom: Newsroom) -> None:
    client = newsroom.client()
    answer = client.get("/robots.txt")
    assert answer.text == (
        "User-agent: *\nDisallow: /metrics\nAllow: /\n"
        "Sitemap: https://feeds.quay.example/sitemap-news.xml\n"
    )
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=86400"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/robots.txt", headers=tag).status_code == 304


def test_robots_txt_names_sitemaps() -> None:
    urls = ["https://feeds.quay.example/a.xml", "https://feeds.quay.example/b.xml"]
    assert robots_txt(urls).splitlines()[-2:] == [f"Sitemap: {url}" for url in urls]


def test_there_is_an_icon_without_configuration(newsroom: Newsroom) -> None:
    answer = newsroom.client().get("/favicon.ico")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/vnd.microsoft.icon"
    assert answer.headers["Cache-Control"] == "max-age=86400"
    zero, kind, count = struct.unpack_from("<HHH", answer.data)
    assert (zero, kind, count) == (0, 1, 2)
    for number, side in enumerate((16, 32)):
        width, height, *_, size, at = struct.unpack_from("<BBBBHHII", answer.data, 6 + 16 * number)
        bitmap = struct.unpack_from("<IiiHH", answer.data, at)
        assert (width, height, bitmap) == (side, side, (40, side, 2 * side, 1, 32))
        assert at + size <= len(answer.data)


@pytest.mark.parametrize(
    ("icon", "leads"),
    [
        ("/icon.png", "https://quay.example/icon.png"),
        ("https://cdn.example/i.png?v=2", "https://cdn.example/i.png?v=2"),
    ],
)
def test_the_icon_redirects_to_that_of_the_site(newsroom: Newsroom, icon: str, leads: str) -> None:
    newsroom.configure(CONFIG.replace("[feeds]", f'icon = "{icon}"\n\n[feeds]'))
    answer = newsroom.client().get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (302, leads)
    assert answer.headers["Cache-Control"] == "max-age=86400"


def test_without_a_contact_there_is_no_security_txt(newsroom: Newsroom) -> None:
    answer = newsroom.client().get("/.well-known/security.txt")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("month", "expires"),
    [
        ((2026, 1, 1), "2026-07-01"),
        ((2026, 6, 30), "2026-12-01"),
        ((2026, 7, 1), "2027-01-01"),
        ((2026, 11, 23), "2027-05-01"),
        ((2026, 12, 31), "2027-06-01"),
    ],
)
def test_security_txt_names_the_contact(
    newsroom: Newsroom, month: tuple[int, int, int], expires: str
) -> None:
    newsroom.configure(CONTACT)
    newsroom.now = datetime(*month, 12, 0, tzinfo=UTC)
    answer = newsroom.client().get("/.well-known/security.txt")
    assert answer.text == (
        "Contact: mailto:desk@quay.example\n"
        f"Expires: {expires}T00:00:00Z\n"
        "Preferred-Languages: en\n"
    )
    left = datetime.fromisoformat(expires).replace(tzinfo=UTC) - newsroom.now
    assert timedelta(days=120) < left < timedelta(days=365)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=86400"
