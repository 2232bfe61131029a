"""The compiled parser takes most texts, and only ones of which both parsers make the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.ingest.record.compiled_markdown import rendered
from feedsvc.ingest.record.markdown import render_extended

_BLOCKS = ["- ", "* ", "+ ", "1. ", "2) ", "10. ", "> ", ">", "# ", "## ", "---", "===", "***"]
_MARKS = ["*", "**", "_", "__", "***", "`", "``", "[", "]", "](", "(", ")", "![", "\\", "#"]
_LINKS = ["](https://q.example/a)", "](https://q.example/b?c=d&e)", "](x.md)", "[one](b.md)"]
_SPACES = [
    " ",
    "  ",
    "   ",
    "    ",
    "\n",
    "\n\n",
    "\n  ",
    "\n   - ",
    "\t",
    "\u00a0",
    "  \n",
    "\\\n",
]
_OTHERS = [
    "&",
    "& ",
    "&amp;",
    "<",
    "~~",
    "|",
    "```\n",
    "[^1]",
    "[ ] ",
    "www.q.example",
    "https://q",
]
_WORDS = [
    "word",
    "Word two",
    "1",
    "ß",
    "日本",
    "—",
    "€",
    "“",
    "”",
    "😀",
    ".",
    ",",
    ":",
    "!",
    '"',
    "'",
]
_MARKDOWN = st.lists(
    st.sampled_from(_BLOCKS + _MARKS + _LINKS + _SPACES + _OTHERS + 3 * _WORDS), max_size=16
).map("".join)


def shown(html: str) -> str:
    return clean_html(html, "https://q.example/a", lambda *_: None, lambda *_: None)


@given(_MARKDOWN)
def test_both_parsers_make_the_same_of_a_text(text: str) -> None:
    html = rendered(text)
    assert html is None or shown(html) == shown(render_extended(text))


@pytest.mark.parametrize(
    "text",
    [
        "Ships *came* in, **all** of them.\n\n## Later\n\nSee [the port](https://q.example/p?a=1&b).",
        "- one\n- two `code`\n\n1. a\n2. b\n\n> Quoted.\n\n---\n\nAn end  \nof a line & more.",
        "« Un\u00a0mot » — “quoted” €5, 日本 [story](../b.md)",
    ],
)
def test_texts_of_newsrooms_are_taken(text: str) -> None:
    html = rendered(text)
    assert html
    assert shown(html) == shown(render_extended(text))


@pytest.mark.parametrize(
    "text",
    [
        "<b>HTML</b>",
        "| a |\n|---|",
        "~~out~~",
        "note[^1]",
        "- [ ] Ask",
        "See https://q.example.",
        "See www.q.example",
        "[a](javascript:x)",
        "[a](https://q.example:80/)",
        "![a](b.png)",
        "[one][1]\n\n[1]: b.md",
        "&nbsp;",
        "[a [b]](c.md)",
        "*€*5",
        "-\u00a0a",
        "    code",
        "```\ncode\n```",
        "- a\n\n    b",
        "> > > > > > > > > a",
    ],
)
def test_texts_are_left_alone_in_which_the_parsers_may_differ(text: str) -> None:
    assert rendered(text) is None
