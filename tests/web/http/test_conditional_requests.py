from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.http import http_date

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.web.http.conditional_requests import decide, tag
from feedsvc.web.http.content_codings import IDENTITY

CHANGED = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
OWN = "e663d1e767343780"
DOCUMENT = Document(
    body=b"<rss/>" * 100,
    media_type="application/rss+xml",
    etag=OWN,
    last_modified=CHANGED,
    url="https://feeds.quay.example/rss.xml",
)

EQUAL = "Sat, 21 Nov 2026 08:30:00 GMT"
LATER = "Sat, 21 Nov 2026 08:30:01 GMT"
EARLIER = "Sat, 21 Nov 2026 08:29:59 GMT"


def status(coding: str = IDENTITY, **headers: str) -> int:
    return decide(DOCUMENT, coding, {k.replace("_", "-"): v for k, v in headers.items()})


def test_a_tag_is_strong_and_one_of_each_coding() -> None:
    assert [tag(DOCUMENT, coding) for coding in ("identity", "gzip", "br", "zstd")] == [
        f'"{OWN}"',
        f'"{OWN}-gzip"',
        f'"{OWN}-br"',
        f'"{OWN}-zstd"',
    ]


@pytest.mark.parametrize("coding", [IDENTITY, *ENCODINGS])
@pytest.mark.parametrize(
    "had",
    [
        "*",
        " * ",
        f'"{OWN}"',
        f'W/"{OWN}"',
        f'w/"{OWN}"',
        f'"{OWN}-gzip"',
        f'"{OWN}-br"',
        f'"{OWN}-zstd"',
        f'W/"{OWN}-br"',
        f'"{OWN}-br-gzip"',  # Apache, behind it
        f'"{OWN}-gzip-br"',
        f'"{OWN}--gzip"',  # Jetty
        f'"{OWN}"-gzip',  # Apache, long ago
        OWN,
        f"W/{OWN}",
        f"{OWN}-gzip",
        f'"{OWN}',
        f'{OWN}"',
        f'""{OWN}""',
        f'"W/"{OWN}""',
        f'"other", "{OWN}"',
        f'"{OWN}", "other"',
        f'"other","{OWN}-br","third"',
        f'  "other"  ,\t W/"{OWN}"  ,',
        f',,,"{OWN}",,',
        f"other, {OWN}",
        f'"with, a comma", "{OWN}"',
        f'"with, a comma and the end, "{OWN}"',
    ],
)
def test_a_client_that_names_the_document_in_any_coding_has_it(had: str, coding: str) -> None:
    assert status(coding, if_none_match=had) == 304


@pytest.mark.parametrize(
    "had",
    [
        "",
        " ",
        ",",
        '""',
        '"',
        'W/""',
        "W/",
        '"*"',
        '*, "x"',
        '"other"',
        f'"{OWN}x"',
        f'"x{OWN}"',
        f'"{OWN[:-1]}"',
        f'"{OWN.upper()}"',
        f'"{OWN}-deflate"',
        f'"{OWN}-"',
        f'"{OWN}-gzipx"',
        f'"{OWN[:8]}-gzip{OWN[8:]}"',
        f'"a, {OWN}"',
        f'"a,{OWN},b"',
        "-gzip",
    ],
)
def test_a_client_that_names_another_document_has_not(had: str) -> None:
    assert status(if_none_match=had) == 200


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (EQUAL, 304),
        (LATER, 304),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 304),
        (EARLIER, 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("Wed, 31 Dec 1969 23:59:59 GMT", 200),
        ("Mon, 01 Jan 0001 00:00:00 GMT", 200),
        # the three formats of RFC 9110 §5.6.7
        ("Saturday, 21-Nov-26 08:30:00 GMT", 304),
        ("Saturday, 21-Nov-26 08:29:59 GMT", 200),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 200),
        ("Sat Nov 21 08:30:00 2026", 304),
        ("Sat Nov 21 08:29:59 2026", 200),
        ("Sun Nov  6 08:49:37 1994", 200),
        # as clients write it
        ("Sat, 21 Nov 2026 08:30:00 +0000", 304),
        ("Sat, 21 Nov 2026 10:30:00 +0200", 304),
        ("Sat, 21 Nov 2026 10:29:59 +0200", 200),
        ("Sat, 21 Nov 2026 08:30:00 -0000", 304),
        ("Sat, 21 Nov 2026 08:30:00", 304),
        ("21 Nov 2026 08:30:00 GMT", 304),
        (f"  {EQUAL}  ", 304),
        (f"{EQUAL}; length=1224", 304),
        # what is no date says nothing
        ("", 200),
        (" ", 200),
        (",", 200),
        ("yesterday", 200),
        ("0", 200),
        ("1795249800", 200),
        ("2026-11-21T08:30:00Z", 200),
        ("Sat, 32 Nov 2026 08:30:00 GMT", 200),
        ("Sat, 21 Nov 2026 25:30:00 GMT", 200),
        ("Sat, 21 Nov 10000 08:30:00 GMT", 200),
        ("Sat, 21 Nov 99999999999999999999 08:30:00 GMT", 200),
        (f"Sat, 21 Nov {'9' * 5000} 08:30:00 GMT", 200),
        ("Sat, 21 Nov 2026 08:30:00 +9999", 200),
        (f"Sat, 21 Nov 2026 08:30:00 +{'9' * 30}", 200),
        (f"{LATER},{LATER}", 200),
        (f"{LATER}, {EQUAL}", 200),
        (f"{LATER},", 200),
    ],
)
def test_a_date_alone_decides_by_itself(since: str, expected: int) -> None:
    assert status(if_modified_since=since) == expected


