"""The messages of deliveries: each is made once for all its subscribers, until a feed changes."""

import asyncio

from cachetools import LRUCache

from feedsvc.config.settings import Config
from feedsvc.push.event_loop import in_thread
from feedsvc.push.messages import Messages
from feedsvc.push.websub import Message, headers
from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.subscriptions import Subscription

_MOST = 32_000_000
"""Bytes of all messages that are kept."""
_MOST_HEADERS = 1_000
"""Headers that are kept: one for each message and secret."""


class MessageCache:
    """Keeps messages, and their headers, for one event loop."""

    def __init__(self, config: Config, messages: Messages, counter: ChangeCounter) -> None:
        self._hub = config.urls.hub
        self._method = config.push.signature
        self._changes = config.push.content == "changes"
        self._messages = messages
        self._counter = counter
        self._seen = b""
        self._made = LRUCache[tuple[str, ...], Message](_MOST, lambda it: min(_MOST, len(it.body)))
        self._headers = LRUCache[tuple[str, str, bytes], dict[str, str]](_MOST_HEADERS)
        self._making = asyncio.Lock()

    async def message(self, to: Subscription) -> Message:
        """Return the next state of a feed for a subscriber.

        :raises NotFoundError: the feed has ended.
        """
        key = to.path, to.format, str(to.number), to.etag if self._changes else ""
        if message := self._kept(key):
            return message
        async with self._making:  # others wait for the same message
            if message := self._kept(key):
                return message
            seen = self._seen
            message = await in_thread(self._messages.message, to)
            if self._counter.shared[:] == seen:
                self._made[key] = message
            return message

    def _kept(self, key: tuple[str, ...]) -> Message | None:
        if (seen := self._counter.shared[:]) != self._seen:  # a text may have been withdrawn
            self._seen = seen
            self._made.clear()
            self._headers.clear()
        return self._made.get(key)

    def headers(self, message: Message, secret: bytes) -> dict[str, str]:
        """Return the headers of a message, signed where there is a secret."""
        key = message.url, message.etag, secret
        lines = self._headers.get(key)
        if lines is None:
            lines = self._headers[key] = headers(message, self._hub, secret, self._method)
        return lines
