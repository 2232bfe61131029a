"""Read plain requests from their bytes; whatever is unusual is left to h11 and Flask.

Every step is one pass over the bytes, so the time is linear in their number whatever they are: no
pattern here has a quantifier inside a quantifier, nor two beside each other that match the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.model.feed import FORMATS_BY_FILE
from feedsvc.web.access_log import quoted
from feedsvc.web.http.reply import navigates
from feedsvc.web.request_target import HOST, LONGEST_TARGET

if TYPE_CHECKING:
    from feedsvc.model.feed import Format

_METHODS = frozenset((b"GET", b"HEAD"))
_FOLDER = re.compile(rb"/[a-z0-9._/-]*")
"""The path of a feed up to its last slash."""
_QUERY = re.compile(rb"[!-~]*")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~\t]*")
"""A line of a header (RFC 9110 §5.5) with neither obs-text nor control characters."""
_ODD = frozenset(("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"))
"""Headers that plain requests do not have."""
_KNOWN = (b"before=", b"view=")
"""Query parameters that change the answer."""


class PlainRequest(NamedTuple):
    """A plain request."""

    method: str
    path: str
    format: Format
    headers: dict[str, str]


def log_fields(request: bytes) -> tuple[str, str]:
    """Return the first line of a plain request, and its Referer and User-Agent for the log."""
    line, *rest = request.decode("latin-1").split("\r\n")
    found: dict[str, str] = {"referer": "", "user-agent": ""}
    for other in rest:
        name, _, value = other.partition(":")
        if name.lower() in found:
            found[name.lower()] = value.strip()
    return quoted(line)[1:-1], " ".join(map(quoted, found.values()))


def parse(request: bytes) -> PlainRequest | None:
    """Return the plain request that these bytes are; None where anything is unusual.

    :param request: what came at once from a connection: one whole request, or anything else.
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
    method, path, format = target
    return PlainRequest(method, path, format, headers)


def _target(line: bytes) -> tuple[str, str, Format] | None:
    """Return method, path and format that a request line (RFC 9112 §3) asks for."""
    method, _, rest = line.partition(b" ")
    target, _, version = rest.partition(b" ")
    if method not in _METHODS or version != b"HTTP/1.1":
        return None
    path, _, query = target.partition(b"?")
    folder, slash, file = path.rpartition(b"/")
    format = FORMATS_BY_FILE.get(file.decode())
    if format is None or not _FOLDER.fullmatch(folder + slash) or not _QUERY.fullmatch(query):
        return None
    if b"//" in folder + slash or b".." in folder or any(name in query for name in _KNOWN):
        return None
    section = folder[1:].decode()
    if "archive" in section.split("/"):
        return None  # there are too many archives to keep them ready
    return method.decode(), section, format


def _headers(fields: list[bytes]) -> dict[str, str] | None:
    """Return the headers by their names in lower case; None where one of them is unusual."""
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
