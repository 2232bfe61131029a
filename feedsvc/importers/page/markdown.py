"""Write plain text and HTML as Markdown that reads back as the same text."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from lxml import etree
from lxml.html import HtmlElement
from msgspec import Struct

from feedsvc.importers.page.tree import absolute, find
from feedsvc.importers.page.vocabulary import pattern
from feedsvc.model.text import clean_characters

_BLOCKS = frozenset("blockquote body div h1 h2 h3 h4 h5 h6 html li p pre table tr ul".split())
_STYLES = {"b": "**", "strong": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "tt": "`"}


class _Run(Struct, frozen=True):
    """A piece of text of one style; it becomes Markdown when its neighbours are known."""

    text: str
    style: str = ""
    href: str = ""


_BREAK = _Run("\n")


def escape(text: str) -> str:
    """Return a line of plain text as Markdown for it."""
    return safe_start(pattern("markdown_mark").sub(r"\\\g<0>", " ".join(text.split())))


def safe_start(line: str) -> str:
    """Keep a line from beginning a heading, a list, a quotation or a table."""
    mark = "\\" if pattern("markdown_start").match(line) else ""
    return mark + pattern("markdown_number").sub(r"\1\\\2", line)


def join(blocks: Iterable[str]) -> str:
    """Return blocks as one text; no blank line parts the items of a list."""
    return pattern("markdown_items").sub(r"\1\n", "\n\n".join(filter(None, blocks)))


def to_markdown(root: HtmlElement, base: str) -> list[str]:
    """Return the blocks of a text; without a base, relative links become text."""
    blocks, runs = list[str](), list[_Run]()
    begun: set[HtmlElement] = set()  # the items of lists that have their bullet
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag, ends = str(element.tag), event == "end"
        whole = "" if ends else _whole(element, base)
        if whole or tag in _BLOCKS:
            blocks += [*_block(runs, element if ends else element.getparent(), begun), whole]
            runs = []
        if whole:
            walk.skip_subtree()
        elif tag == "br" and not ends:
            runs.append(_BREAK)
        elif tag in ("td", "th") and ends:
            runs.append(_Run(" "))
        holder = element.getparent() if ends else element
        text = element.tail if ends else element.text if not whole else ""
        if text and holder is not None and not (ends and element is root):
            around = [holder, *holder.iterancestors()]
            link = next((each for each in around if each.tag == "a"), None)
            href = "" if link is None else absolute(link.get("href", ""), base)
            # A link is of one style, so that it stays one link.
            styled = around[around.index(link) :] if link is not None and href else around
            style = next((_STYLES[str(each.tag)] for each in styled if each.tag in _STYLES), "")
            runs.append(_Run(clean_characters(text), style, href))
    return list(filter(None, [*blocks, *_block(runs, root, begun)]))


def _whole(element: HtmlElement, base: str) -> str:
    """Return an element that is written as a whole: a frame, or a table of short cells."""
    if element.tag == "iframe":
        return etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    rows = [list(row.iter("td", "th")) for row in element.iter("tr") if element.tag == "table"]
    if len(rows) < 2 or min(map(len, rows)) < 2 or next(element.iter("p"), None) is not None:
        return ""
    cells = [[" ".join(to_markdown(it, base)).replace("|", r"\|") for it in row] for row in rows]
    width = max(map(len, cells))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in cells]
    return "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])


def _block(runs: Sequence[_Run], holder: HtmlElement | None, begun: set[HtmlElement]) -> list[str]:
    """Return runs as a block of Markdown, with the marks of the elements around it."""
    parts = groupby(runs, key=lambda run: run is _BREAK)
    lines = list(filter(None, (_render(part) for is_break, part in parts if not is_break)))
    if not lines or holder is None:
        return []
    around = [holder, *holder.iterancestors()]
    levels = [int(tag[1]) for tag in (str(each.tag) for each in around) if re.match(r"h\d", tag)]
    if levels:
        lines = [f"{'#' * max(levels[0], 2)} {' '.join(lines)}"]
    items = find(holder, "ancestor-or-self::li[parent::ul]")[::-1]
    # A list whose item holds nothing but a list does not indent it.
    before = "> " * sum(each.tag == "blockquote" for each in around)
    before += "  " * len(begun.intersection(items[1:]))
    bullet = ("  " if items[0] in begun else "- ") if items else ""
    begun.update(items[:1])
    return [before + bullet + f"\\\n{before}{' ' * len(bullet)}".join(lines)]


def _render(line: Iterable[_Run]) -> str:
    """Return a line of runs as Markdown, styled where it can be read so; spaces outside of it."""
    line = _joined(line)
    text = ""
    for run, following in zip(line, [*line[1:], _Run("")], strict=False):
        core = run.text.strip()
        left, right = run.text[: run.text.find(core[:1])], run.text[len(run.text.rstrip()) :]
        before = "[" if run.href else (text + left)[-1:]
        after = right or (following.text if run.href == following.href else "")
        marked = pattern("markdown_of_run").sub(r"\\\g<0>", core)
        # Marks around other texts are not read as marks (CommonMark §6.2 and §6.1).
        opens = core[:1].isalnum() or before in ("", " ", "[")
        closes = core[-1:].isalnum() or after[:1] in ("", " ")
        is_styled = opens and closes and before not in ("*", "`") and "`" not in core
        if run.style and core and is_styled:
            marked = f"`{core}`" if run.style == "`" else f"{run.style}{marked}{run.style}"
        if run.href and core:
            if text.endswith("!") and not left:
                text = f"{text[:-1]}\\!"  # else the link is read as an image
            href = re.sub(r"&(?=#?\w+;)", r"\\&", run.href)
            marked = f"[{marked}]({f'<{href}>' if re.search('[()]', href) else href})"
        text += left + marked + right
    return safe_start(text.strip())


def _joined(runs: Iterable[_Run]) -> list[_Run]:
    line: list[_Run] = []
    for run in runs:
        text = re.sub(r"\s+", " ", run.text)
        if not line or line[-1].text.endswith(" "):
            text = text.removeprefix(" ")
        if line and (line[-1].style, line[-1].href) == (run.style, run.href):
            text = line.pop().text + text
        if text:
            line.append(_Run(text, run.style, run.href))
    return line
