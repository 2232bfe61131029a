"""A kill reaches every subscriber, and leaves nothing of the text behind."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from feedsvc.model.feed import FORMATS, WITH_TOMBSTONES, Format
from feedsvc.publishing import kills
from tests.conftest import CONFIG, NOW, Newsroom, article, png, wanted
from tests.tools.json_feed import parse

pytestmark = pytest.mark.engines

DAY = timedelta(days=1)
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
COMMENT = "{http://purl.org/atompub/tombstones/1.0}comment"
OWN = "tag:quay.example,2026:world/europe/a"


def record(**keys: str) -> str:
    return article(
        "LIBEL",
        "LIBEL in the body.",
        **{"summary": "LIBEL in short.", "published": "2026-11-18", **keys},
    )


@pytest.fixture
def killed(newsroom: Newsroom) -> Newsroom:
    """A newsroom whose readers had a story that was killed at NOW."""
    newsroom.write("world/europe/a.png", png())
    keys = {"image": "{file: a.png, caption: LIBEL}", "keywords": "[LIBEL]"}
    newsroom.write("world/europe/a.md", record(**keys))
    newsroom.write("world/b.md", article("Other", related="[world/europe/a]"))
    newsroom.now = NOW - 3 * DAY
    newsroom.sync()
    for format in FORMATS:
        assert "LIBEL" in newsroom.kept("world", format)
    newsroom.now = NOW
    newsroom.write("world/europe/a.md", record(status="canceled", note="It was wrong.", **keys))
    assert newsroom.sync().sections == {"", "world", "world/europe"}
    return newsroom


def entry(newsroom: Newsroom, format: Format, section: str = "") -> Any:
    feed = parse(newsroom.document(section, format).body)
    assert not feed.bozo
    return next((entry for entry in feed.entries if entry.id == OWN), None)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("section", ["", "world", "world/europe"])
def test_the_notice_takes_the_place_of_the_story(
    killed: Newsroom, section: str, format: Format
) -> None:
    notice = entry(killed, format, section)
    assert notice.title == "This story has been withdrawn"
    assert notice.summary == "It was wrong."
    assert notice.content[0].value == "<p>It was wrong.</p>"
    assert notice.published_parsed[:3] == (2026, 11, 18)
    assert notice.enclosures == []
    assert not notice.get("media_content")
    assert [link.rel for link in notice.links] == ["alternate"]
    if format in WITH_TOMBSTONES:
        assert notice.updated_parsed[:3] == (2026, 11, 23)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("section", ["", "world", "world/europe"])
def test_nothing_of_the_text_is_in_any_feed(killed: Newsroom, section: str, format: Format) -> None:
    assert "LIBEL" not in killed.text(section, format)


def test_nothing_of_the_text_is_in_the_store(killed: Newsroom) -> None:
    with killed.database.writing() as connection:
        for table in ("articles", "fragments", "files", "pointers"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert "LIBEL" not in str(rows)
    for file in killed.config.state.iterdir():
        assert b"LIBEL" not in file.read_bytes(), file


def test_a_rendering_of_another_process_meanwhile_is_not_kept(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.write("a.md", record())
    newsroom.sync()
    real = newsroom.database.offer

    def late(write: Any) -> bool:
        newsroom.write("a.md", record(status="canceled", note="It was wrong."))
        newsroom.sync()
        return real(write)

    monkeypatch.setattr(newsroom.database, "offer", late)
    assert "LIBEL" in newsroom.kept()
    with newsroom.database.reading() as connection:
        assert "LIBEL" not in str(connection.exec_driver_sql("SELECT * FROM fragments").all())


def test_the_notice_stands_first_however_old_the_story_was(killed: Newsroom) -> None:
    killed.write("new.md", article("New", published="2026-11-23 11:59"))
    killed.sync()
    assert parse(killed.document().body).entries[0].id == OWN


def test_other_stories_link_to_it_no_longer(killed: Newsroom) -> None:
    assert 'rel="related"' not in killed.text("world")


def test_a_kill_is_seen_by_a_client_that_sends_only_a_date(killed: Newsroom) -> None:
    client = killed.client()
    before = "Sat, 21 Nov 2026 08:30:00 GMT"
    assert client.get("/rss.xml", headers={"If-Modified-Since": before}).status_code == 200
    assert client.get("/rss.xml").headers["Last-Modified"] == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_its_pictures_are_gone(killed: Newsroom, newsroom: Newsroom) -> None:
    with killed.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT path, digest FROM media").all()
    ((path, digest),) = rows
    answer = killed.client().get(f"/media/{digest}/{path}")
    assert answer.status_code == 410
    assert "withdrawn together with its article" in answer.text


def test_a_picture_that_another_story_has_too_stays(newsroom: Newsroom) -> None:
    newsroom.write("media/a.png", png())
    newsroom.write("a.md", record(image="{file: a.png}"))
    newsroom.write("b.md", article("Other", image="{file: a.png}"))
    newsroom.sync()
    address = newsroom.text().split('<enclosure url="https://feeds.quay.example')[1].split('"')[0]
    newsroom.write("a.md", record(status="canceled", note="Wrong."))
    newsroom.sync()
    with newsroom.client().get(address) as answer:
        assert answer.status_code == 200


def test_a_story_that_is_usable_again_has_its_picture_again(killed: Newsroom) -> None:
    killed.write("world/europe/a.md", record(image="{file: a.png}"))
    killed.sync()
    address = killed.text("world/europe").split('<enclosure url="https://feeds.quay.example')[1]
    with killed.client().get(address.split('"')[0]) as answer:
        assert answer.status_code == 200
    assert DELETED not in str([it.tag for it in ElementTree.fromstring(killed.text("", "atom"))])


def tombstones(newsroom: Newsroom, moment: Any) -> list[tuple[str, str, str | None]]:
    document = newsroom.syndication.document(wanted("world", "atom"), moment)
    return [
        (tombstone.get("ref", ""), tombstone.get("when", ""), tombstone.findtext(COMMENT))
        for tombstone in ElementTree.fromstring(document.body).iter(DELETED)
    ]


def test_the_notice_goes_after_its_days_and_the_tombstone_after_its_own(killed: Newsroom) -> None:
    syndication, second = killed.syndication, timedelta(seconds=1)
    stone = [(OWN, "2026-11-23T12:00:00+00:00", "It was wrong.")]
    seen: list[tuple[bool, bool, object]] = []
    moments = [NOW + 7 * DAY - second, NOW + 7 * DAY, NOW + 90 * DAY - second, NOW + 90 * DAY]
    for moment in moments:
        document = syndication.document(wanted("world", "atom"), moment)
        notice = f"<id>{OWN}</id>".encode() in document.body
        seen.append((notice, tombstones(killed, moment) == stone, document.last_modified))
    assert seen == [
        (True, True, NOW),
        (False, True, NOW + 7 * DAY),
        (False, True, NOW + 7 * DAY),
        (False, False, NOW + 90 * DAY),
    ]
    assert syndication.document(wanted("world", "rss"), moments[-1]).last_modified == NOW + 7 * DAY


def test_the_tombstone_outlives_the_file(killed: Newsroom) -> None:
    (killed.root / "articles/world/europe/a.md").unlink()
    killed.sync()
    assert entry(killed, "atom") is None
    assert len(tombstones(killed, NOW)) == 1


def test_a_kill_is_dated_by_the_record_where_that_says_so(newsroom: Newsroom) -> None:
    newsroom.write("a.md", record())
    newsroom.sync()
    newsroom.write("a.md", record(status="canceled", updated="2026-11-23T10:00:00Z"))
    newsroom.sync()
    assert parse(newsroom.document("", "atom").body).entries[0].updated == (
        "2026-11-23T10:00:00+00:00"
    )


def test_a_kill_dated_in_the_future_happens_now(newsroom: Newsroom) -> None:
    newsroom.write("a.md", record())
    newsroom.sync()
    newsroom.write("a.md", record(status="canceled", updated="2027-01-01"))
    newsroom.sync()
    assert "This story has been withdrawn" in newsroom.text()
    assert "LIBEL" not in newsroom.text()


def test_another_note_moves_no_date(killed: Newsroom) -> None:
    killed.now = NOW + DAY
    killed.write("world/europe/a.md", record(status="canceled", note="It was quite wrong."))
    killed.sync()
    notice = entry(killed, "atom")
    assert notice.summary == "It was quite wrong."
    assert notice.updated == "2026-11-23T12:00:00+00:00"


@pytest.mark.parametrize(
    "before",
    [
        None,
        {"status": "withheld"},
        {"embargoed": "2026-11-24"},
        {"published": "2026-11-24"},
        {"status": "draft"},
    ],
)
def test_an_article_that_readers_never_had_needs_no_notice(
    newsroom: Newsroom, before: dict[str, str] | None
) -> None:
    newsroom.sync()
    if before is not None:
        newsroom.write("a.md", record(**before))
        newsroom.sync()
    newsroom.write("a.md", record(status="canceled", note="LIBEL"))
    for _ in range(2):
        newsroom.sync()
        for format in FORMATS:
            assert "<id>tag:quay.example,2026:a<" not in newsroom.text("", format)
            assert "<item>" not in newsroom.text("", format)
            assert not parse(newsroom.document("", format).body).entries
            assert "LIBEL" not in newsroom.text("", format)


def test_a_store_made_anew_takes_the_records_word_for_it(newsroom: Newsroom) -> None:
    updated = (NOW - DAY).isoformat()
    newsroom.write("a.md", record(status="canceled", updated=updated, note="Wrong."))
    newsroom.write("b.md", record(status="canceled", published="2026-01-01", note="Long ago."))
    newsroom.sync()
    entries = parse(newsroom.document().body).entries
    assert [it.summary for it in entries] == ["Wrong.", "Wrong."]


def test_without_a_note_the_notice_is_a_sentence_in_the_language_of_the_article(
    newsroom: Newsroom,
) -> None:
    newsroom.write("a.md", record(language="es"))
    newsroom.sync()
    newsroom.write("a.md", record(language="es", status="canceled"))
    newsroom.sync()
    notice = parse(newsroom.document().body).entries[0]
    assert notice.title == notice.summary == "Esta noticia ha sido retirada"


def test_a_newsroom_decides_how_long(make_newsroom: Any) -> None:
    newsroom = make_newsroom("short", CONFIG + "kill_notice = 0\ntombstone = 0\n")
    newsroom.write("a.md", record())
    newsroom.sync()
    newsroom.write("a.md", record(status="canceled", note="Wrong."))
    newsroom.sync()
    for format in FORMATS:
        assert "tag:quay.example,2026:a<" not in newsroom.text("", format)
        assert "deleted" not in newsroom.text("", format)
        assert "2026:a" not in newsroom.text("", format)


def test_the_record_itself_is_the_newsrooms(killed: Newsroom) -> None:
    assert "LIBEL" in Path(killed.root / "articles/world/europe/a.md").read_text()


def test_the_page_for_people_shows_the_newest_story_that_is_not_killed(killed: Newsroom) -> None:
    page = killed.client().get("/feeds").text
    assert page.count("Other") == 2
    assert "LIBEL" not in page


def test_the_rules_name_every_other_place_of_a_kill() -> None:
    places = re.findall(r"``(feedsvc[.\w]+)``", kills.__doc__ or "")
    assert len(places) == 11
    assert [place for place in places if find_spec(place) is None] == []


def test_no_file_of_the_store_has_a_killed_headline_in_entries_of_others(
    newsroom: Newsroom,
) -> None:
    newsroom.write("world/a.md", article("Libel And Worse"))
    newsroom.write("sport/b.md", article("Goal", related="[/world/a]"))
    newsroom.sync()
    for format in FORMATS:
        for section in ("", "sport", "world"):
            assert "Libel And Worse" in newsroom.kept(section, format)
    newsroom.write("world/a.md", article("Libel And Worse", status="canceled"))
    newsroom.sync()
    for file in newsroom.config.state.iterdir():
        assert b"Libel And Worse" not in file.read_bytes(), file
