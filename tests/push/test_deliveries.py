"""Changed feeds reach their subscribers: in order, signed, again after failures (WebSub §7)."""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import feedparser
import pytest

from feedsvc.errors import StoreError
from feedsvc.model.feed import FORMATS
from feedsvc.push import batch_sender, batches, deliveries, delivery_results
from feedsvc.push.claims import Claims
from feedsvc.push.delivery_results import SentBatch
from feedsvc.push.messages import Messages
from feedsvc.push.pauses import FIRST_PAUSE, pause
from feedsvc.store import announcements, claimants, due_deliveries, outbox, subscriptions
from feedsvc.store.due_deliveries import Wanted
from tests.conftest import MakeNewsroom, article
from tests.tools.hub_newsroom import FEEDS, HubNewsroom, config_of, hub_newsroom
from tests.tools.other_server import status
from tests.tools.service import until
from tests.tools.subscriptions import subscription

MakeHub = Callable[..., HubNewsroom]


@pytest.fixture
def make_hub(make_newsroom: MakeNewsroom) -> Iterator[MakeHub]:
    with ExitStack() as stack:

        def make(**keys: str) -> HubNewsroom:
            newsroom = make_newsroom("quay", config_of(**keys))
            newsroom.write("world/a.md", article("First"))
            newsroom.write("local/z.md", article("Other"))
            newsroom.sync()
            return stack.enter_context(hub_newsroom(newsroom))

        yield make


@pytest.fixture
def hub(make_hub: MakeHub) -> HubNewsroom:
    return make_hub()


def titles(body: str) -> list[str]:
    return [entry.title for entry in feedparser.parse(body).entries]


@pytest.mark.parametrize("topic", ["/world/rss.xml", "/world/atom.xml", "/world/feed.json"])
def test_a_subscriber_gets_the_feed_as_it_is_answered(hub: HubNewsroom, topic: str) -> None:
    subscriber = hub.subscribed(topic=topic, secret="s3cret")
    assert subscriber.bodies == []
    hub.publish("b", article("Second"))
    assert subscriber.bodies == [hub.http.get(topic).text]
    assert "Second" in subscriber.bodies[0]


def test_only_subscribers_of_feeds_that_changed_get_anything(hub: HubNewsroom) -> None:
    world, local = hub.subscribed("/1"), hub.subscribed("/2", "/local/atom.xml")
    site = hub.subscribed("/3", "/feed.json")
    hub.publish("b", article("Second"))
    assert [len(it.bodies) for it in (world, local, site)] == [1, 0, 1]


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_deliveries_are_signed_by_the_method_of_the_configuration(
    make_hub: MakeHub, method: str
) -> None:
    hub = make_hub(signature=f'"{method}"')
    subscriber = hub.subscribed(secret="s3cret")
    subscriber.method = method
    hub.publish("b", article("Second"))
    assert len(subscriber.bodies) == 1


def test_each_delivery_has_only_what_its_subscriber_lacks(make_hub: MakeHub) -> None:
    hub = make_hub(content='"changes"')
    subscriber = hub.subscribed()
    hub.publish("b", article("Second"))
    hub.publish("c", article("Third"))
    assert [sorted(titles(it)) for it in subscriber.bodies] == [["First", "Second"], ["Third"]]


def test_changes_since_an_unknown_state_are_the_whole_feed(make_hub: MakeHub) -> None:
    hub = make_hub(content='"changes"')
    subscriber = hub.subscribed()
    hub.publish("b", article("Second"))
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET etag = 'lost'")
    hub.publish("c", article("Third"))
    assert sorted(titles(subscriber.bodies[1])) == ["First", "Second", "Third"]


