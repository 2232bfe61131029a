"""Conditional requests (RFC 9110 §13), as clients really write them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from feedsvc.model.feed import Document
from feedsvc.web.http.content_codings import TAGGED, suffix

Headers = Mapping[str, str]
"""The headers of a request by their names in lower case; several lines of one name are one value,
separated by commas (RFC 9110 §5.3)."""

_TAG = re.compile(r'(?P<before>[^\s",]*+)"(?P<quoted>[^"]*+)"|(?P<bare>[^\s",]+)')
"""An entity-tag, also as clients misspell it; no character is looked at more than twice."""

_NOTHING = datetime(2000, 1, 1, tzinfo=UTC)
"""The If-Modified-Since of Thunderbird for a feed that it has never had."""

_CODED = [f"{dash}{coding}" for dash in ("--", "-") for coding in TAGGED]
"""The ends of tags that name a coding, with two hyphens first."""


def tag(document: Document, coding: str) -> str:
    """Return the entity-tag of a document in a coding, with its quotes: a strong one (§8.8.3)."""
    return f'"{document.etag}{suffix(document, coding)}"'


def decide(document: Document, coding: str, headers: Headers) -> Literal[200, 304, 412]:
    """Return the status that the preconditions of a GET or HEAD come to (§13.2.2)."""
    if (wanted := headers.get("if-match")) is not None:
        if not _is_matched(wanted, document, coding):
            return 412
    elif (unchanged := moment(headers.get("if-unmodified-since"))) and (
        document.last_modified > unchanged
    ):
        return 412
    if (tags := headers.get("if-none-match")) is not None:
        return 304 if tags.strip() == "*" or document.etag in had(headers) else 200
    since = moment(headers.get("if-modified-since"))
    return 304 if since and since != _NOTHING and document.last_modified <= since else 200


def _is_matched(wanted: str, document: Document, coding: str) -> bool:
    """Compare strongly: only the very bytes that would be sent will do (§13.1.1)."""
    etag = tag(document, coding)
    return wanted.strip() == "*" or any(match[0] == etag for match in _TAG.finditer(wanted))


def had(headers: Headers) -> list[str]:
    """Return the tags of the states that a client has, for weak comparison (§13.1.2).

    They name no coding, since a document in another coding is nothing new. Servers in between
    append a coding to tags that they do not know, within the quotes or after them, and some
    clients lose the quotes, or put the whole of a tag in quotes again.
    """
    matches = _TAG.finditer(headers.get("if-none-match", ""))
    return [_uncoded(part) for match in matches for part in match.groups() if part]


def _uncoded(part: str) -> str:
    start, end = 2 if part[:2] in ("W/", "w/") else 0, len(part)
    while coding := next((it for it in _CODED if part.endswith(it, start, end)), ""):
        end -= len(coding)
    return part[start:end]


def moment(text: str | None) -> datetime | None:
    """Return the moment of an HTTP-date (§5.6.7); None for all else, which is ignored.

    Zones other than GMT are understood, because clients write them; a list of dates is none.
    """
    if not text or text.rfind(",") > len("Wednesday"):
        return None
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
