"""Render most Markdown by a compiled parser, which takes a fiftieth of the time.

Both parsers follow CommonMark. Only texts are taken in which they cannot differ: without
extensions, without HTML, and without the few notations on which their versions disagree.
"""

import re

import pyromark

_OTHERS = ("<", "|", "~", "\t", "\0", "]:", "[^", "[ ]", "[x]", "[X]", "\\\n", "\\ ", "\n    ")
"""HTML, tables, text that is struck out, definitions of links, footnotes, lists of tasks, ends of
lines that one of the parsers trims, and lines that may go on a paragraph or be code."""
_REFERENCE = re.compile(r"&#?\w+;")
_WITHIN = re.compile(r"\[[^\]\n]*\[")
"""Brackets within brackets."""
_DEEP = re.compile(r"[>*+\-0-9][ >*+\-0-9.)]{13}")
"""A line may be in so many quotes and lists that one parser gives up."""
_UNUSUAL = re.compile(
    r"[*_][^\w\s\x00-\x7f]|[^\w\s\x00-\x7f][*_]"
    r"|(?:^|[\s*+>#-]|^[\s>]*[0-9]+[.)])(?![ \n])\s|(?![ \n])\s\s*$",
    re.MULTILINE,
)
"""Signs beside the marks of emphasis, of which versions of Unicode decide, and spaces of typography
that one of the parsers trims."""
_TAG = re.compile(
    r"</?(?:p|em|strong|h[1-6]|ul|ol|li|blockquote|code|a)>|<(?:br|hr) />|<ol start=\"[0-9]+\">"
    r"|<a href=\"(?:https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w/.,~+@=-]*)?"
    r"(?:\?(?:[\w/.,~+@=-]|&amp;)+)?|[\w/.-]+)\">",
    re.ASCII,
)
"""A tag that both parsers write alike, with an address that neither of them changes."""
_ADDRESS = ("<", "://", "www.")
"""Signs of another tag, or of an address that becomes a link."""


def rendered(text: str) -> str | None:
    """Return Markdown as HTML; None where the parsers may differ."""
    if any(map(text.__contains__, _OTHERS)) or _DEEP.search(text):
        return None
    if ("&" in text and _REFERENCE.search(text)) or ("[" in text and _WITHIN.search(text)):
        return None
    if not text.isascii() and _UNUSUAL.search(text):
        return None
    if text.startswith("    "):
        return None
    html = pyromark.html(f"{text}\n")
    rest = _TAG.sub("", html)
    return None if any(map(rest.__contains__, _ADDRESS)) else html
