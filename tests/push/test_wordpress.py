"""Posts of a site with WordPress: fetched after a ping, and when they have changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.publishing import pings
from feedsvc.push.http_client import HttpClient
from feedsvc.push.wordpress import WordPressSites
from feedsvc.push.worker import Worker
from feedsvc.store import outbox, sources
from feedsvc.store.lock import wait_for_lock
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article, png
from tests.tools.other_server import OtherServer, picture, status
from tests.tools.service import until
from tests.web.api.test_sources_fuzz import FEW, VALUES

SECRET = "a-secret-of-the-site"
SOURCE = f'[[sources]]\nname = "wp"\nkind = "wordpress"\nsecret = "{SECRET}"\n'


class FakeSite:
    """Answers as the REST API of WordPress does, from posts that a test changes."""

    def __init__(self, server: OtherServer) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        self.closed = 0
        """A status with which everything is answered; 0 for none."""
        self.server = server
        server.other = self._answer

    def publish(self, number: int, modified: str = "", **values: Any) -> None:
        post = self.posts.get(number) or post_of(number)
        modified = modified or f"2026-11-21T08:{number % 60:02}:00"
        self.posts[number] = {**post, "modified_gmt": modified, **values}

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        place = urlsplit(handler.path)
        code, value = self._reply(place.path, {k: v[0] for k, v in parse_qs(place.query).items()})
        status(code, json.dumps(value).encode(), Content_Type="application/json")(handler)

    def _reply(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if self.closed:
            return self.closed, {"code": "rest_disabled"}
        number = path.removeprefix("/wp-json/wp/v2/posts").strip("/")
        if number:
            if int(number) in self.hidden:
                return 401, {"code": "rest_forbidden"}
            post = self.posts.get(int(number))
            return (200, post) if post else (404, {"code": "rest_post_invalid_id"})
        return self._list(query)

    def _list(self, query: dict[str, str]) -> tuple[int, Any]:
        posts = [it for key, it in self.posts.items() if key not in self.hidden]
        if include := query.get("include"):
            posts = [it for it in posts if str(it["id"]) in include.split(",")]
        key = {"modified": "modified_gmt", "date": "date_gmt", "id": "id"}[
            query.get("orderby", "date")
        ]
        posts.sort(key=lambda it: it[key], reverse=query.get("order") != "asc")
        after = query.get("modified_after", "").removesuffix("Z")
        posts = [it for it in posts if it["modified_gmt"] > after]
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        part = posts[(page - 1) * size : page * size]
        if not part and page > 1:
            return 400, {"code": "rest_post_invalid_page_number"}
        return 200, part


def post_of(number: int) -> dict[str, Any]:
    """Return a post as WordPress 6.1 shows it, as far as it is read."""
    site = "https://quay.example"
    return {
        "id": number,
        "date_gmt": f"2026-11-21T07:{number % 60:02}:00",
        "guid": {"rendered": f"{site}/?p={number}&#038;x"},
        "status": "publish",
        "type": "post",
        "link": f"{site}/2026/{number}/",
        "title": {"rendered": f"Story {number} &#8211; &amp; more"},
        "content": {"rendered": f"<p>Text {number} &amp; more.</p>\n", "protected": False},
        "excerpt": {"rendered": f"<p>Text {number} &amp; more.</p>\n", "protected": False},
        "_embedded": {
            "author": [{"id": 1, "name": "Ada Quay"}],
            "wp:term": [
                [
                    {
                        "id": 2,
                        "link": f"{site}/category/world/europe/",
                        "name": "Europe &amp; Asia",
                        "slug": "europe",
                        "taxonomy": "category",
                    }
                ],
                [{"id": 3, "name": "Boats &amp; Ships", "slug": "b", "taxonomy": "post_tag"}],
            ],
        },
    }


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with OtherServer().running() as server:
        yield FakeSite(server)


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom, site: FakeSite) -> Newsroom:
    config = f"{CONFIG}[media]\nallow_private = true\n[articles]\ngrace = 0\n{SOURCE}"
    newsroom = make_newsroom("quay", f'{config}url = "{site.server.url("")}"\npoll = 10\n')
    newsroom.sync()
    return newsroom


class Pull:
    """The worker of a newsroom, at moments that a test chooses."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        client = HttpClient("test/1", allow_private=True)
        self.worker = Worker(newsroom.config, newsroom.database, lambda: newsroom.now, client)

    def later(self, minutes: float = 10) -> int:
        """Do all jobs some time later; return how many there were."""
        self.newsroom.now += timedelta(minutes=minutes)
        return self.worker.work_due()

    def counts(self) -> dict[str, int]:
        with self.newsroom.database.reading() as connection:
            return {it.result: it.number for it in sources.counts(connection)}

    def errors(self) -> list[str]:
        with self.newsroom.database.reading() as connection:
            return [it.last_error for it in outbox.jobs(connection)]


