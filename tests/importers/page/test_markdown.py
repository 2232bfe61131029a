"""Text and HTML as Markdown."""

from __future__ import annotations

import html
import re

import nh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from feedsvc.importers.page.markdown import escape, join, to_markdown
from feedsvc.importers.page.tree import absolute, parse_html

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PROSE = st.text(
    st.sampled_from(list("ab1 *_`~[]()<>#+-=.!&;|\\\"'/:é“”")) | st.characters(codec="utf-8")
)
STYLES = st.sampled_from(
    ["b", "i", "code", "a href='/x(1)'", "a href='ftp:x'", "span", "del", "p", "li", "br"]
)


def rendered(markdown: str) -> str:
    return MARKDOWN.render(markdown)


def text_of(markup: str) -> str:
    spaced = re.sub(r"<(/p|/li|/h\d|br ?/?)>", " ", markup)
    return " ".join(html.unescape(nh3.clean(spaced, tags=set())).split())


def written(markup: str, base: str = "https://quay.example/a/b") -> str:
    root = parse_html(f"<html><body>{markup}</body></html>")
    assert root is not None
    return join(to_markdown(root, base))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("It rained.", "It rained."),
        ("- a", "\\- a"),
        ("1. b", "1\\. b"),
        ("1) b", "1\\) b"),
        ("# c", "\\# c"),
        ("#c", "#c"),
        ("+ d", "\\+ d"),
        ("-5 degrees", "-5 degrees"),
        ("> e", "\\> e"),
        ("---", "\\---"),
        ("snake_case _and_ *stars*", "snake_case \\_and\\_ \\*stars\\*"),
        ("<b> & &amp; 3 < 4", "\\<b> & \\&amp; 3 < 4"),
        ("[a](b)", "\\[a\\](b)"),
        ("~~x~~ ~5", "\\~\\~x\\~\\~ ~5"),
        ("  wide \n space ", "wide space"),
    ],
)
def test_only_characters_that_markdown_could_read_are_escaped(text: str, markdown: str) -> None:
    assert escape(text) == markdown


@given(PROSE)
@example("__foo__")
@example("    four spaces")
def test_a_plain_paragraph_reads_back_as_typed(text: str) -> None:
    line = " ".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff]", "", text).split()
    )
    markup = rendered(escape(line))
    assert re.fullmatch(r"(<p>[^<>]*</p>\n)?", markup)
    assert " ".join(html.unescape(re.sub("</?p>", "", markup)).split()) == line


@given(st.lists(st.tuples(STYLES, PROSE), max_size=8))
@example([("b", "“x”"), ("span", "y")])
@example([("b", "x"), ("i", "y")])
@example([("a href='/x'", " "), ("b", " ")])
@example([("span", "!"), ("a href='/x'", "0")])
def test_the_words_of_html_stay_the_same(parts: list[tuple[str, str]]) -> None:
    markup = "".join(
        f"<{tag}>{html.escape(re.sub(r'[^ -~é“”]', '', text))}</{tag.split()[0]}>"
        for tag, text in parts
    )
    assert text_of(rendered(written(markup))).replace(" ", "") == text_of(markup).replace(" ", "")


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("<p>a <b>bold</b> and <i>it</i></p>", "a **bold** and *it*"),
        ("<p>a<b> bold </b>b</p>", "a **bold** b"),
        ("<p>x<b>“q”</b>y</p>", "x“q”y"),
        ("<p><code>a*b</code> <code>a`b</code></p>", "`a*b` a\\`b"),
        (
            "<p>a<a href='/x?a=1&amp;copy;b'> l </a>b</p>",
            "a [l](https://quay.example/x?a=1\\&copy;b) b",
        ),
        ("<p><a href='/x'>a <b>b</b></a></p>", "[a b](https://quay.example/x)"),
        ("<p><b>a <a href='/x'>b</a></b></p>", "**a** [**b**](https://quay.example/x)"),
        ("<p><a href='x(1)'>l</a></p>", "[l](<https://quay.example/a/x(1)>)"),
        ("<p><a href='javascript:x'>l</a><a href=''>m</a><a>n</a></p>", "lmn"),
        ("<p><a href='/x'> </a>b</p>", "b"),
        ("<p>a <a href='/x'> </a>b</p>", "a b"),
        ("<p>one<br>- two<br><br>1. three</p>", "one\\\n\\- two\\\n1\\. three"),
        ("<h1>A</h1><h3>B<br>C</h3>", "## A\n\n### B C"),
        ("<ul><li>a<li><p>b</p><p>c</p></ul><p>d</p>", "- a\n- b\n\n  c\n\nd"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ul><li><ul><li><ul><li>deep</ul></ul></ul>", "- deep"),
        ("<ul>loose<li>a</ul><li>stray</li>", "loose\n\n- a\n\nstray"),
        ("<blockquote><p>a</p><blockquote>b</blockquote></blockquote>", "> a\n\n> > b"),
        ("<table><tr><td>a<td>b</table>", "a b"),
        ("<p>a<img src=x>b</p>", "ab"),
        ("  <p> </p> ", ""),
    ],
)
def test_html_becomes_the_markdown_a_person_would_write(markup: str, markdown: str) -> None:
    assert written(markup) == markdown


def test_a_relative_link_without_an_address_to_start_from_becomes_text() -> None:
    assert written("<p><a href='/x'>l</a> <a href='https://a.example/b'>m</a></p>", "") == (
        "l [m](https://a.example/b)"
    )
    assert absolute("http://[", "") == ""
