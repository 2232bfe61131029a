"""Pictures and related stories of pages in HTML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedsvc.importers.page.read import Page, parse

ARTICLE = {"@type": "NewsArticle", "headline": "Rain"}


TEXT = "<p>It rained all day long in the harbour, and the ferries stayed at the quay.</p>" * 3


def page(body: str, head: str = "") -> Page:
    return parse(f"<html><head>{head}</head><body>{body}</body></html>".encode(), "p.html")


def fields(body: str, head: str = "") -> dict[str, Any]:
    return page(body, head).fields


def ld(*items: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(items)}</script>'


@pytest.mark.parametrize(
    ("figure", "image"),
    [
        (
            (
                "<figure><img src='https://q.example/a.jpg' alt=x width=800 height=50%>"
                "<figcaption>Rain. <small class=photo-credit>(Photo: X)</small>"
                "</figcaption></figure>"
            ),
            {
                "url": "https://q.example/a.jpg",
                "caption": "Rain.",
                "credit": "X",
                "alt": "x",
                "width": 800,
            },
        ),
        (
            (
                "<figure><img srcset='https://q.example/a.jpg 1x, "
                "https://q.example/b.jpg 2x'><figcaption>Rain. © X</figcaption>"
                "</figure>"
            ),
            {"url": "https://q.example/b.jpg", "caption": "Rain.", "credit": "X"},
        ),
        ("<figure><img><figcaption>Rain.</figcaption></figure>", {"caption": "Rain."}),
        ("<figure><img alt=x></figure>", None),
        ("<figure><figcaption>A table.</figcaption></figure>", None),
        (
            "<figure><figure><img src='https://q.example/a.jpg'></figure></figure>",
            {"url": "https://q.example/a.jpg"},
        ),
        (
            "<ul><li><img src=a.jpg alt='Rain.'><p>Rain. | Photo: X</p></li></ul>",
            {"caption": "Rain.", "credit": "X"},
        ),
        (
            "<div><img src='https://q.example/a.jpg'><p class=caption>Rain.</p></div>",
            {"url": "https://q.example/a.jpg", "caption": "Rain."},
        ),
        ("<p><img alt='x'><span class=caption>© </span></p>", None),
        (f"<div><img src='https://q.example/a.jpg'>{TEXT * 5}</div>", None),
        ("<img src='https://q.example/a.jpg'>", None),
    ],
)
def test_pictures_with_what_stands_below_them(figure: str, image: dict[str, Any] | None) -> None:
    found = fields(f"<article><h1>Rain</h1>{figure}{TEXT}</article>")
    assert found.get("image") == image
    assert "Photo" not in found["body"]


FIGURE = "<figure><img src='https://q.example/{}' width=10><figcaption>{}</figcaption></figure>"
OG = "<meta property=og:image content='https://q.example/rain-1200x630.jpg'>"


def test_the_lead_picture_is_told_by_machines_and_captioned_by_the_page() -> None:
    lead = "https://q.example/rain-1200x630.jpg"
    twin, other = FIGURE.format("rain-800w.jpg", "Rain."), FIGURE.format("snow.jpg", "Snow.")
    assert fields(f"<h1>R</h1>{twin}", OG)["image"] == {"url": lead, "caption": "Rain."}
    assert fields(f"<h1>R</h1>{other}", OG)["image"] == {"url": lead, "caption": "Snow."}
    own = FIGURE.format("rain-1200x630.jpg", "Rain.")
    assert fields(f"<h1>R</h1>{own}", OG)["image"] == {"url": lead, "caption": "Rain.", "width": 10}
    assert fields(f"<h1>R</h1>{other}{twin}", OG)["images"] == [
        {"url": lead, "caption": "Rain."},
        {"url": "https://q.example/snow.jpg", "caption": "Snow.", "width": 10},
    ]
    assert fields(f"<h1>R</h1>{other}{other}", OG)["images"][0] == {"url": lead}
    assert fields(
        "<h1>R</h1>",
        ld({**ARTICLE, "image": lead}) + OG + "<meta name=twitter:image:alt content=x>",
    )["image"] == {"alt": "x", "url": lead}


UNTOLD = '"/a.jpg" is relative, and the page does not give its own address'
OG_RELATIVE = (
    "<meta property=og:image content='/a.jpg'><meta property=og:image:alt content='A street'>"
    "<meta property=og:image:width content=800>"
)
WORDS = {"url": "/a.jpg", "caption": "Rain. | Photo: X", "width": 800}


@pytest.mark.parametrize(
    ("head", "body", "image", "source"),
    [
        (
            ld({**ARTICLE, "image": WORDS}),
            "",
            {"caption": "Rain.", "credit": "X"},
            f"JSON-LD (no url: {UNTOLD})",
        ),
        (OG_RELATIVE, "", {"alt": "A street"}, f"OpenGraph (no url: {UNTOLD})"),
        (ld({**ARTICLE, "image": "/a.jpg"}), "", None, f"not set: JSON-LD: {UNTOLD}"),
        (
            ld({**ARTICLE, "image": "http://[a"}),
            "",
            None,
            'not set: JSON-LD: "http://[a" is no web address',
        ),
        (
            ld({**ARTICLE, "image": {**WORDS, "url": "http://[a"}}),
            "<base href='https://q.example/'>",
            {"caption": "Rain.", "credit": "X"},
            'JSON-LD (no url: "http://[a" is no web address)',
        ),
        (
            ld({**ARTICLE, "image": WORDS}),
            FIGURE.format("a.jpg", "It rains."),
            {"url": "https://q.example/a.jpg", "caption": "Rain.", "credit": "X", "width": 10},
            "JSON-LD, <figure>",
        ),
        (
            ld({**ARTICLE, "image": WORDS}) + OG.replace("rain-1200x630", "a-800x600"),
            "",
            {"url": "https://q.example/a-800x600.jpg", "caption": "Rain.", "credit": "X"},
            "OpenGraph, JSON-LD",
        ),
        (
            ld({**ARTICLE, "image": WORDS}) + OG_RELATIVE,
            "",
            {"caption": "Rain.", "credit": "X", "alt": "A street"},
            f"JSON-LD, OpenGraph (no url: {UNTOLD})",
        ),
        (
            ld({**ARTICLE, "image": WORDS}),
            (
                "<div itemscope itemtype='https://schema.org/Article'>"
                "<link itemprop=url href='https://q.example/r'></div>"
            ),
            {"url": "https://q.example/a.jpg", "caption": "Rain.", "credit": "X", "width": 800},
            "JSON-LD",
        ),
        (
            "",
            "<figure><img src='/a.jpg'><figcaption>Rain.</figcaption></figure>",
            {"caption": "Rain."},
            f"<figure> (no url: {UNTOLD})",
        ),
    ],
)
def test_a_picture_whose_address_is_relative_keeps_its_words(
    head: str, body: str, image: dict[str, Any] | None, source: str
) -> None:
    found = page(f"<h1>Rain</h1>{body}", head)
    assert found.fields.get("image") == image
    assert found.sources["image"] == source


@pytest.mark.parametrize(
    ("box", "related"),
    [
        (
            "<aside class=related><a href='/a'>Snow Is Coming</a></aside>",
            [("Snow Is Coming", "/a")],
        ),
        (
            (
                "<div id=relatedStories><h3>Read also</h3><a href='/a'><img><h4>Snow "
                "Is Coming</h4>Text.</a></div>"
            ),
            [("Snow Is Coming", "/a")],
        ),
        (
            "<ul class=relacionadas><li>La nieve llegará mañana</ul>",
            [("La nieve llegará mañana", "")],
        ),
        (
            (
                "<section><h3>Related stories</h3><div class=related><a href='/a'>Snow "
                "Is Coming</a></div></section>"
            ),
            [("Snow Is Coming", "/a")],
        ),
        (
            "<h3>Read also</h3><ul><li><a href='/a'>Snow Is Coming</a></ul>",
            [("Snow Is Coming", "/a")],
        ),
        ("<p>RELATED: <a href='/a'>Snow Is Coming</a></p>", [("Snow Is Coming", "/a")]),
        ("<p>RELATED: Snow Is Coming</p>", [("Snow Is Coming", "")]),
        ("<p><a href='/a'>Snow Is Coming Soon</a></p>", [("Snow Is Coming Soon", "/a")]),
        ("<div class=related><a href='/a'>more</a></div>", []),
        (
            (
                "<aside class=related><h3>Related</h3><a href='/a'>Why Story</a><a href='/b'>"
                "Why?</a><a href='/c'>See all</a><a href='/d'>Share</a><a href='/e'>3</a></aside>"
            ),
            [("Why Story", "/a"), ("Why?", "/b")],
        ),
        ("<h3>Related</h3><ul><li><a href='/a'>Why?</a></ul>", [("Why?", "/a")]),
        ("<p>RELATED: <a href='/a'>Why?</a></p>", [("Why?", "/a")]),
        ("<p><a href='/a'>RELATED: Why?</a></p>", [("Why?", "/a")]),
        (
            (
                "<div class=related><a href='/a'>Why?</a><p><a href='/a'>It rained in town and "
                "nobody knows why.</a></p></div>"
            ),
            [("Why?", "/a")],
        ),
        (
            (
                "<aside class=related><h3><a href='/eu'>More from Europe</a></h3>"
                "<ul><li><a href='/a'>Why?</a></ul></aside>"
            ),
            [("Why?", "/a")],
        ),
        ("<aside class=related><h3><a href='/a'>Why?</a></h3></aside>", [("Why?", "/a")]),
        (
            (
                "<aside class=related><h3><a href='/a'>Why?</a></h3><h3><a href='/b'>How?</a>"
                "</h3></aside>"
            ),
            [("Why?", "/a"), ("How?", "/b")],
        ),
        (
            "<aside class=related><h3>From the archive</h3><h4>Why It Rained</h4></aside>",
            [("Why It Rained", "")],
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
        ("<section><div></div><p>Some text.</p></section>", []),
        ("<section></section>", []),
    ],
)
def test_related_boxes_are_related_and_not_in_the_body(
    box: str, related: list[tuple[str, str]]
) -> None:
    base = "<base href='https://q.example/'>"
    found = fields(f"<article><h1>Rain in Town</h1>{TEXT}{box}{TEXT}</article>", base)
    expected = [
        {"headline": headline, **({"url": f"https://q.example{url}"} if url else {})}
        for headline, url in related
    ]
    assert found.get("related", []) == expected
    assert "Snow Is Coming" not in found["body"]


def test_a_related_story_without_an_absolute_address_keeps_its_headline() -> None:
    box = "<aside class='related'><h3>Related</h3><a href='/z'>Zed Story</a></aside>"
    found = fields(f"<article><h1>Rain</h1>{TEXT}{box}</article>")
    assert found["related"] == [{"headline": "Zed Story"}]


def test_what_stands_around_the_article_is_no_caption_in_it() -> None:
    images = "<img src='https://q.example/a.jpg'><img src='https://q.example/b.jpg'>"
    around = f"<div><article><p>It rained.</p>{images}</article>Photo: X</div>"
    page = parse(f"<html><h1>Rain</h1>{around}".encode(), "p.html")
    assert "image" not in page.fields
    assert page.fields["body"].startswith("It rained.")


def test_a_box_that_holds_the_article_is_none() -> None:
    found = fields(f"<div class='related'><article><h1>Rain</h1>{TEXT}</article></div>")
    assert "related" not in found
    assert found["body"].startswith("It rained")


def test_two_pictures_with_one_caption_are_told_once() -> None:
    shown = (
        "<p><img src=https://q.example/a.png><img src=https://q.example/b.png>Rain. Photo: X</p>"
    )
    found = fields(f"<article><h1>Rain</h1>{shown}{TEXT}</article>")
    assert found["image"] == {"url": "https://q.example/a.png", "caption": "Rain.", "credit": "X"}


def test_a_box_that_is_found_by_its_name_and_by_its_label_is_told_once() -> None:
    box = "<div class=related><a href=https://q.example/b>Ferries stay at the quay</a></div>"
    found = fields(f"<article><h1>Rain</h1>{TEXT}<h3>Related</h3>{box}</article>")
    story = {"headline": "Ferries stay at the quay", "url": "https://q.example/b"}
    assert found["related"] == [story]
