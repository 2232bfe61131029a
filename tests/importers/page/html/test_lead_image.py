"""The lead image of pages in HTML."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.page.html.pages import ARTICLE, fields, json_ld, page

FIGURE = "<figure><img src='https://q.example/{}' width=10><figcaption>{}</figcaption></figure>"
OG = "<meta property=og:image content='https://q.example/rain-1200x630.jpg'>"


def test_the_lead_image_is_machine_readable_and_its_caption_is_visible() -> None:
    lead = "https://q.example/rain-1200x630.jpg"
    twin, other = FIGURE.format("rain-800w.jpg", "Rain."), FIGURE.format("snow.jpg", "Snow.")
    assert fields(f"<h1>R</h1>{twin}", OG)["image"] == {"url": lead, "caption": "Rain."}
    assert fields(f"<h1>R</h1>{other}", OG)["image"] == {"url": lead, "caption": "Snow."}
    same = FIGURE.format("rain-1200x630.jpg", "Rain.")
    assert fields(f"<h1>R</h1>{same}", OG)["image"] == {
        "url": lead,
        "caption": "Rain.",
        "width": 10,
    }
    assert fields(f"<h1>R</h1>{other}{twin}", OG)["images"] == [
        {"url": lead, "caption": "Rain."},
        {"url": "https://q.example/snow.jpg", "caption": "Snow.", "width": 10},
    ]
    silent = other.replace("Snow.", "")
    assert fields(f"<h1>R</h1>{silent}{twin.replace('rain', 'hail')}", OG)["images"][0] == {
        "url": lead
    }
    assert fields(
        "<h1>R</h1>",
        json_ld({**ARTICLE, "image": lead}) + OG + "<meta name=twitter:image:alt content=x>",
    )["image"] == {"alt": "x", "url": lead}


RELATIVE = '"/a.jpg" is relative, and the page does not give its own address'
OG_RELATIVE = (
    "<meta property=og:image content='/a.jpg'><meta property=og:image:alt content='A street'>"
    "<meta property=og:image:width content=800>"
)
WORDS = {"url": "/a.jpg", "caption": "Rain. | Photo: X", "width": 800}


@pytest.mark.parametrize(
    ("head", "body", "image", "source"),
    [
        (
            json_ld({**ARTICLE, "image": WORDS}),
            "",
            {"caption": "Rain.", "credit": "X"},
            f"JSON-LD (no url: {RELATIVE})",
        ),
        (OG_RELATIVE, "", {"alt": "A street"}, f"OpenGraph (no url: {RELATIVE})"),
        (json_ld({**ARTICLE, "image": "/a.jpg"}), "", None, f"not set: JSON-LD: {RELATIVE}"),
        (
            json_ld({**ARTICLE, "image": "http://[a"}),
            "",
            None,
            'not set: JSON-LD: "http://[a" is no web address',
        ),
        (
            json_ld({**ARTICLE, "image": {**WORDS, "url": "http://[a"}}),
            "<base href='https://q.example/'>",
            {"caption": "Rain.", "credit": "X"},
            'JSON-LD (no url: "http://[a" is no web address)',
        ),
        (
            json_ld({**ARTICLE, "image": WORDS}),
            FIGURE.format("a.jpg", "It rains."),
            {"url": "https://q.example/a.jpg", "caption": "It rains.", "credit": "X", "width": 10},
            "JSON-LD, <figure>",
        ),
        (
            json_ld({**ARTICLE, "image": WORDS}) + OG.replace("rain-1200x630", "a-800x600"),
            "",
            {"url": "https://q.example/a-800x600.jpg", "caption": "Rain.", "credit": "X"},
            "OpenGraph, JSON-LD",
        ),
        (
            json_ld({**ARTICLE, "image": WORDS}) + OG_RELATIVE,
            "",
            {"caption": "Rain.", "credit": "X", "alt": "A street"},
            f"JSON-LD, OpenGraph (no url: {RELATIVE})",
        ),
        (
            json_ld({**ARTICLE, "image": WORDS}),
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
            f"<figure> (no url: {RELATIVE})",
        ),
    ],
)
def test_an_image_with_a_relative_address_keeps_its_caption_and_credit(
    head: str, body: str, image: dict[str, Any] | None, source: str
) -> None:
    parsed = page(f"<h1>Rain</h1>{body}", head)
    assert parsed.fields.get("image") == image
    assert parsed.sources["image"] == source


def test_the_address_of_an_image_may_have_marks_of_markdown() -> None:
    address = "https://q.example/media/__sized__/rain.jpg"
    assert (
        fields("<h1>Rain</h1>", json_ld({**ARTICLE, "image": address}))["image"]["url"] == address
    )
