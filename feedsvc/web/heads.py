"""Requests of which everything is plain, read from their bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.model.feed import FORMS
from feedsvc.web.exchange import navigates
from feedsvc.web.tally import quoted
from feedsvc.web.targets import HOST, LONGEST_TARGET

if TYPE_CHECKING:
    from feedsvc.model.feed import Format

_HEAD = re.compile(
    rb"(GET|HEAD) /((?:[a-z0-9._-]+/)*)("
    + "|".join(map(re.escape, FORMS)).encode()
    + rb")(?:\?([!-~]*))? HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[ -~\t]*\r\n)+)\r\n"
)
"""A request of which everything is plain, and nothing follows."""
_ODD = frozenset(("content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer"))
"""Headers of requests that are not."""
_KNOWN = (b"before=", b"view=")
"""What a query means something with."""


class Asked(NamedTuple):
    """A plain request."""

    method: str
    path: str
    form: Format
    headers: dict[str, str]


def describe(request: bytes) -> tuple[str, str]:
    """Return the first line of a plain request, and its Referer and User-Agent for the log."""
    line, *rest = request.decode("latin-1").split("\r\n")
    found: dict[str, str] = {"referer": "", "user-agent": ""}
    for other in rest:
        name, _, value = other.partition(":")
        if name.lower() in found:
            found[name.lower()] = value.strip()
    return quoted(line)[1:-1], " ".join(map(quoted, found.values()))


def read(request: bytes) -> Asked | None:
    """Return what is asked for; None where anything is odd."""
    if len(request) > LONGEST_TARGET:
        return None  # which may be too long
    found = _HEAD.fullmatch(request)
    if found is None or b".." in found[2] or any(it in (found[4] or b"") for it in _KNOWN):
        return None
    headers = _headers(found[5])
    if headers is None or headers.get("connection", "keep-alive") not in ("keep-alive", "close"):
        return None
    if navigates(headers.get):
        return None  # a person is shown a page
    path = found[2].decode().removesuffix("/")
    if "archive" in path.split("/"):
        return None  # there are too many to keep them ready
    return Asked(found[1].decode(), path, FORMS[found[3].decode()], headers)


def _headers(lines: bytes) -> dict[str, str] | None:
    """Return the headers by their names in lower case; None where one of them is odd."""
    headers: dict[str, str] = {}
    for line in lines.decode("ascii").split("\r\n")[:-1]:
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
