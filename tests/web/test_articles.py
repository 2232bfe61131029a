"""The pages of articles."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from feedsvc.config.load import load
from feedsvc.ingest.records import RecordFolder
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png

SITE = 'url = "https://quay.example"\n'
HERE = CONFIG.replace(SITE, 'tag = "quay.example,2026"\n')
"""A newsroom whose articles are read here."""
AT = "https://feeds.quay.example"


@pytest.fixture
def filled(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("newsroom", HERE)
    newsroom.write("articles/world/europe/media/a.png", png(800, 600))
    newsroom.write("articles/world/europe/media/b.png", png(400, 300))
    return newsroom


def get(newsroom: Newsroom, path: str, status: int = 200) -> Any:
    answer = newsroom.client().get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return html.fromstring(answer.text)


def text(page: Any, path: str) -> str:
    """Return the text of the first element that matches, with single spaces."""
    return " ".join(page.cssselect(path)[0].text_content().split())


def data(page: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON-LD of the article and of its breadcrumbs."""
    (script,) = page.cssselect('script[type="application/ld+json"]')
    document = json.loads(script.text)
    assert document["@context"] == "https://schema.org"
    return document["@graph"]


FULL = article(
    "Tunnel & <Light>",
    "First paragraph.\n\n![](media/b.png)\n\nSee [the plan](../plan) and [us](/about).",
    summary="A deck of one sentence.",
    byline='[Ada Quay, {name: Ben Sand, url: "https://ben.example/"}]',
    published="2026-11-20 08:30Z",
    updated="2026-11-21 10:00Z",
    note="The tunnel is 3 km long, not 2.",
    keywords="[tunnels, U.S. trade]",
    image='{file: media/a.png, caption: "The <mouth>", credit: "Staff", alt: "A dark hole"}',
    images='[{file: media/b.png}, {url: "https://cdn.example/c.jpg?a=1&b=2", caption: "C"}]',
    media='[{url: "https://cdn.example/a.mp3", type: audio/mpeg, title: "Hear it", duration: 95}]',
    related='[world/other, {headline: A Plan That Nobody Has}, {headline: X, url: "https://x.example/"}]',
    comments='{url: "https://talk.example/1", count: 0}',
)


@pytest.fixture
def full(filled: Newsroom) -> Newsroom:
    filled.write("world/europe/tunnel.md", FULL)
    filled.write("world/other.md", article("Another Story"))
    assert [it for it in filled.sync().problems if not it.note] == []
    return filled


def test_a_page_shows_everything_about_an_article(full: Newsroom) -> None:
    page = get(full, "/world/europe/tunnel")
    assert text(page, "h1") == "Tunnel & <Light>"
    assert text(page, ".deck") == "A deck of one sentence."
    meta = "Ada Quay, Ben Sand Published 20 November 2026, 08:30 Updated 21 November 2026, 10:00"
    assert text(page, ".meta") == meta
    assert text(page, ".note") == "Correction: The tunnel is 3 km long, not 2."
    first, second = page.cssselect("figure > img")
    assert (first.get("alt"), first.get("width"), first.get("height")) == (
        "A dark hole",
        "800",
        "600",
    )
    assert first.get("src").startswith(f"{AT}/media/")
    assert text(page, "figcaption") == "The <mouth> Staff"
    assert second.get("src") == "https://cdn.example/c.jpg?a=1&b=2"  # the body shows the other one
    assert page.cssselect(".body img")[0].get("src").startswith(f"{AT}/media/")
    assert [it.get("href") for it in page.cssselect(".body a")] == [
        f"{AT}/world/plan",
        f"{AT}/about",
    ]
    assert page.cssselect("audio")[0].get("src") == "https://cdn.example/a.mp3"
    stories = page.cssselect(".more li")
    assert [it.text_content() for it in stories] == [
        "Another Story",
        "X",
        "A Plan That Nobody Has",
    ]
    assert stories[0][0].get("href") == f"{AT}/world/other"
    assert [it.get("href") for it in page.cssselect(".keywords a")] == [
        "/tag/tunnels/",
        "/tag/us-trade/",
    ]
    assert page.cssselect('a[rel="author"]')[0].get("href") == "/author/ada-quay/"
    (talk,) = page.cssselect('a[href="https://talk.example/1"]')
    assert talk.text_content() == "Comments (0)"
    crumbs = [(it.text_content(), it.get("href")) for it in page.cssselect(".crumbs a")]
    assert crumbs == [
        ("The Daily Quay", f"{AT}/"),
        ("World", f"{AT}/world/"),
        ("Europe", f"{AT}/world/europe/"),
    ]


