"""RFC 5005: from the feed back through its archives, to every article once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc.model.feed import FILES, FORMATS, WITH_TOMBSTONES, Format
from feedsvc.publishing import sync
from feedsvc.syndication.feeds import Feeds
from tests.conftest import CONFIG, NOW, Newsroom, article, wanted
from tests.tools.json_feed import parse

HISTORY = "{http://purl.org/syndication/history/1.0}archive"
ATOM = "{http://www.w3.org/2005/Atom}"
DAY = timedelta(days=1)
SMALL = CONFIG.replace("items = 30", "items = 4\nhours = 0\narchive_items = 5")
HOST = "https://feeds.quay.example"


@pytest.fixture
def small(make_newsroom: Callable[..., Newsroom]) -> Newsroom:
    return make_newsroom("small", SMALL)


def publish(room: Newsroom, *numbers: int, section: str = "world") -> None:
    """Publish articles, each an hour after the one before, and one at a time."""
    for number in numbers:
        moment = NOW - 30 * DAY + number * timedelta(hours=1)
        room.write(
            f"{section}/n{number:03}.md",
            article(f"Story {number}", published=f"{moment:%Y-%m-%d %H:%M}Z"),
        )
        room.sync()
        room.now += timedelta(minutes=1)


def get(room: Newsroom, path: str) -> Any:
    answer = room.client().get(path.removeprefix(HOST))
    assert answer.status_code == 200, (path, answer.text)
    return answer


def links(body: bytes) -> dict[str, str]:
    if body.startswith(b"{"):
        return {link.rel: link.href for link in parse(body).feed.links}
    root = etree.fromstring(body)
    found = [*root.findall(f"{ATOM}link"), *root.findall(f"channel/{ATOM}link")]
    return {link.get("rel") or "": link.get("href") or "" for link in found}


def titles(body: bytes) -> list[str]:
    if body.startswith(b"{"):
        return [entry.title for entry in parse(body).entries]
    root = etree.fromstring(body)
    return [
        each.findtext("title") or each.findtext(f"{ATOM}title") or ""
        for each in [*root.iter("item"), *root.iter(f"{ATOM}entry")]
    ]


def walk(
    room: Newsroom,
    path: str = "/world/rss.xml",
    between: Callable[[], object] = lambda: None,
) -> list[list[str]]:
    """Return what each document holds, from the feed back to its oldest archive."""
    documents: list[list[str]] = []
    while path:
        body = get(room, path).data
        documents.append(titles(body))
        path = links(body).get("prev-archive", "")
        between()
    return documents


def every(documents: list[list[str]]) -> list[str]:
    return [title for document in documents for title in document]


def stories(*numbers: int) -> list[str]:
    return [f"Story {number}" for number in sorted(numbers, reverse=True)]


@pytest.mark.parametrize("count", [1, 4, 5, 8, 12, 13, 14, 17, 18, 23, 40])
def test_the_walk_gives_every_article_once(small: Newsroom, count: int) -> None:
    publish(small, *range(count))
    for file in FILES.values():
        documents = walk(small, f"/world/{file}")
        assert every(documents) == stories(*range(count)), file
        assert len(documents[0]) == min(count, 4), file
        assert [len(each) for each in documents[2:]] == [5] * len(documents[2:]), file
        assert walk(small, f"/{file}") == documents, file


def test_without_anything_older_there_is_nothing_to_go_back_to(small: Newsroom) -> None:
    publish(small, *range(4))
    assert "prev-archive" not in links(small.document("world").body)
    publish(small, 4)
    assert links(small.document("world").body)["prev-archive"] == (
        f"{HOST}/world/archive/1/rss.xml?before={int((NOW - 30 * DAY).timestamp()) + 3600}"
        ".world/n001"
    )


@pytest.mark.parametrize("format", FORMATS)
def test_the_walk_gives_every_article_once_while_new_ones_are_published(
    small: Newsroom, format: Format
) -> None:
    publish(small, *range(30))
    fresh = iter(range(30, 300))

    def between() -> None:
        for _ in range(7):
            publish(small, next(fresh))

    documents = walk(small, f"/world/{FILES[format]}", between)
    assert every(documents) == stories(*range(30))
    assert len(documents) == 6


def test_what_arrives_late_is_found_and_opens_no_archive(small: Newsroom) -> None:
    publish(small, *range(0, 40, 2))
    archives = [get(small, f"/world/archive/{n}/atom.xml") for n in (1, 2)]
    publish(small, 1, 3, 5)
    again = [get(small, f"/world/archive/{n}/atom.xml") for n in (1, 2)]
    assert [it.data for it in archives] == [it.data for it in again]
    assert [it.headers["ETag"] for it in archives] == [it.headers["ETag"] for it in again]
    documents = walk(small)
    assert sorted(every(documents)) == sorted(stories(*range(0, 40, 2), 1, 3, 5))
    publish(small, *range(40, 60))
    assert get(small, "/world/archive/2/atom.xml").data == archives[1].data
    documents = walk(small)
    assert sorted(every(documents)) == sorted(stories(*range(0, 40, 2), *range(40, 60), 1, 3, 5))


@pytest.mark.parametrize("format", FORMATS)
def test_an_archive_never_changes_while_others_are_published(
    small: Newsroom, format: Format
) -> None:
    publish(small, *range(20))
    before = get(small, f"/world/archive/1/{FILES[format]}")
    publish(small, *range(20, 60))
    after = get(small, f"/world/archive/1/{FILES[format]}")
    assert (before.data, before.headers["ETag"]) == (after.data, after.headers["ETag"])
    assert before.headers["Last-Modified"] == after.headers["Last-Modified"]
    assert after.headers["Cache-Control"].startswith("max-age=86400, s-maxage=86400, ")


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_an_archive_says_what_it_is_and_where_the_others_are(
    small: Newsroom, format: Format
) -> None:
    publish(small, *range(30))
    body = get(small, f"/world/archive/2/{FILES[format]}").data
    assert links(body) == {
        "alternate": "https://quay.example/world",
        "self": f"{HOST}/world/archive/2/{FILES[format]}",
        "current": f"{HOST}/world/{FILES[format]}",
        "prev-archive": f"{HOST}/world/archive/1/{FILES[format]}",
        "next-archive": f"{HOST}/world/archive/3/{FILES[format]}",
    }
    assert len(list(etree.fromstring(body).iter(HISTORY))) == 1
    assert "prev-archive" not in links(get(small, f"/world/archive/1/{FILES[format]}").data)
    feed = small.document("world", format).body
    assert HISTORY not in [element.tag for element in etree.fromstring(feed).iter()]


def test_what_will_be_the_next_archive_is_there_already(small: Newsroom) -> None:
    publish(small, *range(30))
    number = 1
    while (body := get(small, f"/world/archive/{number}/rss.xml").data) and b"fh:archive" in body:
        number += 1
    assert links(body)["prev-archive"] == f"{HOST}/world/archive/{number - 1}/rss.xml"
    assert "next-archive" not in links(body)
    assert titles(body) == walk(small)[1]
    assert small.client().get(f"/world/archive/{number + 1}/rss.xml").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/world/archive/0/rss.xml",
        "/world/archive/9/rss.xml",
        "/nowhere/archive/1/rss.xml",
        "/world/archive/1/rss.xml?before=yesterday",
        "/world/archive/1/rss.xml?before=.x",
        "/world/archive/1/rss.xml?before=99999999999999999999.x",
        "/world/archive/-1/rss.xml",
        "/world/archive/99999999999999999999/rss.xml",
    ],
)
def test_there_is_no_other_archive(small: Newsroom, path: str) -> None:
    publish(small, *range(30))
    assert small.client().get(path).status_code == 404


def test_nobody_can_ask_for_everything_at_once(small: Newsroom) -> None:
    publish(small, *range(60))
    body = get(small, "/world/archive/1/rss.xml?before=99999999999.z").data
    assert len(titles(body)) == 4 * (4 + 5)


def test_a_correction_in_an_archive_changes_that_archive_alone(small: Newsroom) -> None:
    publish(small, *range(30))
    before = {n: get(small, f"/world/archive/{n}/rss.xml").headers for n in (1, 2)}
    feed = small.document("world")
    small.write(
        "world/n001.md",
        article(
            "Story One",
            published=f"{NOW - 30 * DAY + timedelta(hours=1):%Y-%m-%d %H:%M}Z",
            updated="2026-11-23",
            note="It was one.",
        ),
    )
    small.sync()
    after = {n: get(small, f"/world/archive/{n}/rss.xml").headers for n in (1, 2)}
    assert after[1]["ETag"] != before[1]["ETag"]
    assert after[1]["Last-Modified"] != before[1]["Last-Modified"]
    assert after[2] == before[2]
    assert small.document("world") == feed
    assert "Story One" in every(walk(small))


@pytest.mark.parametrize("format", FORMATS)
def test_a_kill_reaches_the_archive_and_the_feed(small: Newsroom, format: Format) -> None:
    publish(small, *range(30))
    before = get(small, f"/world/archive/1/{FILES[format]}")
    small.write("world/n001.md", article("Story 1", status="canceled", note="It was all wrong."))
    small.sync()
    asked = {"If-Modified-Since": before.headers["Last-Modified"]}
    after = small.client().get(f"/world/archive/1/{FILES[format]}", headers=asked)
    assert after.status_code == 200
    for body in (after.data, small.document("world", format).body):
        assert b"It was all wrong." in body
        assert "Story 1" not in titles(body)
        assert (b"deleted" in body) == (format in WITH_TOMBSTONES)
    assert len(titles(after.data)) == 5
    small.now += 8 * DAY
    small.sync()
    after = get(small, f"/world/archive/1/{FILES[format]}")
    assert len(titles(after.data)) == 4
    assert (b"deleted" in after.data) == (format in WITH_TOMBSTONES)
    small.now += 90 * DAY
    assert b"deleted" not in get(small, f"/world/archive/1/{FILES[format]}").data


def test_a_deleted_file_leaves_its_archive_and_says_so(small: Newsroom) -> None:
    publish(small, *range(30))
    (small.root / "articles/world/n001.md").unlink()
    small.sync()
    assert titles(get(small, "/world/archive/1/atom.xml").data) == stories(0, 2, 3, 4)
    small.now += timedelta(minutes=2)
    small.sync()
    body = get(small, "/world/archive/1/atom.xml").data
    assert b'ref="tag:quay.example,2026:world/n001"' in body
    assert every(walk(small)) == stories(0, *range(2, 30))


def test_a_file_that_comes_back_is_in_its_archive_again(small: Newsroom) -> None:
    publish(small, *range(30))
    before = get(small, "/world/archive/1/atom.xml").data
    file = small.root / "articles/world/n001.md"
    text = file.read_text()
    file.unlink()
    small.sync()
    file.write_text(text)
    small.sync()
    assert get(small, "/world/archive/1/atom.xml").data == before


def test_what_leaves_the_newest_is_made_up_for_without_opening_an_archive(
    small: Newsroom,
) -> None:
    publish(small, *range(30))
    archive = get(small, "/world/archive/3/rss.xml").data
    for number in (29, 27, 25):
        (small.root / f"articles/world/n{number:03}.md").unlink()
        small.sync()
        assert len(titles(small.document("world").body)) == 4
    left = [number for number in range(30) if number not in (29, 27, 25)]
    assert every(walk(small)) == stories(*left)
    assert get(small, "/world/archive/3/rss.xml").data == archive


def test_a_moved_article_leaves_one_archive_and_stays_in_the_other(small: Newsroom) -> None:
    publish(small, *range(30))
    site = get(small, "/archive/1/rss.xml").data
    old = small.root / "articles/world/n001.md"
    small.write("sport/n001.md", old.read_text().replace("---\n", "---\nid: world/n001\n", 1))
    old.unlink()
    small.sync()
    assert titles(get(small, "/world/archive/1/rss.xml").data) == stories(0, 2, 3, 4)
    assert titles(get(small, "/archive/1/rss.xml").data) == titles(site)
    assert titles(small.document("sport").body) == ["Story 1"]


def test_what_has_expired_is_in_no_archive(small: Newsroom) -> None:
    publish(small, *range(3))
    small.write("world/x.md", article("Ends", published="2026-10-24 12:30Z", expires="2026-11-30"))
    publish(small, *range(3, 30))
    assert "Ends" in titles(get(small, "/world/archive/1/rss.xml").data)
    small.now += 10 * DAY
    small.sync()
    assert "Ends" not in titles(get(small, "/world/archive/1/rss.xml").data)
    assert every(walk(small)) == stories(*range(30))


def test_what_expired_before_fills_no_archive(small: Newsroom) -> None:
    small.now = NOW - 40 * DAY
    for number in range(40):
        small.write(
            f"world/x{number}.md", article("Over", published="2026-01-01", expires="2026-01-02")
        )
    small.sync()
    small.now = NOW
    publish(small, *range(30))
    assert every(walk(small)) == stories(*range(30))
    assert len(titles(get(small, "/world/archive/1/rss.xml").data)) == 5


def test_another_size_of_archives_or_feeds_makes_them_anew(small: Newsroom) -> None:
    publish(small, *range(40))
    small.configure(SMALL.replace("archive_items = 5", "archive_items = 7"))
    small.sync()
    documents = walk(small)
    assert every(documents) == stories(*range(40))
    assert [len(each) for each in documents[2:]] == [7] * 4
    small.configure(SMALL.replace("items = 4", "items = 12"))
    small.sync()
    assert len(walk(small)[0]) == 12
    assert every(walk(small)) == stories(*range(40))


def test_a_store_made_anew_gives_the_same_documents(
    small: Newsroom, make_newsroom: Callable[..., Newsroom]
) -> None:
    publish(small, *range(40))
    other = make_newsroom("other", SMALL)
    for file in (small.root / "articles/world").iterdir():
        other.write(f"world/{file.name}", file.read_bytes())
    other.now = small.now
    other.sync()
    paths = ["/world/rss.xml"]
    while paths[-1]:
        body = get(small, paths[-1]).data
        assert get(other, paths[-1]).data == body
        paths.append(links(body).get("prev-archive", ""))
    assert len(paths) > 6


def test_an_article_released_again_is_new(small: Newsroom) -> None:
    publish(small, *range(30))
    small.write("world/n001.md", article("Story 1", published="2026-11-23 12:10Z"))
    small.sync()
    documents = walk(small)
    assert documents[0][0] == "Story 1"
    assert every(documents) == ["Story 1", *stories(0, *range(2, 30))]


def test_a_section_with_archives_alone_is_no_secret(small: Newsroom) -> None:
    publish(small, *range(13))
    for number in range(13):
        if number not in range(5):
            (small.root / f"articles/world/n{number:03}.md").unlink()
    small.write("world/later.md", article("Later", published="2027-01-01"))
    sync.accept_deletions(small.database, small.config, small.now)
    assert every(walk(small)) == stories(*range(5))


def test_very_many_that_expired_do_not_keep_the_others_out_of_the_archives(
    make_newsroom: Callable[..., Newsroom],
) -> None:
    room = make_newsroom("room", SMALL.replace("archive_items = 5", "archive_items = 1"))
    for number in range(120):
        text = article("Over", published="2026-01-02", expires="2026-01-03")
        room.write(f"world/x{number:03}.md", text)
    room.write("world/first.md", article("Story 99", published="2026-01-01"))
    room.sync()
    publish(room, *range(12))
    assert titles(get(room, "/world/archive/1/rss.xml").data) == ["Story 99"]
    assert every(walk(room)) == [*stories(*range(12)), "Story 99"]


def test_the_notice_of_an_archived_story_stands_in_no_other_archive(
    make_newsroom: Callable[..., Newsroom],
) -> None:
    config = SMALL.replace("archive_items = 5", "archive_items = 1\nkill_notice = 100")
    room = make_newsroom("room", config)
    publish(room, *range(12))
    room.write("world/n000.md", article("Story 0", status="canceled", note="Wrong."))
    room.sync()
    for number in range(12):
        moment = room.now + timedelta(minutes=1)
        text = article(f"Next {number}", published=f"{moment:%Y-%m-%d %H:%M}Z")
        room.write(f"world/next{number:02}.md", text)
        room.now += timedelta(minutes=2)
        room.sync()
    found = every(walk(room))
    assert found.count("This story has been withdrawn") == 1
    assert found[-1] == "This story has been withdrawn"
    assert len(found) == 25
    assert titles(get(room, "/world/rss.xml").data)[-1].startswith("Withdrawn: ")


def test_with_little_memory_the_feeds_are_the_same(small: Newsroom) -> None:
    publish(small, *range(12))
    before = small.document("world")
    syndication = Feeds(small.config, small.database, 4000)
    for _ in range(2):
        assert syndication.document(wanted("world", "rss"), small.now) == before
        syndication.document(wanted("", "atom"), small.now)
