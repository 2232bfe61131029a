"""Dumps of whole pages and pasted articles, in eight languages, beside what they should become."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedsvc.errors import PageError
from feedsvc.importers.page.read import read_article

PAGES = Path(__file__).parents[3] / "data" / "import_pages"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (PAGES / "expected_text.json").read_text(encoding="utf-8")
)
EXACT = ("headline", "byline", "published", "section")
REFUSED = [name for name, expected in EXPECTED.items() if "refused" in expected]


@pytest.mark.parametrize("name", REFUSED)
def test_a_dump_of_a_page_that_is_no_article_is_refused(name: str) -> None:
    with pytest.raises(PageError) as refused:
        read_article((PAGES / name).read_bytes(), name)
    assert str(refused.value) == EXPECTED[name]["refused"]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in REFUSED])
def test_an_article_is_read_without_the_page_around_it(name: str) -> None:
    expected = EXPECTED[name]
    record = read_article((PAGES / name).read_bytes(), name).fields
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


def test_every_text_has_its_fields_written_down() -> None:
    assert {path.name for path in PAGES.glob("*.txt")} == {*EXPECTED}
