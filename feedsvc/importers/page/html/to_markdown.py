"""Write HTML as Markdown that reads back as the same text.

A block is split into runs, pieces of text of one style; runs become Markdown in the end, when
their neighbours are known.
"""

import re
from collections.abc import Sequence

from lxml import etree
from lxml.html import HtmlElement
from msgspec import Struct

from feedsvc.importers.page.html.tree import absolute
from feedsvc.importers.page.markdown import SPECIAL, safe_start
from feedsvc.model.text import clean_characters

_SPECIAL_RUN = re.compile(rf"{SPECIAL.pattern}|^~|~$|<$|&(?=#?\w*$)")
"""Characters that Markdown could read together with the run before or behind, too."""

_BLOCKS = frozenset("blockquote body div h1 h2 h3 h4 h5 h6 html li p pre table tr ul".split())
_STYLES = {"b": "**", "strong": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "tt": "`"}
_HEADINGS = {f"h{level}": "#" * max(level, 2) for level in range(1, 7)}


class _Run(Struct, frozen=True):
    text: str
    style: str = ""
    href: str = ""


_BREAK = _Run("\n")
_BULLET, _INDENT = "- ", "  "


def to_markdown(root: HtmlElement, base: str) -> list[str]:
    """Return the paragraphs, headings, items and quotations of a text that trafilatura extracted.

    :param base: the address that relative links start from; without one they become text.
    """
    writer = _Writer(base)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            writer.end(element)
            writer.text("" if element is root else element.tail)
        elif element.tag == "iframe" or (element.tag == "table" and _is_data(element)):
            writer.flush()
            writer.blocks.append(
                _table(element, base)
                if element.tag == "table"
                else etree.tostring(element, encoding="unicode", method="html", with_tail=False)
            )
            walk.skip_subtree()
        else:
            writer.start(element)
    writer.flush()
    return writer.blocks


def _table(table: HtmlElement, base: str) -> str:
    """Return a table of data as Markdown, its first row as its head (GFM §4.10)."""
    rows = [
        [" ".join(to_markdown(cell, base)).replace("|", r"\|") for cell in row.iter("td", "th")]
        for row in table.iter("tr")
    ]
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


class _Writer:
    """Follows the elements of a tree and collects blocks."""

    def __init__(self, base: str) -> None:
        self.blocks: list[str] = []
        self._base = base
        self._runs: list[_Run] = []
        self._styles: list[tuple[str, str]] = [("", "")]
        self._lists: list[str] = []
        """The mark before the next block in each open list: a bullet, then as many spaces."""
        self._heading = ""
        self._quotes = 0

    def start(self, element: HtmlElement) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self.flush()
        if tag == "ul":
            self._lists.append("")
        elif tag == "li" and self._lists:
            self._lists[-1] = _BULLET
        elif tag == "br":
            self._runs.append(_BREAK)
        elif tag in _STYLES or tag == "a":
            style, href = self._styles[-1]
            # A link is of one style, so that it stays one link.
            style = style if href else _STYLES.get(tag, style)
            href = absolute(element.get("href", ""), self._base) if tag == "a" else href
            self._styles.append((style, href))
        self._heading = _HEADINGS.get(tag, self._heading)
        self._quotes += tag == "blockquote"
        self.text(element.text)

    def end(self, element: HtmlElement) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self.flush()
        elif tag in _STYLES or tag == "a":
            self._styles.pop()
        elif tag in ("td", "th"):
            self.text(" ")
        if tag == "ul":
            self._lists.pop()
        elif tag in _HEADINGS:
            self._heading = ""
        self._quotes -= tag == "blockquote"

    def text(self, text: str | None) -> None:
        cleaned = clean_characters(text or "")
        if cleaned:
            self._runs.append(_Run(cleaned, *self._styles[-1]))

    def flush(self) -> None:
        """End a block."""
        lines = [line for line in map(_render, _lines(self._runs)) if line]
        self._runs = []
        if not lines:
            return
        if self._heading:
            lines = [f"{self._heading} {' '.join(lines)}"]
        prefix, indent = self._prefix()
        self.blocks.append(prefix + f"\\\n{indent}".join(lines))

    def _prefix(self) -> tuple[str, str]:
        """Return the marks before the first line of a block, and before its other lines."""
        # A list whose item holds nothing but a list does not indent it.
        outer = [indent for indent in self._lists[:-1] if indent == _INDENT]
        before = "> " * self._quotes + "".join(outer)
        if not self._lists:
            return before, before
        bullet = self._lists[-1]
        self._lists[-1] = _INDENT if bullet else ""
        return before + bullet, before + self._lists[-1]


def _is_data(table: HtmlElement) -> bool:
    """Return whether a table is one of short cells in columns, not a frame around paragraphs."""
    widths = [len(row.findall("td")) + len(row.findall("th")) for row in table.iter("tr")]
    plain = table.find(".//p") is None and table.find(".//table") is None
    return plain and len(widths) > 1 and min(widths) > 1


def _lines(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Split runs at their line breaks, with single spaces, neighbours of one style joined."""
    lines: list[list[_Run]] = [[]]
    for run in runs:
        if run is _BREAK:
            lines.append([])
            continue
        line = lines[-1]
        text = re.sub(r"\s+", " ", run.text)
        if not line or line[-1].text.endswith(" "):
            text = text.removeprefix(" ")
        if line and (line[-1].style, line[-1].href) == (run.style, run.href):
            text = line.pop().text + text
        if text:
            line.append(_Run(text, run.style, run.href))
    return lines


def _render(line: list[_Run]) -> str:
    """Return a line of runs as Markdown, styled where it can be read so; spaces outside of it."""
    text = ""
    for run, following in zip(line, [*line[1:], _Run("")], strict=False):
        core = run.text.strip()
        left, right = run.text[: run.text.find(core[:1])], run.text[len(run.text.rstrip()) :]
        before = "[" if run.href else (text + left)[-1:]
        after = right or (following.text if run.href == following.href else "")
        marked = _SPECIAL_RUN.sub(r"\\\g<0>", core)
        if run.style and core and _can_style(core, before, after[:1]):
            marked = f"`{core}`" if run.style == "`" else f"{run.style}{marked}{run.style}"
        if run.href and core:
            if text.endswith("!") and not left:
                text = f"{text[:-1]}\\!"  # else the link is read as an image
            href = re.sub(r"&(?=#?\w+;)", r"\\&", run.href)
            marked = f"[{marked}]({f'<{href}>' if re.search('[()]', href) else href})"
        text += left + marked + right
    return safe_start(text.strip())


def _can_style(core: str, before: str, after: str) -> bool:
    """Return whether marks around a text are read as marks (CommonMark §6.2 and §6.1)."""
    opens = core[0].isalnum() or before in ("", " ", "[")
    closes = core[-1].isalnum() or after in ("", " ")
    return opens and closes and before not in ("*", "`") and "`" not in core
