"""Render Markdown as HTML: CommonMark, and the extensions that newsrooms type.

These are tables, strikethrough, footnotes, bare addresses and lists of tasks. The plug-ins for the
last two take time that grows with the square of the text.
"""

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from feedsvc.ingest.record import compiled_markdown

_MAX_REPEATED = 4
"""Characters of addresses for each character of Markdown: escaped, they grow to three times."""
_ALWAYS_REPEATED = 100_000
"""Characters of addresses that are accepted in any case."""

_PLAIN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_WITH_NOTES = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
footnote_plugin(_WITH_NOTES, inline=False)

_NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]{1,100})\]:", re.MULTILINE)
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,100})\](?!:)")
_ADDRESS = re.compile(
    r"(?<![\w/.@-])(?:https?://|www\.)[^\s<>\"“”«»\[\]]+[^\s<>\"“”«»?!.,:;*_~'’)\[\]]/?"
)
_TASK = re.compile(r"\[([ xX])\]\s+")
_ALIGNED = "text-align:"


def render_markdown(text: str) -> str:
    """Return Markdown as HTML.

    :raises ValueError: one long address, which is written once, would be repeated very often.
    """
    html = compiled_markdown.rendered(text)
    return render_extended(text) if html is None else html


def render_extended(text: str) -> str:
    """Return Markdown, which may have extensions, as HTML.

    :raises ValueError: as for ``render_markdown``.
    """
    notes = set(_NOTE.findall(text))
    # A footnote without a reference would be left out, so then all stay as they were typed.
    markdown = _WITH_NOTES if notes and notes <= set(_REFERENCE.findall(text)) else _PLAIN
    shared: dict[str, object] = {}
    tokens = markdown.parse(text, shared)
    inline = (part for token in tokens for part in token.children or ())
    repeated = sum(len(str(value)) for part in inline for value in part.attrs.values())
    if repeated > _MAX_REPEATED * len(text) + _ALWAYS_REPEATED:
        raise ValueError(f"has links with {repeated:,} characters in all; shorten their addresses")
    _mark_tasks(tokens)
    for token in tokens:
        style = str(token.attrs.get("style", ""))
        if style.startswith(_ALIGNED):
            token.attrs = {"align": style.removeprefix(_ALIGNED)}
        if token.children and any(map(_ADDRESS.search, (it.content for it in token.children))):
            token.children = list(_linked(token.children))
    return markdown.renderer.render(tokens, markdown.options, shared)


def _mark_tasks(tokens: list[Token]) -> None:
    """Put a box in the place of the brackets that begin an item of a list of tasks."""
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.children:
            first = inline.children[0]
            task = _TASK.match(first.content) if first.type == "text" else None
            if task:
                box = "☐" if task[1] == " " else "☑"
                first.content = f"{box} {first.content[task.end() :]}"


def _linked(parts: Iterable[Token]) -> Iterator[Token]:
    """Yield the parts of a paragraph, with links in the place of bare addresses."""
    links = 0
    for part in parts:
        links += {"link_open": 1, "link_close": -1}.get(part.type, 0)
        links += part.type == "html_inline" and part.content[:3].lower() in ("<a ", "<a>")
        links -= part.type == "html_inline" and part.content[:4].lower() == "</a>"
        if links > 0 or part.type != "text":
            yield part
            continue
        at = 0
        for address in _ADDRESS.finditer(part.content):
            yield _text(part.content[at : address.start()])
            url = address[0] if address[0].startswith("http") else f"https://{address[0]}"
            yield Token("link_open", "a", 1, {"href": url})
            yield _text(address[0])
            yield Token("link_close", "a", -1)
            at = address.end()
        yield _text(part.content[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
