from __future__ import annotations

import gzip
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import brotli
import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model.feed import ENCODINGS, Document
from feedsvc.web.http import content_codings
from feedsvc.web.http.content_codings import IDENTITY, Coded, choose, worthwhile


def document(body: bytes, etag: str = "e") -> Document:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    return Document(body=body, media_type="x/y", etag=etag, last_modified=moment, url="")


def decode(coding: str, data: bytes) -> bytes:
    if coding == "gzip":
        return gzip.decompress(data)
    if coding == "br":
        return brotli.decompress(data)
    return zstandard.ZstdDecompressor().decompress(data)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, IDENTITY),
        ("", IDENTITY),
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("x-gzip", "gzip"),
        ("GZip", "gzip"),
        ("identity", IDENTITY),
        # as browsers, curl and readers ask
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("deflate, gzip;q=1.0, *;q=0.5", "gzip"),
        ("br, gzip", "br"),
        # several lines of the header are one value
        ("gzip,br", "br"),
        ("gzip, ,br,", "br"),
        # q-values
        ("gzip;q=1, br;q=0.9", "gzip"),
        ("gzip;q=0.5, br;q=0.501", "br"),
        ("gzip;q=0.001", "gzip"),
        ("zstd;q=0, br;q=0, gzip", "gzip"),
        ("gzip;q=0", IDENTITY),
        ("gzip;q=0.000", IDENTITY),
        ("gzip ; q=0", IDENTITY),
        ("gzip;\tQ=0", IDENTITY),
        ("gzip; q = 0", IDENTITY),
        ("br;q=0.0, gzip;q=0.5", "gzip"),
        ("gzip;level=9;q=0.5, br;q=0.4", "gzip"),
        # the document as it is, against a coding
        ("identity, gzip", "gzip"),
        ("identity, gzip;q=0.5", IDENTITY),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0.5, gzip;q=0.4", IDENTITY),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        # whatever you like
        ("*", "gzip"),
        ("*;q=0.5", "gzip"),
        ("*;q=0", IDENTITY),
        ("identity;q=0, *", "gzip"),
        ("identity;q=0, *;q=0.1", "gzip"),
        ("gzip;q=0, *", IDENTITY),
        ("br;q=0.5, *;q=0.4", "br"),
        ("br;q=0.4, *;q=0.5", "gzip"),
        ("br, *;q=0", "br"),
        # nothing that there is: RFC 9110 §12.5.3 lets the document be sent as it is
        ("identity;q=0", IDENTITY),
        ("identity;q=0, *;q=0", IDENTITY),
        ("deflate", IDENTITY),
        ("compress, sdch, br-11, pack200-gzip", IDENTITY),
        # what is odd is not named
        ("gzip;q=2", IDENTITY),
        ("gzip;q=-1", IDENTITY),
        ("gzip;q=1.001", IDENTITY),
        ("gzip;q=0.1234", IDENTITY),
        ("gzip;q=", IDENTITY),
        ("gzip;q", IDENTITY),
        ("gzip;q=high, br;q=0.1", "br"),
        ("gzip;q=nan", IDENTITY),
        ("gzip;q=1e0", IDENTITY),
        ("gzip br", IDENTITY),
        ('"gzip"', IDENTITY),
        (";q=1", IDENTITY),
        (";;,;=,=", IDENTITY),
        ("gzip;;q=0.5;", "gzip"),
    ],
)
def test_a_client_gets_the_coding_it_likes_best(accepted: str | None, coding: str) -> None:
    assert choose(accepted) == coding


TEXT = st.text(st.characters(max_codepoint=0xFF), max_size=60)  # what a header can hold
PIECES = st.sampled_from(
    [
        "gzip",
        "br",
        "zstd",
        "identity",
        "*",
        ",",
        ";",
        "q=",
        "0",
        ".5",
        "1",
        " ",
        "\t",
        "q",
        "=",
        "x",
    ]
)


@given(st.one_of(TEXT, st.lists(PIECES, max_size=12).map("".join)))
def test_whatever_is_accepted_there_is_a_coding(accepted: str) -> None:
    assert choose(accepted) in (IDENTITY, *ENCODINGS)


@pytest.mark.parametrize(
    "unit", [",", ";", " ", "gzip,", "gzip;q=0.", "q=", ";q=0", "0", "a ;", "*"]
)
def test_a_long_header_takes_no_longer_than_it_is_long(unit: str) -> None:
    text = (unit * 65_536)[:65_536]
    began = time.process_time()
    choose(text)
    choose(f"gzip;q={text}")
    assert time.process_time() - began < 0.5


def elsewhere(body: bytes, name: str) -> Document:
    return msgspec.structs.replace(document(body, name), url=f"https://a.example/{name}")


@pytest.mark.parametrize("coding", ENCODINGS)
@given(st.binary(max_size=2000))
def test_coded_bytes_are_the_document_again(coding: str, body: bytes) -> None:
    assert decode(coding, Coded().get(document(body), coding)) == body


@pytest.mark.parametrize("coding", ENCODINGS)
def test_coded_bytes_are_the_same_every_time(coding: str) -> None:
    whole = document(b"<item>Harbour opens</item>\n" * 500)
    first = Coded().get(whole, coding)
    assert Coded().get(whole, coding) == first
    assert coding != "gzip" or first[4:8] == bytes(4)  # no time of day (RFC 1952 §2.3.1)
    assert len(first) < len(whole.body) / 10


def test_the_document_as_it_is_needs_no_work() -> None:
    whole = document(b"x")
    assert Coded().get(whole, IDENTITY) is whole.body


def test_a_document_is_coded_once() -> None:
    coded, whole = Coded(), document(b"x" * 1000)
    assert coded.get(whole, "br") is coded.get(whole, "br")
    assert coded.get(whole, "br") != coded.get(whole, "gzip")


def test_memory_holds_the_newest() -> None:
    coded = Coded(memory=1)  # one is kept, however big
    old, new = elsewhere(b"a" * 1000, "a"), elsewhere(b"b" * 1000, "b")
    kept = coded.get(old, "zstd")
    assert coded.get(old, "zstd") is kept
    newest = coded.get(new, "zstd")
    assert coded.get(new, "zstd") is newest
    assert coded.get(old, "zstd") is not kept


def test_a_document_that_changed_is_coded_again() -> None:
    coded = Coded()
    for number in range(20):
        changed = document(bytes([number]) * 1000, str(number))
        assert decode("br", coded.get(changed, "br")) == changed.body


def test_many_threads_may_ask_at_once() -> None:
    coded = Coded()
    whole = [elsewhere(bytes([number]) * 5000, str(number)) for number in range(20)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda it: coded.get(it, "zstd"), whole * 10))
    assert [decode("zstd", data) for data in found] == [it.body for it in whole * 10]


def test_what_fits_a_packet_anyway_is_not_coded() -> None:
    assert [worthwhile(document(b"x" * length)) for length in (0, 255, 256)] == [False, False, True]


def test_files_are_coded_as_well_as_can_be_but_not_small_ones() -> None:
    body = b"<p>The ferries keep running until Sunday.</p>" * 40
    coded = dict(content_codings.siblings(body))
    assert set(coded) == {".gz", ".br", ".zst"}
    for coding, suffix in content_codings.SUFFIXES.items():
        assert decode(coding, coded[suffix]) == body
    assert len(coded[".br"]) <= len(Coded().get(document(body), "br"))
    assert list(content_codings.siblings(b"small")) == []
