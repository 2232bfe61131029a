"""Parse plain GET requests from raw bytes; anything unusual is left to h11 and Flask.

Every step is one pass over the bytes, so the time is linear in their number: each pattern here can
match a text in one way only.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.web.access_log import quoted
from feedsvc.web.http.reply import navigates
from feedsvc.web.request_target import HOST, LONGEST_TARGET

_METHODS = frozenset(("GET", "HEAD"))
_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"
"""The bytes of plain requests: neither obs-text nor control characters (RFC 9110 §5.5)."""
_FOLDER = re.compile("/(?:[a-z0-9._-]+/)*")
"""The path of a feed up to its last slash."""
_QUERY = re.compile("[!-~]*")
_NAME = re.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name of a header (RFC 9110 §5.1)."""
_ODD = frozenset(("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"))
"""Headers that plain requests do not have."""
_KNOWN = ("before=", "view=")
"""Query parameters that change the answer."""
_NAMES = 256
"""Names of headers that are remembered in lower case."""


class PlainRequest(NamedTuple):
    """A plain request for a feed."""

    method: str
    wanted: FeedRequest
    headers: dict[str, str]
    """By their names in lower case."""


def wanted_at(path: str) -> FeedRequest | None:
    """Return the feed at a path; None for all else, and for archives: too many to keep ready."""
    folder, slash, file = path.rpartition("/")
    format = FORMATS_BY_FILE.get(file)
    if format is None or not _FOLDER.fullmatch(folder + slash) or ".." in folder:
        return None
    feed = FeedPath.parse(folder[1:])
    return None if feed.document == "archive" else FeedRequest(feed, format)


def log_fields(request: bytes) -> tuple[str, str]:
    """Return the first line of a plain request, and its Referer and User-Agent for the log."""
    line, *fields = request.decode("latin-1").split("\r\n")
    client = {"referer": "", "user-agent": ""}
    for field in fields:
        name, _, value = field.partition(":")
        if name.lower() in client:
            client[name.lower()] = value.strip()
    return quoted(line)[1:-1], " ".join(map(quoted, client.values()))


def parse(request: bytes) -> PlainRequest | None:
    """Return a plain request parsed; None if anything in it is unusual.

    :param request: any bytes that came from a connection at once.
    """
    lines = _lines(request)
    target = _target(lines[0]) if lines else None
    if not lines or not target:
        return None
    headers = _headers(lines[1:])
    if headers is None or headers.get("connection", "keep-alive") not in ("keep-alive", "close"):
        return None
    if navigates(headers.get):
        return None  # a person is shown a page
    return PlainRequest(*target, headers)


def _lines(request: bytes) -> list[str] | None:
    """Return the lines of a request that has a head of plain text alone, and ends with it."""
    if len(request) > LONGEST_TARGET or not request.endswith(b"\r\n\r\n"):
        return None
    if request.translate(None, _TEXT):
        return None
    lines = request[:-4].decode("ascii").split("\r\n")
    whole = len(lines) + 1 == request.count(b"\r") == request.count(b"\n")
    return lines if whole else None


def _target(line: str) -> tuple[str, FeedRequest] | None:
    """Return the method and the feed of a request line (RFC 9112 §3)."""
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    if method not in _METHODS or version != "HTTP/1.1":
        return None
    path, _, query = target.partition("?")
    if query and (not _QUERY.fullmatch(query) or any(name in query for name in _KNOWN)):
        return None
    wanted = wanted_at(path)
    return wanted and (method, wanted)


def _headers(fields: list[str]) -> dict[str, str] | None:
    """Return the headers by their names in lower case; None if one of them is unusual."""
    headers: dict[str, str] = {}
    for field in fields:
        spelled, colon, value = field.partition(":")
        name, value = _lower(spelled), value.strip()
        if not (colon and name) or name in _ODD:
            return None
        if name == "host" and (name in headers or not value or not HOST.fullmatch(value)):
            return None
        if name == "connection":
            value = value.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers if "host" in headers else None


@lru_cache(_NAMES)
def _lower(name: str) -> str:
    """Return the name of a header in lower case; empty if it is none."""
    return name.lower() if _NAME.fullmatch(name) else ""
