"""The time to read what others write grows with its length, never with the square of it."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from feedsvc.config.value_types import text
from feedsvc.errors import FeedsvcError
from feedsvc.importers.page.html.page import read_html
from feedsvc.importers.page.read import parse
from feedsvc.importers.page.text.blocks import split_blocks
from feedsvc.ingest.html.nesting import nesting_problem
from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.ingest.html.summary import summary_of
from feedsvc.ingest.record import value_types
from feedsvc.ingest.record.foreign_marks import foreign_marks
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.markup import words
from feedsvc.ingest.record.places import Places
from feedsvc.model.text import clean_characters, plain_text, slug
from feedsvc.web.http.conditional_requests import had

if TYPE_CHECKING:
    from collections.abc import Callable

_NOTHING_TO_SPEAK_OF = 0.1
"""Seconds that say nothing of how a time grows."""
_TRIES = 3
"""The least time of some counts, because others use the processors, too."""


def marks(cleaned: str) -> None:
    list(foreign_marks("", cleaned))


PAGE = "<article><h1>Storm</h1><time datetime='2026-11-21'>Today</time>{}</article>"


def page(markup: str) -> None:
    with suppress(FeedsvcError):
        parse(markup.encode(), "page.html")


def dump(text: str) -> None:
    with suppress(FeedsvcError):
        parse(text.encode(), "page.txt")


def read_front_matter(front: str) -> None:
    with suppress(FeedsvcError):
        read_markdown("a.md", f"---\n{front}\n---\n")


def email(typed: str) -> None:
    with suppress(ValueError):
        value_types.email(typed)


def lost_pictures(body: str) -> None:
    places = Places(body, 1, 1, escaped=False)
    for name in body.split():
        places.find(name)


def clean(markup: str) -> None:
    with suppress(ValueError):
        clean_html(markup, "https://quay.example/a", lambda name, _: name, lambda *_: None)


def tags(value: str) -> None:
    had({"if-none-match": value})


def _json_ld(count: int, key: str, told: str) -> str:
    references = ",".join(['{"@id":"#it"}'] * count)
    article = f'{{"@type":"NewsArticle","{key}":[{references}]}}'
    return f'<script type="application/ld+json">[{article},{{"@id":"#it",{told}}}]</script>'


def _crumbs(count: int) -> str:
    crumbs = ",".join(['{"name":"a b"}'] * count)
    return _json_ld(count, "breadcrumb", f'"@type":"BreadcrumbList","itemListElement":[{crumbs}]')


_CASES: list[tuple[Callable[[str], Any], Callable[[int], str], int]] = [
    (text, lambda n: "a" + "\u0315\u0300" * n, 20_000),
    (clean_characters, lambda n: "a" + "\u0315\u0300" * n, 20_000),
    (clean_characters, lambda n: "a" + "\u0315" * n + "\u0300" * n, 20_000),
    (clean_characters, lambda n: "a" + "\u0f73" * n, 20_000),
    (clean_characters, lambda n: ("—" + "\u0315\u0300" * 600) * (n // 600), 20_000),
    (lambda text: read_json("a.json", text), lambda n: '{"ā":[' + "1," * n + "1]}", 150_000),
    (read_front_matter, lambda n: f"a: x: y{' ' * n}z", 20_000),
    (email, lambda n: f"a@{'.' * n}@", 20_000),
    (email, lambda n: f"a@{'a.' * n}@", 20_000),
    (lost_pictures, lambda n: " ".join(f"{it}.png" for it in range(n)), 10_000),
    (split_blocks, lambda n: "[" + ".png?" * n, 10_000),
    (split_blocks, lambda n: "[" + ".png?a" * n + "[", 10_000),
    (split_blocks, lambda n: "_" * n + "x", 24),
    (split_blocks, lambda n: "#a___" * n + "!", 14),
    (split_blocks, lambda n: "_" * n + "x", 100_000),
    (page, lambda n: PAGE.format(f"<p><img src='/a{'-1111' * n}z'>Rain</p>"), 10_000),
    (page, lambda n: "<!---->" * n, 24),
    (page, lambda n: "<!---->" * n, 10_000),
    (page, lambda n: "<!---->-->" * n + "x", 10_000),
    (page, lambda n: PAGE.format(f"<p>Rain {'<img src=a>' * n}</p>"), 4_000),
    (
        page,
        lambda n: PAGE.format("<aside><h2>Related</h2><a href=b>A storm</a></aside>" * n),
        1_500,
    ),
    (page, lambda n: PAGE.format("<time datetime>then</time>" * n), 2_000),
    (read_html, _crumbs, 800),
    (read_html, lambda n: _json_ld(n, "author", f'"name":"{"a b " * n}"'), 3_000),
    (read_html, lambda n: "<div itemscope>" + f"<i itemscope itemprop='{'a ' * n}'>" * 8, 3),
    (dump, lambda n: "References\n 1. a:b\n" * n + "x", 1_000),
    (dump, lambda n: "It rained today.\n\n" + "A Title\n\nIt rained here.\n\n" * n, 400),
    (dump, lambda n: "Home >\n\n" * n + "Published 2026-11-21", 1_500),
    (dump, lambda n: "Storm\n\n" + "Published 2026-11-21\n\n" * n, 1_500),
    (page, lambda n: PAGE.format("<p>Ships came in today.</p>" * n), 3_000),
    (page, lambda n: PAGE.format("<div>Ships came in today.</div>" * n), 3_000),
    (page, lambda n: PAGE.format("<p>Rain <time datetime='2026-11-21'>x</time></p>" * n), 3_000),
    (clean, lambda n: "<svg>" * n, 10_000),
    (clean, lambda n: "<script>" * n, 10_000),
    (clean, lambda n: "<math>" + "<annotation>" * n + "</math>", 10_000),
    (clean, lambda n: "<iframe src=/a>" * n, 2_000),
    (clean, lambda n: "<iframe src=/a></iframe>" * n, 1_000),
    (clean, lambda n: "<noscript><img src=a></noscript>" * n, 1_000),
    (clean, lambda n: "<p hidden>a" * n, 2_000),
    (clean, lambda n: "<a href=/b#c></a>" * n, 1_000),
    (clean, lambda n: "<a href=#c>a</a><p id=c>b</p>" * n, 1_000),
    (clean, lambda n: "<p style='mso-list:l0 level1 lfo1'>a</p>" * n, 1_000),
    (clean, lambda n: "<b style='font-weight:700'>a</b>" * n, 1_000),
    (clean, lambda n: f"<p style='background:{'url(' * n}'>a</p>", 5_000),
    (clean, lambda n: "<p style='white-space:pre'>" + "a\n" * n + "</p>", 5_000),
    (clean, lambda n: "<math><mi>a</mi></math>" * n, 1_000),
    (clean, lambda n: f"<math><annotation {'tex ' * n}</math>", 5_000),
    (words, lambda n: "**a " * n, 5_000),
    (words, lambda n: "[a](" * n, 5_000),
    (plain_text, lambda n: '<math alttext="a"></math>' * n, 3_000),
    (plain_text, lambda n: '<math alttext="a">' * n, 3_000),
    (plain_text, lambda n: "<math" + ' alttext="a"' * n, 3_000),
    (marks, lambda n: "[a b=" * n, 5_000),
    (marks, lambda n: "[a b=c " * n, 5_000),
    (marks, lambda n: "[a b=“" * n, 5_000),
    (marks, lambda n: "{{" * n, 5_000),
    (marks, lambda n: "[/a]" * n + "[a]" * n, 2_000),
    (summary_of, lambda n: "<p></p>" + "<a href=''>b</a> " * n, 3_000),
    (clean, lambda n: f"<p {'class=' * n}", 20_000),
    (clean, lambda n: f"<p title={chr(39)}{' style' * n}", 20_000),
    (clean, lambda n: '<p a="' + "='" * n, 20_000),
    (clean, lambda n: f'<p style="{"color:red;" * n}display:none">a', 5_000),
    (tags, lambda n: "-br" * n + "x", 8_000),
    (nesting_problem, lambda n: "<a \"'" * n, 40_000),
    (nesting_problem, lambda n: "<!-- " * n, 40_000),
    (nesting_problem, lambda n: "<x><td>" + "<div>" * 200 + "</x>" * n, 2_000),
    (slug, lambda n: "a" + "\u0315\u0300" * n, 20_000),
    (read_front_matter, lambda n: f"summary: {'a' * 40 * n}\n" + "k: a: b\n" * n, 1_000),
]


@pytest.mark.parametrize(("read", "hostile", "length"), _CASES)
def test_twice_the_length_takes_about_twice_the_time(
    read: Callable[[str], Any], hostile: Callable[[int], str], length: int
) -> None:
    once = min(_seconds(read, hostile(length)) for _ in range(_TRIES))
    longer = hostile(2 * length)
    limit = max(3 * once, _NOTHING_TO_SPEAK_OF)
    assert any(_seconds(read, longer) <= limit for _ in range(_TRIES))


def _seconds(read: Callable[[str], Any], given: str) -> float:
    """Return the processor time that reading takes."""
    start = time.process_time()
    read(given)
    return time.process_time() - start
