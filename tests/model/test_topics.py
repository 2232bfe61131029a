"""Feeds by author, keyword and language: whole ones, like those of sections in everything."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from xml.etree import ElementTree

import pytest

from feedsvc.config.load import load
from feedsvc.errors import ConfigError, NotFoundError
from feedsvc.model import topics
from feedsvc.model.feed import FILES, FORMATS, Format
from feedsvc.static_site.build import StaticSite
from feedsvc.static_site.folder import opened_folder
from feedsvc.web.app import create_app, page, page_files
from feedsvc.web.services import KEY
from feedsvc.web.template_filters import direction, language
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, wanted
from tests.tools import json_feed
from tests.tools.documents import entries, previous

ATOM = "{http://www.w3.org/2005/Atom}"
TAG = "tag:quay.example,2026:"


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write(
        "world/old.md",
        article("Old", published="2026-11-20", byline="[José Muñoz]", keywords="[U.S. Floods]"),
    )
    newsroom.write(
        "sport/new.md",
        article(
            "New",
            published="2026-11-21",
            byline="[Jose Munoz, Ida Roe]",
            keywords='[us floods, "!"]',
        ),
    )
    newsroom.write("other.md", article("Other"))
    newsroom.sync()
    return newsroom


def titles(body: bytes) -> list[str]:
    return [it.title for it in entries(body)]


@pytest.mark.parametrize("format", FORMATS)
def test_two_spellings_are_one_feed_which_is_called_as_in_its_newest_story(
    filled: Newsroom, format: Format
) -> None:
    feed = filled.document("author/jose-munoz", format)
    assert titles(feed.body) == ["New", "Old"]
    assert [it.article_id for it in entries(feed.body)] == ["sport/new", "world/old"]
    assert "Jose Munoz – The Daily Quay".encode() in feed.body
    assert feed.url == f"https://feeds.quay.example/author/jose-munoz/{FILES[format]}"
    assert titles(filled.document("author/ida-roe", format).body) == ["New"]
    tagged = filled.document("tag/us-floods", format)
    assert titles(tagged.body) == ["New", "Old"]
    assert "us floods – The Daily Quay".encode() in tagged.body


def test_its_page_is_here_and_its_id_is_its_own(filled: Newsroom) -> None:
    root = ElementTree.fromstring(filled.document("tag/us-floods", "atom").body)
    assert root.findtext(f"{ATOM}id") == f"{TAG}/tag/us-floods"
    links = {it.get("rel"): it.get("href") for it in root.findall(f"{ATOM}link")}
    assert links["alternate"] == "https://feeds.quay.example/tag/us-floods/"
    page = filled.client().get("/tag/us-floods/")
    assert page.status_code == 200
    assert ">us floods</h1>" in page.text
    assert "New" in page.text
    assert "Old" in page.text


def test_topics_are_no_sections(filled: Newsroom) -> None:
    client = filled.client()
    assert "munoz" not in client.get("/feeds").text
    assert b"tag/" not in client.get("/feeds.opml").data


@pytest.mark.parametrize("path", ["author", "tag", "tag/none", "lang/fr", "lang/en", "author/old"])
def test_what_nobody_wrote_about_is_not_there(filled: Newsroom, path: str) -> None:
    for format in FORMATS:
        assert filled.client().get(f"/{path}/{FILES[format]}").status_code == 404


def test_another_byline_moves_a_story_from_feed_to_feed(filled: Newsroom) -> None:
    filled.write("sport/new.md", article("New", published="2026-11-21", byline="[Ida Roe]"))
    before = filled.document("author/jose-munoz")
    filled.now += timedelta(seconds=5)
    filled.sync()
    after = filled.document("author/jose-munoz")
    assert titles(after.body) == ["Old"]
    assert after.last_modified > before.last_modified
    assert "José Muñoz – The Daily Quay".encode() in after.body
    assert titles(filled.document("tag/us-floods").body) == ["Old"]
    assert titles(filled.document("author/ida-roe").body) == ["New"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_kill_reaches_whoever_had_the_story_though_the_file_no_longer_says_so(
    filled: Newsroom, format: Format
) -> None:
    filled.write(
        "sport/new.md",
        article("New", "", published="2026-11-21", status="canceled", note="It was wrong."),
    )
    filled.now += timedelta(seconds=5)
    filled.sync()
    for path in ("author/ida-roe", "author/jose-munoz", "tag/us-floods"):
        first = entries(filled.document(path, format).body)[0]
        assert (first.article_id, first.summary) == ("sport/new", "It was wrong.")
    feed = filled.syndication.document(wanted("author/ida-roe", format, "corrections"), filled.now)
    assert [it.summary for it in entries(feed.body)] == ["It was wrong."]
    assert "ida roe – The Daily Quay".encode() in feed.body  # of a killed story no name is kept


def test_a_correction_is_told_in_them(filled: Newsroom) -> None:
    text = article(
        "New", published="2026-11-21", updated="2026-11-23", note="Mended.", keywords="[us floods]"
    )
    filled.write("sport/new.md", text)
    filled.sync()
    answer = filled.client().get("/tag/us-floods/corrections/feed.json")
    assert [it.summary for it in json_feed.parse(answer.data).entries] == ["Mended."]
    assert json_feed.load(answer.data)["title"] == "Corrections – us floods – The Daily Quay"


def test_they_have_archives(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("many", CONFIG.replace("30", "2\nhours = 0\narchive_items = 2"))
    for day in range(1, 12):
        keys = {"published": f"2026-11-{day:02}", "keywords": "[Flood]" if day < 9 else "[flood]"}
        newsroom.write(f"n{day:02}.md", article(f"Day {day:02}", **keys))
    newsroom.sync()
    client, found, names = newsroom.client(), list[str](), list[str]()
    url = "/tag/flood/atom.xml"
    while url:
        body = client.get(url).data
        found += titles(body)
        names.append(ElementTree.fromstring(body).findtext(f"{ATOM}title") or "")
        url = previous(body)
    assert found == [f"Day {day:02}" for day in range(11, 0, -1)]
    assert names[0] == "flood – The Daily Quay"
    assert names[-1] == "Flood – The Daily Quay"
    settled = client.get("/tag/flood/archive/1/atom.xml").data
    newsroom.configure(
        newsroom.config.file.read_text().replace("archive_items = 2", "archive_items = 3")
    )
    newsroom.sync()
    assert titles(newsroom.client().get("/tag/flood/archive/1/atom.xml").data) == [
        "Day 03",
        "Day 02",
        "Day 01",
    ]
    assert titles(settled) == ["Day 02", "Day 01"]


def test_an_embargo_holds_the_name_back_too(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("Later", embargoed="2026-11-24", keywords="[merger]"))
    newsroom.sync()
    with pytest.raises(NotFoundError):
        newsroom.document("tag/merger")
    assert newsroom.client().get("/tag/merger/").status_code == 404
    newsroom.now += timedelta(days=2)
    assert titles(newsroom.document("tag/merger").body) == ["Later"]


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("Archive", "tag/archive_"),
        ("corrections", "tag/corrections_"),
        ("RSS", "tag/rss_"),
        ("الفيضانات", "tag/الفيضانات"),
        ("C++ & Rust", "tag/c-rust"),
        ("x" * 300, f"tag/{'x' * 80}"),
    ],
)
def test_any_keyword_has_an_address(newsroom: Newsroom, word: str, path: str) -> None:
    newsroom.write("a.md", article(keywords=f'["{word}"]'))
    newsroom.sync()
    client = newsroom.client()
    answer = client.get(f"/{path}/rss.xml")
    assert titles(answer.data) == ["Harbour Opens"]
    name = ElementTree.fromstring(answer.data).findtext("channel/title")
    assert name == f"{word} – The Daily Quay"
    assert client.get(f"/{path}/corrections/rss.xml").status_code == 200
    assert client.get(f"/{path}/").status_code == 200


SEVERAL = CONFIG + '[sections."alam"]\nlanguage = "ar"\nedition_of = "world"\n[sections."world"]\n'


@pytest.fixture
def several(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("several", SEVERAL)
    newsroom.write("alam/a.md", article("Salam"))
    newsroom.write("world/b.md", article("Hello", published="2026-11-20"))
    newsroom.write("world/c.md", article("Olá", published="2026-11-19", language="pt-BR"))
    newsroom.sync()
    return newsroom


def languages(body: bytes) -> dict[str | None, str | None]:
    root = ElementTree.fromstring(body)
    links = [*root.findall(f"{ATOM}link"), *root.findall(f"channel/{ATOM}link")]
    return {it.get("hreflang"): it.get("href") for it in links if it.get("hreflang")}


def test_every_language_has_a_feed(several: Newsroom) -> None:
    for code, title in (("ar", "Salam"), ("en", "Hello"), ("pt-br", "Olá")):
        assert titles(several.document(f"lang/{code}").body) == [title]
    feed = json_feed.load(several.document("lang/pt-br", "json").body)
    assert (feed["title"], feed["language"]) == ("The Daily Quay (pt-BR)", "pt-BR")
    assert "language" not in feed["items"][0] or feed["items"][0]["language"] == "pt-BR"


def test_the_editions_of_a_feed_lead_to_each_other(several: Newsroom) -> None:
    url = "https://feeds.quay.example"
    forms: tuple[Format, ...] = ("rss", "atom")
    for format in forms:
        file = FILES[format]
        site = languages(several.document("", format).body)
        assert site == {it: f"{url}/lang/{it}/{file}" for it in ("ar", "en")}
        assert languages(several.document("lang/ar", format).body) == {
            "en": f"{url}/lang/en/{file}"
        }
        assert languages(several.document("alam", format).body) == {"en": f"{url}/world/{file}"}
        assert languages(several.document("world", format).body) == {"ar": f"{url}/alam/{file}"}
        told = several.syndication.document(wanted("world", format, "corrections"), several.now)
        assert languages(told.body) == {}
    own = json_feed.load(several.document("world", "json").body)["_feedsvc"]
    assert own["editions"] == [{"url": f"{url}/alam/feed.json", "language": "ar"}]


def test_a_section_in_another_language_is_in_other_feeds(several: Newsroom) -> None:
    several.configure(SEVERAL.replace('"ar"', '"fa"'))
    several.now += timedelta(seconds=5)
    several.sync()
    assert titles(several.document("lang/fa").body) == ["Salam"]
    assert titles(several.document("lang/ar").body) == []


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('[sections.a]\nedition_of = "b"\n', 'is "b", which is not in [sections]'),
        ('[sections.a]\nedition_of = "a"\n', 'is "a", which is an edition itself'),
        (
            '[sections.a]\nedition_of = "b"\n[sections.b]\nedition_of = "c"\n[sections.c]\n',
            'is "b", which is an edition itself',
        ),
    ],
)
def test_an_edition_of_nothing_is_refused(newsroom: Newsroom, lines: str, sentence: str) -> None:
    (newsroom.root / "config.toml").write_text(CONFIG + lines)
    with pytest.raises(ConfigError, match=r"edition_of: ") as caught:
        load(newsroom.root / "config.toml", {})
    assert sentence in str(caught.value)


@pytest.mark.parametrize("value", ['["section"]', "7", '["tag", 7]'])
def test_other_kinds_are_refused(newsroom: Newsroom, value: str) -> None:
    text = CONFIG.replace("items", f"by = {value}\nitems")
    with pytest.raises(
        ConfigError, match=r'feeds\.by: must be a list of "author", "tag" and "lang"'
    ):
        newsroom.configure(text)


def test_who_wants_none_has_none(filled: Newsroom) -> None:
    filled.configure(CONFIG.replace("items", "by = []\nitems"))
    filled.now += timedelta(seconds=5)
    filled.sync()
    with filled.database.reading() as connection:
        listed = connection.exec_driver_sql("SELECT DISTINCT section FROM listings").scalars()
        assert {*listed} == {"", "world", "sport"}
    assert titles(filled.document("tag/us-floods").body) == []  # readers are told that it is empty


def test_an_edition_holds_them(filled: Newsroom) -> None:
    app = create_app(filled.config, filled.database, lambda: filled.now)
    with opened_folder(filled.root / "out") as out:
        StaticSite(out, app.extensions[KEY], partial(page_files, app), partial(page, app)).build()
    for path in ("author/jose-munoz/rss.xml", "tag/us-floods/corrections/feed.json"):
        assert (filled.root / "out" / "site" / path).read_bytes() == filled.client().get(
            f"/{path}"
        ).data


def test_a_cdn_can_purge_them(filled: Newsroom) -> None:
    filled.configure(CONFIG + '[cdn]\ntags = "surrogate-key"\n')
    tags = filled.client().get("/tag/us-floods/rss.xml").headers["Surrogate-Key"]
    assert tags.split()[:3] == ["feed:/tag/us-floods", "feedsvc", "tag:us-floods"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/author/ida-roe/feed/", "/author/ida-roe/rss.xml"),
        ("/author/ida-roe/rss/", "/author/ida-roe/rss.xml"),
        ("/tag/us-floods/feed/", "/tag/us-floods/rss.xml"),
        ("/tag/us-floods/rss/", "/tag/us-floods/rss.xml"),
        ("/tag/world/rss/", "/world/rss.xml"),
    ],
)
def test_other_systems_have_them_at_addresses_that_lead_here(
    filled: Newsroom, old: str, new: str
) -> None:
    filled.configure(CONFIG + '[urls]\nstyle = ["wordpress", "ghost"]\n')
    answer = filled.client().get(old)
    assert (answer.status_code, answer.headers["Location"]) == (301, new)


def test_a_topic_is_called_as_its_address_where_nobody_spells_it() -> None:
    assert topics.name("tag/archive_", []) == "archive"
    assert topics.name("author/ida-roe", []) == "ida roe"


def test_a_page_leads_to_the_other_languages(several: Newsroom) -> None:
    client = several.client()
    link = '<a href="/alam/" hreflang="ar" lang="ar">العربية</a>.'
    assert link in client.get("/world/").text
    assert 'href="/lang/en/" hreflang="en" lang="en">English</a>.' in client.get("/lang/ar/").text
    assert "In other languages" not in client.get("/author/none/").text
    site = client.get("/feeds/latest").text
    assert site.index("العربية") < site.index(">English<")


@pytest.mark.parametrize("code", ["qaa", "xx-unknown-yy"])
def test_a_language_without_a_name_is_told_by_its_code(code: str) -> None:
    assert language(code) == code
    assert direction(code) == "auto"


def test_a_page_leads_to_authors_and_keywords(filled: Newsroom) -> None:
    page = filled.client().get("/sport/").text
    assert '<a href="/author/ida-roe/">Ida Roe</a>' in page
    assert '<a href="/tag/us-floods/" rel="tag">us floods</a>' in page
    assert ">!<" not in page
    assert "/author/the-daily-quay/" not in filled.client().get("/feeds/latest").text
    filled.configure(CONFIG.replace("items", "by = []\nitems"))
    assert "/author/" not in filled.client().get("/sport/").text