def test_the_head_is_for_crawlers_and_feed_readers(full: Newsroom) -> None:
    page = get(full, "/world/europe/tunnel")
    url = f"{AT}/world/europe/tunnel"
    assert page.cssselect('link[rel="canonical"]')[0].get("href") == url
    (robots,) = page.cssselect('meta[name="robots"]')
    assert robots.get("content") == "max-image-preview:large"
    tags = [(it.get("property"), it.get("content")) for it in page.cssselect("meta[property]")]
    graph = dict(tags)
    assert graph["og:type"] == "article"
    assert graph["og:title"] == "Tunnel & <Light>"
    assert graph["og:url"] == url
    assert graph["og:site_name"] == "The Daily Quay"
    assert graph["og:locale"] == "en_US"
    assert graph["og:audio"] == "https://cdn.example/a.mp3"
    assert graph["article:modified_time"] == "2026-11-21T10:00:00+00:00"
    authors = [content for name, content in tags if name == "article:author"]
    assert authors == [f"{AT}/author/ada-quay/", "https://ben.example/"]
    # The properties of a picture follow it.
    at = [name for name, _ in tags].index("og:image")
    assert tags[at + 1 : at + 4] == [
        ("og:image:type", "image/png"),
        ("og:image:width", "800"),
        ("og:image:height", "600"),
    ]
    alternates = [it.get("href") for it in page.cssselect('link[rel="alternate"]')]
    assert alternates == [
        f"{AT}/world/europe/rss.xml",
        f"{AT}/world/europe/atom.xml",
        f"{AT}/rss.xml",
        f"{AT}/atom.xml",
        f"{AT}/world/europe/feed.json",
    ]


def test_the_json_ld_is_in_the_words_of_schema_org(full: Newsroom) -> None:
    story, way = data(get(full, "/world/europe/tunnel"))
    url = f"{AT}/world/europe/tunnel"
    assert story["@type"] == "NewsArticle"
    assert story["headline"] == "Tunnel & <Light>"
    assert story["url"] == url
    assert story["mainEntityOfPage"] == {
        "@type": "WebPage",
        "@id": url,
        "relatedLink": [f"{AT}/world/other", "https://x.example/"],
    }
    assert story["datePublished"] == "2026-11-20T08:30:00+00:00"
    assert story["dateModified"] == "2026-11-21T10:00:00+00:00"
    assert story["author"] == [
        {"@type": "Person", "name": "Ada Quay", "url": f"{AT}/author/ada-quay/"},
        {"@type": "Person", "name": "Ben Sand", "url": "https://ben.example/"},
    ]
    assert story["publisher"]["name"] == "The Daily Quay"
    assert "logo" not in story["publisher"]
    assert story["articleSection"] == ["World", "Europe"]
    assert story["keywords"] == ["tunnels", "U.S. trade"]
    assert story["inLanguage"] == "en"
    assert [it["text"] for it in story["correction"]] == ["The tunnel is 3 km long, not 2."]
    assert story["commentCount"] == 0
    assert story["discussionUrl"] == "https://talk.example/1"
    first, second, third = story["image"]
    assert (first["caption"], first["creditText"]) == ("The <mouth>", "Staff")
    assert (second["width"], second["height"]) == (400, 300)
    assert third["url"] == "https://cdn.example/c.jpg?a=1&b=2"
    (sound,) = story["associatedMedia"]
    assert sound["@type"] == "AudioObject"
    assert (sound["contentUrl"], sound["duration"]) == ("https://cdn.example/a.mp3", "PT95S")
    assert way["@type"] == "BreadcrumbList"
    steps = way["itemListElement"]
    assert [it["position"] for it in steps] == [1, 2, 3, 4]
    assert [it["name"] for it in steps] == ["The Daily Quay", "World", "Europe", "Tunnel & <Light>"]
    assert [it.get("item") for it in steps] == [
        f"{AT}/",
        f"{AT}/world/",
        f"{AT}/world/europe/",
        None,
    ]


