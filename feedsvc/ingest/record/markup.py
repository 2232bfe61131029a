"""Markup and character references in the values of a record, which are plain text.

Systems that keep texts as HTML export ``<em>`` and ``&#8217;`` where readers expect words alone.
"""

import re
from html import unescape
from html.entities import html5

from feedsvc.model.text import clean_text

MARKUP = re.compile(
    r"</?(?P<name>a|abbr|b|bdi|bdo|big|blockquote|br|center|cite|code|del|dfn|div|em|figcaption"
    r"|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|nobr|ol|p|pre|q|s|samp|section|small|span"
    r"|strike|strong|sub|sup|table|t[dhrt]|time|u|ul|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
"""A tag of HTML; ``a < b`` and ``<3`` are words."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_BLOCKS = set("blockquote br center div figcaption figure hr li ol p pre section table".split()) | {
    *(f"h{level}" for level in range(1, 7)),
    *("td", "th", "tr", "ul"),
}
"""Elements whose begin and end separate words."""
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{1,500})\]\(([^()\s]*[./#][^()\s]*)\)")
_MARKDOWN = [
    _MARKDOWN_LINK,
    *(
        re.compile(
            rf"(?<![\w{mark[-1]}\\]){mark}(?=\S)([^{mark[-1]}]{{1,500}})(?<=\S){mark}(?![\w{mark[-1]}])"
        )
        for mark in (r"\*\*", "__", "~~", r"\*", "_", "`")
    ),
]
"""Marks of Markdown around words; a star or line alone is none."""
_ADDRESS = re.compile(r"""\shref\s*=\s*["']?\s*(https?:[^\s"'<>]+)""", re.IGNORECASE)


def character_reference(text: str) -> tuple[str, str] | None:
    """Return the first character reference of a text and its character; None without one."""
    for match in _REFERENCE.finditer(text):
        if match[0][1] == "#" or match[0][1:] in html5:
            return match[0], unescape(match[0])
    return None


def words(typed: str) -> tuple[str, str]:
    """Return a text without markup and references, and the note about them, if any."""
    without, note = _without_html(typed)
    plain = without
    for mark in _MARKDOWN:
        plain = mark.sub(r"\1", plain)
    if plain == without:
        return without, note
    message = f'has marks of Markdown, which is for the body; readers see "{plain}"'
    link = _MARKDOWN_LINK.search(without)
    return plain, f"{message}, without the link to {link[2]}" if link else message


def _without_html(typed: str) -> tuple[str, str]:
    tag = MARKUP.search(typed)
    character, _ = character_reference(typed) or ("", "")
    if not tag and not character:
        return clean_text(typed), ""
    plain = MARKUP.sub(_between, _COMMENT.sub("", typed)) if tag else typed
    shown = clean_text(_REFERENCE.sub(_character, plain))
    typical = tag[0] if tag else character
    message = f'has "{typical}", which is for web pages; readers see "{shown}"'
    if address := _ADDRESS.search(typed):
        message += f", without the link to {unescape(address[1])}"
    return shown, message


def _between(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name == "q":
        return "”" if tag[0].startswith("</") else "“"
    return " " if name in _BLOCKS else ""


def _character(match: re.Match[str]) -> str:
    return unescape(match[0]) if match[0][1] == "#" or match[0][1:] in html5 else match[0]
