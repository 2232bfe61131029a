"""A request to another server, its bounds, and its answer."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

_LONGEST_WAIT = 24 * 3600.0
"""Seconds that a server may ask to wait."""


class Limits(Struct, frozen=True):
    """The bounds of one request, redirects included."""

    size: int
    """Bytes of the body, after decompression."""
    seconds: float
    """From the first connection to the last byte."""
    redirects: int = 0
    type: str = ""
    """The beginning that a stated media type must have, such as ``image/``; empty for any."""
    failures: bool = False
    """Receive the bodies of other answers, too, and not of good ones alone."""
    cut: bool = False
    """Leave the rest of a longer body, rather than refuse it."""


class Request(Struct, frozen=True):
    """A request to another server."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}


class Answer(Struct, frozen=True):
    """The answer of another server."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""

    def retry_after(self, now: datetime) -> float:
        """Return the seconds for which the server asks to wait (RFC 9110 §10.2.3), a day at most.

        It is 0 where the server asks for nothing that can be read.
        """
        typed = self.headers.get("retry-after", "").strip()
        try:
            if typed.isdigit():
                seconds = float(typed)
            else:
                seconds = (parsedate_to_datetime(typed) - now).total_seconds()
        except (TypeError, ValueError, OverflowError):  # it is no date, or one without a true zone
            return 0.0
        return min(max(0.0, seconds), _LONGEST_WAIT)
