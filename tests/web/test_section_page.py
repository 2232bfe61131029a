"""The page of a section's feed, and who is sent to it."""

from __future__ import annotations

import re

import pytest

from feedsvc.web.app import create_app, page_files
from tests.conftest import CONFIG, Newsroom, article, png

PERSON = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def filled(newsroom: Newsroom) -> Newsroom:
    (newsroom.config.articles / "world").mkdir()
    (newsroom.config.articles / "world/a.png").write_bytes(png())
    picture = '{file: a.png, caption: "The <quay>", credit: Staff}'
    newsroom.write("world/a.md", article("Tunnel & <Light>", image=picture, byline="Ada"))
    newsroom.write("world/b.md", article("Second", related="[a]", summary="A deck."))
    newsroom.write("world/later.md", article("Secret", published="2026-12-24 06:00Z"))
    newsroom.sync()
    return newsroom


def test_the_page_shows_the_entries_of_the_feed(filled: Newsroom) -> None:
    answer = filled.client().get("/world/")
    assert answer.status_code == 200
    page = answer.text
    assert "Tunnel &amp; &lt;Light&gt;" in page
    assert "A deck." in page
    assert "The &lt;quay&gt;" in page
    assert "<small>Staff</small>" in page
    assert "Secret" not in page
    assert page.count("<h2>") == 2


def test_every_entry_shows_its_first_picture(filled: Newsroom) -> None:
    filled.write("world/b.md", article("Second", image="{file: a.png}", images="[{file: a.png}]"))
    filled.sync()
    page = filled.client().get("/world/").text
    assert [part.count("<img") for part in page.split("<h2>")] == [0, 1, 1]


@pytest.mark.parametrize("path", ["/", "/world/", "/feeds/latest", "/feeds", "/author/ada-quay/"])
def test_no_list_has_articles_that_readers_take_for_a_feed(newsroom: Newsroom, path: str) -> None:
    newsroom.configure(CONFIG.replace('url = "https://quay.example"', 'tag = "quay.example,2026"'))
    for name in "abcd":
        newsroom.write(f"world/{name}.md", article(f"Story {name}", byline="Ada Quay"))
    newsroom.sync()
    page = newsroom.client().get(path).text
    assert "Story " in page
    assert "<article" not in page  # Liferea takes three of them for a feed


def test_the_page_names_the_feeds(filled: Newsroom) -> None:
    page = filled.client().get("/world/").text
    assert 'It last changed on <time datetime="2026-11-2' in page
    for format in ("rss", "atom"):
        assert f'data-copy="https://feeds.quay.example/world/{format}.xml"' in page
        assert f'href="https://feeds.quay.example/world/corrections/{format}.xml"' in page
    assert page.count('<link rel="alternate"') == 5  # the section's first, then the site's
    assert page.count('type="application/feed+json" title="') == 1
    assert "feedly.com/i/subscription/feed/https%3A%2F%2Ffeeds.quay.example%2Fworld%2F" in page


def test_all_feeds_link_to_their_pages_but_in_a_static_site(filled: Newsroom) -> None:
    assert '<a href="/world/">World</a>' in filled.client().get("/feeds").text
    app = create_app(filled.config, filled.database, lambda: filled.now)
    page = page_files(app)["index.html"].decode()
    assert ">World</h2>" in page
    assert 'href="/world/"' not in page


def test_the_page_runs_no_foreign_scripts_and_is_cached(filled: Newsroom) -> None:
    client = filled.client()
    answer = client.get("/world/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "style=" not in answer.text
    assert answer.headers["Cache-Control"] == "max-age=60"
    again = client.get("/world/", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_an_unknown_section_has_no_page(filled: Newsroom) -> None:
    assert filled.client().get("/nowhere/").status_code == 404
    assert filled.client().get("/world").headers["Location"].endswith("/world/")


def test_a_section_without_articles_says_so(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG + '\n[sections.sport]\ndescription = "Balls."\n')
    page = newsroom.client().get("/sport/").text
    assert "No articles yet." in page
    assert "Balls." in page
    assert "It last changed" not in page


@pytest.mark.parametrize(
    ("hours", "pace"),
    [(0, "all the time"), (1, "every hour"), (5, "every 5 hours"), (48, "every 2 days")],
)
def test_the_page_says_how_often_articles_come(newsroom: Newsroom, hours: int, pace: str) -> None:
    for number in range(2):
        day, hour = divmod(hours * number, 24)
        moment = f"2026-10-{10 + day:02} {hour:02}:00Z"
        newsroom.write(f"world/{number}.md", article(f"A{number}", published=moment))
    newsroom.sync()
    assert f"Something new comes {pace}".replace("comes every", "comes about every") in (
        newsroom.client().get("/world/").text
    )


def test_archives_are_listed_by_month(newsroom: Newsroom) -> None:
    newsroom.configure(CONFIG.replace("items = 30", "items = 1\nhours = 0\narchive_items = 1"))
    for number in range(5):
        moment = f"2026-{'10' if number < 2 else '11'}-1{number} 08:30"
        newsroom.write(f"world/{number}.md", article(f"A{number}", published=moment))
    newsroom.sync()
    page = newsroom.client().get("/world/").text
    assert "<dt>November 2026</dt>" in page
    assert "<dt>October 2026</dt>" in page
    url = "https://feeds.quay.example/world/archive/1/atom.xml"
    link = f'<a href="{url}" type="application/atom+xml"><span class="hidden">Archive </span>1</a>'
    assert page.index("October 2026") < page.index(link)


@pytest.mark.parametrize(
    ("path", "to"),
    [("/world/rss.xml", "/world/"), ("/world/atom.xml", "/world/"), ("/rss.xml", "/feeds/latest")],
)
def test_a_person_who_opens_a_feed_is_redirected_to_its_page(
    filled: Newsroom, path: str, to: str
) -> None:
    client = filled.client()
    assert client.get(path).status_code == 200  # it is ready now
    answer = client.get(path, headers=PERSON)
    assert answer.status_code == 303
    assert answer.headers["Location"] == to
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(path, headers={"Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert client.get(path, headers={**PERSON, "Sec-Fetch-Dest": "iframe"}).status_code == 200


def test_a_person_can_see_the_source(filled: Newsroom) -> None:
    client = filled.client()
    feed = client.get("/world/rss.xml")
    answer = client.get("/world/rss.xml?view=source", headers=PERSON)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.data == feed.data
    assert client.get("/world/rss.xml?view=all").headers["Content-Type"].startswith("application")


def test_the_site_has_such_a_page_too(filled: Newsroom) -> None:
    client = filled.client()
    page = client.get("/feeds/latest").text
    assert re.search(r"<h1[^>]*>The Daily Quay</h1>", page)
    assert "<title>The Daily Quay</title>" in page
    assert 'data-copy="https://feeds.quay.example/atom.xml"' in page
    assert client.get("/feeds/latest/").status_code == 200
    assert '<a href="/feeds/latest">Everything</a>' in client.get("/feeds").text
