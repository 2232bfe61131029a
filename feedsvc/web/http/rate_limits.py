"""How much one client, and all together, may ask for: what is more is answered 429, never 503."""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from feedsvc.store.change_counter import shared_file
from feedsvc.web.http.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

_HOUR = 3600
_SLOT = struct.Struct("=HH")
"""What tells whose it is, and how often."""
_SLOTS = 1 << 18
_FULL = 0xFFFF
_VALIDATORS = ("if-none-match", "if-modified-since")
FORWARDED = ("forwarded", "via", "x-forwarded-for")
"""Headers of requests that come through a proxy, which is one client for very many."""

BUSY = 2
"""Seconds after which to ask again where too many ask at once."""


class RefetchLimit:
    """Counts in shared memory how often clients fetch a feed whole that they may have already.

    Two clients that fall on one slot make each other be counted less, never more.
    """

    def __init__(self, path: Path, most: int) -> None:
        """Open the file that the processes share.

        :param most: times in an hour.
        :raises StoreError: it cannot be opened.
        """
        self._most = min(most, _FULL - 1)
        self._shared = shared_file(path, _SLOTS * _SLOT.size)

    def wait(self, client: str, feed: str, now: float) -> int:
        """Count a fetch, and return for how many seconds there may be no other; 0 if it is fine."""
        hour = int(now) // _HOUR
        digest = blake2b(f"{client} {feed} {hour}".encode(), digest_size=6).digest()
        slot = int.from_bytes(digest[:4]) % _SLOTS * _SLOT.size
        own = int.from_bytes(digest[4:])
        known, count = _SLOT.unpack_from(self._shared, slot)
        count = count if known == own else 0
        if count >= self._most:
            return (hour + 1) * _HOUR - int(now)
        _SLOT.pack_into(self._shared, slot, own, count + 1)
        return 0


def is_refetch(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a client asks for a feed as if it had never had it.

    :param headers: by their names in lower case.
    """
    return method == "GET" and not any(name in headers for name in (*_VALIDATORS, *FORWARDED))


def too_often(seconds: int) -> Reply:
    """Return the answer to who fetches a feed whole again and again (RFC 6585 §4)."""
    return _refused(
        seconds,
        "you have this feed, and fetch it whole again and again. Keep its ETag and send it in "
        "If-None-Match, or its Last-Modified in If-Modified-Since: then you are answered at any "
        "time, and get the feed when there is something new in it",
    )


def too_many() -> Reply:
    """Return the answer to who asks while more are waiting than can be."""
    return _refused(BUSY, "more are asking than can be answered at once; ask again soon")


def _refused(seconds: int, sentence: str) -> Reply:
    body = f"429 Too Many Requests: {sentence}.\n".encode()
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(seconds)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Reply(429, headers, body)


class ConcurrencyLimit:
    """An ASGI application in front of another: so many requests wait for it, and no more."""

    def __init__(self, app: ASGI3Application, most: int) -> None:
        """Take the application, and how many requests it may have at once."""
        self._app = app
        self._most = most
        self._within = 0

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Let the application answer, or say that it cannot."""
        if self._within >= self._most:
            await _send(too_many(), send)
            return
        self._within += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._within -= 1


async def _send(answer: Reply, send: ASGISendCallable) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(cast("Any", start))
    await send(cast("Any", {"type": "http.response.body", "body": answer.body}))
