"""A file's bytes become text, or the place that is not UTF-8 is reported."""

from __future__ import annotations

import pytest

from feedsvc.errors import RecordError
from feedsvc.ingest.record.parsed import Value, decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfa", "a"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"a\0b\x0bc\x1b[1md", "ab c[1md"),
        ("a\ufffeb\uffffc\ufeffd".encode(), "abcd"),
        ("Cafe\u0301".encode(), "Café"),
    ],
)
def test_bytes_become_text(data: bytes, text: str) -> None:
    assert decode("a.md", data) == text


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("Café".encode("latin-1"), "1:4"),
        (b"a\nb\n\xff", "3:1"),
        (b"a\r\nbc\xe9 d", "2:3"),
        (b"\xed\xa0\x80", "1:1"),
        ("Café".encode("utf-16"), "1:1"),
    ],
)
def test_bytes_that_are_not_utf_8_are_reported_with_their_place(data: bytes, place: str) -> None:
    with pytest.raises(RecordError) as caught:
        decode("a.md", data)
    assert str(caught.value) == f"a.md:{place}: is not UTF-8 here; save the file as UTF-8"


def test_a_value_is_blank_when_nothing_was_written() -> None:
    blank = ["", " \n", [], {}]
    assert all(Value(1, 1, data).blank for data in blank)  # pyright: ignore[reportArgumentType]
    full = ["a", [Value(1, 1, "")], {"a": Value(1, 1, "")}]
    assert not any(Value(1, 1, data).blank for data in full)  # pyright: ignore[reportArgumentType]
