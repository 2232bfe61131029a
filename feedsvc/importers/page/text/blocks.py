"""The text of a page becomes blocks: paragraphs and list items, unwrapped, with their lines.

A text browser breaks a paragraph only where the next word does not fit. So a line that ends early
although the next word would have fitted ends its paragraph, blank line or not.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from msgspec import Struct

from feedsvc.importers.page.labelled_lines import crumbs

_INVISIBLE = {ord(char): None for char in "\u00ad\u200b\u2060\ufeff"}
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))
_BREAKS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"))
_BULLET = re.compile(r"\s*(?:[•◦▪‣∙●○■□*]|(?P<weak>[+#@·–—o-]))\s+(?=\S)")
_RULE = re.compile(r"\s*(?:[-=_~*━─═│┃]\s*){3,}")
_NUMBER = re.compile(r"(?<![\w.,;:!?%”’\"')\]])\[(\d{1,4})\](?=\S)")
_REFERENCE = re.compile(
    r"\s*(?:\d+\.\s+[a-z][a-z0-9+.-]*:\S*|(?:\w+ )?(?:links|enlaces)\W*)", re.IGNORECASE
)
_REFERENCES = re.compile(
    r"(?:Referenc|Référenc|Referên|Riferiment|Referenz|Verweis|Ссылки)\w*\W*", re.IGNORECASE
)


class Block(Struct, frozen=True):
    """A paragraph, a heading or a list item of the page."""

    text: str
    """One line, without its bullet."""
    first: int
    """Its first line, counted from 1."""
    last: int
    """Its last line."""
    gap: int
    """The blank lines above it."""
    indent: int = 0
    """Of its first line, in columns."""
    bullet: bool = False
    linked: bool = False
    """It begins with one of lynx's link numbers."""
    rows: tuple[str, ...] = ()
    """Its lines as they stand in the page."""

    @property
    def source(self) -> str:
        """Say where the block stands, for people."""
        return lines(self.first, self.last)


class _Line(Struct, frozen=True):
    number: int
    raw: str

    @property
    def blank(self) -> bool:
        return not self.raw or bool(_RULE.fullmatch(self.raw))

    @property
    def indent(self) -> int:
        return len(self.raw) - len(self.raw.lstrip())


def lines(first: int, last: int) -> str:
    """Say where something stands: ``line 17`` or ``lines 20–34``."""
    return f"line {first}" if first == last else f"lines {first}–{last}"


def blocks(text: str) -> list[Block]:
    """Part a page's text into its blocks."""
    rows = _rows(text)
    numbered = _numbered(text)
    width = _width_of(rows)
    found: list[Block] = []
    group: list[_Line] = []
    gap = held = 0
    item = ""
    for row in rows:
        if row.blank:
            # A drawn line parts more than a blank one.
            gap += 2 if row.raw else 1
            continue
        bullet = _bullet(row, group[-1] if group and not gap else None, item)
        if group and (gap or bullet or _ends(group[-1], row, width)):
            found.append(_block(group, held, item, numbered))
            group = []
        if not group:
            held, item = gap, bullet
        group.append(row)
        gap = 0
    if group:
        found.append(_block(group, held, item, numbered))
    return [block for block in found if block.text]


def _rows(text: str) -> list[_Line]:
    """Clean the lines and leave out the list of addresses that lynx puts at the end."""
    text = text.translate(_INVISIBLE).translate(_SPACES)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS)
    # Lines keep the numbers they have in the file, so the cleaning must not add or drop any.
    raw = [_visible(line.expandtabs(8)).rstrip() for line in text.split("\n")]
    end = len(raw)
    while end and (not raw[end - 1] or _REFERENCE.fullmatch(raw[end - 1])):
        end -= 1
    if end and end < len(raw) and _REFERENCES.fullmatch(raw[end - 1].strip()):
        raw = raw[: end - 1]
    return [_Line(number, line) for number, line in enumerate(raw, 1)]


def _visible(line: str) -> str:
    return "".join(
        char for char in line if char.isprintable() or unicodedata.category(char) == "Zs"
    )


def _numbered(text: str) -> bool:
    """Tell whether the links are numbered 1, 2, 3 … as lynx does."""
    numbers = [int(number) for number in _NUMBER.findall(text)]
    return bool(numbers) and numbers == sorted(numbers) and numbers[0] == 1


def _width_of(rows: list[_Line]) -> int:
    """Return the column the page was wrapped at; 0 when it was not."""
    inner = sorted(
        columns(row.raw)
        for row, after in pairwise(rows)
        if not (row.blank or after.blank or _BULLET.match(after.raw)) and _can_wrap(row.raw)
    )
    # A line or two may be longer than the rest: a table, a long address.
    while len(inner) > 3 and inner[-1] > inner[-2] * 1.3:
        inner.pop()
    width = inner[-1] if inner else 0
    full = sum(length >= width * 0.75 for length in inner)
    if width > 140:
        full = sum(length >= width - 20 for length in inner)
        return width if full >= 3 and full >= len(inner) * 0.6 else 0
    return width if width >= 55 and full >= len(inner) * 0.5 else 0


def _can_wrap(text: str) -> bool:
    """Tell whether a line could have been broken: it has a space, or a script without spaces."""
    return " " in text.strip() or columns(text) > len(text)


def _ends(row: _Line, after: _Line, width: int) -> bool:
    """Tell whether a paragraph ends with this row although no blank line follows."""
    following = after.raw.strip()
    if crumbs(_NUMBER.sub("", row.raw).strip()):
        return True
    if following[0] in "|,;)":
        return False
    if following[0].islower():
        return row.raw.endswith((".", "!", "?"))
    if not width:
        return True
    wide = columns(following[0]) == 2
    word = 2 if wide else columns(following.split()[0])
    # Text browsers wrap headings, lists and paragraphs at columns a little apart.
    return columns(row.raw) + 1 + word <= width - max(8, width // 8)


def _bullet(row: _Line, before: _Line | None, item: str) -> str:
    """Return the bullet of a row; a "-" or a Spanish "o" within a paragraph is none."""
    match = _BULLET.match(row.raw)
    if not match:
        return ""
    mark = match[0].strip()
    if not match["weak"] or before is None:
        # No paragraph of its own begins with "o", but a list of lynx does.
        return "" if mark == "o" and row.indent < 5 else mark
    listed = item == mark or (item and row.indent > before.indent and mark != "o")
    return mark if listed else ""


def _block(group: list[_Line], gap: int, item: str, numbered: bool) -> Block:
    text = group[0].raw.strip()
    if item:
        text = text.removeprefix(item).strip()
    linked = numbered and bool(_NUMBER.match(text))
    for row in group[1:]:
        part = row.raw.strip()
        # Scripts without spaces between words are wrapped without one, too.
        text += part if columns(text[-1:]) == columns(part[0]) == 2 else f" {part}"
    text = _NUMBER.sub("", text) if numbered else text
    return Block(
        " ".join(text.split()),
        group[0].number,
        group[-1].number,
        gap,
        group[0].indent,
        bool(item),
        linked,
        tuple((_NUMBER.sub("", row.raw) if numbered else row.raw).strip() for row in group),
    )


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
