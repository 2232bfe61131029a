"""Find marks of other systems in a body, such as shortcodes, which readers see as they stand."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from feedsvc.model.text import TAG

MAX_MARKS = 100
"""Marks of a body that are reported: who sees a hundred looks for the others."""
_SHOWN = 60
"""Characters of a mark in a message."""

_CODE = re.compile(r"<(pre|code|kbd|samp)(?:\s[^>]*)?>.*?</\1>", re.DOTALL)
"""Text that means nothing but itself."""
_INLINE = set("a b em i s small span strong sub sup u".split())
_SIGNS = "[", "{", "%%", "$$", ":::", "###", "&lt;%"
"""A part of each mark."""
_SHORTCODE = re.compile(
    r"\[(?P<name>[a-z][a-z0-9_-]{0,40})"
    r"(?P<settings>(?:\s+[\w-]{1,40}\s?=\s?(?:\"[^\"\[\]]*\"|'[^'\[\]]*'|“[^”\[\]]*”|[^\s\[\]\"'“]+))*)"
    r"\s?/?\]",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\[/([a-z][a-z0-9_-]{0,40})\]", re.IGNORECASE)
_KNOWN = set("contact-form contact-form-7 gallery playlist toc TOC".split())
"""Shortcodes that say something without settings and without an end."""
_ADVICE = {
    **dict.fromkeys("caption figure gallery image img".split(), "a picture is ![words](file.jpg)"),
    **dict.fromkeys(
        "audio embed playlist video vimeo youtube".split(), "write the address on a line of its own"
    ),
    **dict.fromkeys(("link", "url"), "a link is [words](https://…)"),
}
_LINK = "a link is [words](story.md), a picture ![words](file.jpg)"
_TEMPLATE = "write its text or a link in its place"
_OTHERS = [
    (re.compile(r"\[(?i:color|email|font|img|list|quote|size|url)=[^\]\n]{1,200}\]"), _LINK),
    (re.compile(r"!?\[\[[^\[\]\n]{1,500}\]\]"), _LINK),
    (re.compile(r"\[!(?i:note|tip|important|warning|caution|info)\]"), "write its word"),
    (re.compile(r"\[\^[^\]\s]{1,100}\]"), "give the footnote a text: [^1]: …"),
    (re.compile(r"(?<![\w^_{}\\$])\{\{[^{}\n]{1,500}\}\}"), _TEMPLATE),
    (re.compile(r"\{%[^%\n]{1,500}%\}|<%[^%\n]{1,500}%>"), _TEMPLATE),
    (re.compile(r"\{/\*[^\n]{1,500}?\*/\}|\{#\s[^#\n]{1,500}#\}"), "take it out"),
    (re.compile(r"\{:?\s?[.#][a-zA-Z][^{}\n]{0,100}\}"), "take it out"),
    (re.compile(r"\{/[a-z]\w{1,40}\}|\{(?:loadmodule|loadposition)\s[^{}\n]{1,100}\}"), _TEMPLATE),
    (re.compile(r"^[ \t]*:{3,}[ \t]*\{?[.\w][^\n]{0,100}", re.MULTILINE), "take the line out"),
    (re.compile(r"\$\$[^$]{1,1000}\$\$"), "write the formula in MathML"),
    (re.compile(r"%%[^%\n]{1,500}%%"), "take it out"),
    (re.compile(r"###[A-Z][A-Z_]{2,40}###"), _TEMPLATE),
]
"""Other marks, each with advice."""

_BLOCK = re.compile(r"<!--\s{0,9}wp:([a-z][\w/-]{0,60})[^>]{0,9}|<\?(?:php\b|=)", re.IGNORECASE)
_DYNAMIC = re.compile(r"<!--\s{0,9}wp:[^<>]{1,2000}/-->")
_EMPTY_BLOCKS = set("more nextpage separator spacer".split())


def foreign_marks(markup: str, cleaned: str) -> Iterator[tuple[str, str]]:
    """Yield the marks of other systems in a body, as typed, with messages about them.

    :param markup: the body as HTML.
    :param cleaned: the HTML that readers get of it.
    """
    if "<!--" in markup or "<?" in markup:
        yield from _left_out(markup)
    if any(map(cleaned.__contains__, _SIGNS)):
        text = unescape(TAG.sub(_between, _CODE.sub("\n", cleaned)))
        yield from islice(_seen(text), MAX_MARKS)


def _between(tag: re.Match[str]) -> str:
    return "" if tag[2] in _INLINE else "\n"


def _seen(text: str) -> Iterator[tuple[str, str]]:
    ended = {name.lower() for name in _ENDS.findall(text)}
    for mark in _SHORTCODE.finditer(text):
        name = mark["name"].lower()
        if mark["settings"] or name in ended or mark["name"] in _KNOWN:
            yield mark[0], _message(mark[0], _ADVICE.get(name, _TEMPLATE))
    for pattern, advice in _OTHERS:
        for mark in pattern.finditer(text):
            yield mark[0], _message(mark[0], advice)


def _message(mark: str, advice: str) -> str:
    shown = mark if len(mark) <= _SHOWN else f"{mark[:_SHOWN]}…"
    return f"{shown} is a mark of another system, which readers see as it stands; {advice}"


def _left_out(typed: str) -> Iterator[tuple[str, str]]:
    first = _BLOCK.search(typed)
    if first and not first[1]:
        yield first[0], "the code of PHP is left out; only a server of web pages runs it"
    elif first:
        message = "the comments of WordPress about its blocks are left out; readers lose nothing"
        yield first[0], message
    for block in islice(_DYNAMIC.finditer(typed), MAX_MARKS):
        name = block[0].partition("wp:")[2].split()[0].strip("/-")
        if name not in _EMPTY_BLOCKS:
            yield block[0], f'WordPress makes the block "{name}", so readers get nothing of it'