def test_authors_without_feeds_have_no_address(full: Newsroom) -> None:
    full.configure(HERE.replace("items = 30", "items = 30\nby = []"))
    full.sync()
    story, _ = data(get(full, "/world/europe/tunnel"))
    assert [it.get("url") for it in story["author"]] == [None, "https://ben.example/"]


def test_no_text_of_an_article_ends_the_script_of_the_json_ld(filled: Newsroom) -> None:
    # No tag is closed: headlines with whole tags are refused.
    evil = "</script alert(1) <!-- ]]> <script \u2028"
    filled.write("a.md", article(json.dumps(evil), summary=json.dumps(evil), byline="[Eve & Co]"))
    filled.sync()
    answer = filled.client().get("/a")
    assert answer.text.count("<script") == 1
    assert "<!--" not in answer.text
    page = html.fromstring(answer.text)
    assert data(page)[0]["headline"] == " ".join(evil.split())
    assert text(page, "title").startswith("</script ")


def test_the_json_ld_has_films_and_the_logo(filled: Newsroom) -> None:
    filled.configure(HERE.replace("[feeds]", 'logo = "/logo.png"\n[feeds]'))
    film = '[{url: "https://cdn.example/a.mp4", type: video/mp4}]'
    filled.write("a.md", article(media=film))
    still = '{url: "https://cdn.example/still.jpg"}'
    filled.write("b.md", article(media=film, image=still))
    filled.sync()
    page = get(filled, "/a")
    assert page.cssselect("video")[0].get("src") == "https://cdn.example/a.mp4"
    assert page.cssselect("video + figcaption")[0].text_content() == "Watch"
    (video,) = data(page)[0]["associatedMedia"]
    assert video["@type"] == "VideoObject"
    assert video["name"] == "Harbour Opens"
    assert video["uploadDate"] == "2026-11-21T08:30:00+00:00"
    assert "thumbnailUrl" not in video
    (video,) = data(get(filled, "/b"))[0]["associatedMedia"]
    assert video["thumbnailUrl"] == ["https://cdn.example/still.jpg"]
    assert data(page)[0]["publisher"]["logo"]["url"] == f"{AT}/logo.png"
    assert data(page)[0]["author"] == [data(page)[0]["publisher"]]  # the article has no byline
    assert page.cssselect('meta[name="twitter:card"]')[0].get("content") == "summary"


def test_a_page_has_no_empty_elements(filled: Newsroom) -> None:
    filled.write("a.md", article(body="Only a paragraph."))
    filled.sync()
    page = get(filled, "/a")
    for absent in (".deck", ".note", "figure", ".more", ".keywords"):
        assert page.cssselect(absent) == []
    assert "Updated" not in page.text_content()
    assert text(page, ".crumbs") == "The Daily Quay"
    filled.write("b.md", article(body="", published="2023-03-21"))
    filled.sync()
    assert text(get(filled, "/b"), ".meta") == "The Daily Quay Published 21 March 2023"
    assert "description" not in filled.client().get("/b").text
    assert {*data(page)[0]} == {
        "@type", "author", "dateModified", "datePublished", "description", "headline",
        "identifier", "inLanguage", "mainEntityOfPage", "publisher", "url",
    }  # fmt: skip


