"""A record in JSON: every scalar stays a text, every value knows its place."""

from __future__ import annotations

from typing import Any

import pytest

from feedsvc.errors import RecordError
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.parsed import Value


def plain(value: Value) -> Any:
    if isinstance(value.data, dict):
        return {key: plain(inner) for key, inner in value.data.items()}
    if isinstance(value.data, list):
        return [plain(inner) for inner in value.data]
    return value.data


def read(text: str) -> dict[str, Any]:
    return {key: plain(value) for key, value in read_json("a.json", text).keys.items()}


def refused(text: str) -> str:
    with pytest.raises(RecordError) as caught:
        read_json("a.json", text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        ('"a"', "a"),
        ('""', ""),
        ("null", ""),
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
        ("-1.50e3", "-1.50e3"),
        ("12", "12"),
        ("1" * 5000, "1" * 5000),
        (r'"a\"b\\c\/d\n\te"', 'a"b\\c/d\n\te'),
        (r'"\u00e9\ud83d\udea2"', "é\U0001f6a2"),
        (r'"a\ud800b"', "ab"),
        (r'"a\u0000\u000b\ufffeb"', "a b"),
        (r'"Cafe\u0301"', "Café"),
        (r'"a\r\nb"', "a\nb"),
        ('"{[]}:,"', "{[]}:,"),
        ("[]", []),
        ("{}", {}),
        ('["a", 1, [null], {"b": true}]', ["a", "1", [""], {"b": "true"}]),
        ('{"b": {"c": [{}]}}', {"b": {"c": [{}]}}),
    ],
)
def test_a_value_stays_as_it_was_typed(typed: str, data: object) -> None:
    assert read(f'{{"a": {typed}}}') == {"a": data}


def test_a_key_is_one_line_without_control_characters() -> None:
    assert read(r'{" a\u0000\nb ": 1}') == {"a b": "1"}


def test_a_key_and_an_item_have_their_place() -> None:
    keys = read_json(
        "a.json",
        '{"headline": "a",\n\n  "image": {"file": "b",\n    "alt":\n "c"},\n'
        '"keywords": ["d",\n   "é", "e"]}',
    ).keys
    assert (keys["headline"].line, keys["headline"].column) == (1, 2)
    image = keys["image"]
    assert (image.line, image.column) == (3, 3)
    assert isinstance(image.data, dict)
    assert [(inner.line, inner.column) for inner in image.data.values()] == [(3, 13), (4, 5)]
    words = keys["keywords"]
    assert (words.line, words.column) == (6, 1)
    assert isinstance(words.data, list)
    assert [(word.line, word.column) for word in words.data] == [(6, 14), (7, 4), (7, 9)]


def test_a_key_given_twice_is_reported_and_the_last_one_is_read() -> None:
    source = read_json("a.json", '{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}')
    assert sorted(map(str, source.problems)) == [
        "a.json:2:16: c: is given twice; keep one",
        "a.json:3:2: a: is given twice; keep one",
    ]
    assert plain(source.keys["a"]) == "3"


def test_json_has_no_body_below() -> None:
    source = read_json("a.json", '{"body": "a"}')
    assert (source.body, source.line) == ("", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.json:1:1: is not JSON: expecting value"),
        ("{\n", "a.json:2:1: is not JSON: expecting property name enclosed in double quotes"),
        ('{"a": 1\n "b": 2}', "a.json:2:2: is not JSON: expecting ',' delimiter"),
        ('{"a" 1}', "a.json:1:6: is not JSON: expecting ':' delimiter"),
        ('{"a": no}', "a.json:1:7: is not JSON: expecting value"),
        ("{'a': 1}", "a.json:1:2: is not JSON: expecting property name enclosed in double quotes"),
        ('{"a": "b\n"}', "a.json:1:9: is not JSON: invalid control character at"),
        ('{"a": "b}', "a.json:1:7: is not JSON: unterminated string starting at"),
        ('{"a": 1} x', "a.json:1:10: is not JSON: extra data"),
        ('{"a": "\\x"}', "a.json:1:8: is not JSON: invalid \\escape"),
    ],
)
def test_text_that_is_not_json_is_reported_with_its_place(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize("text", ["[]", '"a"', "1", "null"])
def test_a_record_is_one_object(text: str) -> None:
    assert refused(text) == ('a.json:1:1: must be one object: {"headline": "…", "published": "…"}')


@pytest.mark.parametrize("depth", [900, 100_000])
def test_deep_nesting_is_reported(depth: int) -> None:
    assert refused('{"a": ' + "[" * depth + "]" * depth + "}") == (
        "a.json:1:1: is not JSON: nested too deeply"
    )
