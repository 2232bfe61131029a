"""The kinds of hostile records, requests and clients of ``./run bench hostile``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAD = "Host: x\r\n"


def record(**keys: str) -> str:
    """Return a record with some keys; ``body`` is its text."""
    body = keys.pop("body", "Ships came in.")
    lines = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"---\nheadline: Hostile\npublished: 2026-01-01 08:00\n{lines}---\n{body}\n"


def _listed(many: int) -> str:
    return f"[{', '.join(f'k{number}' for number in range(many))}]"


RECORDS: dict[str, Callable[[], str]] = {
    "nesting, 0.7 MB": lambda: record(body="<div></x>" * 78_000),
    "nested quotes, 0.2 MB": lambda: record(body="> " * 100_000 + "a"),
    "100,000 keywords": lambda: record(keywords=_listed(100_000)),
    "10,000 names": lambda: record(byline=_listed(10_000)),
    "section of 500 parts": lambda: record(section="/".join(["ab"] * 500)),
    "combining marks, 0.1 MB": lambda: record(body="a" + "\u0315\u0300\u05ae" * 20_000),
    "front matter, 0.2 MB": lambda: record(**{f"key{it}": "a: b: c" for it in range(14_000)}),
    "YAML aliases": lambda: record(a="&a [b, b]", **{f"k{it}": "[*a, *a]" for it in range(9000)}),
}
"""The texts of hostile records."""


def _get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\n{_HEAD}{headers}\r\n".encode("latin-1")


REQUESTS: dict[str, bytes] = {
    "28 headers and a byte": _get("/rss.xml", "A: b\r\n" * 28 + "X: \xff\r\n"),
    "a head without an end": b"GET /rss.xml HTTP/1.1\r\n" + b"A:b\r\n" * 3000,
    "two requests at once": _get("/rss.xml") * 2,
    "targets of 8 kB": _get(f"/{'a/' * 3900}rss.xml"),
    "many slashes": _get("/" * 7000 + "rss.xml"),
    "many ranges": _get("/rss.xml", f"Range: bytes={'0-1,' * 1900}0-1\r\n"),
    "8 kB of If-None-Match": _get("/rss.xml", 'If-None-Match: "x"' + ',"a"' * 1900 + "\r\n"),
    "8 kB of Accept-Encoding": _get("/rss.xml", f"Accept-Encoding: {'gzip;q=0.1,' * 700}\r\n"),
    "searches": _get(f"/feeds?q={'%25a' * 1500}"),
    "unknown places": _get("/archive/1/rss.xml?before=1.x"),
}
"""Requests that are sent on new connections, one after another."""
SLOW: dict[str, tuple[bytes, bytes, int]] = {
    "slow heads": (b"GET /rss.xml HTTP/1.1\r\n", b"A: b\r\n", 1000),
    "slow bodies": (
        b"POST /feeds HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
        b"a",
        1000,
    ),
    "slow readers": (_get("/rss.xml") * 3, b"", 300),
    "idle connections": (b"", b"", 3000),
}
"""Clients that keep connections: the beginning, the part that each sends once a second, and the
number of clients."""
KINDS: list[str] = [*RECORDS, *REQUESTS, *SLOW]
