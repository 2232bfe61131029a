"""The headline as the first line of a text."""

from __future__ import annotations

import pytest

from feedsvc.ingest.html.opening import without_headline

HEADLINE = "The Bridge & the Bus"


@pytest.mark.parametrize(
    "line",
    [
        "<h2>The Bridge &amp; the Bus</h2>",
        "<p><strong>The bridge &amp; the bus.</strong></p>\n",
        '\n<h3 lang="en">The Bridge<br>&amp; the Bus</h3>\n',
    ],
)
def test_a_first_line_that_is_the_headline_is_left_out(line: str) -> None:
    assert without_headline(f"{line}<p>It crossed.</p>", HEADLINE) == "<p>It crossed.</p>"


@pytest.mark.parametrize(
    "body",
    [
        "<p>The Bridge &amp; the Bus crossed.</p><p>At six.</p>",
        "<h2>The Bridge &amp; the Bus</h2>",
        '<p><img src="https://a.example/a.jpg">The Bridge &amp; the Bus</p><p>At six.</p>',
        "<p>At six.</p><h2>The Bridge &amp; the Bus</h2><p>It crossed.</p>",
    ],
)
def test_any_other_text_stays(body: str) -> None:
    assert without_headline(body, HEADLINE) == body


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("“Aurora” sails", '"Aurora" sails'),
        ("It's over", "It’s over"),
        ("Six-year plan", "Six–year plan"),
        ("„Wir bauen“", "»Wir bauen«"),
    ],
)
def test_other_quotation_marks_and_dashes_make_no_other_headline(headline: str, line: str) -> None:
    assert without_headline(f"<p>{line}</p><p>It crossed.</p>", headline) == "<p>It crossed.</p>"
