"""Pictures that scripts would load, pictures beside them, and pictures of AMP."""

from __future__ import annotations

import re

import pytest

from feedsvc.ingest.html.sanitize import clean_html

REAL = "https://quay.example/hall.jpg"


def shown(markup: str) -> list[str]:
    """Return the addresses of the pictures of a body."""
    content = clean_html(markup, "https://quay.example/a", lambda *_: None, lambda *_: None)
    return re.findall('<img src="([^"]*)"', content)


@pytest.mark.parametrize(
    "before",
    [
        '<img src="https://quay.example/hall-150x150.jpg">',
        '<img src="https://quay.example/hall-small.webp?v=2">',
        '<img src="https://quay.example/spacer.png">',
        '<img class="lazyload" src="https://quay.example/grey.jpg">',
        '<img src="https://quay.example/other.jpg" alt="The hall">',
        "<img>",
    ],
)
def test_of_a_picture_and_its_stand_in_the_real_one_is_shown(before: str) -> None:
    assert shown(f'{before}<noscript><img src="{REAL}" alt="The hall"></noscript>') == [REAL]


@pytest.mark.parametrize("name", ["ship.jpg", "hall-2.jpg", "?p=2", "hall/"])
def test_another_picture_before_a_noscript_stays(name: str) -> None:
    other = f"https://quay.example/{name}"
    assert shown(f'<img src="{other}"><noscript><img src="{REAL}"></noscript>') == [other, REAL]


@pytest.mark.parametrize(
    "inner",
    [
        f'<noscript><img src="{REAL}"></noscript>',
        '<noscript><img src="https://quay.example/hall.gif"></noscript>',
        '<amp-img fallback src="https://quay.example/hall.png"></amp-img>',
    ],
)
def test_a_picture_of_amp_is_shown_once(inner: str) -> None:
    assert shown(f'<amp-img src="{REAL}">{inner}</amp-img>') == [REAL]


def test_a_picture_of_amp_that_is_not_closed_takes_no_text_away() -> None:
    markup = f'<amp-img id="x" src="{REAL}"><p>The rest.</p>More.'
    content = clean_html(markup, "https://quay.example/a", lambda *_: None, lambda *_: None)
    assert content == f'<img src="{REAL}"><p>The rest.</p>More.'


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ('width="0" style="min-width:100%"', ""),
        ('width="1" height="300" style="width:1px;min-width:100%"', ' height="300"'),
        ('width="0" height="300"', ' height="300"'),
    ],
)
def test_no_width_of_a_pixel_hides_a_picture_or_player_that_is_shown(size: str, kept: str) -> None:
    frame = f'<iframe src="https://player.vimeo.com/video/1" title="F" {size}></iframe>'
    markup = f'<img src="{REAL}" {size}>{frame}'
    content = clean_html(markup, "https://quay.example/a", lambda *_: None, lambda *_: None)
    assert f'<img src="{REAL}"{kept}>' in content
    assert f'<iframe src="https://player.vimeo.com/video/1" title="F"{kept}></iframe>' in content
