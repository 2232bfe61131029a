"""WebSub on the wire (W3C Recommendation, 23 January 2018): addresses, headers and signatures."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from msgspec import Struct

from feedsvc.errors import FetchError
from feedsvc.push.http_values import Answer, Limits, Request

LIMITS = Limits(size=4096, seconds=10, cut=True)
"""Of every request to a callback: its answer is a status, or a challenge."""


class Message(Struct, frozen=True):
    """A state of a feed, as its subscribers get it."""

    number: int
    """Of the last change to the feed."""
    etag: str
    type: str
    """Its media type."""
    url: str
    """Its address."""
    body: bytes


def with_parameters(callback: str, parameters: Mapping[str, str]) -> str:
    """Return a callback with more parameters; its own stay as they are (§5.3)."""
    separator = "&" if "?" in callback else "?"
    return f"{callback}{separator}{urlencode(parameters)}"


def denial(callback: str, topic: str, reason: str) -> Request:
    """Return the request that informs a subscriber that it gets nothing of a feed (§5.2)."""
    parameters = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
    return Request("GET", with_parameters(callback, parameters))


def headers(message: Message, hub: str, secret: bytes, method: str) -> dict[str, str]:
    """Return the headers of a delivery (§7): the type and the links of the topic.

    Where the subscriber gave a secret, a signature of the body comes with them (§7.1).
    """
    lines = {
        "Content-Type": f"{message.type}; charset=utf-8",
        "Link": f'<{hub}>; rel="hub", <{message.url}>; rel="self"',
    }
    if secret:
        digest = hmac.digest(secret, message.body, method).hex()
        lines["X-Hub-Signature"] = f"{method}={digest}"
    return lines


def check(answer: Answer, now: datetime) -> None:
    """Refuse an answer that is no success.

    :raises FetchError: it is none; one that may soon be another is not permanent.
    """
    if not 200 <= answer.status < 300:
        permanent = answer.status < 500 and answer.status not in (408, 425, 429)
        after = answer.retry_after(now)
        raise FetchError(f"is answered {answer.status}", permanent=permanent, after=after)