def test_a_page_is_in_the_language_of_its_article(filled: Newsroom) -> None:
    filled.configure(HERE + '\n[sections.ar]\ntitle = "بالعربية"\nlanguage = "ar"\n')
    filled.write("ar/a.md", article("مقهى الميناء", related='[{headline: "قصة"}]'))
    filled.write(
        "de.md", article("Über Brücken", language="de", updated="2026-11-22 10:00Z", note="Ja.")
    )
    filled.write("odd.md", article("Dunno", language="tlh"))
    filled.write("everywhere.md", article("Ĉie", language="eo"))
    filled.sync()
    page = get(filled, "/ar/a")
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert "نُشر في" in text(page, ".meta")
    assert text(page, ".more h2") == "مواضيع ذات صلة"
    (locale,) = page.cssselect('meta[property="og:locale"]')
    assert locale.get("content") == "ar_EG"
    german = get(filled, "/de")
    assert (german.get("lang"), german.get("dir")) == ("de", "ltr")
    assert "Veröffentlicht am 21. November 2026, 08:30" in text(german, ".meta")
    assert text(german, ".note").startswith("Korrektur:")
    assert "Published 21 November 2026" in text(get(filled, "/odd"), ".meta")
    assert get(filled, "/everywhere").cssselect('meta[property="og:locale"]') == []


def test_a_page_runs_no_foreign_scripts_and_is_not_sent_twice(full: Newsroom) -> None:
    client = full.client()
    answer = client.get("/world/europe/tunnel")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert " frame-src geo.dailymotion.com " in policy
    assert " youtube.com" in policy
    assert answer.headers["Cache-Control"] == "max-age=60"
    # Some players only play when they know the embedding page.
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/world/europe/tunnel", headers=tag).status_code == 304
    assert client.head("/world/europe/tunnel").data == b""
    full.write("world/other.md", article("Renamed"))
    full.sync()
    again = client.get("/world/europe/tunnel", headers=tag)
    assert again.status_code == 200
    assert "Renamed" in again.text


def test_a_cdn_can_purge_pages(full: Newsroom) -> None:
    full.configure(HERE + '\n[cdn]\ntags = "surrogate-key"\n')
    full.write("top.md", article("Top"))
    full.sync()
    keys = full.client().get("/world/europe/tunnel").headers["Surrogate-Key"]
    name = "world/europe/tunnel"
    assert keys == f"page:{name} feedsvc section:world/europe article:{name}"
    keys = full.client().get("/top").headers["Surrogate-Key"]
    assert keys == "page:top feedsvc site article:top"
    keys = full.client().get("/world/europe/").headers["Surrogate-Key"]
    assert keys == "feed:/world/europe feedsvc section:world/europe"
    for path, status in {"/nothing": 404, "/nowhere/rss.xml": 404, "/top/": 308}.items():
        answer = full.client().get(path)
        assert (answer.status_code, answer.headers["Surrogate-Key"]) == (status, "feedsvc absent")
    assert "Surrogate-Key" not in full.client().post("/feeds").headers


def test_feeds_and_their_pages_link_to_the_pages(full: Newsroom) -> None:
    assert f"<link>{AT}/world/europe/tunnel</link>" in full.text("world/europe")
    assert f"<link>{AT}/world/</link>" in full.text("world")
    assert f'href="{AT}/world/plan"' in full.text("world", "atom").replace("&quot;", '"')
    page = get(full, "/world/europe/")
    assert page.cssselect(".entries h2 a")[0].get("href") == f"{AT}/world/europe/tunnel"
    assert page.cssselect('link[rel="canonical"]')[0].get("href") == f"{AT}/world/europe/"
    assert page.cssselect('meta[name="robots"]') == []
    assert "read the section" not in page.text_content()


