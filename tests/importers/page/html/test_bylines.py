"""The writers of pages in HTML."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.page.html.pages import ARTICLE, TEXT, fields, json_ld

PERSON = json_ld({**ARTICLE, "author": {"@type": "Person", "name": "Owen Strand"}})
HOUSE = json_ld(
    {**ARTICLE, "author": {"@type": "Organization", "name": "Quay"}, "publisher": "Quay"}
)


@pytest.mark.parametrize(
    ("head", "shown", "byline"),
    [
        (HOUSE, "<a href=/authors/ines-okafor>Ines Okafor</a>", ["Ines Okafor"]),
        (HOUSE, "<a href='http://[a'>Ines Okafor</a>", ["Quay"]),
        (HOUSE, "<p class=authorText><span>By</span><b>Ines Okafor</b></p>", ["Ines Okafor"]),
        (HOUSE, "<p class=byline>Von: <i>Ines</i> <i>Okafor</i></p>", ["Ines Okafor"]),
        (HOUSE, "<p class=byline>Howard BlumeStaff Writer</p>", ["Howard Blume"]),
        (HOUSE, "<p class=byline>Our Expert-Editor Howard Blume</p>", ["Howard Blume"]),
        (HOUSE, "<p class=byline>Country Editor</p>", ["Quay"]),
        (HOUSE, "<p class=byline>홍길동 기자</p>", ["홍길동"]),
        (HOUSE, "<p class=byline>מאת דנה לוי</p>", ["דנה לוי"]),
        (HOUSE, "<p class=byline>بقلم: دانة لطفي</p>", ["دانة لطفي"]),
        (HOUSE, "<p class=byline>(obe)</p>", ["Quay"]),
        (HOUSE, "<p class=byline>Quay</p>", ["Quay"]),
        (HOUSE, "<p class=byline><b class=jobTitle>Anna Chief</b></p>", ["Quay"]),
        (HOUSE, "<div class=byline>Last Updated</div>", ["Quay"]),
        (HOUSE, "<div class='byline role'>Ines Okafor</div>", ["Quay"]),
        (HOUSE, "<p>By Ines Okafor, Sports Editor, and Lou Fern</p>", ["Ines Okafor", "Lou Fern"]),
        (PERSON, "<p class=byline>Owen Strand</p>", ["Owen Strand"]),
        (PERSON, "<p class=byline>Owen Strand and Lou Fern</p>", ["Owen Strand", "Lou Fern"]),
        (PERSON, "<p class=byline>Lou Fern</p>", ["Lou Fern"]),
        ("<meta name=author content='desk@q.example'>", "<p class=byline>By</p>", None),
        ("<meta name=author content='Gillman, Steve'>", "", ["Steve Gillman"]),
        ("<meta name=sailthru.author content='Lou Fern'>", "", ["Lou Fern"]),
        ("<meta name=author content='105092'>", "", None),
    ],
)
def test_people_come_before_houses(head: str, shown: str, byline: Any) -> None:
    record = fields(f"<article><h1>Rain</h1><div>{shown}</div>{TEXT}</article>", head)
    assert record.get("byline") == byline


def test_a_writer_below_the_text_counts_after_the_head() -> None:
    below = f"<article><h1>Rain</h1>{TEXT}<p class=author>Lou Fern</p></article>"
    assert fields(below, HOUSE)["byline"] == ["Lou Fern"]
    assert fields(below, PERSON)["byline"] == ["Owen Strand"]
