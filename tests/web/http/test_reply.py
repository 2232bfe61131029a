from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import http_date

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.web.http.content_codings import Coded
from feedsvc.web.http.reply import METHODS, Reply, reply
from tests.conftest import Newsroom, article

DOCUMENT = Document(
    body=b"<rss>" + b"<item/>" * 100 + b"</rss>",
    media_type="application/rss+xml",
    etag="abc",
    last_modified=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    url="https://feeds.quay.example/rss.xml",
    max_age=300,
    shared_age=120,
)
CODED = Coded()
LATER = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def ask(method: str = "GET", document: Document = DOCUMENT, **headers: str) -> Reply:
    lower = {k.replace("_", "-"): v for k, v in headers.items()}
    return reply(document, method, lower, CODED.get, LATER)


def names(answer: Reply) -> list[str]:
    return [name for name, _ in answer.headers]


def test_a_whole_answer() -> None:
    assert ask() == Reply(
        200,
        (
            ("Content-Type", "application/rss+xml; charset=utf-8"),
            ("Content-Length", "711"),
            ("ETag", '"abc"'),
            ("Last-Modified", "Sat, 21 Nov 2026 08:30:00 GMT"),
            (
                "Cache-Control",
                "max-age=300, s-maxage=120, stale-while-revalidate=300, stale-if-error=604800",
            ),
            ("Link", '<https://feeds.quay.example/rss.xml>; rel="self"'),
            ("Vary", "Accept-Encoding"),
            ("Access-Control-Allow-Origin", "*"),
            ("Accept-Ranges", "none"),
            ("X-Content-Type-Options", "nosniff"),
        ),
        DOCUMENT.body,
    )


@pytest.mark.parametrize("headers", [{}, {"if-none-match": '"abc"'}])
@pytest.mark.parametrize(
    ("before", "date"),
    [
        (0.0, "Sat, 21 Nov 2026 08:30:00 GMT"),
        (0.5, "Sat, 21 Nov 2026 08:29:59 GMT"),
        (1.0, "Sat, 21 Nov 2026 08:29:59 GMT"),
        (1.5, "Sat, 21 Nov 2026 08:29:58 GMT"),
    ],
)
def test_the_date_is_never_in_the_future(before: float, date: str, headers: dict[str, str]) -> None:
    now = DOCUMENT.last_modified - timedelta(seconds=before)
    answer = reply(DOCUMENT, "GET", headers, CODED.get, now)
    assert dict(answer.headers)["Last-Modified"] == date


@pytest.mark.parametrize(
    ("asked", "date"), [(58, "Sat, 21 Nov 2026 08:29:59 GMT"), (59, None), (60, None)]
)
def test_no_date_makes_a_client_drop_a_document_that_it_has_not(asked: int, date: str) -> None:
    now = DOCUMENT.last_modified - timedelta(seconds=0.5)
    moment = DOCUMENT.last_modified + timedelta(seconds=asked - 60)
    headers = {"if-none-match": '"other"', "if-modified-since": http_date(moment)}
    answer = reply(DOCUMENT, "GET", headers, CODED.get, now)
    assert (answer.status, dict(answer.headers).get("Last-Modified")) == (200, date)


@pytest.mark.parametrize("coding", ENCODINGS)
def test_a_coded_answer_says_so_and_has_a_tag_of_its_own(coding: str) -> None:
    plain, coded = dict(ask().headers), ask(accept_encoding=coding)
    told = dict(coded.headers)
    assert told.pop("Content-Encoding") == coding
    assert told.pop("ETag") == f'"abc-{coding}"'
    assert told.pop("Content-Length") == str(len(coded.body))
    assert told == {k: v for k, v in plain.items() if k not in ("ETag", "Content-Length")}
    assert coded.body == CODED.get(DOCUMENT, coding)


@pytest.mark.parametrize("accepted", ["", *ENCODINGS])
@pytest.mark.parametrize(
    "had", [{"if_none_match": '"abc-br"'}, {"if_modified_since": "Sat, 21 Nov 2026 08:30:00 GMT"}]
)
def test_a_304_carries_what_the_200_would_but_for_its_content(
    had: dict[str, str], accepted: str
) -> None:
    whole = ask(accept_encoding=accepted)
    short = ask("GET", DOCUMENT, accept_encoding=accepted, **had)
    assert (short.status, short.body) == (304, b"")
    assert list(short.headers) == [
        header for header in whole.headers if not header[0].startswith("Content-")
    ]


@pytest.mark.parametrize("accepted", ["", *ENCODINGS])
@pytest.mark.parametrize(
    "condition", [{}, {"if_none_match": "*"}, {"if_match": '"x"'}, {"if_match": "*"}]
)
def test_head_is_get_without_its_body(condition: dict[str, str], accepted: str) -> None:
    get = ask("GET", DOCUMENT, accept_encoding=accepted, **condition)
    head = ask("HEAD", DOCUMENT, accept_encoding=accepted, **condition)
    assert head == msgspec.structs.replace(get, body=b"")


