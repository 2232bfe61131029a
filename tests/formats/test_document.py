"""Whole documents: as bytes, and as feedparser reads them back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier
from typing import Any
from xml.etree import ElementTree

import pytest

from feedsvc.model.feed import FILES, FORMATS, Document, Format
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.syndication.feeds import Feeds
from tests.conftest import CONFIG as PLAIN
from tests.conftest import MakeNewsroom, Newsroom, article, png, wanted
from tests.formats.full import CONFIG, IN_ATOM, fill
from tests.tools.golden import Golden
from tests.tools.json_feed import parse

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"

BRIDGE = "tag:quay.example,2026:local/bridge"
XML: tuple[Format, ...] = ("rss", "atom")
SECTIONS = ["", "world", "world/europe", "local", "ar"]


@pytest.fixture
def full(make_newsroom: Any) -> Newsroom:
    return fill(make_newsroom("full", CONFIG))


def parsed(newsroom: Newsroom, section: str = "", format: Format = "rss") -> Any:
    feed = parse(newsroom.document(section, format).body)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def entry(newsroom: Newsroom, format: Format, entry_id: str = BRIDGE) -> Any:
    return next(entry for entry in parsed(newsroom, "", format).entries if entry.id == entry_id)


def item(newsroom: Newsroom, entry_id: str = BRIDGE) -> ElementTree.Element:
    root = ElementTree.fromstring(newsroom.document("", "rss").body)
    return next(item for item in root.iter("item") if item.findtext("guid") == entry_id)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("section", SECTIONS)
def test_documents_are_the_same_as_before(
    full: Newsroom, golden: Golden, section: str, format: Format
) -> None:
    name = f"{section.replace('/', '-') or 'site'}.{FILES[format]}"
    golden(name, full.document(section, format).body)


@pytest.mark.parametrize("section", SECTIONS)
def test_rss_and_atom_have_the_same_contents(full: Newsroom, section: str) -> None:
    rss, atom = parsed(full, section, "rss"), parsed(full, section, "atom")
    assert [IN_ATOM.get(e.id, e.id) for e in rss.entries] == [e.id for e in atom.entries]
    for one, other in zip(rss.entries, atom.entries, strict=True):
        assert unescape(one.title) == unescape(other.title)
        assert one.link == other.link
        assert one.published_parsed == other.published_parsed
        assert one.summary == other.summary
        assert one.author == ", ".join(a.name for a in other.authors)
        assert one.enclosures[:1] == [] or one.enclosures[0].href == other.enclosures[0].href
        assert related(one) == related(other)
        assert sorted(t.label or t.term for t in one.get("tags", [])) == sorted(
            t.label for t in other.get("tags", [])
        )
        assert one.content[0].value == other.content[0].value


def related(entry: Any) -> list[tuple[str, str]]:
    return [(link.href, link.title) for link in entry.links if link.rel == "related"]


@pytest.mark.parametrize("format", XML)
def test_an_entry_carries_what_its_record_says(full: Newsroom, format: Format) -> None:
    parsed_entry = entry(full, format)
    assert unescape(parsed_entry.title) == "Harbour Bridge: <3 Years & Counting"
    assert parsed_entry.link == "https://quay.example/local/bridge"
    assert parsed_entry.published_parsed[:5] == (2026, 11, 21, 8, 30)
    assert unescape(parsed_entry.summary) == (
        'Ferries keep running until "Sunday" & engineers watch the <new> bearings.'
    )
    names = ", ".join(author.name for author in parsed_entry.authors)
    assert names == "Mara Oduya, Jonas Lindqvist"
    assert parsed_entry.media_thumbnail[0]["width"] == "4"
    assert [media["url"].rpartition("/")[2] for media in parsed_entry.media_content] == [
        "bridge.png",
        "plan.jpg",
        "unmeasured.jpg",
        "bridge.mp3",
    ]
    assert related(parsed_entry) == [
        ("https://quay.example/world/europe/tunnel", "The Tunnel Opens"),
        ("https://quay.example/longread?a=1&b=2", "How the Bearings Failed"),
    ]


def test_rss_has_the_one_enclosure_that_matters_most_with_its_true_length(full: Newsroom) -> None:
    (enclosure,) = item(full).findall("enclosure")
    assert enclosure.attrib == {
        "url": "https://cdn.quay.example/bridge.mp3",
        "length": "90000",
        "type": "audio/mpeg",
    }


def test_atom_has_an_enclosure_for_each_file_that_was_measured(full: Newsroom) -> None:
    enclosures = entry(full, "atom").enclosures
    assert [(it.type, it.length, it.title) for it in enclosures] == [
        ("audio/mpeg", "90000", "The bells"),
        ("image/png", "68", "The first bus crosses & waves."),
        ("image/jpeg", "4711", "The plan."),
    ]


def test_an_image_that_was_not_measured_is_shown_but_no_enclosure(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(image='{url: "https://cdn.example/a.jpg", type: image/jpeg}'))
    newsroom.sync()
    for format in XML:
        parsed_entry = parsed(newsroom, "", format).entries[0]
        assert parsed_entry.enclosures == []
        assert parsed_entry.media_content == [
            {"url": "https://cdn.example/a.jpg", "type": "image/jpeg", "medium": "image"}
        ]
        assert 'src="https://cdn.example/a.jpg"' in parsed_entry.content[0].value


def test_a_drawing_with_broken_sizes_has_whole_ones_or_none(newsroom: Newsroom) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="300.6" height="0.2"/>'
    newsroom.write("a.svg", drawing)
    newsroom.write("a.md", article(image="{file: a.svg}"))
    assert newsroom.sync().problems == ()
    (media,) = parsed(newsroom).entries[0].media_content
    assert (media["type"], media["width"], media.get("height")) == ("image/svg+xml", "301", None)


def test_captions_and_credits_are_beside_their_picture(full: Newsroom) -> None:
    first = item(full).find(f"{MEDIA}content")
    assert first is not None
    assert first.findtext(f"{MEDIA}text") == "The first bus crosses & waves."
    assert first.findtext(f"{MEDIA}credit") == "Ines Falk / The Daily Quay"
    assert not list(item(full).iter(f"{MEDIA}description"))


def test_the_content_is_deck_note_pictures_body_sound_and_related_stories(full: Newsroom) -> None:
    content = entry(full, "atom").content[0].value
    order = [
        '<p><strong>Ferries keep running until "Sunday" &amp; engineers watch the &lt;new&gt;',
        "Correction: the bridge is 312 metres long, not 321.",
        "<figure><img",
        "<figcaption>The first bus crosses &amp; waves. <small>Ines Falk",
        "The first bus crossed at <em>6:12</em>",
        'href="https://quay.example/timetable"',
        'alt="a plan"',
        "Crowds cheered ]]&gt; loudly.",
        "https://cdn.quay.example/plan.jpg",
        "<figcaption>The plan.</figcaption></figure>",
        "https://cdn.quay.example/unmeasured.jpg",
        '<a href="https://quay.example/local/bridge">The bells</a>',
        "<h3>Related stories</h3>",
        'href="https://quay.example/world/europe/tunnel"',
        "<li>A Story Nobody Has Written Yet</li>",
    ]
    places = [content.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "script" not in content
    assert "onclick" not in content


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("word", ["SECRET", "BYGONE", "DRAFT", "TOMORROW", "HELD", "embargoed"])
def test_an_article_that_is_not_published_is_in_no_feed(
    full: Newsroom, section: str, format: Format, word: str
) -> None:
    assert word not in full.text(section, format)


def test_the_links_of_a_channel_are_before_its_link_and_the_page_before_other_languages(
    full: Newsroom,
) -> None:
    channel = ElementTree.fromstring(full.document("", "rss").body)[0]
    tags = [child.tag for child in channel]
    links = channel.findall(f"{ATOM}link")
    assert tags.index("link") == tags.index(f"{ATOM}link") + len(links)
    first, *others = [it.attrib for it in links if it.get("rel") == "alternate"]
    page = {"href": "https://quay.example/", "rel": "alternate", "type": "text/html"}
    assert first == page
    assert [it["hreflang"] for it in others] == ["ar", "en"]


@pytest.mark.parametrize("format", XML)
def test_pictures_keep_their_proportions_in_readers_that_limit_their_width(
    newsroom: Newsroom, format: Format
) -> None:
    newsroom.write("a.png", png(4, 3))
    body = '<p><img src="https://a.example/b" width="9" height="8" alt="<img>"></p>'
    newsroom.write("a.md", article("A", body, summary="B", image="{file: a.png}"))
    newsroom.sync()
    root = ElementTree.fromstring(newsroom.document("", format).body)
    content = root.findtext(f".//{CONTENT}") or root.findtext(f".//{ATOM}content") or ""
    images = re.findall(r"<img (?:[^<>\"]|\"[^\"]*\")*>", content)
    assert len(images) == 2
    assert all(image.count('style="height:auto"') == 1 for image in images)


def test_related_links_are_after_the_link_of_the_item(full: Newsroom) -> None:
    tags = [child.tag for child in item(full)]
    assert tags.index("link") < tags.index(f"{ATOM}link")


def test_an_atom_entry_has_exactly_one_alternate_and_it_is_first(full: Newsroom) -> None:
    root = ElementTree.fromstring(full.document("", "atom").body)
    for element in root.iter(f"{ATOM}entry"):
        rels = [link.get("rel", "alternate") for link in element.iter(f"{ATOM}link")]
        assert rels[0] == "alternate"
        assert rels.count("alternate") == 1


def test_the_heads_say_what_the_configuration_says(full: Newsroom) -> None:
    rss = parsed(full, "world/europe", "rss").feed
    atom = parsed(full, "world/europe", "atom").feed
    assert rss.title == atom.title == "Europe – The Daily Quay"
    assert rss.subtitle == atom.subtitle == "Letters from other harbours"
    assert rss.link == atom.link == "https://quay.example/world/europe"
    assert rss.language == "en"
    assert rss.rights == atom.rights == "© The Daily Quay"
    assert atom.logo == "https://quay.example/europe.png"
    assert rss.image.href == atom.icon == "https://quay.example/icon.png"
    assert atom.id == "tag:quay.example,2026:/world/europe"
    assert rss.generator == atom.generator == "feedsvc"
    assert rss.updated_parsed == atom.updated_parsed
    for format, feed in (("rss", rss), ("atom", atom)):
        (url,) = [link.href for link in feed.links if link.rel == "self"]
        assert url == f"https://feeds.quay.example/world/europe/{format}.xml"


def test_an_entry_has_its_language_if_the_feed_has_another(full: Newsroom) -> None:
    assert full.text("", "atom").count('xml:lang="ar"') == 1
    assert full.text("", "atom").count('xml:lang="de"') == 1
    assert "<dc:language>de</dc:language>" in full.text("", "rss")
    assert '<div dir="rtl" lang="ar">' in entry(
        full, "atom", "tag:quay.example,2026:ar/cafe"
    ).content[0].value.replace("&lt;", "<")


def test_comments_are_linked_and_counted(full: Newsroom) -> None:
    element = item(full)
    assert element.findtext("comments") == "https://quay.example/bridge#comments"
    assert element.findtext("{http://purl.org/rss/1.0/modules/slash/}comments") == "7"
    replies = [link for link in entry(full, "atom").links if link.rel == "replies"]
    assert [(link.href, link["thr:count"]) for link in replies] == [
        ("https://quay.example/bridge#comments", "7")
    ]
    assert "<thr:total>7</thr:total>" in full.text("", "atom")


def test_an_article_is_in_its_section_and_in_all_above(full: Newsroom) -> None:
    for section in ("", "world", "world/europe"):
        assert "The Tunnel Opens" in full.text(section)
    assert '<guid isPermaLink="false">tag:quay.example,2026:world/europe/tunnel' not in full.text(
        "local"
    )


def test_related_is_not_implied_the_other_way(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("One", related="[b]"))
    newsroom.write("b.md", article("Two"))
    newsroom.sync()
    entries = {e.title: e for e in parsed(newsroom).entries}
    assert len(related(entries["One"])) == 1
    assert related(entries["Two"]) == []


def test_a_related_url_of_the_article_itself_is_left_out(newsroom: Newsroom) -> None:
    url = "https://quay.example/a"
    other = "https://quay.example/b"
    newsroom.write("a.md", article(related=f'["{url}", "{other}", b]'))
    newsroom.write("b.md", article("Two"))
    newsroom.sync()
    one = next(e for e in parsed(newsroom).entries if e.link == url)
    assert [link.href for link in one.links if link.rel == "related"] == [other]


def test_a_headline_is_linked_once_its_article_is_published(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(related='[{headline: "Später"}]'))
    newsroom.sync()
    before = parsed(newsroom).entries[0]
    assert related(before) == []
    assert "<li>Später</li>" in before.content[0].value
    newsroom.write("b.md", article("Später", published="2026-11-20"))
    newsroom.sync()
    assert related(parsed(newsroom).entries[0]) == [("https://quay.example/b", "Später")]


def test_a_feed_of_summaries_shows_image_and_summary_and_no_body(make_newsroom: Any) -> None:
    newsroom = fill(
        make_newsroom("short", CONFIG.replace("[feeds]", '[feeds]\ncontent = "summary"'))
    )
    content = entry(newsroom, "rss").content[0].value
    assert "<figure><img" in content
    assert "engineers watch the &lt;new&gt; bearings." in content
    assert "Crowds cheered" not in content


def test_a_body_that_shows_the_lead_image_gets_no_second_one(newsroom: Newsroom) -> None:
    newsroom.write("a.png", b"\x89PNG\r\n\x1a\n")
    newsroom.write("a.md", article(image="{file: a.png}", body="![here](a.png)"))
    newsroom.sync()
    assert newsroom.text().count("<img ") == 1


@pytest.mark.parametrize("keys", [{"embargoed": "2027-01-01"}, {"status": "withheld"}])
def test_a_headline_that_is_not_out_yet_is_not_even_named(
    newsroom: Newsroom, keys: dict[str, str]
) -> None:
    newsroom.write("a.md", article(related='[{headline: "SECRET"}, {headline: "Unknown"}]'))
    newsroom.write("b.md", article("SECRET", **keys))
    newsroom.sync()
    for format in FORMATS:
        assert "SECRET" not in newsroom.text("", format)
        assert "Unknown" in newsroom.text("", format)


def test_an_empty_feed_is_a_feed(newsroom: Newsroom) -> None:
    newsroom.sync()
    for format in XML:
        feed = parsed(newsroom, "", format)
        assert feed.entries == []
        assert feed.feed.title == "The Daily Quay"


def test_an_empty_feed_is_dated_by_the_day_of_its_tag(newsroom: Newsroom) -> None:
    newsroom.configure(PLAIN.replace("[site]", '[site]\ntag = "quay.example,2025-03"', 1))
    newsroom.sync()
    first_day = datetime(2025, 3, 1, tzinfo=UTC)
    feeds = newsroom.syndication
    for path in FeedPath(""), FeedPath("", "corrections"):
        documents = {
            format: feeds.document(FeedRequest(path, format), newsroom.now) for format in FORMATS
        }
        assert {document.last_modified for document in documents.values()} == {first_day}
        assert b"<updated>2025-03-01T00:00:00+00:00</updated>" in documents["atom"].body
        assert b"lastBuildDate" not in documents["rss"].body


def test_an_empty_feed_with_a_tombstone_is_dated_by_it(newsroom: Newsroom) -> None:
    file = newsroom.write("sport/a.md", article())
    newsroom.sync()
    file.unlink()
    newsroom.sync()
    newsroom.now += timedelta(minutes=10)
    newsroom.sync()  # so that it is deleted for good
    assert "<updated>2026-11-23T12:10:00+00:00</updated>" in newsroom.text("sport", "atom")
    assert "lastBuildDate" not in newsroom.text("sport", "rss")


def test_without_a_byline_the_site_is_the_author(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article())
    newsroom.sync()
    for format in FORMATS:
        assert [a.name for a in parsed(newsroom, "", format).entries[0].authors] == [
            "The Daily Quay"
        ]


@pytest.mark.parametrize("format", FORMATS)
def test_ids_survive_a_change_of_everything_else(newsroom: Newsroom, format: Format) -> None:
    newsroom.write("local/a.md", article("Before", id="quay-1"))
    newsroom.sync()
    before = parsed(newsroom, "", format).entries[0].id
    (newsroom.root / "articles/local/a.md").unlink()
    newsroom.configure(
        newsroom.config.root.joinpath("config.toml")
        .read_text()
        .replace(
            'url = "https://quay.example"', 'url = "http://new.example"\ntag = "quay.example,2026"'
        )
    )
    newsroom.write(
        "world/b.md",
        article("After", id="quay-1", slug="c", published="2026-11-22", url="https://x.example/"),
    )
    newsroom.sync()
    (after,) = parsed(newsroom, "", format).entries
    assert after.title == "After"
    assert after.id == before == "tag:quay.example,2026:quay-1"


@pytest.mark.parametrize("format", FORMATS)
def test_same_articles_same_bytes_in_another_folder_on_another_day(
    full: Newsroom, make_newsroom: Any, format: Format
) -> None:
    other = make_newsroom("again", CONFIG)
    other.now = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    fill(other)
    for section in SECTIONS:
        one, two = full.document(section, format), other.document(section, format)
        assert one.body == two.body
        assert one.etag == two.etag


def test_rendering_twice_gives_the_same_bytes(full: Newsroom) -> None:
    first = full.document("", "rss")
    with full.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM fragments")
    assert full.document("", "rss") == first


def test_a_kept_fragment_is_used_and_a_stale_one_is_not(full: Newsroom) -> None:
    before = full.kept()
    with full.database.writing() as connection:
        connection.exec_driver_sql("UPDATE fragments SET data = X'3C6B6570742F3E'")
    assert "<kept/>" in full.text()
    with full.database.writing() as connection:
        connection.exec_driver_sql("UPDATE fragments SET digest = 'of something else'")
    assert full.text() == before


def test_nothing_with_a_future_moment_dates_a_feed(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(updated="2027-01-01"))
    newsroom.sync()
    assert parsed(newsroom).feed.updated_parsed[:4] == (2026, 11, 21, 8)
    assert newsroom.document().last_modified < newsroom.now + timedelta(seconds=1)


def test_a_process_keeps_finished_feeds_as_far_as_they_fit(full: Newsroom) -> None:
    feeds, local, world = Feeds(full.config, full.database, 1), wanted("local"), wanted("world")
    first = feeds.document(local, full.now)
    assert feeds.ready(local, full.now)
    feeds.document(world, full.now)
    assert feeds.ready(local, full.now) is None
    assert feeds.document(local, full.now) == first


def test_of_many_who_ask_at_once_one_makes_the_feed(full: Newsroom) -> None:
    feeds, together = full.syndication, Barrier(8)

    def ask() -> Document:
        together.wait(10)
        return feeds.document(wanted(), full.now)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
    first = feeds.document(wanted(), full.now)
    assert all(answer.result() is first for answer in asked)


@pytest.mark.parametrize(
    "path", ["rss.xml", "atom.xml", "archive/1/atom.xml", "corrections/rss.xml"]
)
def test_feeds_have_a_style_sheet_for_browsers_on_request(newsroom: Newsroom, path: str) -> None:
    text = newsroom.config.file.read_text().replace(
        "items = 30", "items = 1\nhours = 0\narchive_items = 1"
    )
    for day in range(10, 15):
        keys = {"published": f"2026-11-{day}", "updated": "2026-11-20", "note": "Mended."}
        newsroom.write(f"{day}.md", article(**keys))
    newsroom.configure(text)
    newsroom.sync()
    plain = newsroom.client().get(f"/{path}")
    newsroom.configure(text.replace("items = 1\n", 'items = 1\nbrowser_view = "css"\n', 1))
    newsroom.now += timedelta(seconds=5)
    newsroom.sync()
    client = newsroom.client()
    styled = client.get(f"/{path}")
    line = '<?xml-stylesheet type="text/css" href="https://feeds.quay.example/static/feed.css"?>\n'
    assert styled.text.replace(line, "") == plain.text
    assert styled.text.splitlines()[1] + "\n" == line
    assert styled.headers["ETag"] != plain.headers["ETag"]
    with client.get("/static/feed.css") as sheet:
        assert sheet.mimetype == "text/css"
    assert "stylesheet" not in client.get("/feed.json").text


def test_without_an_icon_the_logo_is_the_image_of_an_rss_feed(newsroom: Newsroom) -> None:
    newsroom.configure(PLAIN.replace("[site]", '[site]\nlogo = "/logo.png"', 1))
    newsroom.write("a.md", article())
    newsroom.sync()
    assert parsed(newsroom).feed.image.href == "https://quay.example/logo.png"


def test_an_rss_item_has_the_moment_of_its_change_if_it_was_changed(full: Newsroom) -> None:
    assert item(full).findtext(f"{ATOM}updated") == "2026-11-22T10:00:00+00:00"
    assert entry(full, "rss").updated_parsed[:4] == (2026, 11, 22, 10)
    assert entry(full, "rss").published_parsed[:4] == (2026, 11, 21, 8)
    unchanged = item(full, "tag:quay.example,2026:world/europe/tunnel")
    assert unchanged.find(f"{ATOM}updated") is None


DURATION = "{http://www.itunes.com/dtds/podcast-1.0.dtd}duration"


def test_an_rss_item_has_the_duration_of_its_enclosure_for_podcast_players(full: Newsroom) -> None:
    assert item(full).findtext(DURATION) == "95"


@pytest.mark.parametrize(
    "media",
    [
        '{url: "https://cdn.example/a.mp3", type: audio/mpeg, length: 9}',
        '{url: "https://cdn.example/a.mp3", type: audio/mpeg, duration: 9}',
    ],
)
def test_without_a_duration_or_an_enclosure_there_is_none(newsroom: Newsroom, media: str) -> None:
    newsroom.write("a.md", article(id="a", media=f"[{media}]"))
    newsroom.sync()
    assert item(newsroom, "tag:quay.example,2026:a").find(DURATION) is None


def test_an_author_has_an_email_only_alone(newsroom: Newsroom) -> None:
    mara = "{name: Mara Oduya, email: mara@quay.example}"
    newsroom.write("a.md", article("Alone", byline=f"[{mara}]"))
    newsroom.write("b.md", article("Together", byline=f"[{mara}, Jonas Lindqvist]"))
    newsroom.sync()
    entries = {it.title: it for it in parsed(newsroom, "", "atom").entries}
    assert entries["Alone"].author_detail.email == "mara@quay.example"
    assert entries["Together"].author == "Jonas Lindqvist"
    assert "email" not in entries["Together"].authors[0]
    for format in FORMATS:
        assert newsroom.text("", format).count("mara@quay.example") == (format == "atom")


DECK = "<p><strong>Ships &lt;3 came.</strong></p>"


@pytest.mark.parametrize(
    "body",
    [
        "Rain fell.",
        "Rain fell.\n\nShips came.",
        "# Ships\n\nThree of them.",
        "Ships <b>3 came</b>.",
    ],
)
def test_a_deck_of_its_own_is_the_first_paragraph(newsroom: Newsroom, body: str) -> None:
    newsroom.write("a.png", png(4, 3))
    keys = {"summary": '"Ships <3 came."', "image": "{file: a.png}"}
    newsroom.write("a.md", article("One", body, **keys))
    newsroom.sync()
    for format in FORMATS:
        content = parse(newsroom.document("", format).body).entries[0].content[0].value
        assert content.startswith(f"{DECK}\n<figure>")


@pytest.mark.parametrize(
    "body",
    [
        "Ships &lt;3 came. Rain fell.",
        "*Ships* &lt;3\ncame. Rain fell.",
        '<figure><img src="https://a.example/b"><figcaption>A quay.</figcaption></figure>\n\n'
        "Ships &lt;3 came.",
        "## Harbour\n\nShips &lt;3 came. Rain fell.",
        "LISBON\n\nShips &lt;3 came. Rain fell.",
        f"[Ships](https://a.example/{'b' * 300}) &lt;3 came.",
        f'<img src="https://a.example/{"b" * 300}"> Ships &lt;3 came.',
        '<math alttext="Ships"><mi>S</mi></math> &lt;3 came. Rain fell.',
    ],
)
def test_a_deck_that_the_body_begins_with_is_not_repeated(newsroom: Newsroom, body: str) -> None:
    newsroom.write("a.md", article("One", body, summary='"Ships <3 came."'))
    newsroom.sync()
    assert newsroom.text("", "json").count("came.") == 2  # the summary, and the text


@pytest.mark.parametrize(
    "body",
    [
        "word " * 400,
        "It rained.\n\n## Ships\n\nThree came.",
        "It[^1] rained.\n\n[^1]: Hard.",
        "It rained.\n\n![A quay](https://a.example/b.jpg)\n\nThree came.",
    ],
)
def test_a_summary_that_was_made_from_the_body_is_no_deck(newsroom: Newsroom, body: str) -> None:
    newsroom.write("a.md", article("One", body))
    newsroom.sync()
    assert parsed(newsroom).entries[0].summary
    assert "<strong>" not in newsroom.text()


def test_a_brief_of_a_picture_alone_shows_its_deck(newsroom: Newsroom) -> None:
    newsroom.write("a.png", png(4, 3))
    newsroom.write("a.md", article("One", "", summary='"Ships <3 came."', image="{file: a.png}"))
    newsroom.sync()
    assert parsed(newsroom).entries[0].content[0].value.startswith(f"{DECK}\n<figure>")


def test_a_feed_of_summaries_shows_no_further_pictures(make_newsroom: MakeNewsroom) -> None:
    short = CONFIG.replace("[feeds]", '[feeds]\ncontent = "summary"')
    content = entry(fill(make_newsroom("short", short)), "rss").content[0].value
    assert content.count("<img") == 1
    assert content.count("engineers watch") == 1


def test_a_picture_is_in_a_text_once(newsroom: Newsroom) -> None:
    for name in "abc":
        newsroom.write(f"{name}.png", png(4, ord(name)))
    images = '[{file: a.png}, {file: b.png, caption: "The quay."}, {file: c.png}, {file: b.png}]'
    newsroom.write(
        "a.md", article("One", "![](c.png)", summary="B", images=images, image="{file: a.png}")
    )
    newsroom.sync()
    content = parsed(newsroom).entries[0].content[0].value
    assert re.findall(r"articles/(\w)\.png", content) == ["a", "c", "b"]
    assert "<figcaption>The quay.</figcaption>" in content


@pytest.mark.parametrize(
    ("language", "note", "shown"),
    [
        ("en", "It rained.", "Correction: It rained."),
        ("en", "CORRECTION (Monday): it rained.", "CORRECTION (Monday): it rained."),
        ("en", "*Correction* – it rained.", "Correction – it rained."),
        ("de", "Korrekturhinweis: Es hat geregnet.", "Korrekturhinweis: Es hat geregnet."),
        ("de", "Es hat geregnet.", "Korrektur: Es hat geregnet."),
        ("zh", "更正：下雨了。", "更正：下雨了。"),
    ],
)
def test_the_word_for_a_correction_stands_once(
    newsroom: Newsroom, language: str, note: str, shown: str
) -> None:
    newsroom.configure(PLAIN.replace("[site]\n", "[site]\npages = true\n"))
    quoted = f'"{note}"'
    newsroom.write("a.md", article(language=language, note=quoted, updated="2026-11-22"))
    newsroom.sync()
    assert f"<p><em>{shown}</em></p>" in newsroom.text()
    page = newsroom.client().get("/a").text
    assert page.replace("<b>", "").replace("</b>", "").count(f"<p>{shown}</p>") == 1


def test_each_of_several_corrections_has_its_date(newsroom: Newsroom) -> None:
    notes = "[{date: 2026-11-22, text: One.}, {date: 2026-11-23 09:00, text: Correction two.}]"
    newsroom.configure(PLAIN.replace("[site]\n", "[site]\npages = true\n"))
    newsroom.write("a.md", article(note=notes))
    newsroom.sync()
    feed = newsroom.text()
    assert "<p><em>Correction, 22 November 2026: One.</em></p>" in feed
    assert "<p><em>23 November 2026, 09:00: Correction two.</em></p>" in feed
    page = newsroom.client().get("/a").text
    assert "<p><b>Correction, 22 November 2026:</b> One.</p>" in page
    assert '"datePublished":"2026-11-23T09:00:00+00:00"' in page.replace(": ", ":")


def test_a_formula_is_words_in_rss_alone(newsroom: Newsroom) -> None:
    formula = "<math><msup><mi>x</mi><mn>2</mn></msup></math>"
    newsroom.write("a.md", article("One", f"<p>Let {formula} be.</p>"))
    newsroom.sync()
    texts = {
        format: parse(newsroom.document("", format).body).entries[0].summary for format in FORMATS
    }
    assert set(texts.values()) == {"Let x^2 be."}
    assert "<p>Let x^2 be.</p>" in newsroom.text("", "rss")
    for format in ("atom", "json"):
        assert "msup" in newsroom.text("", format)
