"""Limit how often clients fetch whole feeds: requests beyond it are answered 429 (RFC 6585)."""

import mmap
import struct
from collections.abc import Callable, Container, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from feedsvc.model.feed import Document
from feedsvc.web.http.conditional_requests import Headers, had
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


class Refetch(NamedTuple):
    """A fetch of a whole feed that its client may have already."""

    feed: str
    """The address of the feed, or that of one of its states."""
    proxied: bool
    """Whether a proxy passed it on, or it says so."""


class RefetchLimit:
    """Counts in shared memory how often clients fetch a feed whole that they may have already.

    Two clients that share a slot are counted less often, never more.

    :param memory: shared by all processes.
    :param most: times in an hour.
    :param proxies: addresses and networks of proxies, each of which asks for many clients.
    """

    def __init__(self, memory: mmap.mmap, most: int, proxies: Sequence[str]) -> None:
        self._memory = memory
        self._most = min(most, _FULL - 1)
        is_proxy = partial(is_within, networks=proxies)
        self._is_proxy: Callable[[str], bool] = lru_cache(4096)(is_proxy)

    def wait(self, client: str, refetch: Refetch, now: float) -> int:
        """Count a fetch. Return the seconds until the next one is allowed; 0 where this one is."""
        if refetch.proxied and self._is_proxy(client):
            return 0
        feed = refetch.feed
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


def is_within(client: str, networks: Sequence[str]) -> bool:
    """Return whether an address is in a network. Sockets without addresses are on this machine."""
    try:
        address = ip_address(client)
    except ValueError:
        return not client
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ip_network(network, strict=False) for network in networks)


def refetch(
    method: str,
    protocol: str,
    headers: Headers,
    document: Document,
    knows: Callable[[Sequence[str]], bool] | None,
) -> Refetch | None:
    """Return the fetch of a whole feed that the client may have; None if it cannot have it.

    A client that sends validators gets each state once. If they are made up, it is counted.

    :param knows: returns whether one of some entity-tags is that of an earlier state; None where
        earlier states are not known.
    """
    if method != "GET":
        return None
    proxied = came_through_proxy(protocol, headers)
    if not any(name in headers for name in _VALIDATORS):
        return Refetch(document.url, proxied)
    tags = had(headers)
    if tags and knows and knows(tags):
        return None
    return Refetch(f"{document.url} {document.etag}", proxied)


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
