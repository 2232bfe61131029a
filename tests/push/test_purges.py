"""Purges: the requests that each CDN takes, batches, limits, failures, and jobs left undone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

from feedsvc.publishing.purging import ADDRESS_PURGE, PURGE, SOFT_PURGE
from feedsvc.push.worker import make_worker
from feedsvc.store import outbox
from tests.conftest import CONFIG, MakeNewsroom, Newsroom, article
from tests.tools.other_server import OtherServer, one_after_the_other, status
from tests.tools.service import until


@pytest.fixture
def server() -> Iterator[OtherServer]:
    server = OtherServer()
    server.other = status(200)
    with server.running():
        yield server


Make = Callable[..., Newsroom]


@pytest.fixture
def make(make_newsroom: MakeNewsroom, server: OtherServer) -> Make:
    def make(purge: str, **keys: str) -> Newsroom:
        lines = {"purge": f'"{purge}"', "servers": f'"{server.url("")}"', **keys}
        table = "".join(f"{name} = {value}\n" for name, value in lines.items())
        return make_newsroom(f"quay-{purge}", f"{CONFIG}[cdn]\n{table}")

    return make


def add(newsroom: Newsroom, *tags: str, kind: str = PURGE, host: str = "") -> None:
    [own] = newsroom.config.cdn.hosts or [""]
    with newsroom.database.writing() as connection:
        outbox.add(connection, kind, [f"{host or own} {tag}" for tag in tags], newsroom.now)


def work(newsroom: Newsroom) -> int:
    return make_worker(newsroom.config, newsroom.database, lambda: newsroom.now).work_due()


def jobs(newsroom: Newsroom) -> list[outbox.Job]:
    with newsroom.database.reading() as connection:
        return outbox.jobs(connection)


def sent(server: OtherServer) -> list[tuple[str, dict[str, str], Any]]:
    return [(line, head, json.loads(body or b"null")) for line, head, body in server.requests]


SECRET = {"service": '"s1"', "token": '"t0k"'}
STORED = "https://media.quay.example/0123456789abcdef/articles/a%20b.jpg"


@pytest.mark.parametrize(
    ("purge", "line", "header", "body"),
    [
        ("fastly", f"POST /purge/{STORED.partition('://')[2]}", ("fastly-key", "t0k"), {}),
        (
            "cloudflare",
            "POST /client/v4/zones/s1/purge_cache",
            ("authorization", "Bearer t0k"),
            {"files": [STORED]},
        ),
        ("bunny", f"POST /purge?url={quote(STORED, safe='')}", ("accesskey", "t0k"), {}),
        ("webhook", "POST /", ("authorization", "Bearer t0k"), {"urls": [STORED]}),
    ],
)
def test_addresses_of_the_object_store_are_purged(
    make: Make, server: OtherServer, purge: str, line: str, header: tuple[str, str], body: object
) -> None:
    newsroom = make(purge, **SECRET)
    add(newsroom, STORED, kind=ADDRESS_PURGE)
    assert work(newsroom) == 1
    [(request, head, sent_body)] = sent(server)
    assert request.startswith(line)
    assert head[header[0]] == header[1]
    assert sent_body == body
    assert jobs(newsroom) == []


def test_addresses_are_purged_some_at_a_time(make: Make, server: OtherServer) -> None:
    newsroom = make("fastly", **SECRET)
    add(newsroom, *(f"{STORED}?{number}" for number in range(25)), kind=ADDRESS_PURGE)
    work(newsroom)
    assert (len(server.requests), jobs(newsroom)) == (25, [])


def test_varnish_is_not_asked_for_addresses(make: Make, server: OtherServer) -> None:
    newsroom = make("varnish")
    add(newsroom, STORED, kind=ADDRESS_PURGE)
    work(newsroom)
    assert (server.requests, jobs(newsroom)) == ([], [])


@pytest.mark.parametrize("soft", [True, False])
def test_fastly_takes_256_keys_and_a_soft_purge(
    make: Make, server: OtherServer, soft: bool
) -> None:
    newsroom = make("fastly", **SECRET)
    tags = [f"page:{number:03}" for number in range(300)]
    add(newsroom, *tags, kind=SOFT_PURGE if soft else PURGE)
    assert work(newsroom) == 300
    requests = sent(server)
    assert {line for line, _, _ in requests} == {"POST /service/s1/purge"}
    for _, headers, body in requests:
        assert headers["fastly-key"] == "t0k"
        assert headers["content-type"] == headers["accept"] == "application/json"
        assert headers.get("fastly-soft-purge") == ("1" if soft else None)
        assert body.keys() == {"surrogate_keys"}
    assert sorted(len(body["surrogate_keys"]) for *_, body in requests) == [44, 256]
    assert sorted(it for *_, body in requests for it in body["surrogate_keys"]) == tags
    assert jobs(newsroom) == []


def test_cloudflare_takes_100_tags(make: Make, server: OtherServer) -> None:
    newsroom = make("cloudflare", **SECRET)
    tags = [f"page:{number:03}" for number in range(250)]
    add(newsroom, *tags, kind=SOFT_PURGE)
    work(newsroom)
    requests = sent(server)
    assert {line for line, _, _ in requests} == {"POST /client/v4/zones/s1/purge_cache"}
    assert {headers["authorization"] for _, headers, _ in requests} == {"Bearer t0k"}
    assert [len(body["tags"]) for *_, body in requests] == [100, 100, 50]
    assert sorted(it for *_, body in requests for it in body["tags"]) == tags


def test_bunny_takes_one_tag_in_a_request(make: Make, server: OtherServer) -> None:
    newsroom = make("bunny", service='"12"', token='"t0k"')
    add(newsroom, "feed:/", "feed:/world")
    work(newsroom)
    assert [(line, body) for line, _, body in sent(server)] == [
        ("POST /pullzone/12/purgeCache", {"CacheTag": "feed:/"}),
        ("POST /pullzone/12/purgeCache", {"CacheTag": "feed:/world"}),
    ]
    assert {headers["accesskey"] for _, headers, _ in sent(server)} == {"t0k"}


@pytest.mark.parametrize(("token", "header"), [({}, None), ({"token": '"t"'}, "Bearer t")])
def test_a_webhook_gets_tags_and_whether_they_are_urgent(
    make: Make, server: OtherServer, token: dict[str, str], header: str | None
) -> None:
    newsroom = make("webhook", **token)
    add(newsroom, "feed:/", "page:a", kind=SOFT_PURGE)
    add(newsroom, "feed:/", kind=PURGE)
    work(newsroom)
    assert sorted((body for *_, body in sent(server)), key=str) == [
        {"tags": ["feed:/", "page:a"], "soft": True},
        {"tags": ["feed:/"], "soft": False},
    ]
    assert {headers.get("authorization") for _, headers, _ in sent(server)} == {header}


@pytest.mark.parametrize(
    ("purge", "kind", "method", "header"),
    [
        ("varnish", PURGE, "PURGE", "xkey"),
        ("varnish", SOFT_PURGE, "PURGE", "xkey-soft"),
        ("varnish-ban", SOFT_PURGE, "BAN", "xkey-ban"),
    ],
)
def test_varnish_gets_headers_that_are_not_too_long(
    make: Make, server: OtherServer, purge: str, kind: str, method: str, header: str
) -> None:
    newsroom = make(purge)
    tags = {f"page:{'-' * 300}{number}" for number in range(100)}
    add(newsroom, *tags, kind=kind)
    work(newsroom)
    assert {line for line, *_ in sent(server)} == {f"{method} /"}
    values = [headers[header] for _, headers, _ in sent(server)]
    assert max(len(f"{header}: {it}") for it in values) <= 8192
    if method == "PURGE":
        assert {tag for value in values for tag in value.split(" ")} == tags
    else:
        assert {tag for tag in tags for value in values if re.search(value, tag)} == tags
    assert len(values) > 1
    assert jobs(newsroom) == []


def test_a_publish_sends_one_request_for_all_that_it_changed(
    make: Make, server: OtherServer
) -> None:
    newsroom = make("webhook")
    newsroom.sync()
    work(newsroom)
    server.requests.clear()
    newsroom.write("world/a.md", article("Alpha"))
    newsroom.write("sport/b.md", article("Beta"))
    newsroom.sync()
    work(newsroom)
    [(_, _, body)] = sent(server)
    assert body["tags"] == [
        *("absent", "feed:/", "feed:/sport", "feed:/world", "page:sport/b", "page:world/a"),
    ]


def test_a_refusal_is_kept_and_the_next_change_tries_again(make: Make, server: OtherServer) -> None:
    newsroom = make("webhook")
    server.other = one_after_the_other(status(403), status(200))
    add(newsroom, "feed:/", "feed:/world")
    work(newsroom)
    assert {(it.failed, it.last_error) for it in jobs(newsroom)} == {(True, "is answered 403")}
    assert len(jobs(newsroom)) == 2
    newsroom.now += timedelta(minutes=1)
    add(newsroom, "feed:/")
    work(newsroom)
    assert [job.key.split()[1] for job in jobs(newsroom)] == ["feed:/world"]


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    make: Make, server: OtherServer
) -> None:
    newsroom = make("webhook")
    server.other = one_after_the_other(status(429, Retry_After="3600"), status(200), status(200))
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    add(newsroom, "feed:/")
    worker.work_due()
    add(newsroom, "feed:/world")
    worker.work_due()
    assert len(server.requests) == 1
    later = newsroom.now + timedelta(hours=1)
    assert {it.next_try for it in jobs(newsroom)} == {later}
    assert [it.attempts for it in jobs(newsroom)] == [1, 0]
    newsroom.now = later
    worker.work_due()
    assert jobs(newsroom) == []


def test_tags_that_were_purged_before_a_failure_are_not_purged_again(
    make: Make, server: OtherServer
) -> None:
    newsroom = make("bunny", service='"12"', token='"t0k"')
    server.other = one_after_the_other(status(200), status(503), *[status(200)] * 2)
    add(newsroom, "feed:/a", "feed:/b", "feed:/c")
    work(newsroom)
    assert [job.key.split()[1] for job in jobs(newsroom)] == ["feed:/b", "feed:/c"]
    newsroom.now += timedelta(hours=1)
    work(newsroom)
    assert jobs(newsroom) == []


def test_a_change_during_a_purge_is_purged_again(make: Make, server: OtherServer) -> None:
    newsroom = make("webhook")

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        add(newsroom, "feed:/")
        server.other = status(200)
        status(200)(handler)

    server.other = meanwhile
    add(newsroom, "feed:/")
    assert work(newsroom) == 2
    assert len(server.requests) == 2


def test_jobs_of_a_server_that_is_no_longer_configured_end(make: Make, server: OtherServer) -> None:
    newsroom = make("webhook")
    add(newsroom, "feed:/", "feed:/a", host="old.example")
    newsroom.configure(CONFIG)
    work(newsroom)
    assert (jobs(newsroom), server.requests) == ([], [])


def test_each_server_gets_requests_of_its_own(make: Make, server: OtherServer) -> None:
    with OtherServer().running() as second:
        second.other = status(500)
        newsroom = make("webhook", servers=f'["{server.url("/x")}", "{second.url("/y")}"]')
        newsroom.write("a.md", article("Alpha"))
        newsroom.sync()
        work(newsroom)
        assert [line for line, *_ in sent(server)] == ["POST /x"]
        assert [line for line, *_ in sent(second)] == ["POST /y"]
        assert {job.key.split()[0] for job in jobs(newsroom)} == {f"127.0.0.1:{second.port}"}


def test_a_running_worker_purges_as_soon_as_something_is_published(
    make: Make, server: OtherServer
) -> None:
    newsroom = make("webhook")
    worker = make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    threads: list[Thread] = [worker.start()]
    newsroom.write("a.md", article("Alpha"))
    newsroom.sync()
    until(lambda: server.requests)
    worker.stop()
    threads[0].join(30)
    assert not threads[0].is_alive()


def test_a_server_that_does_not_answer_holds_up_no_other(make: Make, server: OtherServer) -> None:
    def slow(_handler: BaseHTTPRequestHandler) -> None:
        server.ended.wait(60)

    server.other = slow
    with OtherServer().running() as second:
        second.other = status(200)
        newsroom = make("webhook", servers=f'["{server.url("")}", "{second.url("")}"]')
        newsroom.now = datetime.now(UTC)
        worker = make_worker(newsroom.config, newsroom.database, lambda: datetime.now(UTC))
        worker.start()
        newsroom.sync()
        for number in range(5):
            newsroom.write(f"{number}.md", article(f"Story {number}"))
            newsroom.sync()
            tag = f'"page:{number}"'.encode()
            until(lambda tag=tag: any(tag in body for *_, body in second.requests), 5)
        assert len(server.requests) == 2
        worker.stop()
