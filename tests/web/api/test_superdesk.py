"""Superdesk sends ninjs: published, corrected, updated and killed, in whatever order it comes."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import MakeNewsroom, Newsroom, png
from tests.tools import senders
from tests.tools.senders import CONFIGURED, Superdesk, entries, results

newsroom = senders.newsroom
FIRST = "2026-11-21T08:30:00+0000"
ITEM: dict[str, Any] = {
    "guid": "urn:newsml:quay:1",
    "version": "4",
    "type": "text",
    "pubstatus": "usable",
    "headline": "Harbour Opens",
    "description_text": "<p>Ships &amp; boats came in.</p>",
    "body_html": "<p>The first ship came in at six.</p>",
    "byline": "By Jane Doe and John Roe",
    "language": "en",
    "firstcreated": "2026-11-21T07:00:00+0000",
    "firstpublished": FIRST,
    "versioncreated": FIRST,
    "service": [{"code": "s", "name": "Sport"}],
    "subject": [{"code": "15000000", "name": "boats"}],
    "keywords": ["ships"],
    "ednote": "EDITORS: pictures follow",
    "slugline": "harbour",
    "urgency": 3,
}
CORRECTED = {
    **ITEM,
    "version": "9",
    "versioncreated": "2026-11-21T10:00:00+0000",
    "headline": "Harbour Opens at Seven",
    "body_html": "<p>The first ship came in at seven.</p>",
    "ednote": "It was seven, not six.",
}
UPDATED = {
    **ITEM,
    "guid": "urn:newsml:quay:2",
    "evolvedfrom": "urn:newsml:quay:1",
    "firstpublished": "2026-11-21T11:00:00+0000",
    "versioncreated": "2026-11-21T11:00:00+0000",
    "headline": "Harbour Full",
    "ednote": "",
}
LAST = {
    **UPDATED,
    "guid": "urn:newsml:quay:3",
    "evolvedfrom": "urn:newsml:quay:2",
    "firstpublished": "2026-11-21T12:00:00+0000",
    "versioncreated": "2026-11-21T12:00:00+0000",
    "headline": "Harbour Closed",
}
KILL = {
    **CORRECTED,
    "pubstatus": "canceled",
    "versioncreated": "2026-11-21T13:00:00+0000",
    "headline": "KILL: Harbour",
    "body_html": "<p>Editors: kill this story.</p>",
    "ednote": "There was no ship.",
}


@pytest.fixture
def desk(newsroom: Newsroom) -> Superdesk:
    return Superdesk(newsroom)


def headlines(newsroom: Newsroom, section: str = "") -> list[str]:
    return [it["title"] for it in entries(newsroom, section)]


def only_path(newsroom: Newsroom) -> str:
    """Return the path of the only record there is."""
    (path,) = newsroom.records.paths()
    return path


def record(newsroom: Newsroom) -> dict[str, Any]:
    """Return the only record there is."""
    return json.loads(newsroom.record(only_path(newsroom)))


def test_an_item_is_published_at_once(desk: Superdesk, newsroom: Newsroom) -> None:
    answer = desk.send(ITEM)
    assert (answer.status_code, results(answer)) == (201, ["stored"])
    [entry] = entries(newsroom, "sport")
    assert entry["title"] == "Harbour Opens"
    assert entry["summary"] == "Ships & boats came in."
    assert "came in at six" in entry["content_html"]
    assert [it["name"] for it in entry["authors"]] == ["Jane Doe", "John Roe"]
    assert entry["tags"][:2] == ["ships", "boats"]
    assert entry["date_published"] == "2026-11-21T08:30:00Z"
    assert "date_modified" not in entry or entry["date_modified"] == entry["date_published"]
    assert "EDITORS" not in newsroom.text("sport")


def test_the_same_item_twice_changes_nothing(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send(ITEM)
    before = newsroom.document("sport")
    answer = desk.send(ITEM)
    assert (answer.status_code, results(answer)) == (200, ["unchanged"])
    assert newsroom.document("sport") == before


def test_a_correction_says_so_and_keeps_the_id(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send(ITEM)
    [before] = entries(newsroom)
    assert desk.send(CORRECTED).status_code == 200
    [entry] = entries(newsroom)
    assert (entry["id"], entry["title"]) == (before["id"], "Harbour Opens at Seven")
    assert entry["date_published"] == before["date_published"]
    assert entry["date_modified"] == "2026-11-21T10:00:00Z"
    assert "It was seven, not six." in entry["content_html"]


def test_a_correction_that_comes_before_its_original_ends_alike(
    make_newsroom: MakeNewsroom,
) -> None:
    feeds: list[list[dict[str, Any]]] = []
    for number, items in enumerate([(ITEM, CORRECTED), (CORRECTED, ITEM)]):
        newsroom = make_newsroom(f"quay{number}", CONFIGURED)
        newsroom.sync()
        desk = Superdesk(newsroom)
        for item in items:
            assert desk.send(item).status_code in (200, 201)
        feeds.append([{**it, "id": "", "url": "", "_feedsvc": ""} for it in entries(newsroom)])
    assert feeds[0] == feeds[1]
    assert [it["title"] for it in feeds[0]] == ["Harbour Opens at Seven"]


def test_a_correction_without_a_first_publication_is_known_by_its_original(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    for item in (CORRECTED, ITEM):
        desk.send({**item, "firstpublished": None})
    [entry] = entries(newsroom)
    assert entry["date_modified"] == "2026-11-21T10:00:00Z"
    assert "It was seven, not six." in entry["content_html"]
    before = newsroom.document()
    desk.send({**ITEM, "firstpublished": None})
    assert newsroom.document() == before


def test_a_note_for_editors_that_stays_is_no_correction(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send(ITEM)
    desk.send({**CORRECTED, "ednote": ITEM["ednote"]})
    [entry] = entries(newsroom)
    assert entry["title"] == "Harbour Opens at Seven"
    assert "EDITORS" not in newsroom.text()
    desk.send({**ITEM, "versioncreated": "2026-11-21T14:00:00+0000", "ednote": "Six after all."})
    assert "Six after all." in newsroom.text()


def origin_of_chain(desk: Superdesk, *items: dict[str, Any]) -> dict[str, Any]:
    """Send items that lead to the last one, check its entry, and return what its record is from."""
    for item in items:
        assert desk.send(item).status_code in (200, 201)
    [entry] = entries(desk.newsroom)
    assert entry["title"] == "Harbour Closed"
    assert entry["date_published"] == "2026-11-21T08:30:00Z"
    assert entry["date_modified"] == "2026-11-21T12:00:00Z"
    return record(desk.newsroom)["origin"]


def test_an_update_is_the_same_story(desk: Superdesk) -> None:
    origin = origin_of_chain(desk, ITEM, CORRECTED, UPDATED, LAST)
    assert [origin["id"], *origin["also"]] == [it["guid"] for it in (ITEM, UPDATED, LAST)]


@pytest.mark.parametrize("order", [*permutations([ITEM, UPDATED, LAST])][1:])
def test_a_chain_of_updates_ends_alike_in_any_order(
    desk: Superdesk, newsroom: Newsroom, order: tuple[dict[str, Any], ...]
) -> None:
    origin = origin_of_chain(desk, *order)
    assert {origin["id"], *origin["also"]} == {it["guid"] for it in order}
    desk.send({**KILL, "guid": LAST["guid"]})
    assert not {"Harbour Opens", "Harbour Full", "Harbour Closed"} & {*headlines(newsroom)}


def test_an_update_that_is_overtaken_changes_nothing(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send({**ITEM, "versioncreated": "2026-11-21T15:00:00+0000", "headline": "Third"})
    before = newsroom.text()
    answer = desk.send(CORRECTED)
    assert (answer.status_code, results(answer)) == (200, ["ignored"])
    assert "newer" in answer.json["items"][0]["detail"]
    assert newsroom.text() == before


def test_a_kill_takes_the_story_back_with_its_note(desk: Superdesk, newsroom: Newsroom) -> None:
    for item in (ITEM, UPDATED, KILL):
        desk.send(item)
    text = newsroom.text("sport", "json")
    assert "There was no ship." in text
    assert [it for it in ("came in", "Editors: kill", "KILL:") if it in text] == []
    assert results(desk.send(KILL)) == ["withdrawn"]
    assert results(desk.send(CORRECTED)) == ["ignored"]
    assert "came in" not in newsroom.text("sport")


def test_a_kill_without_a_note_has_a_sentence_for_readers(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send({**ITEM, "ednote": ""})
    desk.send({**KILL, "ednote": ""})
    assert "This story has been withdrawn" in newsroom.text("sport")


def test_a_kill_repeats_the_moment_of_the_last_version(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send(ITEM)
    desk.send({**KILL, "versioncreated": FIRST})
    assert "There was no ship." in newsroom.text("sport")
    assert results(desk.send(ITEM)) == ["ignored"]


def test_a_kill_of_an_unknown_story_is_remembered(desk: Superdesk, newsroom: Newsroom) -> None:
    answer = desk.send(KILL)
    assert (answer.status_code, results(answer)) == (200, ["withdrawn"])
    for item in (ITEM, CORRECTED):
        answer = desk.send(item)
        assert (answer.status_code, results(answer)) == (200, ["ignored"])
    update = {**UPDATED, "versioncreated": "2026-11-21T12:30:00+0000"}
    assert results(desk.send(update)) == ["ignored"]
    assert headlines(newsroom) == []
    later = {**ITEM, "versioncreated": "2026-11-22T08:30:00+0000"}
    assert results(desk.send(later)) == ["stored"]


def test_a_story_that_is_published_again_says_so(desk: Superdesk, newsroom: Newsroom) -> None:
    for item in (ITEM, KILL, {**ITEM, "versioncreated": "2026-11-22T08:30:00+0000", "ednote": ""}):
        assert desk.send(item).status_code in (200, 201)
    [entry] = entries(newsroom)
    assert entry["title"] == "Harbour Opens"
    assert "withdrawn and is published again" in entry["content_html"]


def test_a_story_that_a_person_killed_stays_out(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send(ITEM)
    path = only_path(newsroom)
    newsroom.write(path, newsroom.record(path).replace("{", '{"status": "canceled",', 1))
    newsroom.sync()
    answer = desk.send(CORRECTED)
    assert answer.status_code == 422
    assert "feedsvc unkill" in answer.json["detail"]
    assert "at seven" not in newsroom.text("sport")
    newsroom.write(path, newsroom.record(path).replace("canceled", "withheld", 1))
    newsroom.sync()
    assert "withdrawn here" in desk.send(CORRECTED).json["detail"]


def test_an_embargo_is_kept_here(desk: Superdesk, newsroom: Newsroom) -> None:
    until = "2026-11-23T18:00:00+0000"
    assert desk.send({**ITEM, "embargoed": until}).status_code == 201
    assert "Harbour" not in newsroom.text()
    desk.send({**CORRECTED, "embargoed": until})
    newsroom.now = newsroom.now.replace(hour=19)
    newsroom.sync()
    [entry] = entries(newsroom, "sport")
    assert entry["title"] == "Harbour Opens at Seven"
    assert "It was seven" not in entry["content_html"]  # readers never had another


def test_a_kill_under_embargo_is_never_announced(desk: Superdesk, newsroom: Newsroom) -> None:
    embargoed = {**ITEM, "embargoed": "2026-11-23T18:00:00+0000"}
    assert results(desk.send(embargoed)) == ["stored"]
    assert results(desk.send(KILL)) == ["withdrawn"]
    newsroom.now = newsroom.now.replace(hour=19)
    newsroom.sync()
    assert entries(newsroom) == []


def test_a_withheld_item_leaves_the_feeds_and_may_come_back(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send(ITEM)
    held = {**ITEM, "pubstatus": "withheld", "versioncreated": "2026-11-21T10:00:00+0000"}
    assert results(desk.send(held)) == ["withdrawn"]
    assert entries(newsroom) == []
    desk.send({**CORRECTED, "versioncreated": "2026-11-21T11:00:00+0000"})
    assert headlines(newsroom) == ["Harbour Opens at Seven"]


PICTURE: dict[str, Any] = {
    "type": "picture",
    "guid": "tag:picture",
    "description_text": "The harbour at noon",
    "byline": "Ada Lens",
    "body_text": "Two ships",
    "renditions": {
        "original": {
            "media": "20261121/abc.jpg",
            "href": "https://superdesk.example/upload/abc?x=1&y=2",
            "width": 40,
            "height": 20,
            "mimetype": "image/png",
            "poi": {"x": 20, "y": 5},
        },
        "viewImage": {"media": "20261121/small.jpg", "href": "https://superdesk.example/small"},
    },
}


def test_pictures_are_asked_for_sent_and_shown(desk: Superdesk, newsroom: Newsroom) -> None:
    assert desk.has("20261121/abc.jpg") == 404
    assert desk.upload("20261121/abc.jpg", png(40, 20)).status_code == 201
    assert desk.has("20261121/abc.jpg") == 200
    assert desk.has("abc.jpg") == 404
    body = (
        '<p>A.</p><!-- EMBED START Image {id: "editor_0"} --><figure>'
        '<img src="https://superdesk.example/upload/abc?x=1&amp;y=2" alt="Two ships">'
        '</figure><!-- EMBED END Image {id: "editor_0"} -->'
    )
    associations = {"featuremedia": PICTURE, "editor_0": PICTURE, "gone": None}
    desk.send({**ITEM, "body_html": body, "associations": associations})
    image = record(newsroom)["image"]
    assert (image["caption"], image["credit"]) == ("The harbour at noon", "Ada Lens")
    assert image["focus"] == ["0.5000", "0.2500"]
    [entry] = entries(newsroom)
    assert "superdesk.example" not in newsroom.text("", "json")
    assert entry["content_html"].count("<img") == 1
    path = entry["image"].removeprefix("https://feeds.quay.example")
    assert desk.client.get(path).data == png(40, 20)


def test_a_picture_that_was_not_sent_is_shown_at_its_address(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    sound = {
        "type": "audio",
        "headline": "Foghorn",
        "renditions": {"original": {"href": "https://s.example/a.mp3"}},
    }
    associations = {
        "media--1": {**PICTURE, "renditions": {"original": {"href": "https://s.example/b.png"}}},
        "featuremedia": PICTURE,
        "sound": sound,
        "empty": {"type": "picture"},
    }
    desk.send({**ITEM, "associations": associations})
    stored = record(newsroom)
    assert stored["image"]["url"] == "https://superdesk.example/upload/abc?x=1&y=2"
    assert (stored["image"]["width"], stored["image"]["height"]) == ("40", "20")
    assert [it["url"] for it in stored["images"]] == ["https://s.example/b.png"]
    assert stored["media"] == [{"url": "https://s.example/a.mp3", "title": "Foghorn"}]


def test_an_attachment_that_feeds_do_not_carry_stops_no_story(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    answer = desk.upload("minutes.pdf", b"%PDF-1.4")
    assert (answer.status_code, answer.json["file"]) == (201, "")
    assert not newsroom.config.media.exists()


def test_an_upload_needs_its_signature_an_id_and_a_file(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    assert desk.upload("", png()).status_code == 400
    assert desk.upload("a", png(), name="other").status_code == 400
    assert desk.post(b"", "/assets").status_code == 401
    assert desk.client.get("/api/v1/hooks/nobody/assets/a").status_code == 404


def test_related_stories_are_linked_by_their_ids(desk: Superdesk, newsroom: Newsroom) -> None:
    other = {**ITEM, "guid": "urn:other", "headline": "Bridge Closed"}
    desk.send(other)
    associations = {
        "related--1": {"type": "text", "guid": "urn:other", "headline": "Old headline"},
        "related--2": {"type": "text", "guid": "urn:unknown", "headline": "Pier Painted"},
        "related--3": {"type": "text", "guid": ITEM["guid"], "headline": "Harbour Opens"},
        "related--4": {"type": "text", "guid": "urn:other"},
    }
    for _ in range(2):
        desk.send({**ITEM, "associations": associations})
    content = next(it for it in entries(newsroom) if it["title"] == "Harbour Opens")
    assert "Bridge Closed" in content["content_html"]
    assert "Pier Painted" in content["content_html"]
    assert content["content_html"].count("<li>") == 2


def test_the_items_of_a_package_are_articles_of_their_own(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    package = {
        "guid": "urn:package",
        "type": "composite",
        "headline": "The harbour, a package",
        "associations": {
            "main--1": ITEM,
            "main--2": {"guid": "urn:other", "type": "text"},
            "main--3": {
                **ITEM,
                "guid": "urn:3",
                "headline": "Bridge",
                "service": [],
                "subject": [],
            },
            "main--4": PICTURE,
        },
    }
    answer = desk.send(package)
    assert (answer.status_code, results(answer)) == (201, ["stored", "stored"])
    assert sorted(headlines(newsroom)) == ["Bridge", "Harbour Opens"]
    answer = desk.send({**package, "associations": [], "pubstatus": "canceled"})
    assert (answer.status_code, results(answer)) == (200, [])


def test_one_bad_item_of_a_package_does_not_keep_the_others_out(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    parts = {"main--1": {**ITEM, "guid": "urn:bad", "language": "?"}, "main--2": ITEM}
    answer = desk.send({"guid": "urn:p", "type": "composite", "associations": parts})
    assert answer.status_code == 422
    assert headlines(newsroom) == ["Harbour Opens"]


TWO: dict[str, Any] = {
    "uri": "https://agency.example/2",
    "version": "1",
    "type": "text",
    "pubstatus": "usable",
    "versioncreated": "2026-11-21T09:00:00Z",
    "firstcreated": "2026-11-21T08:00:00Z",
    "headlines": [{"role": "short", "value": "Ships"}, {"role": "main", "value": "Ships Came"}],
    "descriptions": [{"contenttype": "text/plain", "value": "All of them."}],
    "bodies": [
        {"role": "main", "contenttype": "text/plain", "value": "One.\n\nTwo <3\nlines."},
        {
            "role": "main",
            "contenttype": "text/html",
            "value": "<html><body class='x'><h1>Ships Came</h1><p>Three.</p></body></html>",
        },
    ],
    "by": "Jane Doe",
    "subjects": [{"uri": "medtop:15000000", "name": "sport", "literal": "x"}],
    "associations": [
        {
            "name": "p1",
            "type": "picture",
            "descriptions": [{"value": "A ship"}],
            "by": "Ada Lens",
            "renditions": [
                {"name": "small", "href": "https://a.example/s.jpg", "width": 10, "height": 5},
                {"name": "large", "href": "https://a.example/l.jpg", "width": 1e3, "height": 500},
            ],
        }
    ],
}
THREE = {
    "uri": "https://agency.example/3",
    "type": "text",
    "pubStatus": "usable",
    "versionCreated": "2026-11-21T09:00:00Z",
    "headlines": TWO["headlines"],
    "bodies": [{"contentType": "text/html", "value": "<p>Three.</p>"}],
    "embargoedUntil": "2026-11-22T09:00:00Z",
    "by": "Jane Doe",
}


def test_ninjs_2_is_known_by_its_shape(desk: Superdesk, newsroom: Newsroom) -> None:
    assert desk.send(TWO).status_code == 201
    [entry] = entries(newsroom, "sport")
    assert (entry["title"], entry["summary"]) == ("Ships Came", "All of them.")
    assert "Three." in entry["content_html"]
    assert "<h" not in entry["content_html"]
    assert entry["date_published"] == "2026-11-21T08:00:00Z"
    assert record(newsroom)["image"]["url"] == "https://a.example/l.jpg"
    plain = {**TWO, "uri": "urn:plain", "bodies": TWO["bodies"][:1]}
    desk.send(plain)
    stories = {it["id"]: it["content_html"] for it in entries(newsroom)}
    assert any("<p>Two &lt;3<br>" in it for it in stories.values())


def test_ninjs_3_is_known_by_its_shape(desk: Superdesk, newsroom: Newsroom) -> None:
    assert desk.send(THREE).status_code == 201
    [entry] = entries(newsroom, "local")
    assert entry["date_published"] == "2026-11-22T09:00:00Z"  # the end of its embargo
    later = {
        **THREE,
        "versionCreated": "2026-11-22T10:00:00Z",
        "headlines": [{"value": "Two"}],
        "edNote": "Corrected.",
    }
    desk.send(later)
    assert "Corrected." in newsroom.text("local")
    desk.send({**later, "pubStatus": "canceled", "edNote": "No."})
    assert "Two" not in newsroom.text("local")


def test_a_body_may_come_later_and_change_its_notation(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send({**ITEM, "body_html": ""})
    assert only_path(newsroom).endswith(".md")
    body = "<p>A *star* at six.</p>\n\n<pre>one\n\n  two</pre>"
    desk.send({**CORRECTED, "body_html": body})
    [entry] = entries(newsroom)
    assert "A *star* at six." in entry["content_html"]
    assert "one\n" in entry["content_html"]
    assert results(desk.send({**CORRECTED, "body_html": body})) == ["unchanged"]
    desk.send({**CORRECTED, "body_html": "", "body_text": "Plain & simple"})
    assert "Plain &amp; simple" in entries(newsroom)[0]["content_html"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"guid": ""}, "/uri is missing"),
        ({"guid": "x" * 1001}, "1,001 characters"),
        ({"type": "picture"}, 'is "picture"; an article has the type text'),
        ({"pubstatus": "spiked"}, 'is "spiked"'),
        ({"versioncreated": "yesterday"}, "/versioncreated"),
        ({"embargoed": "2026-13-45T00:00:00"}, "/embargoed"),
        ({"headline": ""}, "/headline"),
        ({"language": "no language"}, "/language"),
    ],
)
def test_an_item_that_is_no_article_is_refused_with_a_sentence(
    desk: Superdesk, newsroom: Newsroom, change: dict[str, Any], sentence: str
) -> None:
    answer = desk.send({**ITEM, **change})
    assert answer.status_code == 422
    assert sentence in answer.json["detail"]
    assert entries(newsroom) == []


def test_codes_lead_to_sections(desk: Superdesk, newsroom: Newsroom) -> None:
    def section(**keys: Any) -> str:
        desk.send({**ITEM, "service": [], "subject": [], **keys})
        return record(newsroom)["section"]

    assert section(service=[{"code": "S"}]) == "sport"
    assert section(subject=[{"name": "politics"}]) == "world"
    assert section(subject=[{"qcode": "medtop:15040000"}]) == "sport"
    assert section(genre=[{"code": "town-Old Quay"}]) == "local/old-quay"
    assert section(service=[{"code": "town-!"}]) == "local"
    assert section(service=[{"code": "town-x"}, {"code": "s"}]) == "sport"
    assert section() == "local"


def test_an_item_without_a_section_is_refused(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIGURED.replace('default_section = "local"\n', "", 1))
    desk = Superdesk(newsroom)
    answer = desk.send({**ITEM, "service": [{"code": "x", "name": "Elsewhere"}], "subject": []})
    assert answer.status_code == 422
    assert "its codes and names are x, Elsewhere" in answer.json["detail"]
    assert desk.send(ITEM).status_code == 201
    assert desk.send({**CORRECTED, "service": [], "subject": []}).status_code == 200


def spoiled(desk: Superdesk) -> str:
    """Send an item, and return the file of its record, which a person has spoiled."""
    desk.send(ITEM)
    path = only_path(desk.newsroom)
    desk.newsroom.write(path, "{ no json")
    desk.newsroom.sync()
    return path


def test_a_record_that_was_deleted_or_spoiled_by_hand_is_written_again(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    path = spoiled(desk)
    assert results(desk.send(CORRECTED)) == ["stored"]
    assert headlines(newsroom) == ["Harbour Opens at Seven"]
    newsroom.delete(path)
    newsroom.sync()
    assert results(desk.send({**CORRECTED, "versioncreated": "2026-11-21T11:00:00Z"})) == ["stored"]
    assert headlines(newsroom) == ["Harbour Opens at Seven"]
    newsroom.delete(path)
    newsroom.sync()
    assert results(desk.send(KILL)) == ["withdrawn"]


def test_a_spoiled_record_is_killed_all_the_same(desk: Superdesk, newsroom: Newsroom) -> None:
    spoiled(desk)
    assert results(desk.send(KILL)) == ["withdrawn"]
    assert "There was no ship." in newsroom.text("sport")
    assert "came in" not in newsroom.text("sport")


def edit(newsroom: Newsroom, old: str, new: str) -> None:
    """Edit the only record by hand."""
    path = only_path(newsroom)
    text = newsroom.record(path)
    assert old in text
    newsroom.write(path, text.replace(old, new, 1))
    newsroom.sync()


def test_an_old_kill_does_not_take_a_newer_version_back(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send({**ITEM, "versioncreated": "2026-11-22T08:30:00+0000"})
    assert results(desk.send(KILL)) == ["ignored"]
    assert headlines(newsroom) == ["Harbour Opens"]


def test_a_story_that_a_person_killed_after_the_desk_stays_out(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send(ITEM)
    desk.send(UPDATED)
    desk.send({**KILL, "guid": UPDATED["guid"]})
    desk.send({**ITEM, "versioncreated": "2026-11-22T08:00:00+0000"})
    edit(newsroom, "{", '{"status": "canceled",')
    later = {**ITEM, "versioncreated": "2026-11-22T09:00:00+0000", "headline": "Again"}
    assert desk.send(later).status_code == 422
    assert results(desk.send(CORRECTED)) == ["ignored"]
    assert "Again" not in newsroom.text()


def test_other_sections_that_a_person_added_stay(desk: Superdesk, newsroom: Newsroom) -> None:
    desk.send(ITEM)
    edit(newsroom, '"section": "sport"', '"sections": ["sport", "business"]')
    politics = {"service": [], "subject": [{"name": "Politics"}]}
    assert results(desk.send({**CORRECTED, **politics})) == ["stored"]
    for section in ("world", "business"):
        assert headlines(newsroom, section) == ["Harbour Opens at Seven"]


def test_a_story_that_was_killed_before_any_reader_had_it_begins_anew(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send({**ITEM, "embargoed": "2026-11-23T18:00:00+0000"})
    desk.send(KILL)
    desk.send({**ITEM, "versioncreated": "2026-11-22T08:30:00+0000"})
    [entry] = entries(newsroom)
    assert entry["title"] == "Harbour Opens"
    assert "withdrawn" not in entry["content_html"]


@pytest.mark.parametrize("typed", ["21 Nov 2026 08:30:00", "2026-11-21T08:30:00"])
def test_a_person_may_write_the_moment_of_a_version_otherwise(
    desk: Superdesk, newsroom: Newsroom, typed: str
) -> None:
    desk.send(ITEM)
    edit(newsroom, '"revised": "2026-11-21T08:30:00+00:00"', f'"revised": "{typed}"')
    assert results(desk.send({**ITEM, "versioncreated": "2026-11-21T08:29:59Z"})) == ["ignored"]
    assert results(desk.send(CORRECTED)) == ["stored"]


def test_a_version_whose_file_is_gone_is_joined_all_the_same(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    desk.send(ITEM)
    desk.send({**LAST, "service": [], "subject": []})
    newsroom.delete(next(it for it in newsroom.records.paths() if "closed" in it))
    newsroom.sync()
    assert desk.send(UPDATED).status_code == 200
    assert len(entries(newsroom)) == 1


def test_a_size_that_is_no_number_and_a_body_of_another_name(
    desk: Superdesk, newsroom: Newsroom
) -> None:
    picture = {
        "type": "picture",
        "renditions": {"original": {"href": "https://s.example/a.png", "width": "wide"}},
    }
    body = {"body_html": None, "body_main": "<p>From <em>here</em>.</p>"}
    desk.send({**ITEM, **body, "associations": {"a": picture}})
    assert record(newsroom)["image"] == {"url": "https://s.example/a.png"}
    assert "<em>here</em>" in entries(newsroom)[0]["content_html"]


@pytest.fixture(scope="module")
def same_desk(shared: Newsroom) -> Superdesk:
    return Superdesk(shared)


@settings(max_examples=8)
@given(st.data())
def test_any_order_and_any_repetition_ends_alike(
    shared: Newsroom, same_desk: Superdesk, data: st.DataObject
) -> None:
    story = uuid4().hex
    killed = [ITEM, CORRECTED, UPDATED, LAST, {**KILL, "guid": LAST["guid"]}]
    events = killed[: data.draw(st.integers(2, 5))]
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=2))
    for item in data.draw(st.permutations(events + repeated)):
        named = {key: f"{item[key]}-{story}" for key in ("guid", "evolvedfrom") if key in item}
        headline = f"{item['headline']} {story}"
        assert same_desk.send({**item, **named, "headline": headline}).status_code in (200, 201)
    titles = [it for it in headlines(shared) if story in it]
    last = [] if events == killed else [f"{events[-1]['headline']} {story}"]
    assert titles == last
