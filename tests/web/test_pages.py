from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from feedsvc.model.feed import FILES, FORMATS, MEDIA_TYPES
from tests.conftest import CONFIG, Newsroom, article, png

LOCAL = {"base_url": "http://localhost:8000"}


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    newsroom.write("world/europe/a.md", article("Tunnel & <Light>"))
    newsroom.write("world/wrong.md", article("[A] wrong"))
    newsroom.sync()
    return newsroom


def test_the_page_shows_every_section_with_its_feeds_and_newest_headline(filled: Newsroom) -> None:
    page = filled.client().get("/feeds").text
    for section in ("", "/world", "/world/europe"):
        for format in FORMATS:
            address = f"https://feeds.quay.example{section}/{FILES[format]}"
            assert f'<a href="{address}" type="{MEDIA_TYPES[format]}">' in page
            assert f'data-copy="{address}"' in page
    assert 'JSON<span class="hidden"> feed of corrections</span>' in page
    assert "<h2" in page
    assert page.count("Tunnel &amp; &lt;Light&gt;") == 3
    assert page.index(">World<") < page.index(">Europe<")


def test_the_page_leads_readers_to_the_sites_feeds(filled: Newsroom) -> None:
    page = filled.client().get("/feeds").text
    assert page.count('<link rel="alternate"') == 4
    assert 'type="application/rss+xml" title="The Daily Quay (RSS)"' in page
    assert 'type="application/atom+xml" title="The Daily Quay (Atom)"' in page
    address = "https://feeds.quay.example/feeds.opml"
    assert f'type="text/x-opml" title="The Daily Quay (OPML)" href="{address}">' in page
    assert f'<a href="{address}?download" type="text/x-opml">All feeds as OPML</a>' in page


def test_a_section_without_articles_says_so(newsroom: Newsroom) -> None:
    assert "No articles yet." in newsroom.client().get("/feeds").text


def test_the_page_loads_nothing_from_elsewhere(filled: Newsroom) -> None:
    answer = filled.client().get("/feeds")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for path in ("/static/feedsvc.css", "/static/copy.js"):
        assert path in answer.text
        with filled.client().get(path) as file:
            assert file.status_code == 200


def test_only_the_newsroom_sees_problems(filled: Newsroom) -> None:
    for base, seen in (("http://localhost:8000", True), ("https://feeds.quay.example", False)):
        answer = filled.client().get("/feeds", base_url=base)
        assert ("put the headline in quotes" in answer.text) is seen
        assert ("private" in answer.headers["Cache-Control"]) is seen
        expected = "private, max-age=0" if seen else "max-age=60"
        assert sorted(answer.headers["Cache-Control"].split(", ")) == sorted(expected.split(", "))


def test_a_newsroom_can_make_its_problems_public(filled: Newsroom) -> None:
    filled.configure(CONFIG.replace("[feeds]", "show_problems = true\n[feeds]"))
    answer = filled.client().get("/feeds", base_url="https://feeds.quay.example")
    assert "1 problem in the article files" in answer.text


def test_a_note_is_marked_as_a_note(filled: Newsroom) -> None:
    filled.write("b.md", article(status="canceled"))
    filled.sync()
    assert "note: <b>note</b>" in filled.client().get("/feeds", **LOCAL).text


def test_an_unchanged_page_is_not_sent_again(filled: Newsroom) -> None:
    client: Any = filled.client()
    tag = client.get("/feeds", **LOCAL).headers["ETag"]
    assert client.get("/feeds", headers={"If-None-Match": tag}, **LOCAL).status_code == 304


def test_the_root_redirects_to_the_page(filled: Newsroom) -> None:
    assert filled.client().get("/").headers["Location"] == "/feeds"


def test_a_404_is_a_page_for_people(filled: Newsroom) -> None:
    answer = filled.client().get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "There is nothing at this address." in answer.text


def test_livez_and_readyz(newsroom: Newsroom) -> None:
    client = newsroom.client()
    assert client.get("/livez").text == "ok\n"
    assert client.get("/readyz").status_code == 503
    newsroom.sync()
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz").headers["Cache-Control"] == "no-store"


@pytest.fixture
def picture(newsroom: Newsroom) -> str:
    newsroom.write("a b.png", png(5, 5))
    newsroom.write("a.md", article(image='{file: "a b.png"}'))
    newsroom.sync()
    address = newsroom.text().split('<enclosure url="https://feeds.quay.example')[1]
    return address.split('"')[0]


