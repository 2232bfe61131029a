"""Limit how often clients fetch whole feeds: requests beyond it are answered 429 (RFC 6585)."""

import mmap
import struct
from collections.abc import Container
from hashlib import blake2b

from feedsvc.web.http.conditional_requests import Headers
from feedsvc.web.http.reply import Reply

_HOUR = 3600
_SLOT = struct.Struct("=HH")
"""A slot: fingerprint of client, feed and hour; and its count."""
_SLOTS = 1 << 18
"""Slots: 1 MB, and few collisions for 10,000 clients with a dozen feeds."""
_FULL = 0xFFFF
"""The highest count that a slot holds."""
SIZE = _SLOTS * _SLOT.size
"""Bytes of the memory."""
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers that proxies add, in lower case: RFC 7239, RFC 9110 §7.6.3, and two of nginx."""
_VALIDATORS = ("if-none-match", "if-modified-since")
BUSY = 2
"""Seconds after which to ask again where too many requests wait."""


class RefetchLimit:
    """Counts in shared memory how often clients fetch a feed whole that they may have already.

    Two clients that share a slot are counted less often, never more.

    :param memory: shared by all processes.
    :param most: times in an hour.
    """

    def __init__(self, memory: mmap.mmap, most: int) -> None:
        self._memory = memory
        self._most = min(most, _FULL - 1)

    def wait(self, client: str, feed: str, now: float) -> int:
        """Count a fetch. Return the seconds until the next one is allowed; 0 where this one is."""
        hour = int(now) // _HOUR
        digest = blake2b(f"{client} {feed} {hour}".encode(), digest_size=6).digest()
        slot = int.from_bytes(digest[:4]) % _SLOTS * _SLOT.size
        fingerprint = int.from_bytes(digest[4:])
        known, count = _SLOT.unpack_from(self._memory, slot)
        count = count if known == fingerprint else 0
        if count >= self._most:
            return (hour + 1) * _HOUR - int(now)
        _SLOT.pack_into(self._memory, slot, fingerprint, count + 1)
        return 0


def is_refetch(method: str, protocol: str, headers: Headers) -> bool:
    """Return whether one client asks for a whole feed, without a validator of an earlier answer."""
    conditional = any(name in headers for name in _VALIDATORS)
    return method == "GET" and not conditional and not came_through_proxy(protocol, headers)


def came_through_proxy(protocol: str, headers: Container[str]) -> bool:
    """Return whether a proxy passed a request on: one client that asks for very many.

    nginx asks in HTTP/1.0 and adds none of these headers unless it is configured to.

    :param protocol: of the request, such as ``HTTP/1.1``.
    :param headers: their names, in lower case or in a container that ignores case.
    """
    return protocol == "HTTP/1.0" or any(name in headers for name in _FORWARDED)


def too_often(seconds: int) -> Reply:
    """Return the answer to a client that fetches a whole feed again and again (RFC 6585 §4)."""
    return _refused(
        seconds,
        "you have this feed, and fetch it whole again and again. Keep its ETag and send it in "
        "If-None-Match, or its Last-Modified in If-Modified-Since: then you are answered at any "
        "time, and get the feed when there is something new in it",
    )


def too_many() -> Reply:
    """Return the answer to a request for which there is no place to wait."""
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
