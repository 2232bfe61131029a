"""Each message is made once for all subscribers, and anew after any change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from feedsvc.push.event_loop import run
from feedsvc.push.message_cache import MessageCache
from feedsvc.push.messages import Messages
from feedsvc.push.websub import Message
from feedsvc.syndication.feeds import Feeds
from tests.conftest import MakeNewsroom, Newsroom, article
from tests.tools.hub_newsroom import config_of
from tests.tools.subscriptions import subscription


@pytest.fixture
def newsroom(make_newsroom: MakeNewsroom) -> Newsroom:
    newsroom = make_newsroom("quay", config_of())
    newsroom.write("world/a.md", article("First"))
    newsroom.sync()
    return newsroom


def cache_of(newsroom: Newsroom, clock: Callable[[], datetime]) -> MessageCache:
    config, database = newsroom.config, newsroom.database
    messages = Messages(config, database, Feeds(config, database), clock)
    return MessageCache(config, messages, database.change_counter)


def message(cache: MessageCache, newsroom: Newsroom) -> Message:
    to = subscription("https://reader.example/", "world", "atom", newsroom.now)
    return run(cache.message(to))


def test_a_message_is_made_once_until_a_feed_changes(newsroom: Newsroom) -> None:
    cache = cache_of(newsroom, lambda: newsroom.now)
    first = message(cache, newsroom)
    assert message(cache, newsroom) is first
    newsroom.write("local/b.md", article("Second"))
    newsroom.sync()
    again = message(cache, newsroom)
    assert again is not first
    assert again.body == first.body


def test_a_message_that_a_change_overtakes_is_not_kept(newsroom: Newsroom) -> None:
    changes = [False, True]

    def clock() -> datetime:
        if changes.pop():
            newsroom.write("world/b.md", article("Second"))
            newsroom.sync()
        return newsroom.now

    cache = cache_of(newsroom, clock)
    first = message(cache, newsroom)
    assert message(cache, newsroom) is not first


def test_headers_are_made_once_for_each_secret(newsroom: Newsroom) -> None:
    cache = cache_of(newsroom, lambda: newsroom.now)
    first = message(cache, newsroom)
    signed = cache.headers(first, b"s3cret")
    assert cache.headers(first, b"s3cret") is signed
    assert cache.headers(first, b"other")["X-Hub-Signature"] != signed["X-Hub-Signature"]
    assert "X-Hub-Signature" not in cache.headers(first, b"")