def test_a_picture_is_served_with_its_type_and_cached_for_ever(
    newsroom: Newsroom, picture: str
) -> None:
    with newsroom.client().get(picture) as answer:
        assert answer.data == png(5, 5)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["Content-Length"] == str(len(png(5, 5)))
        assert "immutable" in answer.headers["Cache-Control"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        tag = answer.headers["ETag"]
    with newsroom.client().get(picture, headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304


def test_players_get_ranges_of_a_file(newsroom: Newsroom, picture: str) -> None:
    with newsroom.client().get(picture, headers={"Range": "bytes=0-3"}) as answer:
        assert (answer.status_code, answer.data) == (206, b"\x89PNG")


def test_a_range_beyond_the_end_is_answered_with_the_length(
    newsroom: Newsroom, picture: str
) -> None:
    answer = newsroom.client().get(picture, headers={"Range": "bytes=999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(png(5, 5))}"
    assert "Requested Range Not Satisfiable" in answer.text


def test_a_replaced_picture_is_not_served_at_the_old_address(
    newsroom: Newsroom, picture: str
) -> None:
    client, file = newsroom.client(), newsroom.root / "articles/a b.png"
    file.write_bytes(png(5, 5, colour=9))
    assert client.get(picture).status_code == 404
    file.unlink()
    assert client.get(picture).status_code == 404


def test_a_picture_is_not_served_through_a_link_out_of_the_newsroom(
    newsroom: Newsroom, picture: str
) -> None:
    file = newsroom.root / "articles/a b.png"
    file.rename(newsroom.root / "same.png")
    file.symlink_to(newsroom.root / "same.png")
    assert newsroom.client().get(picture).status_code == 404


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({"status": "draft"}, 404),
        ({"status": "withheld"}, 404),
        ({"embargoed": "2026-11-23T12:00:01Z"}, 404),
        ({"embargoed": "2026-11-23T12:00:00Z"}, 200),
    ],
)
def test_a_picture_is_served_once_its_article_is_released(
    newsroom: Newsroom, keys: dict[str, str], status: int
) -> None:
    newsroom.write("a.png", png())
    newsroom.write("a.md", article(image="{file: a.png}", **keys))
    newsroom.sync()
    digest = hashlib.sha256(png()).hexdigest()[:16]
    with newsroom.client().get(f"/media/{digest}/articles/a.png") as answer:
        assert answer.status_code == status
    assert newsroom.client().get("/media/0/articles/a.png").status_code in (404, 302)


def test_a_picture_of_two_articles_is_released_with_the_first(newsroom: Newsroom) -> None:
    newsroom.write("a.png", png())
    newsroom.write("a.md", article("A", image="{file: a.png}"))
    newsroom.write("b.md", article("B", image="{file: a.png}", embargoed="2027-01-01"))
    newsroom.sync()
    digest = hashlib.sha256(png()).hexdigest()[:16]
    with newsroom.client().get(f"/media/{digest}/articles/a.png") as answer:
        assert answer.status_code == 200


def test_big_files_on_their_way_leave_room_for_feeds(newsroom: Newsroom, picture: str) -> None:
    client = newsroom.client()
    slots = client.application.extensions["feedsvc"].media_slots
    taken = 0
    while slots.acquire(blocking=False):
        taken += 1
    answer = client.get(picture)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/rss.xml").status_code == 200
    for _ in range(taken):
        slots.release()
    for _ in range(taken + 1):  # each answer frees its slot
        with client.get(picture) as answer:
            assert answer.status_code == 200
    for _ in range(taken + 1):  # and so does a failure
        assert client.get(picture, headers={"Range": "bytes=999-"}).status_code == 416


def test_the_former_address_of_a_picture_redirects_to_the_present_one(
    newsroom: Newsroom, picture: str
) -> None:
    newsroom.write("a b.png", png(6, 6))
    newsroom.sync()
    answer = newsroom.client().get(picture)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-cache"
    with newsroom.client().get(answer.headers["Location"]) as picture_file:
        assert picture_file.data == png(6, 6)


def test_only_files_of_published_records_are_served(newsroom: Newsroom, picture: str) -> None:
    digest = picture.split("/")[2]
    newsroom.write("articles/secret.png", png())
    client = newsroom.client()
    for path in ("articles/secret.png", "articles/a.md", "config.toml", "../etc/passwd"):
        assert client.get(f"/media/{digest}/{path}").status_code == 404
    (newsroom.root / "articles/a b.png").unlink()
    assert client.get(picture).status_code == 404


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("europe", ["Europe"]),
        ("  EUROPE ", ["Europe"]),
        ("world", ["World", "Europe"]),  # the sections above it count, too
        ("Quay", ["Everything"]),
        ("josé", ["José Muñoz"]),
        ("munoz", ["José Muñoz"]),
        ("FLOOD", ["Floods"]),
        ("secret", []),
        ("<b>", []),
        ("x" * 5000, []),
    ],
)
def test_the_search_finds_sections_authors_and_keywords(
    newsroom: Newsroom, words: str, titles: list[str]
) -> None:
    newsroom.write("world/europe/a.md", article(byline="[José Muñoz]", keywords="[Floods]"))
    newsroom.write("b.md", article("Later", embargoed="2026-12-01", keywords="[secret]"))
    newsroom.sync()
    answer = newsroom.client().get("/feeds", query_string={"q": words})
    assert answer.status_code == 200
    shown = [re.sub(r"<[^>]+>", "", it) for it in re.findall(r"<h2[^>]*>.*?</h2>", answer.text)]
    assert shown == titles
    assert ("No feed matches" in answer.text) is (not titles)
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "<b>" not in answer.text


def test_an_empty_search_shows_everything(filled: Newsroom) -> None:
    client = filled.client()
    assert client.get("/feeds?q=+").text == client.get("/feeds").text
    assert 'role="search"' in client.get("/feeds").text
