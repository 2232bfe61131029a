"""Requests to the hub are verified in the background, and change nothing before (WebSub §5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from feedsvc.push import verification, worker
from feedsvc.push.subscription_requests import PACE
from feedsvc.push.verification import ATTEMPTS
from feedsvc.store import outbox, subscriptions
from tests.conftest import MakeNewsroom, article
from tests.tools.hub_newsroom import HubNewsroom, config_of, hub_newsroom
from tests.tools.other_server import status
from tests.tools.service import until


@pytest.fixture
def hub(make_newsroom: MakeNewsroom) -> Iterator[HubNewsroom]:
    newsroom = make_newsroom("quay", config_of(least_lease="600", most_lease="900000"))
    newsroom.write("world/a.md", article("First"))
    newsroom.sync()
    with hub_newsroom(newsroom) as hub:
        yield hub


def jobs(hub: HubNewsroom) -> int:
    with hub.newsroom.database.reading() as connection:
        return len(outbox.jobs(connection))


def test_a_subscription_is_kept_once_its_subscriber_says_so(hub: HubNewsroom) -> None:
    subscriber = hub.new("/cb?a=1&b=%20", secret="s3cret").subscribe()
    assert hub.rows == []
    hub.work()
    [row] = hub.rows
    assert (row.callback, row.path, row.format) == (subscriber.callback, "world", "atom")
    assert row.expires - hub.newsroom.now == timedelta(days=10)
    assert [it["hub.lease_seconds"] for it in subscriber.verified] == ["864000"]
    assert jobs(hub) == 0


@pytest.mark.parametrize(
    ("asked", "granted"), [("1", 600), ("7200", 7200), ("99999999999999999999999", 900000)]
)
def test_a_lease_is_as_asked_for_within_bounds(hub: HubNewsroom, asked: str, granted: int) -> None:
    subscriber = hub.new().subscribe(lease_seconds=asked)
    hub.work()
    assert subscriber.verified[0]["hub.lease_seconds"] == str(granted)
    assert hub.rows[0].expires - hub.newsroom.now == timedelta(seconds=granted)


def test_a_request_that_is_not_confirmed_changes_nothing(hub: HubNewsroom) -> None:
    subscriber = hub.new()
    subscriber.willing = False
    subscriber.subscribe()
    hub.work()
    assert (hub.rows, jobs(hub)) == ([], 0)


@pytest.mark.parametrize("body", [b"", b"no", b"x" * 5000])
def test_the_challenge_alone_confirms(hub: HubNewsroom, body: bytes) -> None:
    hub.new("/cb").subscribe()
    hub.server.other = status(200, body)
    hub.work()
    assert (hub.rows, jobs(hub)) == ([], 0)


def test_a_redirect_does_not_confirm(hub: HubNewsroom) -> None:
    hub.new("/cb").subscribe()
    hub.server.other = status(302, Location="/elsewhere")
    hub.work()
    assert (hub.rows, jobs(hub), len(hub.server.requests)) == ([], 0, 1)


def test_a_subscriber_that_cannot_be_asked_is_asked_again_a_few_times(hub: HubNewsroom) -> None:
    hub.new().subscribe()
    hub.server.other = status(503)
    for _ in range(ATTEMPTS):
        assert jobs(hub) == 1
        hub.later(minutes=2)
    assert jobs(hub) == 0
    assert len(hub.server.requests) == ATTEMPTS


def test_a_renewal_replaces_the_subscription_as_a_whole(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed(secret="old")
    subscriber.secret = "new"
    hub.newsroom.now += timedelta(days=3)
    subscriber.subscribe(lease_seconds="7200")
    hub.work()
    [row] = hub.rows
    assert row.secret == b"new"
    assert row.expires == hub.newsroom.now + timedelta(hours=2)


def test_a_renewal_that_fails_leaves_the_old_subscription(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed(secret="old")
    before = hub.rows
    hub.newsroom.now += timedelta(days=3)
    subscriber.willing = False
    subscriber.ask("subscribe", secret="new")
    hub.work()
    assert hub.rows == before


def test_a_renewal_keeps_a_change_that_waits(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(500, {})]
    hub.publish("b", article("Second"))
    hub.newsroom.now += PACE
    subscriber.subscribe()
    hub.work()
    hub.later(hours=1)
    assert ["Second" in it for it in subscriber.bodies] == [True]


def test_a_subscription_ends_once_its_subscriber_says_so(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    hub.newsroom.now += PACE
    subscriber.willing = False
    subscriber.ask("unsubscribe")
    hub.work()
    assert len(hub.rows) == 1
    subscriber.willing = True
    hub.newsroom.now += PACE
    assert subscriber.ask("unsubscribe").status_code == 202
    hub.work()
    assert hub.rows == []
    assert "hub.lease_seconds" not in subscriber.verified[-1]


def test_only_the_last_of_several_requests_counts(hub: HubNewsroom) -> None:
    subscriber = hub.new()
    subscriber.subscribe()
    subscriber.ask("unsubscribe")
    subscriber.ask("subscribe", lease_seconds="7200")
    hub.work()
    assert [it["hub.lease_seconds"] for it in subscriber.verified] == ["7200"]
    assert len(hub.rows) == 1


def test_a_request_that_is_replaced_while_it_is_verified_counts_no_more(hub: HubNewsroom) -> None:
    subscriber = hub.new()
    respond = subscriber.respond

    def unsubscribes(handler: BaseHTTPRequestHandler) -> None:
        hub.server.other = hub.subscribers.respond
        subscriber.ask("unsubscribe")
        subscriber.mode = "subscribe"
        respond(handler)
        subscriber.mode = "unsubscribe"

    subscriber.subscribe()
    hub.server.other = unsubscribes
    hub.work()
    assert hub.rows == []
    hub.later(seconds=PACE.total_seconds() + 1)
    assert hub.rows == []
    assert [it["hub.mode"] for it in subscriber.verified] == ["subscribe", "unsubscribe"]


def test_a_callback_is_asked_once_a_minute(hub: HubNewsroom) -> None:
    first, second = hub.new(topic="/world/atom.xml"), hub.new(topic="/rss.xml")
    first.subscribe()
    hub.work()
    hub.subscribers.all = [second]
    second.subscribe()
    hub.work()
    assert (len(second.verified), jobs(hub)) == (0, 1)
    hub.later(seconds=PACE.total_seconds() + 1)
    assert (len(second.verified), len(hub.rows)) == (1, 2)


def test_a_host_is_asked_so_often_in_a_minute(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "HOST_PACE", 2)
    for number in range(3):
        hub.new(f"/cb?{number}").subscribe()
    hub.work()
    assert (len(hub.rows), len(hub.server.requests)) == (2, 2)
    hub.later(seconds=PACE.total_seconds() + 1)
    assert len(hub.rows) == 3


def test_a_host_has_so_many_subscriptions_at_most(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_AT_HOST", 2)
    first, _, third = (hub.subscribed(f"/cb?{number}") for number in range(3))
    assert len(hub.rows) == 2
    [denial] = third.denied
    assert denial["hub.reason"] == "a host may have 2 subscriptions, and yours has them"
    hub.newsroom.now += PACE
    first.subscribe(lease_seconds="7200")
    hub.work()
    assert first.denied == []
    assert hub.rows[0].expires == hub.newsroom.now + timedelta(hours=2)
    assert jobs(hub) == 0


def test_a_denial_that_does_not_arrive_is_not_repeated(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_AT_HOST", 0)
    subscriber = hub.new()
    respond = subscriber.respond

    def vanishes(handler: BaseHTTPRequestHandler) -> None:
        hub.server.other = silent
        respond(handler)

    def silent(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True

    subscriber.subscribe()
    hub.server.other = vanishes
    hub.later(minutes=2)
    hub.later(minutes=2)
    assert (hub.rows, jobs(hub), len(hub.server.requests)) == ([], 0, 2)


def test_requests_are_verified_in_the_order_in_which_they_came(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "CALLS", 1)
    monkeypatch.setattr(worker, "_POLL", 0.02)
    newsroom = hub.newsroom
    one = worker.make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    paths = [f"/cb?{number}" for number in range(4)]
    for path in paths:
        hub.new(path).subscribe()
    thread = one.start()
    until(lambda: len(hub.rows) == len(paths))
    one.stop()
    thread.join(30)
    assert [it.partition("&")[0] for it in hub.server.asked()] == paths


def test_a_host_that_does_not_answer_keeps_no_other_request_waiting(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_POLL", 0.02)
    slow = [hub.new(f"/slow?{number}") for number in range(worker.CALLS)]
    for subscriber in slow:
        subscriber.callback = subscriber.callback.replace("127.0.0.1", "localhost")
        subscriber.subscribe()
    hub.new("/quick").subscribe()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/slow" in handler.path:
            hub.server.ended.wait(9)  # beyond that the request would fail by itself
        hub.subscribers.respond(handler)

    hub.server.other = answer
    newsroom = hub.newsroom
    one = worker.make_worker(newsroom.config, newsroom.database, lambda: newsroom.now)
    thread = one.start()
    until(lambda: [row.callback for row in hub.rows] == [hub.server.url("/quick")])
    until(lambda: len(hub.server.asked()) == 1 + worker.THREADS)
    one.stop()
    hub.server.ended.set()
    thread.join(30)
    until(lambda: len(hub.rows) == 1 + worker.THREADS)


def test_a_feed_that_has_ended_is_denied(hub: HubNewsroom) -> None:
    hub.newsroom.write("sport/x.md", article("Draft soon", published="2026-11-23 11:00"))
    hub.newsroom.sync()
    subscriber = hub.new(topic="/sport/atom.xml").subscribe()
    hub.newsroom.write("sport/x.md", article("Draft soon", status="withheld"))
    with hub.newsroom.database.writing() as connection:  # as a store made anew does not know it
        connection.exec_driver_sql("DELETE FROM feeds WHERE path = 'sport'")
        connection.exec_driver_sql("DELETE FROM listings WHERE section = 'sport'")
    hub.work()
    assert (hub.rows, jobs(hub)) == ([], 0)
    [denial] = subscriber.denied
    assert denial["hub.reason"] == "there is no such feed"
