"""Parse plain GET requests from raw bytes; anything unusual is left to h11 and Flask.

Every step is one pass over the bytes, so the time is linear in their number: each pattern here can
match a text in one way only.
"""

import re
from typing import NamedTuple

from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.web.access_log import quoted
from feedsvc.web.http.reply import navigates
from feedsvc.web.request_target import HOST, LONGEST_TARGET

_METHODS = frozenset((b"GET", b"HEAD"))
_FOLDER = re.compile("/(?:[a-z0-9._-]+/)*")
"""The path of a feed up to its last slash."""
_QUERY = re.compile(rb"[!-~]*")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~\t]*")
"""A line of a header (RFC 9110 §5.5) with neither obs-text nor control characters."""
_ODD = frozenset(("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"))
"""Headers that plain requests do not have."""
_KNOWN = (b"before=", b"view=")
"""Query parameters that change the answer."""


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
    if len(request) > LONGEST_TARGET or not request.endswith(b"\r\n\r\n") or not request.isascii():
        return None
    line, *fields = request[:-4].split(b"\r\n")
    target = _target(line)
    if target is None:
        return None
    headers = _headers(fields)
    if headers is None or headers.get("connection", "keep-alive") not in ("keep-alive", "close"):
        return None
    if navigates(headers.get):
        return None  # a person is shown a page
    return PlainRequest(*target, headers)


def _target(line: bytes) -> tuple[str, FeedRequest] | None:
    """Return the method and the feed of a request line (RFC 9112 §3)."""
    method, _, rest = line.partition(b" ")
    target, _, version = rest.partition(b" ")
    if method not in _METHODS or version != b"HTTP/1.1":
        return None
    path, _, query = target.partition(b"?")
    if not _QUERY.fullmatch(query) or any(name in query for name in _KNOWN):
        return None
    wanted = wanted_at(path.decode())
    return wanted and (method.decode(), wanted)


def _headers(fields: list[bytes]) -> dict[str, str] | None:
    """Return the headers by their names in lower case; None if one of them is unusual."""
    headers: dict[str, str] = {}
    for field in fields:
        line = field.decode("ascii")
        if not _FIELD.fullmatch(line):
            return None
        spelled, _, value = line.partition(":")
        name, value = spelled.lower(), value.strip()
        if name in _ODD or (
            name == "host" and (name in headers or not value or not HOST.fullmatch(value))
        ):
            return None
        if name == "connection":
            value = value.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers if "host" in headers else None
