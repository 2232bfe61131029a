"""``feedsvc subscribers``, ``deliveries`` and ``log --reach``: whom a change has reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from feedsvc.web.services import KEY
from tests.conftest import MakeNewsroom, article
from tests.tools.hub_newsroom import FEEDS, HubNewsroom, config_of, hub_newsroom


@pytest.fixture
def hub(make_newsroom: MakeNewsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubNewsroom]:
    newsroom = make_newsroom("quay", config_of(patience="1"))
    newsroom.write("world/a.md", article("First"))
    newsroom.sync()
    monkeypatch.setenv("FEEDSVC_CONFIG", str(newsroom.config.file))
    with hub_newsroom(newsroom) as hub:
        yield hub


def feedsvc(*arguments: str) -> list[str]:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_subscriptions_are_listed_without_their_addresses(hub: HubNewsroom) -> None:
    assert feedsvc("subscribers") == ["There is no subscription."]
    first = hub.subscribed("/s3cret")
    hub.subscribed("/2", "/rss.xml")
    host = first.callback.split("/")[2]
    end = "up to date  2026-12-03 12:00"
    assert feedsvc("subscribers") == [
        f"/                         rss   {host}/…  {end}",
        f"/world                    atom  {host}/…  {end}",
    ]
    assert feedsvc("subscribers", "--addresses", "world") == [
        f"/world                    atom  {first.callback}  {end}"
    ]


@pytest.mark.parametrize("topic", ["world", "/world/", f"{FEEDS}/world/atom.xml", "world/rss.xml"])
def test_a_feed_is_named_by_its_address_or_its_path(hub: HubNewsroom, topic: str) -> None:
    hub.subscribed("/1")
    hub.subscribed("/2", "/rss.xml")
    assert [line.split()[0] for line in feedsvc("subscribers", topic)] == ["/world"]
    assert [line.split()[0] for line in feedsvc("subscribers", "/")] == ["/"]


def test_deliveries_that_wait_or_failed_are_listed(hub: HubNewsroom) -> None:
    failing, waiting = hub.subscribed("/1"), hub.subscribed("/2")
    assert feedsvc("deliveries") == ["No delivery waits."]
    assert feedsvc("deliveries", "--failed") == ["No delivery failed."]
    failing.answers = [(429, {"Retry-After": "3600"})] * 99
    hub.publish("b", article("Second"))
    with hub.newsroom.database.writing() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET due = 1 WHERE callback LIKE '%/2'")
    host = waiting.callback.split("/")[2]
    line = (
        f"/world                    atom  {host}/…  failing  next 2026-11-23 13:00:00  "
        "(1 failed since 2026-11-23 12:00: is answered 429)"
    )
    assert feedsvc("deliveries", "--failed") == [line]
    assert feedsvc("deliveries") == [
        line,
        f"/world                    atom  {host}/…  waiting  next 1970-01-01 01:00:01",
    ]
    while not hub.rows[0].asleep:
        hub.later(hours=12)
    assert "/1  asleep  (" in feedsvc("deliveries", "--failed", "--addresses")[0]


def test_it_is_seen_how_many_have_a_correction_or_a_kill(hub: HubNewsroom) -> None:
    some = [hub.subscribed(f"/{number}") for number in range(4)]
    hub.subscribed("/site", "/rss.xml")
    hub.newsroom.now += timedelta(minutes=1)
    some[0].answers = [(429, {})] * 9
    some[1].answers = [(403, {})] * 9
    hub.publish("a", article("First", status="canceled", note="Wrong."))
    hub.newsroom.now += timedelta(minutes=1)
    hub.new("/late", "/world/rss.xml").subscribe()
    hub.publish("c", article("Third"))
    lines = feedsvc("log", "world/a", "--reach")
    assert lines[-1] == "    3 of 5 subscriptions have it; refused by 1; still tried for 1"
    assert feedsvc("log", "world/a") == [it for it in lines if "subscriptions" not in it]


def fetch(hub: HubNewsroom, tag: str = "none") -> str:
    """Fetch a feed; return its entity tag once the store has counted that."""
    answer = hub.http.get("/world/rss.xml", headers={"If-None-Match": f'"{tag.strip(chr(34))}"'})
    hub.http.application.extensions[KEY].feeds.write_behind.flush()
    return answer.headers["ETag"]


def test_it_is_seen_how_often_readers_have_fetched_a_kill(hub: HubNewsroom) -> None:
    before = fetch(hub)
    hub.newsroom.now += timedelta(minutes=1)
    hub.publish("a", article("First", status="canceled", note="Wrong."))
    assert feedsvc("log", "world/a", "--reach")[-1] == "    0 of 0 subscriptions have it"
    hub.newsroom.now += timedelta(minutes=1)
    after = fetch(hub, before)
    assert feedsvc("log", "world/a", "--reach")[-1].endswith("; fetched once")
    fetch(hub, after)  # has it already
    fetch(hub)
    sentence = "    0 of 0 subscriptions have it; fetched 2 times"
    assert feedsvc("log", "world/a", "--reach")[-1] == sentence
    hub.subscribed()
    hub.later(days=31)
    assert feedsvc("log", "world/a", "--reach")[-1] == "    0 of 0 subscriptions have it"


def metrics(hub: HubNewsroom) -> dict[str, str]:
    text = hub.http.get("/metrics", headers={"Host": "localhost"}).text
    lines = (line.rpartition(" ") for line in text.splitlines())
    return {name: value for name, _, value in lines if name.startswith("feedsvc_")}


def test_the_metrics_count_deliveries_and_the_reach_of_the_last_kill(hub: HubNewsroom) -> None:
    assert metrics(hub)["feedsvc_reach_fetches"] == "0.0"
    some = [hub.subscribed(f"/{number}") for number in range(4)]
    for subscriber, status in zip(some, (200, 403, 500, 410), strict=True):
        subscriber.answers = [(status, {})]
    hub.newsroom.now += timedelta(minutes=1)
    hub.publish("a", article("First", status="canceled", note="Wrong."))
    fetch(hub)
    counts = metrics(hub)
    results = {
        it: counts[f'feedsvc_deliveries_total{{result="{it}"}}']
        for it in ("delivered", "refused", "failed", "gone")
    }
    assert results == dict.fromkeys(results, "1.0")
    reach = {it: counts[f'feedsvc_reach{{state="{it}"}}'] for it in ("have", "refuse", "tried")}
    assert reach == {"have": "1.0", "refuse": "1.0", "tried": "1.0"}
    assert counts["feedsvc_reach_fetches"] == "1.0"


def test_the_metrics_count_subscriptions(hub: HubNewsroom) -> None:
    hub.subscribed("/1").answers = [(500, {})]
    hub.subscribed("/2")
    assert metrics(hub)["feedsvc_deliveries_failing_seconds"] == "0.0"
    hub.publish("b", article("Second"))
    hub.newsroom.now += timedelta(seconds=5)
    states = {
        it: metrics(hub)[f'feedsvc_subscriptions{{state="{it}"}}']
        for it in ("active", "waiting", "failing", "asleep")
    }
    assert states == {"active": "2.0", "waiting": "1.0", "failing": "1.0", "asleep": "0.0"}
    assert metrics(hub)["feedsvc_deliveries_failing_seconds"] == "5.0"
