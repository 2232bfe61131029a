"""Markup and character references in the values of a record, which are plain text.

Systems that keep texts as HTML export ``<em>`` and ``&#8217;`` where readers expect words alone.
"""

import re
from html import unescape
from html.entities import html5

from feedsvc.ingest.html.visibility import is_hidden
from feedsvc.model.text import clean_text

MARKUP = re.compile(
    r"<!--(?:[^<]|<(?!!--))*?-->|</?(?P<name>a|abbr|b|bdi|bdo|big|blockquote|br|center|cite|code|del|dfn|div|em|figcaption"
    r"|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|nobr|ol|p|pre|q|s|samp|script|section|small|span"
    r"|strike|strong|style|sub|sup|table|t[dhrt]|time|u|ul|var|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE | re.DOTALL,
)
"""A tag of HTML, a comment or a mark of XML; ``a < b`` and ``<3`` are words."""
_NO_WORDS = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[((?:[^<]|<(?!!\[CDATA))*?)\]\]>")
_ATTRIBUTE = re.compile(
    r"""\s(hidden|popover|style)\b(?:\s*=\s*("[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))?""", re.IGNORECASE
)
_EMPTY = {"", "br", "hr", "img", "wbr"}
"""Names of comments, and of elements without contents."""
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


def markdown_marks(text: str) -> str:
    """Return the first words of a text between marks of Markdown, with these; empty if none."""
    marked = next(filter(None, (mark.search(text) for mark in _MARKDOWN)), None)
    return marked[0] if marked else ""


def words(typed: str) -> tuple[str, str]:
    """Return a text without markup and references, and the note about them, if any."""
    without, note = without_html(typed)
    plain = without
    for mark in _MARKDOWN:
        plain = mark.sub(r"\1", plain)
    if plain == without:
        return without, note
    message = f'has marks of Markdown, which is for the body; readers see "{plain}"'
    link = _MARKDOWN_LINK.search(without)
    return plain, f"{message}, without the link to {link[2]}" if link else message


def without_html(typed: str) -> tuple[str, str]:
    """Return a text without HTML and references, and the note about them, if any."""
    typed = _CDATA.sub(r"\1", typed)
    tag = MARKUP.search(typed)
    character, _ = character_reference(typed) or ("", "")
    if not tag and not character:
        return clean_text(typed), ""
    plain = MARKUP.sub(_between, _shown_parts(typed)) if tag else typed
    shown = clean_text(_REFERENCE.sub(_character, plain))
    typical = tag[0] if tag else character
    message = f'has "{typical}", which is for web pages; readers see "{shown}"'
    if address := _ADDRESS.search(typed):
        message += f", without the link to {unescape(address[1])}"
    return shown, message


def _shown_parts(typed: str) -> str:
    """Return HTML without the parts that a page does not show."""
    markup, shown, at, hidden, depth = _NO_WORDS.sub("", typed), list[str](), 0, "", 0
    for tag in MARKUP.finditer(markup):
        name, closes = (tag["name"] or "").lower(), tag[0].startswith("</")
        if hidden:
            depth += 0 if name != hidden else -1 if closes else 1
            if not depth:
                hidden, at = "", tag.end()
        elif not closes and name not in _EMPTY and is_hidden(name, _attributes(tag[0])):
            shown.append(markup[at : tag.start()])
            hidden, depth, at = name, 1, len(markup)
    return "".join((*shown, markup[at:]))


def _attributes(tag: str) -> dict[str, str]:
    return {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(tag)}


def _between(tag: re.Match[str]) -> str:
    name = (tag["name"] or "").lower()
    if name == "q":
        return "”" if tag[0].startswith("</") else "“"
    return " " if name in _BLOCKS else ""


def _character(match: re.Match[str]) -> str:
    return unescape(match[0]) if match[0][1] == "#" or match[0][1:] in html5 else match[0]
