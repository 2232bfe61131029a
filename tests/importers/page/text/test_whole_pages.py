"""Dumps of whole pages and pasted articles, in eight languages, beside what they should become."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedsvc.errors import PageError
from feedsvc.importers.page.article import read_article

PAGES = Path(__file__).parents[3] / "data" / "import_pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (PAGES / "expected_text.json").read_text(encoding="utf-8")
)
EXACT = ("headline", "byline", "published", "section")


@pytest.mark.parametrize("name", EXPECTED)
def test_an_article_is_read_without_the_page_around_it_or_refused(name: str) -> None:
    expected = dict(EXPECTED[name])
    try:
        record = read_article((PAGES / name).read_bytes(), name).fields
    except PageError as error:
        assert {"refused": str(error).removeprefix(f"{name}: ")} == expected
        return
    paragraphs = record["body"].split("\n\n")
    read = {key: record[key] for key in EXACT if key in record} | {
        "first": paragraphs[0][:40],
        "last": paragraphs[-1][-40:],
        "absent": [text for text in expected["absent"] if text not in record["body"]],
    }
    if "related" in record:
        read["related"] = [story["headline"] for story in record["related"]]
    if "paragraphs" in expected:
        read["paragraphs"] = len(paragraphs)
    assert read == expected
