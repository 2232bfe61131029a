"""Whole pages in the shapes of many newsrooms, all fictional, become records.

``expected.json`` says of each page which fields its record has; ``begins``, ``contains`` and
``lacks`` are about the body.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedsvc.importers.page.page_fields import PageFields
from feedsvc.importers.page.read import parse

PAGES = Path(__file__).parent.parent.parent / "data" / "import_pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads((PAGES / "expected.json").read_text("utf-8"))
CASES = [(name, key) for name, fields in EXPECTED.items() for key in fields]


def value(page: PageFields, key: str, expected: Any) -> Any:
    """Return what a page has for a key, in the form that ``expected.json`` has."""
    fields, body = page.fields, page.fields.get("body", "")
    images = [fields["image"]] if "image" in fields else fields.get("images", [])
    lead: dict[str, Any] = images[0] if images else {}
    values = {
        "byline": [each if isinstance(each, str) else each["name"] for each in fields["byline"]]
        if "byline" in fields
        else [],
        "file": lead.get("url", "").rpartition("/")[2],
        "caption": lead.get("caption", ""),
        "credit": lead.get("credit", ""),
        "images": len(images),
        "second": {**images[1], "file": images[1]["url"].rpartition("/")[2]} if images[1:] else {},
        "related": [story["headline"] for story in fields.get("related", [])],
        "media": [each["url"] for each in fields.get("media", [])],
        "begins": body,
    }
    if key == "told":
        return {name: page.sources[name] for name in expected}
    if key in ("contains", "lacks"):
        return [text for text in expected if text in body]
    return values.get(key, fields.get(key))


@pytest.mark.parametrize(("name", "key"), CASES)
def test_a_whole_page_has_its_fields(name: str, key: str) -> None:
    expected = EXPECTED[name][key]
    actual = value(parse((PAGES / name).read_bytes(), name), key, expected)
    if key == "begins":
        assert actual.startswith(expected)
    elif key == "lacks":
        assert actual == []
    elif key == "second":
        assert {name: actual[name] for name in expected} == expected
    elif key == "told":
        assert all(text in actual[name] for name, text in expected.items())
    else:
        assert actual == expected


def test_every_page_has_its_fields_written_down() -> None:
    assert {path.name for path in PAGES.glob("*.html")} == {*EXPECTED}
