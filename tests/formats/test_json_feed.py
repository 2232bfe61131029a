"""JSON Feed 1.1: whole documents, compared with the Atom feed of the same articles."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from msgspec.structs import replace

from feedsvc.formats.delta import changes
from feedsvc.formats.document import assemble, rendered_entry
from feedsvc.formats.json_feed import TAIL, head
from feedsvc.formats.json_feed import entry as render
from feedsvc.model.feed import MARK, Author, Entry, Feed, Link
from tests.conftest import CONFIG as PLAIN
from tests.conftest import NOW, MakeNewsroom, Newsroom, article
from tests.formats.full import CONFIG, IN_ATOM, fill
from tests.tools.json_feed import load, parse

BRIDGE = "tag:quay.example,2026:local/bridge"
HOST = "https://feeds.quay.example"
ATOM = "{http://www.w3.org/2005/Atom}"
ENTRIES = f"{ATOM}entry"
SECTIONS = ["", "world", "world/europe", "local", "ar"]
ASKS = {"A-IM": "feed", "User-Agent": "python-reader/3.26"}


@pytest.fixture
def full(make_newsroom: MakeNewsroom) -> Newsroom:
    return fill(make_newsroom("full", CONFIG))


def document(newsroom: Newsroom, section: str = "") -> dict[str, Any]:
    return load(newsroom.document(section, "json").body)


def item(newsroom: Newsroom, article_id: str = BRIDGE) -> dict[str, Any]:
    return next(it for it in document(newsroom)["items"] if it["id"] == article_id)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_items_are_the_entries_of_the_atom_feed(full: Newsroom, section: str) -> None:
    entries = parse(full.document(section, "json").body).entries
    body = full.document(section, "atom").body
    atom = feedparser.parse(body).entries
    # As it is written: feedparser cleans the HTML that it reads.
    texts = [it.findtext(f"{ATOM}content") for it in ElementTree.fromstring(body).iter(ENTRIES)]
    assert [it.content[0].value for it in entries] == texts
    assert [IN_ATOM.get(it.id, it.id) for it in entries] == [it.id for it in atom] != []
    for one, other in zip(entries, atom, strict=True):
        assert (one.title, one.link) == (other.title, other.link)
        # The summary of Atom is HTML.
        assert one.summary == unescape(re.sub("</?p.*?>", "", other.summary))
        assert one.published_parsed == other.published_parsed
        assert one.updated_parsed == other.updated_parsed
        assert [it.name for it in one.authors] == [it.name for it in other.authors]
        assert [it.label for it in one.tags] == [it.label for it in other.get("tags", [])]
        measured = [(it.href, it.type, it.length) for it in one.enclosures if "length" in it]
        assert measured == [(it.href, it.type, it.length) for it in other.enclosures]
        related = [(it.href, it.title) for it in one.links if it.rel == "related"]
        assert related == [(it.href, it.title) for it in other.links if it.rel == "related"]


def test_an_item_says_what_its_record_says(full: Newsroom) -> None:
    bridge = item(full)
    text = bridge.pop("content_html")
    assert text.startswith("<p><strong>Ferries keep running")
    assert bridge == {
        "id": BRIDGE,
        "url": "https://quay.example/local/bridge",
        "title": "Harbour Bridge: <3 Years & Counting",
        "summary": 'Ferries keep running until "Sunday" & engineers watch the <new> bearings.',
        "image": f"{HOST}/media/9864fe5ac8f86a93/articles/local/bridge.png",
        "date_published": "2026-11-21T08:30:00Z",
        "date_modified": "2026-11-22T10:00:00Z",
        "author": {"name": "Mara Oduya"},
        "authors": [
            {"name": "Mara Oduya"},
            {"name": "Jonas Lindqvist", "url": "https://quay.example/jonas"},
        ],
        "tags": ["transport", "harbour & sea", "Local"],
        "attachments": [
            {
                "url": "https://cdn.quay.example/bridge.mp3",
                "mime_type": "audio/mpeg",
                "title": "The bells",
                "size_in_bytes": 90000,
                "duration_in_seconds": 95,
            },
            {
                "url": f"{HOST}/media/9864fe5ac8f86a93/articles/local/bridge.png",
                "mime_type": "image/png",
                "size_in_bytes": 68,
            },
            {
                "url": "https://cdn.quay.example/plan.jpg",
                "mime_type": "image/jpeg",
                "size_in_bytes": 4711,
            },
        ],
        "_feedsvc": {
            "note": "Correction: the bridge is 312 metres long, not 321.",
            "image": {
                "caption": "The first bus crosses & waves.",
                "credit": "Ines Falk / The Daily Quay",
                "focus": [0.5, 0.3],
            },
            "related": [
                {"url": "https://quay.example/world/europe/tunnel", "title": "The Tunnel Opens"},
                {
                    "url": "https://quay.example/longread?a=1&b=2",
                    "title": "How the Bearings Failed",
                },
            ],
            "comments": {"url": "https://quay.example/bridge#comments", "count": 7},
        },
    }


def test_the_head_says_what_the_configuration_says(full: Newsroom) -> None:
    feed = document(full, "world/europe")
    assert [it["id"] for it in feed.pop("items")] == [
        "tag:quay.example,2026:world/europe/tunnel",
        "https://old.example/?p=7&x=1",
    ]
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Europe – The Daily Quay",
        "home_page_url": "https://quay.example/world/europe",
        "feed_url": f"{HOST}/world/europe/feed.json",
        "description": "Letters from other harbours",
        "icon": "https://quay.example/icon.png",
        "favicon": "https://quay.example/icon.png",
        "language": "en",
        "hubs": [{"type": "WebSub", "url": f"{HOST}/hub"}],
        "_feedsvc": {
            "rights": "© The Daily Quay",
            "corrections": f"{HOST}/world/europe/corrections/feed.json",
        },
    }


def test_an_item_has_its_language_if_the_feed_has_another(full: Newsroom) -> None:
    languages = {it["id"].rpartition("/")[2]: it.get("language") for it in document(full)["items"]}
    assert languages["cafe"] == "ar"
    assert languages["bridge"] is None
    assert sorted(filter(None, languages.values())) == ["ar", "de"]


def test_text_from_right_to_left_is_written_as_it_is_with_its_direction(full: Newsroom) -> None:
    feed = document(full, "ar")
    assert feed["language"] == "ar"
    assert feed["items"][0]["content_html"].startswith('<div dir="rtl" lang="ar">\n')
    assert "بالعربية" in full.text("ar", "json")  # not as escapes


def test_an_empty_feed_has_an_empty_list_of_items(newsroom: Newsroom) -> None:
    newsroom.sync()
    feed = document(newsroom)
    assert (feed["title"], feed["items"]) == ("The Daily Quay", [])


def test_a_story_without_text_has_its_summary_or_its_headline_as_text(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("Only a Headline", ""))
    newsroom.write("b.md", article("Two", "", summary="In short <so>."))
    newsroom.sync()
    items = {it["title"]: it for it in document(newsroom)["items"]}
    assert all("content_html" not in it for it in items.values())
    assert items["Only a Headline"]["content_text"] == "Only a Headline"
    assert "summary" not in items["Only a Headline"]
    assert items["Two"]["content_text"] == items["Two"]["summary"] == "In short <so>."


def test_empty_values_are_left_out(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article("A", "Text."))
    newsroom.sync()
    (only,) = document(newsroom)["items"]
    assert set(only) == {
        "id",
        "url",
        "title",
        "content_html",
        "summary",
        "date_published",
        "date_modified",
        "author",
        "authors",
    }


def test_an_image_that_was_not_measured_has_no_size(newsroom: Newsroom) -> None:
    newsroom.write("a.md", article(image='{url: "https://cdn.example/a.jpg", type: image/jpeg}'))
    newsroom.write("b.md", article("B", image='{url: "https://cdn.example/b"}'))
    newsroom.sync()
    attachments = {it["image"]: it.get("attachments") for it in document(newsroom)["items"]}
    assert attachments == {
        "https://cdn.example/a.jpg": [
            {"url": "https://cdn.example/a.jpg", "mime_type": "image/jpeg"}
        ],
        "https://cdn.example/b": None,
    }


def test_an_author_is_reached_at_a_page_and_never_by_mail(newsroom: Newsroom) -> None:
    byline = "[{name: A, email: a+b@quay.example}, {name: B, email: b@quay.example, url: "
    newsroom.write("a.md", article(byline=f'{byline}"https://quay.example/b"}}]'))
    newsroom.sync()
    assert document(newsroom)["items"][0]["authors"] == [
        {"name": "A"},
        {"name": "B", "url": "https://quay.example/b"},
    ]


def test_a_keyword_that_is_the_sections_title_is_one_tag(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article(keywords="[World, sea]"))
    newsroom.sync()
    assert document(newsroom)["items"][0]["tags"] == ["World", "sea"]


def test_a_kill_is_shown_by_its_item_and_afterwards_by_the_feed(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article("LIBEL", published="2026-11-18"))
    newsroom.write("world/b.md", article("Other"))
    newsroom.sync()
    newsroom.write(
        "world/a.md",
        article("LIBEL", published="2026-11-18", status="canceled", note="It was wrong."),
    )
    newsroom.sync()
    stone = {
        "id": "tag:quay.example,2026:world/a",
        "date_deleted": "2026-11-23T12:00:00Z",
        "note": "It was wrong.",
    }
    for section in ("", "world"):
        feed = document(newsroom, section)
        assert feed["_feedsvc"]["deleted"] == [stone]
        notice, kill, other = feed["items"]
        assert kill["title"] == "Withdrawn: 18 November 2026 – It was wrong."
        assert kill["_feedsvc"] == notice["_feedsvc"]
        assert notice["_feedsvc"] == {"killed": True, "note": "It was wrong."}
        assert notice["content_html"] == "<p>It was wrong.</p>"
        assert "_feedsvc" not in other
    changed = newsroom.document("world", "json").last_modified
    newsroom.now = NOW.replace(month=12, day=24)
    assert document(newsroom, "world")["_feedsvc"]["deleted"] == [stone]
    newsroom.now = NOW.replace(year=2027, month=2, day=22)
    assert "deleted" not in document(newsroom, "world")["_feedsvc"]
    assert newsroom.document("world", "json").last_modified > changed  # as the Atom feed's
    assert (
        newsroom.document("world", "json").last_modified
        == newsroom.document("world", "atom").last_modified
    )


def test_the_feed_of_corrections_has_corrections_and_kills(newsroom: Newsroom) -> None:
    newsroom.write("world/a.md", article("Alpha", published="2026-11-20"))
    newsroom.write("world/b.md", article("Beta", published="2026-11-20"))
    newsroom.sync()
    newsroom.write(
        "world/b.md",
        article("Beta", published="2026-11-20", updated="2026-11-22 08:00Z", note="It rained."),
    )
    newsroom.write(
        "world/a.md", article("Alpha", published="2026-11-20", status="canceled", note="All wrong.")
    )
    newsroom.sync()
    answer = newsroom.client().get("/world/corrections/feed.json")
    assert answer.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    feed = load(answer.data)
    assert feed["feed_url"] == f"{HOST}/world/corrections/feed.json"
    assert "_feedsvc" not in feed  # it is the feed of corrections, and has none
    assert [(it["title"], it["_feedsvc"]) for it in feed["items"]] == [
        (
            "Withdrawn: 20 November 2026 – All wrong.",
            {"killed": True, "note": "All wrong."},
        ),
        ("Correction: Beta", {"note": "It rained."}),
    ]


@pytest.mark.parametrize("count", [1, 4, 5, 9, 30])
def test_next_url_leads_to_every_article_once(make_newsroom: MakeNewsroom, count: int) -> None:
    config = PLAIN.replace("items = 30", "items = 4\nhours = 0\narchive_items = 5")
    newsroom = make_newsroom("small", config)
    for number in range(count):
        published = f"2026-11-{1 + number // 24:02} {number % 24:02}:00Z"
        newsroom.write(f"world/n{number:02}.md", article(f"Story {number}", published=published))
    newsroom.sync()
    client, address = newsroom.client(), "/world/feed.json"
    titles: list[str] = []
    addresses: list[str] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        feed = load(answer.data)
        assert feed["feed_url"] == f"{HOST}{address}"
        addresses.append(feed["feed_url"])
        titles += [it["title"] for it in feed["items"]]
        address = feed.get("next_url", "").removeprefix(HOST)
    assert titles == [f"Story {number}" for number in reversed(range(count))]
    assert len(set(addresses)) == len(addresses)


ENTRY = Entry(
    id="tag:quay.example,2026:a",
    title='A ], "items": [ {',
    published=NOW,
    updated=NOW,
    summary="",
    content='<p>]\n}, \\ ",\n</p>',
    authors=(Author("A"),),
    links=(Link("https://quay.example/a", "alternate"),),
)
FEED = Feed(
    id="tag:quay.example,2026:/",
    title='"items": []',
    subtitle="]\n}",
    updated=NOW,
    language="en",
    author=Author('"items": []\n}', uri="https://quay.example"),
    links=(
        Link("https://feeds.quay.example/feed.json", "self"),
        Link("https://quay.example/", "alternate"),
    ),
)


def many(count: int) -> list[bytes]:
    whole = "tag:quay.example,2026:{}"
    return [render(replace(ENTRY, id=whole.format(it))) for it in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_any_items_between_head_and_tail_are_a_feed(count: int) -> None:
    bodies = many(count)
    made = assemble(FEED, [rendered_entry(it) for it in bodies], "json", NOW, (60, 60))
    assert [it["id"] for it in load(made.body)["items"]] == [
        f"tag:quay.example,2026:{number}" for number in range(count)
    ]
    assert load(made.body)["title"] == FEED.title
    assert (made.body[: made.cuts[0]], made.body[made.cuts[-1] :]) == (head(FEED), TAIL)
    ends = [*made.cuts[1:-1], made.cuts[-1] + len(made.separator)] if count else []
    pieces = [
        made.body[start : end - len(made.separator)]
        for start, end in zip(made.cuts[:-1], ends, strict=True)
    ]
    assert pieces == bodies


@pytest.mark.parametrize("had", [(), (0,), (4,), (1, 3), (0, 1, 2, 3), (1, 2, 3, 4), range(5)])
def test_any_part_of_the_items_is_a_feed(had: tuple[int, ...]) -> None:
    made = assemble(FEED, [rendered_entry(it) for it in many(5)], "json", NOW, (60, 60))
    marks = b"".join(made.marks[it * MARK : (it + 1) * MARK] for it in had)
    delta = changes(made, "of-before", marks)
    if not had:
        assert delta is None
        return
    assert delta
    expected = [f"tag:quay.example,2026:{it}" for it in range(5) if it not in had]
    assert [it["id"] for it in load(delta.body)["items"]] == expected


@pytest.mark.parametrize("new", [(), ("d",), ("d", "b"), ("d", "a", "b")])
def test_a_client_with_an_older_state_gets_only_new_items(
    newsroom: Newsroom, new: tuple[str, ...]
) -> None:
    for name in "abc":
        newsroom.write(f"{name}.md", article(name, "Ships came in. " * 20))
    newsroom.write("z.md", article("z"))
    newsroom.sync()
    client = newsroom.client()
    tag = client.get("/feed.json").headers["ETag"]
    for name in new:
        newsroom.write(f"{name}.md", article(f"{name} again"))
    newsroom.write("z.md", article("z", status="withheld"))
    newsroom.sync()
    answer = client.get("/feed.json", headers={"If-None-Match": tag, **ASKS})
    assert answer.status_code == 226
    assert answer.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    assert sorted(it["title"] for it in load(answer.data)["items"]) == sorted(
        f"{name} again" for name in new
    )
    again = client.get("/feed.json", headers={"If-None-Match": answer.headers["ETag"], **ASKS})
    assert again.status_code == 304


def test_moments_are_written_to_the_second_in_utc() -> None:
    moment = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
    rendered = json.loads(render(replace(ENTRY, published=moment)))
    assert rendered["date_published"] == "2026-03-01T04:05:06Z"