def test_the_home_page_shows_the_newest_articles(full: Newsroom) -> None:
    page = get(full, "/")
    assert [it.text_content() for it in page.cssselect("h2 a")] == [
        "Another Story",
        "Tunnel & <Light>",
    ]
    assert page.cssselect('link[rel="canonical"]')[0].get("href") == f"{AT}/"
    (section,) = page.cssselect('nav[aria-label="Sections"] a')
    assert (section.text_content(), section.get("href")) == ("World", "/world/")
    way = get(full, "/world/").cssselect(".crumbs a")
    assert [it.get("href") for it in way] == ["/", "/feeds"]
    (below,) = get(full, "/world/").cssselect('nav[aria-label="Sections"] a')
    assert (below.text_content(), below.get("href")) == ("Europe", "/world/europe/")
    assert get(full, "/world/europe/").cssselect('nav[aria-label="Sections"]') == []


def test_where_articles_are_read_elsewhere_there_are_no_pages(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article())
    newsroom.sync()
    client = newsroom.client()
    assert client.get("/world/a").status_code == 404
    assert client.get("/").headers["Location"] == "/feeds"
    assert client.get("/sitemap.xml").status_code == 404
    assert client.get("/sitemap-2026-11.xml").status_code == 404
    assert "/sitemap.xml" not in client.get("/robots.txt").text
    assert 'content="noindex"' in client.get("/world/").text


def test_another_site_can_have_its_pages_here(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace("[feeds]", "pages = true\n[feeds]"))
    newsroom.write("world/a.md", article(body="See [b](b)."))
    newsroom.sync()
    page = get(newsroom, "/world/a")
    assert page.cssselect('link[rel="canonical"]')[0].get("href") == "https://quay.example/world/a"
    assert page.cssselect(".body a")[0].get("href") == "https://quay.example/world/b"
    assert "Sitemap: https://quay.example/sitemap.xml" in newsroom.client().get("/robots.txt").text
    assert "<loc>https://quay.example/sitemap-2026-11.xml</loc>" in (
        newsroom.client().get("/sitemap.xml").text
    )


def test_a_new_address_of_the_service_is_in_every_body_at_once(full: Newsroom) -> None:
    full.configure(HERE.replace(AT, "https://news.example"))
    assert full.sync().read == 0
    page = get(full, "/world/europe/tunnel")
    assert page.cssselect(".body a")[0].get("href") == "https://news.example/world/plan"
    assert "https://news.example/world/plan" in full.text("world")
    assert "site.invalid" not in full.text("world")


def test_a_withdrawn_article_is_gone_with_a_notice(full: Newsroom) -> None:
    path = "world/europe/tunnel.md"
    full.write(
        path,
        FULL.replace("headline:", "status: canceled\nheadline:", 1).replace(
            "2026-11-21 10", "2026-11-23 10"
        ),
    )
    full.sync()
    for days in (0, 100):  # longer than the feeds say so
        full.now += timedelta(days=days)
        answer = full.client().get("/world/europe/tunnel")
        assert answer.status_code == 410
        page = html.fromstring(answer.text)
        assert text(page, "h1") == "This story has been withdrawn"
        assert "The tunnel is 3 km long" in text(page, ".deck")
        assert "Tunnel & <Light>" not in page.text_content()
        assert "First paragraph" not in answer.text
        assert page.cssselect('meta[name="robots"]')[0].get("content") == "noindex"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "max-age=60"
        # A conditional request gets the same answer.
        again = full.client().get("/world/europe/tunnel", headers={"If-None-Match": "*"})
        assert again.status_code == 410


def test_a_withdrawn_article_whose_file_is_deleted_stays_gone(full: Newsroom) -> None:
    path = "world/europe/tunnel.md"
    full.write(path, FULL.replace("headline:", "status: canceled\nheadline:", 1))
    full.sync()
    (full.config.articles / path).unlink()
    full.sync()
    assert text(get(full, "/world/europe/tunnel", 410), "h1") == "This story has been withdrawn"
    full.now += timedelta(minutes=5)
    full.sync()
    page = get(full, "/world/europe/tunnel", 410)
    assert text(page, "h1") == "This story has been withdrawn"
    assert "The tunnel is 3 km long" in text(page, ".deck")


