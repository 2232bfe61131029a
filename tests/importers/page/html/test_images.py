"""Images of pages in HTML, with their captions and credits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.page.html.pages import TEXT, fields


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
        (
            "<div><img src='https://q.example/a.jpg'></div><div>Rain. <i>Photo: X</i></div>",
            {"url": "https://q.example/a.jpg", "caption": "Rain.", "credit": "X"},
        ),
        ("<p><img alt='x'><span class=caption>© </span></p>", None),
        (f"<div><img src='https://q.example/a.jpg'>{TEXT * 5}</div>", None),
        ("<img src='https://q.example/a.jpg'>", None),
        ("<div><img src='https://q.example/a.jpg'><img src='https://q.example/b.jpg'></div>", None),
    ],
)
def test_images_have_their_captions_and_credits(figure: str, image: dict[str, Any] | None) -> None:
    record = fields(f"<article><h1>Rain</h1>{figure}{TEXT}</article>")
    assert record.get("image") == image
    assert "Photo" not in record["body"]


def test_text_around_the_article_is_no_caption_in_it() -> None:
    images = "<img src='https://q.example/a.jpg'><img src='https://q.example/b.jpg'>"
    around = f"<div><article><p>It rained.</p>{images}</article>Photo: X</div>"
    record = fields(f"<h1>Rain</h1>{around}")
    assert "image" not in record
    assert record["body"].startswith("It rained.")


def test_two_images_with_one_caption_are_one() -> None:
    shown = (
        "<p><img src=https://q.example/a.png><img src=https://q.example/b.png>Rain. Photo: X</p>"
    )
    record = fields(f"<article><h1>Rain</h1>{shown}{TEXT}</article>")
    assert record["image"] == {"url": "https://q.example/a.png", "caption": "Rain.", "credit": "X"}


@pytest.mark.parametrize(
    "image",
    [
        "<div><img src='https://q.example/a.jpg'><span>{}</span></div>".format("Rain " * 200),
        "<figure><img src='https://q.example/grey-placeholder.png'></figure>",
        "<figure><img src='https://q.example/site-logo.png'></figure>",
        "<figure><img src='https://q.example/a.png' width=32 height=32></figure>",
    ],
)
def test_signs_of_the_page_and_images_in_long_lines_are_left_out(image: str) -> None:
    record = fields(f"<article><h1>Rain</h1>{TEXT}{image}</article>")
    assert "image" not in record


def test_a_figure_outside_of_the_article_is_left_out() -> None:
    figure = "<figure><img src='https://q.example/a.jpg'></figure>"
    assert "image" not in fields(f"<div>{figure}</div><article><h1>Rain</h1>{TEXT}</article>")


def test_a_file_is_shown_once_in_its_largest_size() -> None:
    sizes = "https://q.example/storm-at-sea-400w.jpg 400w, https://q.example/storm-at-sea.jpg 900w"
    late = f"<figure><img src='https://q.example/spacer.gif' data-srcset='{sizes}'></figure>"
    again = "<figure><img src='https://q.example/storm-at-sea-300x200.jpg'></figure>"
    record = fields(f"<article><h1>Rain</h1>{late}{again}{TEXT}</article>")
    assert record["image"] == {"url": "https://q.example/storm-at-sea.jpg"}


def test_each_figure_of_a_gallery_is_an_image() -> None:
    parts = (
        f"<figure><img src='https://q.example/bells-of-{name}.jpg'><figcaption>{name}. Photo: X"
        "</figcaption></figure>"
        for name in ("North", "South")
    )
    images = fields(f"<h1>Bells</h1><figure>{''.join(parts)}</figure>{TEXT}")["images"]
    assert [(it["caption"], it["credit"]) for it in images] == [("North.", "X"), ("South.", "X")]