def test_a_failed_precondition_is_a_sentence_that_nobody_keeps() -> None:
    answer = ask(if_match='"other"', accept_encoding="gzip")
    assert answer.status == 412
    assert answer.body.startswith(b"412 Precondition Failed: this feed is not the one that ")
    assert dict(answer.headers)["Content-Length"] == str(len(answer.body))
    assert dict(answer.headers)["Content-Type"] == "text/plain; charset=utf-8"
    assert dict(answer.headers)["Vary"] == "Accept-Encoding"
    assert not {"ETag", "Last-Modified", "Content-Encoding", "Cache-Control"} & {*names(answer)}


def test_options_tell_what_is_possible() -> None:
    answer = ask("OPTIONS", if_match='"other"')
    assert (answer.status, answer.body) == (204, b"")
    assert dict(answer.headers)["Allow"] == "GET, HEAD, OPTIONS"
    assert dict(answer.headers)["Access-Control-Allow-Origin"] == "*"
    assert "Content-Length" not in names(answer)  # RFC 9110 §8.6


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=-1", "bytes=99999-", "items=1-2", "x"])
def test_a_feed_is_given_whole_or_not_at_all(asked: str) -> None:
    assert ask(range=asked, if_range='"abc"') == ask()
    assert dict(ask().headers)["Accept-Ranges"] == "none"


def test_a_document_too_small_to_code_never_varies() -> None:
    small = msgspec.structs.replace(DOCUMENT, body=b"<rss/>")
    answer = ask(document=small, accept_encoding="gzip")
    assert answer.body == b"<rss/>"
    assert not {"Vary", "Content-Encoding"} & {*names(answer)}
    assert "Vary" not in names(ask(document=small, if_none_match='"abc"'))


def test_a_shared_cache_never_keeps_it_longer_than_a_client() -> None:
    document = msgspec.structs.replace(DOCUMENT, max_age=60, shared_age=3600)
    assert "max-age=60, s-maxage=60," in dict(ask(document=document).headers)["Cache-Control"]


NAMES = [
    "accept-encoding",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
    "cookie",
    "host",
]
TEXT = st.text(st.characters(max_codepoint=0xFF), max_size=60)  # what a header can hold
VALUES = st.one_of(
    TEXT,
    st.sampled_from(['"abc"', '"abc-gzip"', "*", "gzip", "gzip;q=0", "br", "zstd, *;q=0"]),
    st.sampled_from(["Sat, 21 Nov 2026 08:30:00 GMT", "Sat, 21 Nov 2026 08:30:00", "bytes=0-"]),
)


@given(st.sampled_from(METHODS), st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_whatever_is_asked_the_answer_is_sound(method: str, headers: dict[str, str]) -> None:
    answer = reply(DOCUMENT, method, headers, CODED.get, LATER)
    assert answer.status in ((204,) if method == "OPTIONS" else (200, 304, 412))
    assert len(set(names(answer))) == len(answer.headers)
    assert "Set-Cookie" not in names(answer)
    assert all(value.isascii() and value.isprintable() for _, value in answer.headers)
    if method == "GET" and answer.status != 304:
        assert dict(answer.headers)["Content-Length"] == str(len(answer.body))
    else:
        assert answer.body == b""


@pytest.fixture
def client(newsroom: Newsroom) -> Any:
    newsroom.write("world/a.md", article("Tunnel", "Words. " * 100))
    newsroom.sync()
    return newsroom.client()


def test_flask_gives_what_was_decided_and_nothing_else(client: Any, newsroom: Newsroom) -> None:
    document = newsroom.document("world")
    for method in METHODS:
        for headers in (
            {},
            {"Accept-Encoding": "br"},
            {"If-None-Match": f'"{document.etag}-gzip"'},
            {"If-Match": '"other"'},
        ):
            lower = {name.lower(): value for name, value in headers.items()}
            decided = reply(document, method, lower, CODED.get, LATER)
            answer = client.open("/world/rss.xml", method=method, headers=headers)
            assert (answer.status_code, answer.data) == (decided.status, decided.body)
            assert list(answer.headers) == list(decided.headers)


def test_several_lines_of_a_header_are_one_value(client: Any) -> None:
    lines = [("Accept-Encoding", "gzip;q=0"), ("Accept-Encoding", "br;q=0.5")]
    assert client.get("/rss.xml", headers=lines).headers["Content-Encoding"] == "br"


def test_what_a_query_says_changes_nothing(client: Any) -> None:
    whole = client.get("/rss.xml")
    for query in ("utm_source=x", "", "&&=&", "a=%ff%00", "max_age=0", "form=atom", "section=x"):
        other = client.get(f"/rss.xml?{query}")
        assert (other.data, list(other.headers)) == (whole.data, list(whole.headers))