def test_an_expired_article_is_gone(filled: Newsroom) -> None:
    filled.write("world/a.md", article(expires="2026-11-23 13:00Z"))
    filled.sync()
    get(filled, "/world/a")
    filled.now += timedelta(hours=2)
    page = get(filled, "/world/a", 410)
    assert text(page, "h1") == "This story is no longer available"
    assert "Harbour Opens" not in page.text_content()


def test_a_deleted_article_is_not_found_and_later_gone(full: Newsroom) -> None:
    (full.config.articles / "world/other.md").unlink()
    full.sync()
    get(full, "/world/other", 404)  # it may come back
    full.now += timedelta(minutes=5)
    full.sync()
    assert text(get(full, "/world/other", 410), "h1") == "This story is no longer available"


def test_an_embargoed_article_leaves_no_trace(filled: Newsroom) -> None:
    filled.write("world/a.md", article("Secret", embargoed="2026-11-24 06:00Z"))
    filled.write("world/b.md", article("Draft", status="draft"))
    filled.write("world/c.md", article("Held", status="withheld"))
    filled.write("world/d.md", article("Known"))
    filled.sync()
    nothing = filled.client().get("/world/nothing").text
    for slug in "abc":
        answer = filled.client().get(f"/world/{slug}")
        assert (answer.status_code, answer.text) == (404, nothing)
    (filled.config.articles / "world/a.md").unlink()
    filled.now += timedelta(minutes=5)
    filled.sync()
    filled.now += timedelta(minutes=5)
    filled.sync()
    assert filled.client().get("/world/a").status_code == 404  # nor that there was something


def test_a_moved_article_is_found_from_all_its_former_addresses(filled: Newsroom) -> None:
    for folder, slug in (("world", "first"), ("sport", "first"), ("sport", "second"), ("", "last")):
        filled.write("a.md", article(id="own", section=folder, slug=slug))
        filled.sync()
    for path in ("/world/first", "/sport/first", "/sport/second"):
        answer = filled.client().get(path)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{AT}/last")
        assert answer.headers["Cache-Control"] == "max-age=600"
    get(filled, "/last")
    # An article that takes its former address is there.
    filled.write("b.md", article("Newer", section="world", slug="first"))
    filled.sync()
    assert text(get(filled, "/world/first"), "h1") == "Newer"
    # Once killed, it is gone from its former addresses, too.
    filled.write("a.md", article(id="own", slug="last", status="canceled", note="No."))
    filled.sync()
    assert text(get(filled, "/sport/second", 410), ".deck") == "No."
    # A draft leaves no trace.
    filled.write("a.md", article(id="own", slug="last", status="draft"))
    filled.sync()
    get(filled, "/sport/second", 404)
    get(filled, "/last", 404)


def test_a_moved_file_redirects_its_readers(filled: Newsroom) -> None:
    filled.write("world/a.md", article())
    filled.write("world/b.md", article("Another", published="2026-11-20"))
    filled.sync()
    for file in "ab":
        (filled.config.articles / f"world/{file}.md").unlink()
    filled.write("sport/football/a.md", article())
    filled.write("sport/b.md", article("Another", published="2026-11-19"))  # not the same
    filled.sync()
    for _ in range(2):  # also when the old one is gone for good
        answer = filled.client().get("/world/a")
        assert (answer.status_code, answer.location) == (308, f"{AT}/sport/football/a")
        get(filled, "/sport/football/a")
        assert filled.client().get("/world/b").status_code in (404, 410)
        filled.now += timedelta(minutes=5)
        filled.sync()
    get(filled, "/world/b", 410)
    filled.write("sport/football/a.md", article(embargoed="2026-12-01"))
    filled.sync()
    get(filled, "/world/a", 404)


def test_an_article_that_is_read_elsewhere_redirects_there(filled: Newsroom) -> None:
    filled.write("world/a.md", article(url="https://cms.example/a"))
    filled.write("world/b.md", article(url=f"{AT}/world/b"))
    filled.write("world/c.md", article(url=f"http{AT.upper()[5:]}/world/c/?from=feed"))
    filled.sync()
    answer = filled.client().get("/world/a")
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://cms.example/a")
    for slug in "bc":  # their url is the address of their page
        get(filled, f"/world/{slug}")
    assert "cms.example" not in filled.client().get("/sitemap-2026-11.xml").text


