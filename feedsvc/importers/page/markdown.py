"""Write plain text as Markdown that reads back as the same text."""

import re
from collections.abc import Iterable

SPECIAL = re.compile(
    r"[\\`*\[\]]|~(?=~)|(?<=~)~|(?<![^\W_])_|_(?![^\W_])|<(?=[a-zA-Z/!?])|&(?=#?\w+;)"
)
"""Characters that begin or end something in Markdown, where they could do so."""
_AT_START = re.compile(r"#(?=#{0,5}(?:\s|$))|[+-](?=[\s|:-]|$)|[>=]|[|:](?=\s*[:-])")
_ORDINAL = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_ITEM = re.compile(r"(?:> )*\s*(?:- |\d+\. )")


def escape(text: str) -> str:
    """Return a line of plain text as Markdown for it."""
    return safe_start(SPECIAL.sub(r"\\\g<0>", " ".join(text.split())))


def safe_start(line: str) -> str:
    """Keep a line from beginning a heading, a list, a quotation or a table."""
    if _AT_START.match(line):
        return f"\\{line}"
    return _ORDINAL.sub(r"\1\\\2", line) if _ORDINAL.match(line) else line


def join(blocks: Iterable[str]) -> str:
    """Return blocks as one text; no blank line parts the items of a list."""
    parts: list[str] = []
    after_item = False
    for block in filter(None, blocks):
        is_item = bool(_ITEM.match(block))
        parts += "\n" if is_item and after_item else "\n\n", block
        after_item = is_item
    return "".join(parts[1:])
