"""The kinds of requests that are measured, as feed readers send them, each checked before."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from benchmarks.load import Answer, Client, Request, ask
from benchmarks.publish import BUSY, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.servers import Server

FEEDS = [f"/{section}/rss.xml" for section in SECTIONS]
_QUIET = [section for section in SECTIONS if section not in BUSY]
FEED = f"/{_QUIET[0]}/rss.xml"
"""The one that single kinds ask for: ten articles with their texts."""
_MIXED = [f"/{section}/rss.xml" for section in (*BUSY, *_QUIET[:20])]
_HEADS = 1000
_PRODUCTS = """
FreshRSS/1.2{0}.1 (Linux; https://freshrss.org)
Tiny Tiny RSS/2{0}.08 (https://tt-rss.org/)
Mozilla/5.0 (compatible; Miniflux/2.1.{0}; +https://miniflux.app)
NetNewsWire (RSS Reader; https://netnewswire.com/) 6.1.{0}
Feedly/1.{0} (+http://www.feedly.com/fetcher.html; 112 subscribers)
Feedbin feed-id:4711{0} - 37 subscribers
newsboat/2.3{0} (Linux x86_64)
Mozilla/5.0 (X11; Linux x86_64; rv:12{0}.0) Gecko/20100101 Thunderbird/12{0}.5.0
Inoreader/1.{0} (+http://www.inoreader.com/feed-fetcher; 9 subscribers; )
NextCloud-News/25.{0}
"""
AGENTS = [line.format(number) for line in _PRODUCTS.split("\n")[1:-1] for number in range(5)]
_ACCEPTED = (
    "application/rss+xml, application/atom+xml;q=0.9, application/xml;q=0.8, */*;q=0.1",
    "application/atom+xml, application/rss+xml, text/xml",
    "*/*",
)
_GZIP = ("Accept-Encoding", "gzip")
_OLD = (
    ("If-None-Match", '"0123456789abcdef"'),
    ("If-Modified-Since", "Sat, 04 Jan 2020 10:00:00 GMT"),
)


class Kind(NamedTuple):
    """A kind of requests, and whether the newsroom publishes meanwhile."""

    label: str
    publishing: bool = False


KINDS = {
    "200": Kind("200"),
    "gzip": Kind("200, gzip"),
    "304": Kind("304, If-None-Match and If-Modified-Since"),
    "mix": Kind("1,000 heads of 50 readers, 40 feeds: 70 % 304, 30 % 200 by gzip"),
    "close": Kind("200, gzip, a new connection each"),
    "publish": Kind(
        "300 feeds, gzip, half with validators; a record written every 100 ms", publishing=True
    ),
}


def validators(port: int, paths: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the headers with which a reader that has the feeds asks this server again."""
    known: dict[str, tuple[tuple[str, str], ...]] = {}
    with Client(port) as client:
        for path in paths:
            headers = client.ask(Request(path, (_GZIP,), 200)).headers
            known[path] = (
                ("If-None-Match", headers["etag"]),
                ("If-Modified-Since", headers["last-modified"]),
            )
    return known


def requests(kind: str, port: int) -> list[Request]:
    """Return the requests of a kind, in the order in which they are sent."""
    single = {
        "200": Request(FEED, (("Accept-Encoding", "identity"),), 200),
        "gzip": Request(FEED, (_GZIP,), 200),
        "close": Request(FEED, (_GZIP, ("Connection", "close")), 200),
    }
    if kind in single:
        return [single[kind]]
    if kind == "304":
        return [Request(FEED, (_GZIP, *validators(port, [FEED])[FEED]), 304)]
    if kind == "mix":
        return mix(validators(port, _MIXED))
    return some(validators(port, FEEDS))


def mix(known: Mapping[str, tuple[tuple[str, str], ...]]) -> list[Request]:
    """Return the requests of a thousand clients, all of them different."""
    chance, paths = random.Random(3), list(known)
    pairs = [(agent, path) for agent in range(len(AGENTS)) for path in paths]
    requests: list[Request] = []
    for number, (agent, path) in enumerate(chance.sample(pairs, _HEADS)):
        share = number / _HEADS
        had = known[path] if share < 0.7 else () if share < 0.9 else _OLD
        headers = (
            ("User-Agent", AGENTS[agent]),
            ("Accept", _ACCEPTED[agent % len(_ACCEPTED)]),
            ("Accept-Encoding", ("gzip, deflate", "gzip", "deflate, gzip")[agent % 3]),
            *((("Accept-Language", "en-GB,en;q=0.8"),) if agent % 4 == 0 else ()),
            *((("Connection", "keep-alive"),) if agent % 2 else ()),
            *had,
        )
        requests.append(Request(path, headers, 304 if share < 0.7 else 200))
    chance.shuffle(requests)
    return requests


def some(known: Mapping[str, tuple[tuple[str, str], ...]]) -> list[Request]:
    """Return requests for feeds at random, half of them by readers that have them already."""
    fresh = [Request(path, (_GZIP,), 200) for path in known]
    again = [Request(path, (_GZIP, *had), 304) for path, had in known.items()]
    requests = (fresh + again) * 5
    random.Random(4).shuffle(requests)
    return requests


def check(server: Server, wanted: Sequence[Request], titles: Mapping[str, list[str]] | None) -> int:
    """Ask each once, and stop if an answer is wrong; return the bytes of the first body.

    :param titles: of the articles, by the path of the feed; None where they change.
    """
    first = -1
    seen: set[Request] = set()
    for request in wanted:
        if request in seen:
            continue
        seen.add(request)
        answer = ask(server.port, request)
        first = len(answer.body) if first < 0 else first
        wrong = _wrong(request, answer, titles)
        if wrong:
            raise SystemExit(f"{server.name} answers {request} wrongly: {wrong}")
    return first


def _wrong(request: Request, answer: Answer, titles: Mapping[str, list[str]] | None) -> str:
    """Return the fault of an answer; empty if it has none."""
    if answer.status != request.status:
        return f"{answer.status}"
    if request.status == 304:
        return "a 304 with a body" if answer.body else ""
    wants = "gzip" in dict(request.headers)["Accept-Encoding"]
    if (answer.headers.get("content-encoding", "identity") == "gzip") != wants:
        return "the wrong coding"
    body = gzip.decompress(answer.body) if wants else answer.body
    articles = [str(it.text) for it in etree.fromstring(body).iterfind("channel/item/title")]
    if titles is not None and articles != titles[request.path]:
        return f"other articles: {articles[:3]}, not {titles[request.path][:3]}"
    return "" if articles else "no articles"
