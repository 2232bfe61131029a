"""Ghost sends posts: published, edited, unpublished and deleted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conftest import IN_BOTH, MakeNewsroom, Newsroom, article
from tests.tools import senders
from tests.tools.senders import CONFIGURED, Ghost, entries, results

pytestmark = IN_BOTH

newsroom = senders.newsroom
ID = "63f4c1aa0123456789abcdef"
POST: dict[str, Any] = {
    "id": ID,
    "title": "Harbour Opens",
    "slug": "harbour-opens",
    "html": '<p>Ships came in. <img src="__GHOST_URL__/content/a.png"></p>',
    "status": "published",
    "visibility": "public",
    "published_at": "2026-11-21T08:30:00.000Z",
    "updated_at": "2026-11-21T08:30:00.500Z",
    "url": "https://blog.example/harbour-opens/",
    "custom_excerpt": "All of them.",
    "excerpt": "Ships came in",
    "authors": [{"name": "Jane Doe"}],
    "primary_tag": {"slug": "old-town", "name": "Old Town"},
    "tags": [{"slug": "old-town", "name": "Old Town"}, {"slug": "hash-x", "name": "#internal"}],
    "feature_image": "https://blog.example/content/lead.jpg",
    "feature_image_alt": "Two ships",
    "feature_image_caption": "The harbour – <em>Photo: Ada Lens</em>",
}


@pytest.fixture
def blog(newsroom: Newsroom) -> Ghost:
    return Ghost(newsroom)


def event(*, previous: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"post": {"current": {**POST, **changes}, "previous": previous or {}}}


def deleted() -> dict[str, Any]:
    return {"post": {"current": {}, "previous": POST}}


def at(minute: int) -> str:
    return f"2026-11-21T09:{minute:02}:00.000Z"


def test_a_post_is_published_under_the_id_of_ghosts_feed(blog: Ghost, newsroom: Newsroom) -> None:
    answer = blog.send(event())
    assert answer.status_code == 201
    [entry] = entries(newsroom, "old-town")
    assert (entry["id"], entry["url"]) == (ID, POST["url"])
    assert (entry["title"], entry["summary"]) == ("Harbour Opens", "All of them.")
    assert 'src="https://blog.example/content/a.png"' in entry["content_html"]
    assert entry["tags"][0] == "Old Town"
    assert "#internal" not in entry["tags"]
    (path,) = newsroom.records.paths()
    image = json.loads(newsroom.record(path))["image"]
    assert image == {
        "url": POST["feature_image"],
        "caption": "The harbour",
        "credit": "Ada Lens",
        "alt": "Two ships",
    }


def test_the_older_signature_is_taken_and_an_old_request_is_not(
    blog: Ghost, newsroom: Newsroom
) -> None:
    assert blog.send(event(), signs_time=False).status_code == 201
    for signs_time in (True, False):
        answer = blog.send(event(title="Replayed"), signs_time=signs_time, seconds=-301)
        assert answer.status_code == 401
    assert "Replayed" not in newsroom.text()


def test_saving_a_post_again_is_no_correction(blog: Ghost, newsroom: Newsroom) -> None:
    blog.send(event())
    before = newsroom.document().etag
    blog.send(event(updated_at=at(1)))
    assert newsroom.document().etag == before
    blog.send(event(updated_at=at(2), html="<p>Two ships came in.</p>"))
    [entry] = entries(newsroom)
    assert "Two ships" in entry["content_html"]
    assert entry.get("date_modified", entry["date_published"]) == entry["date_published"]
    assert newsroom.document().etag != before


def test_two_versions_of_one_second_are_told_apart(blog: Ghost, newsroom: Newsroom) -> None:
    blog.send(event(updated_at="2026-11-21T09:00:00.900Z", title="Second"))
    answer = blog.send(event(updated_at="2026-11-21T09:00:00.100Z", title="First"))
    assert results(answer) == ["ignored"]
    assert [it["title"] for it in entries(newsroom)] == ["Second"]
    blog.send(event(updated_at="2026-11-21T09:00:00.950Z", status="draft"))
    assert results(blog.send(event(updated_at="2026-11-21T09:00:00.940Z"))) == ["ignored"]
    assert results(blog.send(event(updated_at="2026-11-21T09:00:00.960Z"))) == ["stored"]


def test_an_unpublished_post_leaves_and_may_come_back(blog: Ghost, newsroom: Newsroom) -> None:
    assert results(blog.send(event())) == ["stored"]
    assert results(blog.send(event(status="draft", updated_at=at(1)))) == ["withdrawn"]
    assert entries(newsroom) == []
    assert results(blog.send(event(updated_at="2026-11-21T09:00:30Z"))) == ["ignored"]
    assert results(blog.send(event(updated_at=at(2)))) == ["stored"]
    assert [it["id"] for it in entries(newsroom)] == [ID]


def test_a_deleted_post_is_deleted_with_a_tombstone_and_stays_out(
    blog: Ghost, newsroom: Newsroom
) -> None:
    assert results(blog.send(event())) == ["stored"]
    [atom_id] = re.findall(r"<entry>\s*<id>(.+?)</id>", newsroom.text("", "atom"))
    answer = blog.send(deleted())
    assert (answer.status_code, results(answer)) == (200, ["withdrawn"])
    assert not [*newsroom.records.paths()]
    assert entries(newsroom) == []
    newsroom.now = newsroom.now.replace(minute=5)
    newsroom.sync()
    assert f'<at:deleted-entry ref="{atom_id}"' in newsroom.text("", "atom")
    late = blog.send(event(updated_at=at(59)), seconds=300)
    assert (late.status_code, results(late)) == (200, ["ignored"])
    assert results(blog.send(deleted(), seconds=300)) == ["withdrawn"]


def test_a_post_that_was_deleted_before_it_came_stays_out(blog: Ghost, newsroom: Newsroom) -> None:
    assert results(blog.send(deleted())) == ["withdrawn"]
    assert results(blog.send(event())) == ["ignored"]
    assert entries(newsroom) == []


def test_a_post_that_is_written_anew_after_its_deletion_is_another(
    blog: Ghost, newsroom: Newsroom
) -> None:
    blog.send(event())
    blog.send(deleted())
    assert blog.send(event(id="anew")).status_code == 201
    assert newsroom.sync().problems == ()
    assert [it["id"] for it in entries(newsroom)] == ["anew"]


def test_a_source_decides_how_it_withdraws(make_newsroom: MakeNewsroom) -> None:
    ways = 'withdraws = { unpublish = "delete", delete = "kill" }\ncredit'
    newsroom = make_newsroom("ways", CONFIGURED.replace("credit", ways, 1))
    newsroom.sync()
    blog = Ghost(newsroom)
    assert results(blog.send(event())) == ["stored"]
    blog.send(event(status="draft", updated_at=at(1)))
    assert not [*newsroom.records.paths()]
    assert results(blog.send(event(updated_at=at(2)))) == ["stored"]
    blog.send(deleted())
    assert "This story has been withdrawn" in newsroom.text()


def test_a_killed_post_that_is_published_again_says_so(make_newsroom: MakeNewsroom) -> None:
    ways = 'withdraws = { unpublish = "kill" }\ncredit'
    newsroom = make_newsroom("again", CONFIGURED.replace("credit", ways, 1))
    newsroom.sync()
    blog = Ghost(newsroom)
    for changes in ({}, {"status": "draft", "updated_at": at(1)}, {"updated_at": at(2)}):
        blog.send({"post": {"current": {**POST, **changes}}})
    [entry] = entries(newsroom)
    assert entry["title"] == "Harbour Opens"
    assert "This story was withdrawn and is published again" in entry["content_html"]


@pytest.mark.parametrize("visibility", ["members", "paid", "tiers", ""])
def test_only_the_public_part_of_a_post_is_published(
    blog: Ghost, newsroom: Newsroom, visibility: str
) -> None:
    html = "<p>For all.</p><!--members-only--><p>For members.</p>"
    blog.send(event(visibility=visibility, html=html, custom_excerpt=None))
    assert "For all." in newsroom.text()
    everything = "".join(map(newsroom.record, newsroom.records.paths()))
    assert "For members." not in everything
    assert "For members." not in newsroom.text()
    blog.send(event(visibility=visibility, html="<p>For members.</p>", updated_at=at(1)))
    assert entries(newsroom) == []


def test_a_post_of_a_former_feed_is_the_same_article(blog: Ghost, newsroom: Newsroom) -> None:
    newsroom.write("local/old.md", article("Harbour", "Ships.", guid=ID))
    newsroom.sync()
    assert blog.send(event()).status_code == 200
    [entry] = entries(newsroom)
    assert (entry["id"], entry["title"]) == (ID, "Harbour Opens")
    assert "Ships came in." in entry["content_html"]


def test_a_caption_without_a_credit_stays_whole(blog: Ghost, newsroom: Newsroom) -> None:
    blog.send(event(feature_image_caption="The harbour"))
    assert "<figcaption>The harbour</figcaption>" in newsroom.text("", "json").replace("\\", "")


def test_a_newsletter_is_no_article(blog: Ghost, newsroom: Newsroom) -> None:
    answer = blog.send(event(status="sent"))
    assert (answer.status_code, answer.json["items"]) == (200, [])


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ({"page": {"current": POST}}, "/post is missing"),
        (event(type="page"), "only posts"),
        (event(status="spiked"), 'is "spiked"'),
        (event(id=""), "/post/current/id"),
        (event(title=""), "/headline"),
        (event(published_at="soon"), "/post/current/published_at"),
        (event(url="blog"), "/url"),
    ],
)
def test_a_post_that_is_no_article_is_refused_with_a_sentence(
    blog: Ghost, payload: dict[str, Any], sentence: str
) -> None:
    answer = blog.send(payload)
    assert answer.status_code == 422
    assert sentence in answer.json["detail"]


def test_a_post_without_a_picture_and_without_a_date(blog: Ghost, newsroom: Newsroom) -> None:
    bare: dict[str, Any] = {
        "feature_image": None,
        "published_at": None,
        "url": "",
        "primary_tag": None,
        "tags": [],
    }
    blog.send({"post": {"current": {**POST, **bare, "html": "<p>Ships.</p>"}}})
    [entry] = entries(newsroom, "local")
    assert entry["date_published"] == "2026-11-21T08:30:00Z"