@pytest.fixture
def pull(newsroom: Newsroom) -> Pull:
    return Pull(newsroom)


def ping(newsroom: Newsroom, body: str = "", secret: str = SECRET) -> Any:
    return newsroom.client().post(f"/api/v1/hooks/wp/{secret}", data=body)


def test_posts_that_have_changed_are_fetched_each_once(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    site.publish(1)
    site.publish(2)
    pull.later()
    assert "<title>Story 1 – &amp; more" in newsroom.text("world/europe")
    assert "<title>Story 2 – &amp; more" in newsroom.text()
    site.publish(1, "2026-11-23T09:00:00", content={"rendered": "<p>New.</p>", "protected": False})
    pull.later()
    assert "New." in newsroom.text()
    pull.later()
    assert pull.counts() == {"stored": 3}


def test_a_ping_has_one_post_fetched(newsroom: Newsroom, site: FakeSite, pull: Pull) -> None:
    pull.later()
    site.publish(7)
    asked = len(site.server.requests)
    for body in ('{"post": {"ID": 7}}', "hook=publish_post&ID=7", '{"post_id": "7"}'):
        answer = ping(newsroom, body)
        assert (answer.status_code, answer.json) == (
            202,
            {"items": [{"id": "7", "result": "expected"}]},
        )
    pull.later(0.01)
    assert "Story 7" not in newsroom.text()  # sites send several pings for one save
    pull.later(0.05)
    assert "Story 7" in newsroom.text()
    [request] = site.server.asked()[asked:]
    assert request.startswith("/wp-json/wp/v2/posts/7?_embed=")


@pytest.mark.parametrize("body", ["", "[1]", "{", '{"ID": -1}', "x=1"])
def test_a_ping_without_a_post_has_all_that_changed_fetched(
    newsroom: Newsroom, site: FakeSite, pull: Pull, body: str
) -> None:
    pull.later()
    site.publish(7)
    assert ping(newsroom, body).json == {"items": [{"id": "", "result": "expected"}]}
    pull.later(0.05)
    assert "Story 7" in newsroom.text()


@FEW
@given(st.binary() | VALUES.map(lambda it: json.dumps({"ID": it, "post": it}).encode()))
def test_no_ping_is_too_odd(pinged: Newsroom, body: bytes) -> None:
    answer = pinged.client().post(f"/api/v1/hooks/wp/{SECRET}", data=body)
    assert answer.status_code == 202
    assert re.search(r'"id":"\d*"', answer.text)


@pytest.fixture(scope="module")
def pinged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    config = CONFIG + SOURCE + 'url = "https://quay.example"\n'
    newsroom = Newsroom(tmp_path_factory.mktemp("pinged"), config)
    yield newsroom
    newsroom.database.close()


def test_a_ping_with_another_secret_is_refused(newsroom: Newsroom, pull: Pull) -> None:
    pull.later()
    assert ping(newsroom, secret="another-secret-of-it").status_code == 401
    assert pull.later(0.05) == 0


def test_a_post_that_is_gone_is_deleted_and_one_that_is_hidden_withheld(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    for number in (1, 2, 3):
        site.publish(number)
    pull.later()
    del site.posts[1]
    site.hidden.add(2)
    pull.later()
    newsroom.sync()
    assert "Story 1" not in newsroom.text()
    assert "Story 2" not in newsroom.text()
    assert 'ref="https://quay.example/?p=1&amp;x"' in newsroom.text("", "atom")
    before = pull.counts()
    pull.later()
    assert pull.counts() == before == {"stored": 3, "withdrawn": 2}
    site.hidden.clear()
    site.publish(2, "2026-11-23T09:00:00")
    pull.later()
    assert "Story 2" in newsroom.text()


def test_a_post_that_gets_a_password_is_withheld(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    site.publish(1)
    pull.later()
    assert "Story 1" in newsroom.text()
    site.publish(1, "2026-11-23T09:00:00", content={"rendered": "", "protected": True})
    pull.later()
    assert "Story 1" not in newsroom.text()


def test_a_post_whose_picture_was_deleted_is_fetched_again(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    picture = {"source_url": "https://quay.example/a.png", "alt_text": "A <pier>"}
    embedded = {**post_of(1)["_embedded"], "wp:featuredmedia": [picture]}
    site.publish(1, featured_media=9, _embedded=embedded)
    in_text = {"rendered": '<p><img src="https://quay.example/b.png"></p>', "protected": False}
    site.publish(2, featured_media=0, content=in_text)
    pull.later()
    pull.later()
    assert "https://quay.example/a.png" in newsroom.text("", "json")
    site.publish(1, featured_media=0, _embedded=post_of(1)["_embedded"])  # the date stays
    pull.later()
    assert "https://quay.example/a.png" not in newsroom.text("", "json")
    assert "https://quay.example/b.png" in newsroom.text("", "json")
    asked = len(site.server.asked())
    pull.later()
    pull.later()
    assert [it for it in site.server.asked()[asked:] if "/posts/" in it] == []


def test_a_picture_that_stays_here_is_asked_for_once(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    picture = {"source_url": "https://quay.example/a.png"}
    embedded = {**post_of(1)["_embedded"], "wp:featuredmedia": [picture]}
    site.publish(1, featured_media=9, _embedded=embedded)
    pull.later()
    site.publish(1, featured_media=0)  # and the site shows the picture all the same
    for _ in range(3):
        pull.later()
    assert len([it for it in site.server.asked() if "/posts/1?" in it]) == 1
    assert "https://quay.example/a.png" in newsroom.text("", "json")


@pytest.mark.parametrize("closed", [401, 404, 500])
def test_nothing_is_withdrawn_while_the_site_shows_no_posts(
    newsroom: Newsroom, site: FakeSite, pull: Pull, closed: int
) -> None:
    site.publish(1)
    pull.later()
    site.closed = closed
    ping(newsroom, "ID=1")
    pull.later(0.05)
    pull.later()
    assert "Story 1" in newsroom.text()
    url = site.server.url("")
    assert f"{url} is answered {closed}" in pull.errors()
    site.closed = 0
    site.publish(2)
    pull.later()
    assert "Story 2" in newsroom.text()
    site.posts.clear()
    pull.later()
    assert f"is answered 404, but so is every post of {url}" in pull.errors()
    assert "Story 1" in newsroom.text()


def test_a_scheduled_post_and_one_with_an_old_date_are_fetched(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    site.publish(5)
    pull.later()
    site.publish(4, "2026-11-20T08:00:00")
    site.publish(6, "2026-11-01T08:00:00")
    pull.later()
    assert "Story 4" in newsroom.text()
    assert "Story 6" in newsroom.text()


def test_a_refused_post_is_tried_again_when_it_has_changed(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    site.publish(1, title={"rendered": ""})
    pull.later()
    pull.later()
    pull.later()
    assert pull.counts() == {"refused": 2}
    site.publish(1, "2026-11-23T09:00:00", title={"rendered": "Now With a Title"})
    pull.later()
    assert "Now With a Title" in newsroom.text()


def test_very_many_posts_come_in_parts_also_of_one_moment(
    newsroom: Newsroom, site: FakeSite, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.push.wordpress.PAGE", 10)
    for number in range(1, 24):
        site.publish(number, "2026-11-21T08:00:00" if number < 21 else "2026-11-21T09:00:00")
    pull.later()
    assert pull.counts() == {"stored": 23}
    pull.later()
    assert pull.counts() == {"stored": 23}
    del site.posts[3]
    pull.later()
    pull.later()
    newsroom.sync()
    assert pull.counts()["withdrawn"] == 1


def test_a_site_with_another_url_is_read_from_its_beginning(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    site.publish(1)
    pull.later()
    config = newsroom.config.file.read_text()
    newsroom.configure(config.replace(site.server.url(""), site.server.url("/")[:-1] + "/blog"))
    Pull(newsroom).later()
    assert any(it.startswith("/blog/wp-json/") for it in site.server.asked())
    newsroom.configure(CONFIG)
    assert Pull(newsroom).later() == 1
    assert pull.errors() == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status(200, b"<p>Hello"), "does not answer in JSON; is it a WordPress?"),
        (status(200, b"{}"), "has no list of posts; is it a WordPress?"),
        (
            status(301, Location="https://b.example/wp"),
            "is answered 301, and leads to https://b.example/wp; url must be the address itself",
        ),
    ],
)
def test_an_address_that_is_no_wordpress_says_so(
    newsroom: Newsroom, site: FakeSite, pull: Pull, answer: Any, error: str
) -> None:
    site.server.other = answer
    pull.later()
    assert pull.errors() == [f"{site.server.url('')} {error}"]


def test_an_answer_with_another_post_is_not_taken(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    pull.later()
    ping(newsroom, "ID=9")
    site.server.other = status(200, json.dumps(post_of(8)).encode())
    pull.later(0.05)
    assert pull.errors() == ["is answered with another post"]


def test_a_post_waits_while_others_write(
    newsroom: Newsroom, site: FakeSite, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.publish(1)
    monkeypatch.setattr("feedsvc.publishing.pushes.PATIENCE", 0.01)
    with wait_for_lock(newsroom.config.state / "source-wp.lock", 1):
        pull.later()
    assert pull.errors()[0].startswith("cannot be taken now: another article of this source")
    pull.later()
    assert "Story 1" in newsroom.text()


@pytest.mark.parametrize("number", [6, 600])
def test_a_site_that_does_not_answer_waits_for_itself(
    newsroom: Newsroom, site: FakeSite, number: int
) -> None:
    server, wp = site.server, "/wp-json/wp/v2/posts"
    answer, answers = server.other, Event()

    def late(handler: BaseHTTPRequestHandler) -> None:
        answers.wait(60)
        answer(handler)

    server.other, server.answers["/a.png"] = late, picture(png())
    config = newsroom.config.file.read_text()
    newsroom.configure(config.replace("[media]\n", '[media]\nremote = "measure"\n'))
    newsroom.write("a.md", article(image=server.url("/a.png")))
    newsroom.now = datetime.now(UTC)
    newsroom.sync()
    keys = [f"wp/{it}" for it in range(1, number + 1)]
    with newsroom.database.writing() as connection:
        outbox.add(connection, pings.JOB, keys, newsroom.now)
    client = HttpClient("test/1", allow_private=True)
    worker = Worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC), client)
    thread = worker.start()
    try:
        until(lambda: "/a.png" in server.asked())
        assert len([it for it in server.asked() if it.startswith(wp)]) == 1
        answers.set()
        until(lambda: len([it for it in server.asked() if it.startswith(f"{wp}/")]) > 2)
    finally:
        answers.set()
        worker.stop()
        thread.join(30)


def test_a_job_that_meets_a_busy_site_is_put_off(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    answer = site.server.other
    client = HttpClient("test/1", allow_private=True)
    sites = WordPressSites(newsroom.config, newsroom.database, client, Mock(), lambda: newsroom.now)

    def work() -> None:
        with newsroom.database.writing() as connection:
            [job] = outbox.claim(connection, 1, newsroom.now)
        sites.work(job)

    def meet(handler: BaseHTTPRequestHandler) -> None:
        site.server.other = answer
        work()
        answer(handler)

    for number in (7, 8):
        site.publish(number)
        ping(newsroom, f"ID={number}")
    newsroom.now += timedelta(seconds=5)
    site.server.other = meet
    work()
    with newsroom.database.reading() as connection:
        [left] = outbox.jobs(connection)
    assert (left.attempts, left.next_try) == (0, newsroom.now + timedelta(seconds=2))
    assert sites.busy() == ()
    pull.later(1)
    assert pull.errors() == []
    assert "Story 7" in newsroom.text()


def test_a_ping_for_an_unknown_draft_changes_nothing(
    newsroom: Newsroom, site: FakeSite, pull: Pull
) -> None:
    pull.later()
    site.hidden.add(9)
    ping(newsroom, "ID=9")
    pull.later(0.05)
    assert any(it.startswith("/wp-json/wp/v2/posts/9?") for it in site.server.asked())
    assert pull.counts() == {}
    assert pull.errors() == []