def test_thunderbird_gets_a_feed_that_has_not_changed_since_before_thunderbird() -> None:
    old = datetime(1970, 1, 1, tzinfo=UTC)
    document = Document(
        body=b"", media_type="application/rss+xml", etag=OWN, last_modified=old, url=""
    )
    for since, expected in (("Sat, 01 Jan 2000 00:00:00 GMT", 200), (http_date(old), 304)):
        assert decide(document, IDENTITY, {"if-modified-since": since}) == expected


@pytest.mark.parametrize(
    ("had", "since", "expected"),
    [
        (f'"{OWN}"', EARLIER, 304),
        (f'"{OWN}"', "nonsense", 304),
        ('"other"', LATER, 200),
        ('"other"', EQUAL, 200),
        ("", EQUAL, 200),
    ],
)
def test_of_both_the_tag_decides(had: str, since: str, expected: int) -> None:
    assert status(if_none_match=had, if_modified_since=since) == expected


@pytest.mark.parametrize(
    ("coding", "wanted", "expected"),
    [
        (IDENTITY, "*", 200),
        (IDENTITY, f'"{OWN}"', 200),
        (IDENTITY, f'"other" , "{OWN}"', 200),
        (IDENTITY, f'W/"{OWN}"', 412),
        (IDENTITY, f'w/"{OWN}"', 412),
        (IDENTITY, f'x"{OWN}"', 412),
        (IDENTITY, f'"{OWN}-gzip"', 412),
        (IDENTITY, '"other"', 412),
        (IDENTITY, OWN, 412),
        (IDENTITY, "", 412),
        ("gzip", f'"{OWN}-gzip"', 200),
        ("gzip", f'"{OWN}"', 412),
        ("br", f'"{OWN}-gzip", "{OWN}-br"', 200),
    ],
)
def test_who_wants_these_very_bytes_gets_no_others(coding: str, wanted: str, expected: int) -> None:
    assert status(coding, if_match=wanted) == expected


@pytest.mark.parametrize(
    ("since", "expected"), [(EQUAL, 200), (LATER, 200), (EARLIER, 412), ("nonsense", 200)]
)
def test_who_wants_it_unmodified_gets_no_newer_one(since: str, expected: int) -> None:
    assert status(if_unmodified_since=since) == expected


def test_preconditions_are_asked_in_the_order_of_rfc_9110() -> None:
    own, other = f'"{OWN}"', '"other"'
    assert status(if_match=own, if_unmodified_since=EARLIER) == 200  # which is not asked
    assert status(if_match=other, if_unmodified_since=LATER) == 412
    assert status(if_match=other, if_none_match=own) == 412
    assert status(if_match=own, if_none_match=own) == 304
    assert status(if_unmodified_since=EARLIER, if_none_match=own) == 412
    assert status(if_unmodified_since=LATER, if_modified_since=EQUAL) == 304


NAMES = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
TEXT = st.text(st.characters(max_codepoint=0xFF), max_size=60)  # what a header can hold
PIECES = st.sampled_from(
    [
        OWN,
        '"',
        "W/",
        ",",
        " ",
        "*",
        "-gzip",
        "-",
        "x",
        EQUAL,
        "Sat, ",
        "GMT",
        "+",
        "9999",
        ":",
        "\t",
    ]
)
VALUES = st.one_of(TEXT, st.lists(PIECES, max_size=12).map("".join))


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
@example({"if-modified-since": "Mon, 01 Jan 0001 00:00:00 +2300"})
@example({"if-unmodified-since": "Fri, 31 Dec 9999 23:59:59 -2300"})
def test_whatever_is_said_there_is_a_decision(headers: dict[str, str]) -> None:
    assert decide(DOCUMENT, "gzip", headers) in (200, 304, 412)


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)))
def test_a_date_that_was_given_out_is_understood(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    ask = {"if-unmodified-since": http_date(moment)}
    assert decide(DOCUMENT, IDENTITY, ask) == (412 if moment < CHANGED else 200)
    document = Document(body=b"", media_type="", etag="x", last_modified=moment, url="")
    if moment != datetime(2000, 1, 1, tzinfo=UTC):
        assert decide(document, IDENTITY, {"if-modified-since": http_date(moment)}) == 304


def test_a_date_is_written_in_gmt_whatever_its_zone() -> None:
    assert http_date(CHANGED) == EQUAL
    zone = CHANGED.astimezone().tzinfo
    assert http_date(CHANGED.astimezone(zone)) == EQUAL
    assert http_date(CHANGED - timedelta(days=400 * 365)).endswith(" 1627 08:30:00 GMT")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "unit",
    [
        " ",
        "\t ",
        ",",
        '"',
        '""',
        "a",
        "a ",
        'a"',
        '"a',
        "W/",
        'W/"',
        ' "',
        '" ,',
        "-gzip",
        "9",
        ":",
        f"{OWN}-gzip",
    ],
)
def test_a_long_header_takes_no_longer_than_it_is_long(name: str, unit: str) -> None:
    text = (unit * 65_536)[:65_536]
    began = time.process_time()
    for value in (text, f"{text} x", f'"{text}'):
        decide(DOCUMENT, IDENTITY, {name: value})
    assert time.process_time() - began < 0.5
