"""Heads of requests from anybody are read in linear time, and only plain ones here."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.web.fast_path.request import parse
from feedsvc.web.request_target import LONGEST_TARGET

START = b"GET /world/rss.xml HTTP/1.1\r\nHost: x\r\n"
MANY = b"".join(b"X-A%d: b\r\n" % number for number in range(500))
HOSTILE = {
    "a byte above 127 at the end": START + MANY + b"Referer: https://x/\xe9\r\n\r\n",
    "half a head": START + MANY,
    "two requests at once": (START + MANY[:3000] + b"\r\n") * 2,
    "a body": START + MANY + b"Content-Length: 1\r\n\r\nx",
    "spaces before nothing": START + b"X:" + b" \t" * 3800 + b"\x01\r\n\r\n",
    "tabs in many fields": START + (b"X:" + b"\t" * 900 + b"\r\n") * 8 + b"\x01\r\n\r\n",
    "many folders": b"GET /" + b"a/" * 3900 + b"\xff HTTP/1.1\r\n\r\n",
    "a long folder": b"GET /" + b"a-._" * 1900 + b" HTTP/1.1\r\n\r\n",
    "a long query": b"GET /rss.xml?" + b"a=" * 3800 + b"\x00 HTTP/1.1\r\n\r\n",
    "a host of labels": START.replace(b": x", b": " + b"a." * 3800 + b"!") + b"\r\n",
    "line ends alone": START + b"\r\n" * 3900,
    "carriage returns": START + b"X: " + b"\r" * 7900,
    "colons": START + b":" * 7900 + b"\r\n\r\n",
}


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_head_is_refused_in_a_moment(head: bytes) -> None:
    begun = time.process_time()
    for _ in range(10):
        assert parse(head) is None
    assert time.process_time() - begun < 1


PARTS = st.sampled_from(
    [START, b"\r\n", b"X: b\r\n", b"X-Y:\t \t", b" ", b"\t", b"a/", b"\xe9", b":", b"GET ", b"\0"]
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(unit=st.lists(PARTS, min_size=1, max_size=4).map(b"".join), end=PARTS)
def test_the_time_grows_no_faster_than_the_head(unit: bytes, end: bytes) -> None:
    def seconds(size: int) -> float:
        head = START + (unit * size)[:size] + end
        measured: list[float] = []
        for _ in range(3):
            begun = time.process_time()
            for _ in range(50):
                parse(head)
            measured.append(time.process_time() - begun)
        return min(measured)

    small, large = seconds(900), seconds(7200)
    assert len(START) + 7200 < LONGEST_TARGET
    assert large < 40 * small + 0.05  # eight times as long; a square would be 64 times


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"GET /rss.xml", ""),
        (b"HEAD /world/europe/atom.xml", "world/europe"),
        (b"GET /world/corrections/feed.json?utm=a?b", "world/corrections"),
    ],
)
def test_a_plain_head_is_read_whole(line: bytes, path: str) -> None:
    asked = parse(line + b" HTTP/1.1\r\nhOST: x\r\nA: 1\r\na:  2 \r\nConnection: Close\r\n\r\n")
    assert asked
    assert (asked.method.encode(), str(asked.wanted.path)) == (line.split()[0], path)
    assert asked.headers == {"host": "x", "a": "1,2", "connection": "close"}


@pytest.mark.parametrize(
    "head",
    [
        b"GET  /rss.xml HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /rss.xml HTTP/1.1 \r\nHost: x\r\n\r\n",
        b"GET rss.xml HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /a//rss.xml HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /A/rss.xml HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /rss.xml?before=1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /rss.xml?a\x7f HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /rss.xml HTTP/1.1\r\n\r\n",
        b"GET /rss.xml HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET /rss.xml HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
        b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    ],
)
def test_an_unusual_head_is_left_to_h11(head: bytes) -> None:
    assert parse(head) is None