def test_the_old_name_of_a_section_redirects_to_its_articles(filled: Newsroom) -> None:
    filled.configure(HERE + '\n[sections.world]\nwas = "abroad"\n')
    filled.write("world/europe/a.md", article())
    filled.write("world/b.md", article(status="canceled", published="2026-11-01"))
    filled.sync()
    answer = filled.client().get("/abroad/europe/a")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{AT}/world/europe/a")
    get(filled, "/abroad/europe/b", 404)
    get(filled, "/abroad/b", 410)


def test_a_slash_too_many_redirects_to_the_page(full: Newsroom) -> None:
    answer = full.client().get("/world/other/")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{AT}/world/other")
    get(full, "/world/none/", 404)


@pytest.mark.parametrize("slug", ["Straße-und-Äpfel", "a b?c%d", "سلسلة", "x;y=z,w", "feed.rss"])
def test_the_link_in_the_feed_is_the_address_of_the_page(filled: Newsroom, slug: str) -> None:
    filled.write(f"world/{slug}.md", article(id="own"))
    filled.sync()
    (link,) = re.findall(rf"<link>({AT}/world/[^<]+)</link>", filled.text("world"))
    page = get(filled, link.removeprefix(AT))
    assert page.cssselect('link[rel="canonical"]')[0].get("href") == link


def test_a_page_wins_over_a_redirect(filled: Newsroom) -> None:
    moved = '[[redirects]]\nfrom = "/world/{slug}"\nto = "/feeds"\n'
    filled.configure(HERE + moved)
    filled.write("world/a.md", article())
    filled.sync()
    get(filled, "/world/a")
    assert filled.client().get("/world/b").status_code == 301


def test_a_page_without_an_address_of_its_own_is_a_problem(filled: Newsroom) -> None:
    from feedsvc.ingest.check import check
    from feedsvc.ingest.files import walk

    filled.configure(HERE + "\n[sections.sport]\n")
    filled.write("world/europe/a.md", article("A", slug="same"))
    filled.write("world/europe/b.md", article("B", slug="same"))
    filled.write("world/c.md", article("C", slug="europe"))
    filled.write("world/d.md", article("D", slug="rss.xml"))
    filled.write("e.md", article("E", slug="feeds"))
    filled.write("world/f.md", article("F", slug="atom.xml.gz"))
    filled.write("sport.md", article("F"))
    filled.write("world/g.md", article("G", slug="feed", url="https://cms.example/g"))
    filled.write("world/h.md", article("H", slug="europe", status="withheld"))
    every = sorted(walk(filled.config.articles))
    problems = [
        str(it) for it in check(filled.config, RecordFolder.of(filled.config), every, filled.now)
    ]
    assert problems == [
        'articles/e.md:1:1: slug: "feeds" is an address that feedsvc needs for itself, so nobody '
        "would see its page; choose another",
        'articles/sport.md:1:1: slug: "sport" is a section, too, so nobody would see its page; '
        "choose another",
        'articles/world/c.md:1:1: slug: "europe" is a section, too, so nobody would see its page; '
        "choose another",
        'articles/world/d.md:1:1: slug: "rss.xml" is how the address of a feed ends, so nobody '
        "would see its page; choose another",
        'articles/world/europe/b.md:1:1: slug: "same" is the slug of articles/world/europe/a.md in '
        "the same section, so nobody would see its page; choose another",
        'articles/world/f.md:1:1: slug: "atom.xml.gz" is the name of a file of a static site, so '
        "nobody would see its page; choose another",
    ]
    assert (
        check(filled.config, RecordFolder.of(filled.config), ["world/europe/b.md"], filled.now)
        != []
    )
    filled.configure(CONFIG)
    files = RecordFolder.of(filled.config)
    assert check(load(filled.root, {}), files, every, filled.now) == []