def test_the_newest_state_replaces_the_ones_that_wait(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    for name in "bcd":
        hub.publish(name, article(f"Story {name}"))
    assert len(subscriber.deliveries) == 1
    hub.later(hours=1)
    assert [sorted(titles(it)) for it in subscriber.bodies] == [
        ["First", "Story b", "Story c", "Story d"]
    ]


@pytest.mark.engines
def test_a_correction_is_delivered_by_itself(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    hub.publish("b", article("Second"))
    hub.newsroom.now += timedelta(seconds=1)
    hub.publish("a", article("First", updated="2026-11-22 09:00", note="It was a boat."))
    hub.newsroom.now += timedelta(seconds=1)
    corrected = hub.http.get("/world/atom.xml").text
    assert "It was a boat." in corrected
    hub.publish("c", article("Third"))
    hub.later(hours=1)
    assert subscriber.bodies == [corrected, hub.http.get("/world/atom.xml").text]


def test_a_correction_behind_another_change_is_delivered_by_itself(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FIRST", 1)
    first, second, newsroom = hub.subscribed("/1"), hub.subscribed("/2"), hub.newsroom
    newsroom.write("world/b.md", article("Second"))
    newsroom.sync()
    newsroom.now += timedelta(seconds=1)
    newsroom.write("world/a.md", article("First", updated="2026-11-22 09:00", note="A boat."))
    newsroom.sync()
    newsroom.now += timedelta(seconds=1)
    corrected = hub.http.get("/world/atom.xml").text

    def publishes(handler: BaseHTTPRequestHandler) -> None:
        newsroom.write("world/c.md", article("Third"))
        newsroom.sync()
        hub.server.other = hub.subscribers.respond
        hub.subscribers.respond(handler)

    hub.server.other = publishes
    hub.work()
    present = hub.http.get("/world/atom.xml").text
    assert [it.bodies for it in (first, second)] == [[corrected, present]] * 2


def kill(hub: HubNewsroom, name: str, headline: str) -> None:
    hub.newsroom.now += timedelta(seconds=1)
    hub.publish(name, article(headline, status="canceled", note="Wrong."))


def test_a_text_that_was_taken_back_is_in_no_later_delivery(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    hub.publish("b", article("Second", "A libel."))
    hub.publish("a", article("First", updated="2026-11-22 09:00", note="It was a boat."))
    kill(hub, "b", "Second")
    hub.publish("c", article("Third"))
    hub.later(hours=1)
    assert len(subscriber.bodies) == 2
    assert "Third" not in subscriber.bodies[0]
    assert not any("A libel." in body for body in subscriber.bodies)
    assert all("It was a boat." in body for body in subscriber.bodies)


def test_a_state_with_a_text_that_was_taken_back_meanwhile_is_not_kept(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    hub.publish("b", article("Second", "A libel."))
    with hub.newsroom.database.reading() as connection:
        [row] = subscriptions.listed(connection)
    document = hub.newsroom.document("world", "atom")
    kill(hub, "b", "Second")
    kept = announcements.FeedSnapshot(
        "world", "atom", row.number + 1, document.etag, "", hub.newsroom.now, document.body
    )
    with hub.newsroom.database.writing() as connection:
        announcements.keep(connection, kept)
        kept = announcements.first_after(connection, "world", "atom", row.number)
    assert kept is not None
    assert b"A libel." not in kept.body


def kept_bodies(hub: HubNewsroom) -> list[bytes]:
    with hub.newsroom.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM feed_snapshots").all()
    return [zlib.decompress(row.body) for row in rows]


@pytest.mark.parametrize("keys", [{"status": "withheld"}, {"embargoed": "2027-01-01"}])
def test_a_text_that_is_taken_back_after_it_left_the_feed_is_in_no_later_delivery(
    make_newsroom: MakeNewsroom, keys: dict[str, str]
) -> None:
    newsroom = make_newsroom("quay", config_of().replace("items = 30", "items = 3\nhours = 0"))
    newsroom.write("world/old.md", article("Old", published="2026-11-20"))
    newsroom.write("world/a.md", article("First", "A libel."))
    newsroom.sync()
    with hub_newsroom(newsroom) as hub:
        subscriber = hub.subscribed(topic="/world/feed.json")
        subscriber.answers = [(503, {})]
        newsroom.now += timedelta(seconds=1)
        times = {"updated": "2026-11-22 09:00", "note": "It was a boat."}
        hub.publish("a", article("First", "A libel.", **times))
        assert any(b"A libel." in body for body in kept_bodies(hub))
        for number in range(3):
            newsroom.now += timedelta(seconds=1)
            hub.publish(f"{number}", article(f"Story {number}", published="2026-11-22 10:00"))
        before = hub.http.get("/world/feed.json").text
        newsroom.now += timedelta(seconds=1)
        hub.publish("a", article("First", "A libel.", **times, **keys))
        assert kept_bodies(hub) == []
        hub.later(hours=1)
        assert subscriber.bodies == [before]
        assert "A libel." not in before


@pytest.mark.parametrize("taken_back", [True, False])
def test_no_text_stays_in_the_store_without_subscriptions(
    hub: HubNewsroom, *, taken_back: bool
) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    hub.publish("a", article("First", updated="2026-11-22 09:00", note="It was a boat."))
    assert any(b"It was a boat." in body for body in kept_bodies(hub))
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM subscriptions")
    if taken_back:
        hub.newsroom.write("world/a.md", article("First", status="canceled", note="Wrong."))
        hub.newsroom.sync()
    else:
        hub.later(minutes=6)
    assert kept_bodies(hub) == []


def test_a_text_that_is_taken_back_while_the_hub_is_off_does_not_stay(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(503, {})]
    hub.publish("a", article("First", updated="2026-11-22 09:00", note="It was a boat."))
    assert kept_bodies(hub)
    hub.newsroom.configure(config_of(hub='"off"'))
    hub.newsroom.sync()
    assert kept_bodies(hub)
    hub.newsroom.write("world/a.md", article("First", status="canceled", note="Wrong."))
    hub.newsroom.sync()
    assert kept_bodies(hub) == []


def test_states_that_all_subscribers_have_are_forgotten(hub: HubNewsroom) -> None:
    hub.subscribed()
    kill(hub, "a", "First")
    hub.later(minutes=6)
    with hub.newsroom.database.reading() as connection:
        assert announcements.first_after(connection, "world", "atom", 0) is None
        assert announcements.open_ones(connection) == []


def test_a_delivery_that_fails_is_tried_again_later_and_later(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(500, {}), (404, {}), (302, {"Location": "/"})]
    hub.publish("b", article("Second"))
    waits = list[float]()
    for _ in range(3):
        [row] = hub.rows
        assert row.due is not None
        waits.append((row.due - hub.newsroom.now).total_seconds())
        hub.newsroom.now = row.due
        hub.work()
    for number, wait in enumerate(waits):
        usual = FIRST_PAUSE * 2**number
        assert usual * 0.5 - 1 <= wait <= usual * 1.5
    assert len(subscriber.bodies) == 1
    [row] = hub.rows
    assert (row.attempts, row.failing, row.last_error, row.due) == (0, None, "", None)


def test_a_wish_to_wait_is_obeyed(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(429, {"Retry-After": "3600"})]
    hub.publish("b", article("Second"))
    assert hub.rows[0].due == hub.newsroom.now + timedelta(hours=1)
    assert hub.rows[0].last_error == "is answered 429"


def test_no_pause_is_longer_than_a_day(make_hub: MakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_results, "pause", partial(pause, chance=lambda: 1.0))
    hub = make_hub(patience="30")
    hub.subscribed().answers = [(500, {})] * 99
    hub.publish("b", article("Second"))
    waits = list[timedelta]()
    for _ in range(16):
        [row] = hub.rows
        assert row.due is not None
        waits.append(row.due - hub.newsroom.now)
        hub.newsroom.now = row.due
        hub.work()
    assert waits == sorted(waits)
    assert waits[-2] == waits[-1] <= timedelta(days=1)


def test_a_subscriber_that_is_gone_gets_nothing_more(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(410, {})]
    hub.publish("b", article("Second"))
    assert hub.rows == []


def test_a_subscription_whose_lease_is_over_gets_nothing_more(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    hub.newsroom.now += timedelta(days=10)
    hub.publish("b", article("Second"))
    assert (subscriber.deliveries, hub.rows) == ([], [])


def fall_asleep(hub: HubNewsroom) -> None:
    """Publish, and try for days to deliver it to the only subscriber."""
    hub.publish("b", article("Second"))
    while not hub.rows[0].asleep:
        hub.later(hours=12)


def test_a_subscriber_that_fails_for_days_is_asked_again_and_removed(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(500, {})] * 99
    fall_asleep(hub)
    assert hub.rows[0].due is None
    subscriber.willing = False
    hub.later(minutes=1)
    assert hub.rows == []
    assert subscriber.verified[-1]["hub.mode"] == "subscribe"


def test_a_subscriber_that_lives_gets_all_it_lacks(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    subscriber.answers = [(500, {})] * 99
    fall_asleep(hub)
    subscriber.answers = []
    hub.publish("c", article("Third"))
    hub.later(minutes=1)
    hub.later(minutes=1)
    assert [sorted(titles(it)) for it in subscriber.bodies] == [["First", "Second", "Third"]]
    assert not hub.rows[0].asleep


def test_a_sleeper_that_cannot_be_asked_is_asked_for_a_while(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    hub.server.other = status(500)
    fall_asleep(hub)
    hub.later(hours=1)
    assert len(hub.rows) == 1
    hub.server.other = hub.subscribers.respond
    hub.later(hours=1)
    assert len(subscriber.bodies) == 1


def test_a_sleeper_that_can_never_be_asked_is_removed(hub: HubNewsroom) -> None:
    hub.subscribed()
    hub.server.other = status(500)
    fall_asleep(hub)
    for _ in range(outbox.TRIES):
        assert len(hub.rows) == 1
        hub.later(hours=12)
    assert hub.rows == []
    with hub.newsroom.database.reading() as connection:
        assert outbox.jobs(connection) == []


def test_a_feed_that_ends_is_denied_to_its_subscribers(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    first, second = hub.subscribed("/1"), hub.subscribed("/2")
    with hub.newsroom.database.writing() as connection:
        for path in ("world", "world/corrections"):
            connection.exec_driver_sql("DELETE FROM feeds WHERE path = ?", (path,))
        connection.exec_driver_sql("DELETE FROM listings WHERE section = 'world'")
        connection.exec_driver_sql("UPDATE subscriptions SET due = 1")
    hub.subscribers.all.remove(second)
    hub.work()
    assert (len(first.denied), hub.rows) == (1, [])


def test_subscribers_of_a_section_that_was_renamed_hear_its_name(hub: HubNewsroom) -> None:
    subscriber, newsroom = hub.subscribed(), hub.newsroom
    hub.publish("b", article("Second"))
    newsroom.configure(f"{config_of()}\n[sections.earth]\nwas = 'world'\n")
    renamed = HubNewsroom(newsroom, hub.server)
    hub.server.other = hub.subscribers.respond
    (newsroom.config.articles / "world").rename(newsroom.config.articles / "earth")
    newsroom.sync()
    renamed.work()
    assert (len(subscriber.bodies), renamed.rows) == (1, [])
    assert [it["hub.reason"] for it in subscriber.denied] == [
        'the section "world" is called "earth" now'
    ]
    answer = renamed.http.post(
        "/hub",
        data={
            "hub.mode": "subscribe",
            "hub.topic": subscriber.topic,
            "hub.callback": "http://127.0.0.1/",
        },
    )
    assert (answer.status_code, answer.text) == (
        404,
        'hub.topic is no feed: the section "world" is called "earth" now\n',
    )


def test_a_state_that_a_subscriber_has_is_not_sent_again(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    hub.publish("b", article("Second"))
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET due = 1, number = 0")
    hub.work()
    assert len(subscriber.deliveries) == 1
    assert hub.rows[0].due is None


def test_a_failure_at_a_host_leaves_the_rest_for_later(hub: HubNewsroom) -> None:
    some = [hub.subscribed(f"/{number}") for number in range(3)]
    some[0].answers = [(500, {})]
    hub.publish("b", article("Second"))
    assert [len(it.bodies) for it in some] == [0, 1, 1]


def test_a_slow_host_gives_the_rest_back(hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_sender, "SLOW", 0.0)
    monkeypatch.setattr(batches, "AT_HOST", 1)
    some = [hub.subscribed(f"/{number}") for number in range(3)]
    hub.publish("b", article("Second"))
    assert [len(it.bodies) for it in some] == [1, 1, 1]


@pytest.mark.engines
def test_a_delivery_that_takes_long_keeps_none_behind_it_waiting(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_sender, "SLOW", 0.1)
    monkeypatch.setattr(batches, "AT_HOST", 2)
    some = [hub.subscribed(f"/{number}") for number in range(4)]
    answer = Event()

    def answers_late(handler: BaseHTTPRequestHandler) -> None:
        assert handler.path != "/0" or answer.wait(9)
        hub.subscribers.respond(handler)

    hub.server.other = answers_late
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: [len(it.bodies) for it in some] == [0, 1, 1, 1])
    answer.set()
    until(lambda: some[0].bodies)
    hub.worker.stop()
    thread.join(30)
    assert [(row.due, row.lease_by) for row in hub.rows] == [(None, "")] * 4


def test_more_subscribers_than_fit_into_one_transaction_get_it(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WAKENED", 2)
    some = [hub.subscribed(f"/{number}") for number in range(5)]
    hub.publish("b", article("Second"))
    assert [len(it.bodies) for it in some] == [1] * 5


def turn(some: batches.Batches) -> batches.Turn:
    return some.turn([], batches.Load(Counter(), Counter()), deep=True)


def claimed(taken: batches.Turn) -> list[str]:
    return [it.callback.rpartition("/")[2] for batch in taken.batches for it in batch.claimed]


def batches_of(hub: HubNewsroom) -> batches.Batches:
    newsroom, config = hub.newsroom, hub.newsroom.config
    messages = Messages(config, newsroom.database, newsroom.syndication, lambda: newsroom.now)
    claims = Claims(newsroom.database, lambda: newsroom.now)
    return batches.Batches(config, newsroom.database, messages, lambda: newsroom.now, claims)


def test_results_that_could_not_be_recorded_are_recorded_in_the_next_turn(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    hub.subscribed("/1")
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    some = batches_of(hub)
    taken = turn(some)
    untried = [SentBatch([], batch.claimed) for batch in taken.batches]
    with monkeypatch.context() as patch:
        patch.setattr(due_deliveries, "claim", refuse)
        with pytest.raises(StoreError, match="the disk is full"):
            some.turn(untried, batches.Load(Counter(), Counter()), deep=True)
    assert (claimed(taken), claimed(turn(some))) == (["1"], ["1"])


@pytest.mark.engines
def test_a_few_subscribers_get_a_change_before_the_many_are_claimed(hub: HubNewsroom) -> None:
    newsroom = hub.newsroom
    with newsroom.database.writing() as connection:
        for number in range(batches.FIRST + 4):
            new = subscription(hub.server.url(f"/{number}"), "world", "atom", newsroom.now)
            subscriptions.put(connection, new, newsroom.now)
        for format in FORMATS:  # a story is in several feeds
            new = subscription(hub.server.url("/site"), "", format, newsroom.now)
            subscriptions.put(connection, new, newsroom.now)
    some = batches_of(hub)
    for name in ("b", "c"):
        newsroom.write(f"world/{name}.md", article(f"Story {name}"))
        newsroom.sync()
        first, due = turn(some), [row for row in hub.rows if row.due]
        second, third = turn(some), turn(some)
        taken = [claimed(it) for it in (first, second, third)]
        assert [(it.first, it.more) for it in (first, second, third)] == [
            (True, True),
            (False, False),
            (False, False),
        ]
        assert [len(it) for it in taken] == [batches.FIRST, 7, 0]
        assert len({*taken[0], *taken[1]}) == batches.FIRST + 5
        assert len(due) == batches.FIRST
        with newsroom.database.writing() as connection:
            claimants.free(connection)
            connection.exec_driver_sql("UPDATE subscriptions SET due = NULL, number = 0")


def test_the_many_are_claimed_once_the_first_deliveries_are_on_their_way(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FIRST", 1)
    monkeypatch.setattr(deliveries, "AHEAD", 60.0)
    hub.subscribed("/1")
    second = hub.subscribed("/2")
    asked, answer = Event(), Event()

    def answers_late(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/1":
            asked.set()
            assert answer.wait(20)
        hub.subscribers.respond(handler)

    hub.server.other = answers_late
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    assert asked.wait(20)
    assert not answer.wait(0.2)
    assert second.deliveries == []
    answer.set()
    until(lambda: second.bodies)
    hub.worker.stop()
    thread.join(30)


@pytest.mark.parametrize("ends", [False, True])
def test_a_worker_makes_a_message_before_the_first_change(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch, *, ends: bool
) -> None:
    made, real = list[str](), Messages.message

    def message(messages: Messages, to: subscriptions.Subscription) -> Any:
        made.append(to.path)
        return real(messages, to)

    subscriber = hub.subscribed()
    if ends:
        with hub.newsroom.database.writing() as connection:
            connection.exec_driver_sql("UPDATE subscriptions SET path = 'nowhere'")
    monkeypatch.setattr(Messages, "message", message)
    thread = hub.worker.start()
    until(lambda: made)
    hub.worker.stop()
    thread.join(30)
    assert (made, subscriber.deliveries) == ([hub.rows[0].path], [])


def test_the_delivery_of_a_process_that_was_killed_is_made_by_the_next(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    with hub.newsroom.database.writing() as connection:
        subscriptions.wake(connection, "world", 99, hub.newsroom.now, 9)
        now = hub.newsroom.now
        assert len(due_deliveries.claim(connection, Wanted(9, lambda _: 9), now)) == 1
        assert due_deliveries.claim(connection, Wanted(9, lambda _: 9), now) == []
    hub.work()
    assert len(subscriber.bodies) == 1


def test_no_more_are_claimed_of_a_host_than_it_may_get_at_once(hub: HubNewsroom) -> None:
    for number in range(3):
        hub.subscribed(f"/{number}")
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    with hub.newsroom.database.writing() as connection:
        subscriptions.wake(connection, "world", 99, hub.newsroom.now, 9)
        assert len(due_deliveries.claim(connection, Wanted(9, lambda _: 2), hub.newsroom.now)) == 2


def test_other_clients_may_ask_for_another_try_where_that_is_permitted(make_hub: MakeHub) -> None:
    hub = make_hub(open_publish="true")
    subscriber = hub.subscribed()
    subscriber.answers = [(500, {})]
    hub.publish("b", article("Second"))
    form = {"hub.mode": "publish", "hub.url": f"{FEEDS}/world/atom.xml"}
    assert hub.http.post("/hub", data={"hub.mode": "publish"}).status_code == 400
    assert hub.http.post("/hub", data=form | {"hub.url": "https://a.example/"}).status_code == 404
    assert hub.http.post("/hub", data=form).status_code == 202
    hub.work()
    assert len(subscriber.bodies) == 1


def test_another_hub_is_told_of_each_changed_feed(make_newsroom: MakeNewsroom) -> None:
    newsroom = make_newsroom("quay", config_of())
    with hub_newsroom(newsroom) as hub:
        hub.server.other = status(204)
        newsroom.configure(config_of(hub=f'"{hub.server.url("/push")}"'))
        newsroom.write("world/a.md", article("First"))
        newsroom.sync()
        again = HubNewsroom(newsroom, hub.server)
        hub.server.other = status(204)
        again.work()
        bodies = {body.decode() for _, _, body in hub.server.requests}
        assert len(bodies) == 2
        assert (
            "hub.mode=publish&hub.url=https%3A%2F%2Ffeeds.quay.example%2Fworld%2Frss.xml&hub.url="
            in max(bodies)
        )
        with newsroom.database.reading() as connection:
            assert outbox.jobs(connection) == []
        assert f'href="{hub.server.url("/push")}" rel="hub"' in newsroom.text("world", "atom")


def test_a_ping_for_a_hub_that_is_not_used_any_more_is_dropped(hub: HubNewsroom) -> None:
    with hub.newsroom.database.writing() as connection:
        outbox.add(connection, "ping", ["world"], hub.newsroom.now)
    hub.work()
    assert hub.server.requests == []
    with hub.newsroom.database.reading() as connection:
        assert outbox.jobs(connection) == []


def test_a_running_worker_delivers_at_once_and_a_dead_host_delays_no_other(
    hub: HubNewsroom,
) -> None:
    for number in range(batches.AT_HOST):
        hub.subscribed(f"/slow/{number}")
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET host = 'slow.example'")
    quick = hub.subscribed("/quick")
    slow = list[str]()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/slow" in handler.path:
            hub.server.ended.wait(9)  # beyond that a delivery would fail by itself
            slow.append(handler.path)
        else:
            hub.subscribers.respond(handler)

    hub.server.other = answer
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: quick.bodies)
    until(lambda: any(it.startswith("POST /slow") for it, _, _ in hub.server.requests))
    assert slow == []
    hub.worker.stop()
    hub.server.ended.set()
    thread.join(30)


def test_deliveries_go_on_after_an_error_of_the_store(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber = hub.subscribed()
    thread = hub.worker.start()
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE announcements RENAME TO away")
    until(lambda: "could not deliver feeds, and will try again" in caplog.text)
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO announcements")
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: subscriber.bodies)
    hub.worker.stop()
    thread.join(30)


def test_a_change_while_a_batch_is_sent_is_in_the_rest_of_it(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_HOST", 1)
    first, second = hub.subscribed("/1"), hub.subscribed("/2")
    respond = first.respond

    def publishes(handler: BaseHTTPRequestHandler) -> None:
        hub.newsroom.write("world/c.md", article("Third"))
        hub.newsroom.sync()
        hub.server.other = hub.subscribers.respond
        respond(handler)

    hub.server.other = publishes
    hub.publish("b", article("Second"))
    assert ["Third" in it for it in first.bodies] == [False, True]
    assert ["Third" in it for it in second.bodies] == [True]


def test_a_kill_in_a_feed_that_has_ended_ends_its_subscriptions(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    subscriber = hub.subscribed()
    hub.newsroom.write("world/a.md", article("First", status="canceled", note="Wrong."))
    hub.newsroom.sync()
    with hub.newsroom.database.writing() as connection:  # as a store made anew does not know it
        for table in ("listings", "tombstones"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE section = 'world'")
        connection.exec_driver_sql("DELETE FROM feeds WHERE path = 'world'")
    hub.server.other = status(302, Location="/elsewhere")
    hub.work()
    assert (hub.rows, subscriber.deliveries) == ([], [])
    assert f"{subscriber.callback.split('/')[2]} does not know that a feed ended: it" in caplog.text


def test_results_that_cannot_be_recorded_are_recorded_later(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber = hub.subscribed()
    respond = subscriber.respond

    def breaks(handler: BaseHTTPRequestHandler) -> None:
        with hub.newsroom.database.writing(counted=False) as connection:
            connection.exec_driver_sql("ALTER TABLE subscriptions RENAME TO away")
        hub.server.other = hub.subscribers.respond
        respond(handler)

    hub.server.other = breaks
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: "could not deliver feeds, and will try again" in caplog.text)
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO subscriptions")
    until(lambda: hub.rows[0].due is None)
    hub.worker.stop()
    thread.join(30)
    assert len(subscriber.bodies) == 1
    assert hub.rows[0].lease_by == ""


def test_a_bug_in_a_delivery_leaves_the_others(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber = hub.subscribed()
    hub.subscribed("/2", "/local/atom.xml")
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE subscriptions SET due = 1, format = 'new' WHERE path = 'local'"
        )
    hub.publish("b", article("Second"))
    assert len(subscriber.bodies) == 1
    [failed, served] = hub.rows
    assert (failed.attempts, failed.lease_by) == (1, "")
    assert failed.last_error.startswith("an error of feedsvc: ")
    assert (served.attempts, served.due, served.lease_by) == (0, None, "")
    assert "a delivery to 127.0.0.1" in caplog.text


def test_a_bug_after_a_delivery_does_not_come_again_and_again(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object, **_more: object) -> None:
        raise ZeroDivisionError

    subscriber = hub.subscribed()
    thread = hub.worker.start()
    monkeypatch.setattr(due_deliveries, "delivered", breaks)
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: "ZeroDivisionError" in caplog.text)
    monkeypatch.undo()
    hub.newsroom.now += due_deliveries.LEASE
    until(lambda: hub.rows[0].due is None)
    hub.worker.stop()
    thread.join(30)
    assert len(subscriber.bodies) == 2
    assert len([it for it in caplog.records if it.exc_info]) == 1


def test_an_answer_that_nobody_thought_of_is_a_failure_of_its_subscriber_alone(
    hub: HubNewsroom,
) -> None:
    first, second = hub.subscribed("/1"), hub.subscribed("/2")
    first.answers = [(503, {"Retry-After": "Mon, 23 Nov 2026 12:01:00 +99999999999999"})]
    hub.publish("b", article("Second"))
    assert [len(it.bodies) for it in (first, second)] == [0, 1]
    assert {(it.attempts, it.last_error) for it in hub.rows} == {(1, "is answered 503"), (0, "")}


def test_a_host_that_answers_late_keeps_no_other_waiting_from_the_second_time_on(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CONNECTIONS", {False: 1, True: 1})
    monkeypatch.setattr(batch_sender, "SLOW", 0.0)
    slow = hub.subscribed("/slow")
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET host = 'slow.example'")
    hub.publish("b", article("Second"))
    monkeypatch.setattr(batch_sender, "SLOW", 60.0)
    quick = hub.subscribed("/quick")
    asked, answer = Event(), Event()

    def answers_late(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/slow":
            asked.set()
            assert answer.wait(20)
        hub.subscribers.respond(handler)

    hub.server.other = answers_late
    thread = hub.worker.start()
    hub.newsroom.write("world/c.md", article("Third"))
    hub.newsroom.sync()
    assert asked.wait(20)
    until(lambda: quick.bodies)
    assert len(slow.bodies) == 1
    answer.set()
    until(lambda: len(slow.bodies) == 2)
    hub.worker.stop()
    thread.join(30)
    hub.publish("d", article("Fourth"))  # it answered at once the last time
    assert [len(it.bodies) for it in (slow, quick)] == [3, 2]


def test_one_lane_is_full_while_the_other_goes_on(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CONNECTIONS", {False: 0, True: 1})
    subscriber = hub.subscribed()
    hub.publish("b", article("Second"))
    assert subscriber.bodies == []
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET attempts = 1")
    hub.work()
    assert len(subscriber.bodies) == 1


def test_a_host_that_does_not_answer_is_paused_longer_and_longer(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_sender, "DEAD", 0.0)
    monkeypatch.setattr(batches, "AT_HOST", 1)
    for number in range(3):
        hub.subscribed(f"/{number}")
    hub.server.other = status(500)
    hub.publish("b", article("Second"))
    asked = list[int]()
    for seconds in (0, 29, 31, 31, 31):
        hub.newsroom.now += timedelta(seconds=seconds)
        with hub.newsroom.database.writing() as connection:  # only the ones never tried
            connection.exec_driver_sql("UPDATE subscriptions SET due = NULL WHERE attempts > 0")
        hub.work()
        asked.append(sum(it.attempts > 0 for it in hub.rows))
    assert asked == [1, 1, 2, 2, 3]
    hub.server.other = hub.subscribers.respond
    hub.later(minutes=2)
    hub.publish("c", article("Third"))
    assert [row.due for row in hub.rows] == [None] * 3


def test_a_bug_ends_no_delivery_for_good(
    hub: HubNewsroom, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber = hub.subscribed()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE announcements SET moment = 999999999999999")
    thread = hub.worker.start()
    until(lambda: "could not deliver feeds, and will try again" in caplog.text)
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE announcements SET moment = 1")
    until(lambda: subscriber.bodies)
    hub.worker.stop()
    thread.join(30)


def test_a_thread_that_is_done_takes_the_next_deliveries_at_once(
    hub: HubNewsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 1)
    monkeypatch.setattr(batches, "CONNECTIONS", {False: 1, True: 1})
    monkeypatch.setattr(batches, "WAKENED", 2)
    some = [hub.subscribed(f"/{number}") for number in range(5)]
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    until(lambda: all(it.bodies for it in some))
    hub.worker.stop()
    thread.join(30)
    assert [len(it.bodies) for it in some] == [1] * 5


def test_a_delivery_under_way_at_the_end_is_recorded(hub: HubNewsroom) -> None:
    subscriber = hub.subscribed()
    asked = Event()

    def answers_late(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        hub.server.ended.wait(0.2)
        subscriber.respond(handler)

    hub.server.other = answers_late
    thread = hub.worker.start()
    hub.newsroom.write("world/b.md", article("Second"))
    hub.newsroom.sync()
    assert asked.wait(20)
    hub.worker.stop()
    thread.join(30)
    assert (len(subscriber.bodies), hub.rows[0].due) == (1, None)


def test_a_publication_gets_its_turn_soon_while_feeds_are_delivered(hub: HubNewsroom) -> None:
    usual = sys.getswitchinterval()
    thread = hub.worker.start()
    until(lambda: sys.getswitchinterval() < usual / 5)
    hub.worker.stop()
    thread.join(30)
    assert sys.getswitchinterval() == pytest.approx(usual)
