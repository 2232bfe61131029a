"""Boxes of related stories in pages in HTML."""

from __future__ import annotations

import pytest

from tests.importers.page.html.pages import TEXT, fields


@pytest.mark.parametrize(
    ("box", "related"),
    [
        (
            "<aside class=related><a href='/a'>Snow Is Coming Soon</a></aside>",
            [("Snow Is Coming Soon", "/a")],
        ),
        (
            (
                "<div id=relatedStories><h3>Read also</h3><a href='/a'><img><h4>Snow "
                "Is Coming Soon</h4>Text.</a></div>"
            ),
            [("Snow Is Coming Soon", "/a")],
        ),
        (
            "<ul class=relacionadas><li>La nieve llegará mañana</ul>",
            [("La nieve llegará mañana", "")],
        ),
        (
            (
                "<section><h3>Related stories</h3><div class=related><a href='/a'>Snow "
                "Is Coming Soon</a></div></section>"
            ),
            [("Snow Is Coming Soon", "/a")],
        ),
        (
            "<h3>Read also</h3><ul><li><a href='/a'>Snow Is Coming Soon</a></ul>",
            [("Snow Is Coming Soon", "/a")],
        ),
        ("<p>RELATED: <a href='/a'>Snow Is Coming Soon</a></p>", [("Snow Is Coming Soon", "/a")]),
        ("<p>RELATED: Snow Is Coming Soon</p>", [("Snow Is Coming Soon", "")]),
        ("<p><a href='/a'>Snow Is Coming Soon</a></p>", [("Snow Is Coming Soon", "/a")]),
        ("<div class=related><a href='/a'>more</a></div>", []),
        (
            (
                "<aside class=related><h3>Related</h3><a href='/a'>Why It Rained Again</a>"
                "<a href='/b'>Why does it rain?</a><a href='/c'>See all</a><a href='/d'>Share</a>"
                "<a href='/e'>3</a></aside>"
            ),
            [("Why It Rained Again", "/a"), ("Why does it rain?", "/b")],
        ),
        (
            "<h3>Related</h3><ul><li><a href='/a'>Why does it rain?</a></ul>",
            [("Why does it rain?", "/a")],
        ),
        ("<p>RELATED: <a href='/a'>Why does it rain?</a></p>", [("Why does it rain?", "/a")]),
        ("<p><a href='/a'>RELATED: Why does it rain?</a></p>", [("Why does it rain?", "/a")]),
        (
            (
                "<div class=related><a href='/a'>Why does it rain?</a>"
                "<p><a href='/a'>It rained in town and it is unknown why.</a></p></div>"
            ),
            [("Why does it rain?", "/a")],
        ),
        (
            (
                "<aside class=related><h3><a href='/eu'>More from Europe</a></h3>"
                "<ul><li><a href='/a'>Why does it rain?</a></ul></aside>"
            ),
            [("Why does it rain?", "/a")],
        ),
        (
            "<aside class=related><h3><a href='/a'>Why does it rain?</a></h3></aside>",
            [("Why does it rain?", "/a")],
        ),
        (
            (
                "<aside class=related><h3><a href='/a'>Why does it rain?</a></h3>"
                "<h3><a href='/b'>How does it snow?</a></h3></aside>"
            ),
            [("Why does it rain?", "/a"), ("How does it snow?", "/b")],
        ),
        (
            "<aside class=related><h3>From the archive</h3><h4>Why It Rained Again</h4></aside>",
            [("Why It Rained Again", "")],
        ),
        ("<aside class=related><h3>From the archive</h3><p>Text.</p></aside>", []),
        (
            (
                "<aside class=related><h3>Related topics</h3><a href='/t'>Ferries</a>"
                "<a href='/a'>Why the ferries stay</a></aside>"
            ),
            [("Why the ferries stay", "/a")],
        ),
        ("<p><a href='/a'>snow is coming soon.</a></p>", []),
        ("<p>Read more</p>", []),
        ("<p>READ NEXT <a href='/a'>Snow Is Coming Soon</a></p>", [("Snow Is Coming Soon", "/a")]),
        ("<div class=related><a href='http://[a'>Snow Is Coming Soon</a></div>", []),
        ("<div class=related><a href='https://x.example/a'>Snow Is Coming Soon</a></div>", []),
        ("<div class=related><a href='/topic/s'>Snow Is Coming Soon</a></div>", []),
        (
            (
                "<div class=related><a href='/a'><i class=t>1 h</i>"
                "<span>Snow Is Coming Soon</span></a></div>"
            ),
            [("Snow Is Coming Soon", "/a")],
        ),
        ("<section><div></div><p>Some text.</p></section>", []),
        ("<section></section>", []),
    ],
)
def test_related_boxes_are_related_and_not_in_the_body(
    box: str, related: list[tuple[str, str]]
) -> None:
    base = "<base href='https://q.example/'>"
    record = fields(f"<article><h1>Rain in Town</h1>{TEXT}{box}{TEXT}</article>", base)
    expected = [
        {"headline": headline, **({"url": f"https://q.example{url}"} if url else {})}
        for headline, url in related
    ]
    assert record.get("related", []) == expected
    assert "Snow Is Coming Soon" not in record["body"]


def test_a_related_story_without_an_absolute_address_keeps_its_headline() -> None:
    box = "<aside class='related'><h3>Related</h3><a href='/z'>The Story Called Zed</a></aside>"
    record = fields(f"<article><h1>Rain</h1>{TEXT}{box}</article>")
    assert record["related"] == [{"headline": "The Story Called Zed"}]


def test_a_box_around_the_article_is_none() -> None:
    record = fields(f"<div class='related'><article><h1>Rain</h1>{TEXT}</article></div>")
    assert "related" not in record
    assert record["body"].startswith("It rained")


def test_a_box_with_both_a_name_and_a_label_is_read_once() -> None:
    box = "<div class=related><a href=https://q.example/b>Ferries stay at the quay</a></div>"
    record = fields(f"<article><h1>Rain</h1>{TEXT}<h3>Related</h3>{box}</article>")
    story = {"headline": "Ferries stay at the quay", "url": "https://q.example/b"}
    assert record["related"] == [story]


def test_a_box_with_much_of_the_text_is_no_box_of_related_stories() -> None:
    box = f"<div class=moreon>{TEXT.replace('It rained', 'It snowed')}</div>"
    body = fields(f"<article><h1>Rain</h1>{TEXT}{TEXT}{box}</article>")["body"]
    assert "It snowed" in body
