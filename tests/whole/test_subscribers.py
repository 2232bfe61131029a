"""The life of subscriptions: whatever happens in any order, each subscriber has the present feed.

Hypothesis makes up the lives; a strict subscriber reports every deviation from WebSub.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.conftest import Newsroom, article
from tests.tools.hub_newsroom import HubNewsroom, config_of, hub_newsroom
from tests.tools.subscriber import Subscriber

TOPICS = ("/world/atom.xml", "/rss.xml")
COUNT = 3
LEASE = timedelta(days=2)
STORIES = 4
NUMBER = st.integers(0, COUNT - 1)
STATUS = st.sampled_from([200, 204, 302, 404, 410, 500, 503])


class Subscriptions(RuleBasedStateMachine):
    """Some subscribers of one newsroom."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.subscribed: set[int] = set()
        """The subscribers that have a subscription."""
        self.states: dict[str, list[str]] = {topic: [] for topic in TOPICS}
        """The states of each feed that could be delivered, in order."""
        self.seen = [0] * COUNT
        self.words = 0

    def teardown(self) -> None:
        self.stack.close()

    @initialize(content=st.sampled_from(["full", "full", "changes"]))
    def open_newsroom(self, content: str) -> None:
        root = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        keys = {"lease": f"{int(LEASE.total_seconds())}", "patience": "1"}
        config = config_of(content=f'"{content}"', **keys)
        # Time alone changes no feed.
        config = config.replace("items = 30", "items = 30\nkill_notice = 0\ntombstone = 0")
        newsroom = Newsroom(root, config)
        self.stack.callback(newsroom.database.close)
        newsroom.write("world/0.md", article("Story 0"))
        newsroom.sync()
        self.whole = content == "full"
        self.hub: HubNewsroom = self.stack.enter_context(hub_newsroom(newsroom))
        self.all: list[Subscriber] = [
            self.hub.new(f"/{number}?n={number}", TOPICS[number % 2], "s3cret" * (number % 3))
            for number in range(COUNT)
        ]
        for subscriber in self.all:
            subscriber.subscribe()
        self.later()
        self.subscribed = set(range(COUNT))

    def later(self, hours: float = 0, verified: int | None = None, mode: str = "") -> None:
        """Do all that is due after some time, in which a request is verified."""
        for topic, states in self.states.items():
            states.append(self.hub.http.get(topic).text)
        expires = {row.callback: row.expires for row in self.hub.rows}
        self.hub.later(seconds=61 + hours * 3600)
        now = self.hub.newsroom.now
        for number, subscriber in enumerate(self.all):
            if subscriber.callback in expires and expires[subscriber.callback] <= now:
                self.subscribed.discard(number)
            if number == verified and subscriber.verified[-1]["hub.mode"] == mode:
                (self.subscribed.add if mode == "subscribe" else self.subscribed.discard)(number)
            new = subscriber.deliveries[self.seen[number] :]
            self.seen[number] = len(subscriber.deliveries)
            if any(it.status == 410 for it in new):
                self.subscribed.discard(number)

    @rule(number=NUMBER, mode=st.sampled_from(["subscribe", "unsubscribe"]), willing=st.booleans())
    def ask(self, number: int, mode: str, willing: bool) -> None:
        self.later()  # and its callback may be asked again
        subscriber = self.all[number]
        subscriber.willing = willing
        assert subscriber.ask(mode).status_code == 202
        self.later(verified=number if willing else None, mode=mode)
        subscriber.willing, subscriber.mode = True, "subscribe"

    @rule(
        number=st.integers(0, STORIES),
        act=st.sampled_from(["publish", "correct", "kill"]),
        subscriber=NUMBER,
        answers=st.lists(STATUS, max_size=2),
        hours=st.sampled_from([None, 0, 1, 6, 30]),
    )
    def publish(
        self, number: int, act: str, subscriber: int, answers: list[int], hours: int | None
    ) -> None:
        """Publish a story; a subscriber answers so, and some time goes by, or none."""
        self.all[subscriber].answers = [(status, {}) for status in answers]
        self.words += 1
        self.hub.newsroom.now += timedelta(seconds=1)
        keys = {
            "publish": {},
            "correct": {"updated": f"{self.hub.newsroom.now:%Y-%m-%d %H:%M:%SZ}", "note": "Wrong."},
            "kill": {"status": "canceled", "note": f"Wrong {self.words}."},
        }[act]
        self.hub.newsroom.write(f"world/{number}.md", article(f"Story {self.words}", **keys))
        self.hub.newsroom.sync()
        if hours is not None:
            self.later(hours)

    @rule()
    def all_have_the_present_feed_once_they_take_it(self) -> None:
        for subscriber in self.all:
            subscriber.answers.clear()
        for _ in range(3):  # the pauses of a subscriber grow to a few hours here
            self.later(hours=6)
        for row in self.hub.rows:
            number = next(it for it in range(COUNT) if self.all[it].callback == row.callback)
            if number in self.subscribed:
                assert row.due is None
                if row.etag and self.whole:
                    topic = TOPICS[number % 2]
                    assert self.all[number].bodies[-1] == self.hub.http.get(topic).text

    @invariant()
    def there_is_no_deviation(self) -> None:
        if hasattr(self, "hub"):
            assert self.hub.subscribers.deviations == []

    @invariant()
    def there_are_just_the_subscriptions_that_were_verified(self) -> None:
        if hasattr(self, "hub"):
            now = self.hub.newsroom.now
            callbacks = {row.callback for row in self.hub.rows if row.expires > now}
            assert callbacks == {self.all[number].callback for number in self.subscribed}

    @invariant()
    def states_come_in_order_and_each_once(self) -> None:
        for number, subscriber in enumerate(self.all if hasattr(self, "hub") else []):
            if self.whole:
                order = {text: at for at, text in enumerate(self.states[TOPICS[number % 2]])}
                delivered = [order[body] for body in subscriber.bodies]
                assert delivered == sorted(set(delivered))


TestSubscriptions = Subscriptions.TestCase
TestSubscriptions.settings = settings(
    max_examples=int(os.environ.get("FEEDSVC_SUBSCRIPTIONS", "8")),
    stateful_step_count=25,
    deadline=None,
    derandomize="FEEDSVC_SUBSCRIPTIONS" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    # To shrink a life that failed takes far longer than to read it as it was.
    phases=[Phase.generate],
)
