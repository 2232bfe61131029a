"""Whole newsrooms with odd input, from the files to what readers get."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import html

from tests.conftest import CONFIG, MakeNewsroom, Newsroom, png

TypeIn = Callable[[str], tuple[dict[str, dict[str, Any]], list[str]]]
PAGES = CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"', 1)
INPUTS = Path(__file__).parent.parent / "data" / "typed"


@pytest.fixture
def type_in(newsroom: Newsroom, make_newsroom: MakeNewsroom):
    """Return a function that fills the newsroom, and returns its entries and its problems."""

    def fill(name: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
        shutil.copytree(INPUTS / name, newsroom.root / "articles", dirs_exist_ok=True)
        problems = [str(problem) for problem in newsroom.sync().problems]
        items = json.loads(newsroom.text("", "json"))["items"]
        check_xml(newsroom, items)
        pages = make_newsroom("pages", PAGES)
        shutil.copytree(newsroom.root / "articles", pages.root / "articles", dirs_exist_ok=True)
        check_pages(pages, items)
        return {item["id"].rpartition("/")[2]: item for item in items}, problems

    return fill


def check_xml(newsroom: Newsroom, items: list[dict[str, Any]]) -> None:
    """Check that RSS and Atom have the titles, addresses and words of the JSON Feed."""
    for format in ("rss", "atom"):
        body = newsroom.document("", format).body
        parser = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
        entries = {entry.id: entry for entry in parser.entries}
        assert entries.keys() == {item["id"] for item in items}
        for item in items:
            entry = entries[item["id"]]
            assert unescape(entry.title) == unescape(item["title"])
            assert entry.link == item["url"]
            content = entry.content[0].value if "content" in entry else entry.get("summary", "")
            assert words(content) == words(item.get("content_html", ""))


def check_pages(pages: Newsroom, items: list[dict[str, Any]]) -> None:
    """Check that the page of each article has the words of the JSON Feed."""
    pages.sync()
    for item in items:
        page = pages.client().get(urlsplit(item["url"]).path)
        assert page.status_code == 200
        # On a page, the deck stands above the byline.
        deck, end, rest = item.get("content_html", "").rpartition("</strong></p>\n")
        for part in (deck + end, rest) if deck.startswith("<p><strong>") else (deck + end + rest,):
            assert words(part) in words(page.text)


def words(markup: str) -> str:
    return " ".join(html.fromstring(f"<div>{markup}</div>").text_content().split())


def test_hidden_text_is_in_no_feed_and_on_no_page(type_in: TypeIn, newsroom: Newsroom) -> None:
    entries, problems = type_in("hidden-text")
    assert set(entries) == {"lock-gate", "lock-gate-two"}
    assert len(problems) == 5
    answers = [newsroom.text("", format) for format in ("rss", "atom", "json")]
    for hidden in ("lawyers", "GATE26", "old lede", "call the keeper", "spare line"):
        assert not any(hidden in answer for answer in answers)
    assert entries["lock-gate"]["summary"].startswith("The lock gate opened at noon. Three boats")


def test_an_update_without_a_note_is_no_correction(type_in: TypeIn, newsroom: Newsroom) -> None:
    entries, problems = type_in("updates-without-note")
    assert problems == []
    assert entries["live-count"]["date_modified"] == "2026-11-21T21:40:00Z"
    assert entries["timetable"]["date_published"] == "2026-11-21T06:00:00Z"
    for address in ("/corrections/rss.xml", "/local/corrections/feed.json"):
        answer = newsroom.client().get(address).text
        assert "count" not in answer
        assert "timetable" not in answer


def test_a_chart_of_any_size_leaves_a_link(type_in: TypeIn) -> None:
    entries, problems = type_in("chart-frames")
    content = entries["turnout"]["content_html"]
    assert '<a href="https://charts.quay.example/turnout/1/">Turnout by ward</a>' in content
    assert '<a href="https://maps.quay.example/turnout">Turnout by street</a>' in content
    assert '<img src="https://quay.example/wide.jpg" alt="The hall">' in content
    assert len(problems) == 2


def test_an_old_address_leads_to_a_feed_by_301_or_nowhere(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("old", (INPUTS / "old-addresses" / "config.toml").read_text("utf-8"))
    shutil.copytree(INPUTS / "old-addresses", newsroom.root / "articles", dirs_exist_ok=True)
    newsroom.sync()
    client = newsroom.client()
    for address in ("/feed/", "/category/local/feed/", "/feed/atom/", "/feed/rss2/"):
        assert client.get(address).status_code == 301
        assert client.head(address).status_code == 301
        assert client.get(address, follow_redirects=True).status_code == 200
    for address in ("/feed/json", "/local/first/feed", "/category/none/feed/", "/comments/feed/"):
        answer = client.get(address)
        assert answer.status_code in (301, 404)
        assert answer.status_code == 404 or client.get(answer.location).status_code == 200


def test_control_characters_part_words_or_stand_for_others(type_in: TypeIn) -> None:
    entries, problems = type_in("control-characters")
    assert problems == []
    strike, old = entries["ferry-strike"], entries["old-file"]
    assert strike["title"] == "Ferry strike ends"
    assert strike["summary"] == "Two lines of one deck."
    assert [author["name"] for author in strike["authors"]] == ["Ada Quill"]
    assert "<p>The ferry strike is over. Nobody asked why.</p>" in strike["content_html"]
    assert old["title"] == "Harbour 2010–2015: it’s done"
    assert old["content_html"] == "<p>She said “done” — and left.</p>"


def test_the_text_of_a_form_stays(type_in: TypeIn) -> None:
    entries, problems = type_in("forms")
    assert "<p>Nothing of it is left.</p>" in entries["whole-page"]["content_html"]
    assert "<form" not in entries["whole-page"]["content_html"]
    for words in ("Which is the fastest?", "Swift", "Tern"):
        assert words in entries["quiz"]["content_html"]
    assert all("the form is left out" in problem for problem in problems)


def test_readers_see_the_words_of_values_with_markup(type_in: TypeIn) -> None:
    entries, problems = type_in("markup-in-values")
    aurora, entities = entries["aurora"], entries["entities"]
    assert aurora["summary"] == "The Aurora sails again."
    assert "Correction: We had her name wrong." in aurora["content_html"]
    caption = "The Aurora. Her story <small>Ines Falk &amp; The Quay Test</small>"
    assert f"<figcaption>{caption}</figcaption>" in aurora["content_html"]
    assert entities["summary"] == "Café au lait…"
    assert "cited" not in entries
    assert [problem for problem in problems if "cited" in problem] == [
        "articles/local/cited.md:2:1: headline: has markup (<cite>); write plain text"
    ]
    assert any("headline: has &amp;, which readers see as it stands" in it for it in problems)


def test_a_link_to_a_file_leads_to_it(type_in: TypeIn, newsroom: Newsroom) -> None:
    entries, problems = type_in("links-to-files")
    content = entries["second"]["content_html"]
    assert problems == []
    assert '<a href="https://quay.example/local/first">the first</a>' in content
    assert '<a href="https://quay.example/local/first#end">its end</a>' in content
    links = [part.partition('"')[0] for part in content.split('href="')[1:]]
    files = [it.removeprefix("https://feeds.quay.example") for it in links if "/media/" in it]
    assert [file.rpartition("/")[2] for file in files] == ["minutes.pdf", "hall.jpg"]
    assert [newsroom.client().get(file).status_code for file in files] == [200, 200]


def test_each_embed_leaves_its_address(type_in: TypeIn) -> None:
    entries, problems = type_in("embeds")
    content = entries["embeds"]["content_html"]
    for address in (
        "https://www.facebook.com/quay/posts/1",
        "https://public.flourish.studio/visualisation/123",
        "https://www.youtube.com/embed/abc123XYZ_0",
        "https://twitter.com/quaybell/status/1",
        "https://www.instagram.com/p/AAAA/",
        "https://www.youtube.com/v/abc123XYZ_0",
        "https://quay.example/report.pdf",
        "https://polls.example/1",
    ):
        assert f'"{address}"' in content
    assert content.count("<iframe ") == 3
    assert len(problems) == 4


def test_each_picture_is_shown_or_noted(type_in: TypeIn) -> None:
    entries, problems = type_in("pictures-as-data")
    content = entries["pictures"]["content_html"]
    assert '<img src="https://quay.example/quay.jpg" width="600" height="400"' in content
    assert "<figure>Turnout <figcaption>Turnout. Source: the clerk</figcaption>" in content
    assert "data:" not in content
    assert [problem.partition("body: ")[2] for problem in problems] == [
        "a picture is pasted into the text; save it as a file beside and name that",
        "the drawing (svg) is left out; its words stay",
    ]


def test_an_article_file_with_another_suffix_is_read_or_noted(type_in: TypeIn) -> None:
    entries, problems = type_in("other-suffixes")
    assert set(entries) == {"one", "two", "five", "six"}
    assert [problem.partition(":")[0] for problem in problems] == [
        "articles/local/four.mdown",
        "articles/local/three.md.txt",
    ]


def test_a_lead_image_in_the_body_keeps_its_caption_and_credit(
    type_in: TypeIn, newsroom: Newsroom
) -> None:
    entries, _ = type_in("lead-in-body")
    content = entries["bridge"]["content_html"]
    words = "The first bus at dawn. <small>Ines Falk</small>"
    assert content.count("<img ") == 1
    assert f"<figcaption>{words}</figcaption>" in content
    newsroom.configure(CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"'))
    newsroom.sync()
    page = newsroom.client().get("/local/bridge").text
    assert '<meta property="og:image:alt" content="A red bus on a bridge">' in page
    assert words in page


def test_an_update_before_the_publication_is_none(type_in: TypeIn) -> None:
    entries, problems = type_in("updated-before-published")
    assert entries["morning"]["date_published"] == "2026-11-21T06:00:00Z"
    assert entries["morning"]["date_modified"] == "2026-11-21T06:00:00Z"
    assert len(problems) == 1
    assert problems[0].startswith(
        "articles/local/morning.md:3:1: note: updated: is before published"
    )


def test_a_hash_sign_cuts_no_headline(type_in: TypeIn) -> None:
    entries, problems = type_in("hash-in-headline")
    assert entries["vigil"]["title"] == "Vigil for #Quay26 victims"
    assert problems == []


def test_the_picture_of_a_body_is_the_image_of_the_entry(
    type_in: TypeIn, newsroom: Newsroom
) -> None:
    entries, _ = type_in("picture-of-body")
    assert entries["hall"]["image"] == "https://quay.example/hall.jpg"
    rss = newsroom.text("", "rss")
    assert '<media:content url="https://quay.example/hall.jpg"' in rss
    assert '<media:thumbnail url="https://quay.example/hall.jpg"' in rss


def test_a_large_picture_is_noted_and_shown_smaller(type_in: TypeIn, newsroom: Newsroom) -> None:
    newsroom.write("local/large.jpg", png(6000, 4000))
    entries, problems = type_in("large-picture")
    assert '<img src="' in entries["large"]["content_html"]
    assert ' width="1200" height="800"' in entries["large"]["content_html"]
    assert len(problems) == 1
    assert "6000" in problems[0]
