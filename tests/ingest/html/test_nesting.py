"""How deep a parser would nest elements is known before anything is parsed."""

from __future__ import annotations

import random
import re

import nh3
import pytest

from feedsvc.ingest.html.nesting import MAX_NESTING, nesting_problem
from feedsvc.ingest.html.sanitize import clean_html

TOO_DEEP = f"nests more than {MAX_NESTING} elements; close them"
TOO_OPEN = "leaves many elements such as <b> open, which every paragraph repeats; close them"
TAGS = (
    "a b i em code span div p ul li ol dl dt dd table tbody tr td blockquote h2 section figure"
).split()


def no_notes(_tag: str, _message: str) -> None:
    pass


def numbered(count: int, tag: str = "i") -> str:
    return "".join(f"<{tag} lang=a{number}>" for number in range(count))


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<div>" * 251, TOO_DEEP),
        ("<div></x>" * 300, TOO_DEEP),
        ("<div><!-- </div> -->" * 300, TOO_DEEP),
        ("<div><a title='</div>'></a>" * 300, TOO_DEEP),
        ("<p>" + numbered(300) + "</p>x", TOO_DEEP),
        ("<p>" + numbered(200) + "</p>" + "<p>x</p>" * 1000, TOO_OPEN),
        ("<table><tr><td></table><td></div>" * 300, ""),
        ("<table><tr><td>" * 100, TOO_DEEP),
        ("<div><table><td></div>" * 300, TOO_DEEP),
        ("<ul><li></li></ul>" * 1000, ""),
        ("<ul>" + "<li>a" * 1000, ""),
        ("<dl>" + "<dt>a<dd>b" * 1000, ""),
        ("<dl><dd><ul></dl>" * 1000, ""),
        ("<p>a<br><img src=x>" * 1000, ""),
        ("<p><b>a" * 1000, ""),
        ("<a href=x>b" * 1000, ""),
        ("<b><div>a</b></div>" * 1000, ""),
        ("<td>a</td>" * 1000, ""),
        ("<table>" + "<tr><td>a<td>b" * 1000, ""),
        ("<P>a</SPAN><!-- <div> " * 1000, ""),
    ],
)
def test_elements_are_counted_as_they_nest(markup: str, problem: str) -> None:
    assert nesting_problem(markup) == problem


def test_text_that_would_become_much_longer_is_refused() -> None:
    markup = "<p>" + numbered(200) + "</p>" + "<plaintext>" + "<p>x</p>" * 1000
    with pytest.raises(ValueError, match="which every paragraph repeats"):
        clean_html(markup, "https://quay.example/a", lambda _file, _kind: None, no_notes)


def test_html_that_has_become_much_longer_is_refused() -> None:
    # A comment that ends as no comment should: the paragraphs are in it for the estimate alone.
    markup = "<p>" + numbered(200) + "</p><!-->" + "<p>x</p>" * 1000
    with pytest.raises(ValueError, match=r"^has [\d,]+ characters with all its elements closed"):
        clean_html(markup, "https://quay.example/a", lambda _file, _kind: None, no_notes)


@pytest.mark.parametrize("seed", range(300))
def test_no_pattern_nests_much_deeper_than_estimated(seed: int) -> None:
    chance = random.Random(seed)
    some = chance.sample(TAGS, chance.choice((3, 5, 8)))
    tags = [f"{chance.choice(('<', '<', 'x<', '</'))}{chance.choice(some)}>" for _ in range(6)]
    markup = "".join(tags) * 400
    assert nesting_problem(markup) or depth(nh3.clean(markup, tags={*TAGS})) <= 4 * MAX_NESTING


def depth(markup: str) -> int:
    level = deepest = 0
    for tag in re.finditer("<(/?)", markup):
        level += -1 if tag[1] else 1
        deepest = max(deepest, level)
    return deepest
