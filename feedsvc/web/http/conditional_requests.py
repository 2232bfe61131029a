"""Conditional requests: what a client has already (RFC 9110 §13), as clients really write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from feedsvc.model.feed import Document
from feedsvc.web.http.content_codings import TAGGED, suffix

_TAG = re.compile(r'(?P<before>[^\s",]*+)"(?P<quoted>[^"]*+)"|(?P<bare>[^\s",]+)')
"""An entity-tag, or what clients make of one; it never looks at a character more than twice."""

_NOTHING = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when Thunderbird asks for a feed that it has never had."""

_SUFFIX = re.compile(rf"(?:--?(?:{'|'.join(TAGGED)}))*")
_CODED = [f"{dash}{coding}" for dash in ("--", "-") for coding in TAGGED]
"""How tags may end that tell a coding; what has two hyphens comes first."""


def tag(document: Document, coding: str) -> str:
    """Return the entity-tag of a document in a coding, with its quotes: a strong one (§8.8.3)."""
    return f'"{document.etag}{suffix(document, coding)}"'


def decide(document: Document, coding: str, headers: Mapping[str, str]) -> Literal[200, 304, 412]:
    """Return the status that the preconditions of a GET or HEAD come to (§13.2.2).

    :param headers: by their names in lower case.
    """
    if (wanted := headers.get("if-match")) is not None:
        if not _is_matched(wanted, document, coding):
            return 412
    elif (moment := _moment(headers.get("if-unmodified-since"))) and (
        document.last_modified > moment
    ):
        return 412
    if (tags := headers.get("if-none-match")) is not None:
        return 304 if _is_had(tags, document) else 200
    since = _moment(headers.get("if-modified-since"))
    return 304 if since and since != _NOTHING and document.last_modified <= since else 200


def _is_matched(wanted: str, document: Document, coding: str) -> bool:
    """Compare strongly: only the very bytes that would be sent will do (§13.1.1)."""
    own = tag(document, coding)
    return wanted.strip() == "*" or any(found[0] == own for found in _TAG.finditer(wanted))


def had(headers: Mapping[str, str]) -> list[str]:
    """Return the tags that a client says it has, without what tells their coding."""
    found = _TAG.finditer(headers.get("if-none-match", ""))
    parts = (part for one in found for part in one.group("quoted", "bare") if part)
    return [_uncoded(part) for part in parts]


def _uncoded(part: str) -> str:
    end = len(part)
    while coding := next((it for it in _CODED if part.endswith(it, 0, end)), ""):
        end -= len(coding)
    return part[:end]


def _is_had(had: str, document: Document) -> bool:
    """Compare weakly: the same document in any coding is nothing new (§13.1.2).

    Servers in between append the coding to tags that they know nothing of, within the quotes or
    after them, and some clients lose the quotes, or put the whole of a tag in quotes again.
    """
    return had.strip() == "*" or any(
        _is_own(part, document)
        for found in _TAG.finditer(had)
        for part in found.group("before", "quoted", "bare")
        if part
    )


def _is_own(part: str, document: Document) -> bool:
    part = part[2:] if part[:2] in ("W/", "w/") else part
    return part.startswith(document.etag) and bool(_SUFFIX.fullmatch(part, len(document.etag)))


def _moment(text: str | None) -> datetime | None:
    """Return the moment of an HTTP-date (§5.6.7); None where it is none, and so says nothing.

    Zones other than GMT are understood, because clients write them; a list of dates is none.
    """
    if not text or text.rfind(",") > len("Wednesday"):
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
