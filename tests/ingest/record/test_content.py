"""The content of records: the same in both notations, written so that it is read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.errors import EditError, Problem, RecordError
from feedsvc.ingest.record.content import (
    Content,
    Pointers,
    changed_file,
    content_from,
    content_of,
    json_bytes,
    new_file,
    whole_file,
)

HARBOUR = """\
---
headline: Harbour Opens   # the working title
published: 2026-11-21 08:30
related:
  - local/ferry
  - {headline: Elsewhere, url: https://quay.example/x}
---

Ships came in.

The quay was full.
"""
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
KEYS = st.sampled_from(["headline", "summary", "byline", "image", "related", "note", "other"])
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


def test_a_record_is_the_same_in_markdown_and_in_json() -> None:
    content = content_of("a.md", HARBOUR.encode())
    assert content == {
        "headline": "Harbour Opens",
        "published": "2026-11-21 08:30",
        "related": ["local/ferry", {"headline": "Elsewhere", "url": "https://quay.example/x"}],
        "body": "Ships came in.\n\nThe quay was full.",
    }
    assert content_of("a.json", json.dumps(content).encode()) == content


def test_blank_values_and_the_types_of_scalars_make_no_difference() -> None:
    values: Content = {"body": "\nA\n", "image": {"width": 20}, "summary": " ", "note": None}
    assert content_from(values) == {"image": {"width": "20"}, "body": "A"}


def test_mistakes_of_notation_are_problems() -> None:
    with pytest.raises(RecordError, match="is given twice"):
        content_of("a.md", b"---\nheadline: A\nheadline: B\n---\n")


def test_a_new_record_is_in_markdown_or_where_it_has_html_in_json() -> None:
    assert new_file("world/a", {"headline": "A", "body": "B"}) == (
        "world/a.md",
        b"---\nheadline: A\n---\nB\n",
    )
    path, data = new_file("world/a", {"headline": "A", "body_html": "<p>B</p>"})
    assert (path, json.loads(data)) == ("world/a.json", {"headline": "A", "body_html": "<p>B</p>"})


@given(st.dictionaries(KEYS, VALUES), TEXTS)
def test_every_content_is_read_back_as_it_was_written(keys: dict[str, Any], body: str) -> None:
    content = content_from({**keys, "body": body})
    path, data = new_file("a", content)
    assert content_of(path, data) == content


@given(st.dictionaries(KEYS, VALUES), TEXTS)
def test_a_change_is_read_back_and_leaves_comments_alone(keys: dict[str, Any], body: str) -> None:
    content = content_from({"headline": "Harbour Opens", **keys, "body": body})
    try:
        data = changed_file("a.md", HARBOUR.encode(), content)
    except EditError:
        return
    assert content_of("a.md", data) == content


def test_a_change_of_some_keys_leaves_every_other_byte() -> None:
    content = content_of("a.md", HARBOUR.encode())
    data = changed_file("a.md", HARBOUR.encode(), {**content, "summary": "New", "body": "Other."})
    assert data.decode() == HARBOUR.partition("---\n\n")[0] + "summary: New\n---\n\nOther.\n"


def test_a_mapping_is_written_on_lines_of_its_own() -> None:
    content = content_of("a.md", HARBOUR.encode())
    content["image"] = {"url": "https://quay.example/a.jpg", "caption": "A, and B: C"}
    data = changed_file("a.md", HARBOUR.encode(), content).decode()
    assert 'image:\n  url: https://quay.example/a.jpg\n  caption: "A, and B: C"\n---\n' in data


def test_what_no_edit_can_change_is_written_as_a_whole() -> None:
    data = changed_file("a.md", b"---\n{headline: A}\n---\nB\n", {"headline": "C", "body": "B"})
    assert data == b"---\nheadline: C\n---\nB\n"


def test_html_can_stand_in_a_markdown_file_that_is_there() -> None:
    content: Content = {"headline": "A", "body_html": "<p>B &amp; C</p>"}
    assert content_of("a.md", whole_file("a.md", content)) == content


def test_text_that_markdown_cannot_hold_is_refused_or_goes_into_json() -> None:
    content = content_from({"headline": "A", "x\ny": "B"})
    path, data = new_file("a", {**content, "other key": "a"})
    assert (path, content_of(path, data)) == ("a.json", {**content, "other key": "a"})
    with pytest.raises(EditError, match="cannot hold"):
        whole_file("a.md", {**content, "other key": "a"})


def test_a_text_that_is_too_long_for_front_matter_goes_into_json() -> None:
    content: Content = {"headline": "A", "summary": "x" * 250_000}
    path, data = new_file("a", content)
    assert (path, content_of(path, data)) == ("a.json", content)


@pytest.mark.parametrize(
    ("key", "path", "pointer"),
    [
        ("related", ["related", 1, "url"], "/related/1/url"),
        ("image.width", ["image", "width"], "/image/width"),
        ("a/b~c", ["a/b~c"], "/a~1b~0c"),
    ],
)
def test_a_problem_has_the_pointer_of_its_value(key: str, path: list[Any], pointer: str) -> None:
    content = {
        "related": ["x", {"url": "y"}],
        "image": {"file": "z", "width": "wide"},
        "a/b~c": "",
        "body_html": "<p>",
    }
    data = json_bytes(content)
    line = 1 + data[: data.index(f'"{path[-1]}"'.encode())].count(b"\n")
    column = data.splitlines()[line - 1].index(b'"') + 1
    assert Pointers(data).find(Problem("", line, column, key, "")) == pointer


def test_a_problem_without_a_place_has_the_pointer_of_its_key() -> None:
    pointers = Pointers(json_bytes({"body_html": "<p>"}))
    keys = {"headline": "/headline", "image.url": "/image", "body": "/body_html", "": ""}
    assert {key: pointers.find(Problem("", 1, 1, key, "")) for key in keys} == keys
