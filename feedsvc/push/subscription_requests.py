"""Requests to the hub that are to be verified, and how often a callback may be asked."""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from feedsvc.model.feed import Format
from feedsvc.push.guard import target_of
from feedsvc.store import outbox
from feedsvc.store.database import Connection

JOB = "verify"
"""The kind of these jobs; their key is a host and a digest, because a callback is a secret."""
LONGEST_SECRET = 199
"""Bytes of a secret: WebSub §5.1 demands fewer than 200."""
PACE = timedelta(minutes=1)
"""Time between two verifications at one callback, so that they cannot be aimed at a server."""
HOST_PACE = 120
"""Verifications of one host in that time: it may have a callback for each of many feeds."""

Mode = Literal["subscribe", "unsubscribe"]


class SubscriptionRequest(Struct, frozen=True):
    """A request to the hub that is to be verified."""

    mode: Mode
    callback: str
    topic: str
    path: str
    format: Format
    lease: int
    """Seconds."""
    secret: bytes = b""
    wakes: bool = False
    """Whether its deliveries failed for long: the subscription ends unless it is verified."""


def add(connection: Connection, request: SubscriptionRequest, now: datetime) -> None:
    """Add the job that verifies a request; one of the same callback and feed is replaced."""
    name = f"{request.callback}\n{request.path}\n{request.format}"
    key = f"{host_of(request.callback)} {hashlib.sha256(name.encode()).hexdigest()[:16]}"
    outbox.add(connection, JOB, [key], now, payload=msgspec.json.encode(request))


def host_of(callback: str) -> str:
    """Return the host of a callback with its port, in lower case and ASCII."""
    target = target_of(callback, ())
    return f"{target.host}:{target.port}"
