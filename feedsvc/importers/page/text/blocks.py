"""Split the text of a page into blocks: paragraphs and list items, unwrapped."""

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import combining, east_asian_width

from msgspec import Struct

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.vocabulary import pattern


class Block(Struct, frozen=True):
    """A paragraph, a heading or a list item of the page."""

    text: str
    """One line, without its bullet."""
    rows: tuple[str, ...]
    """Its lines, without the bullet."""
    first: int
    """Its first line, counted from 1."""
    gap: int
    """The blank lines above it."""
    indent: int
    """Of its first line, in columns."""
    bullet: bool
    linked: bool
    """It begins with one of lynx's link numbers."""

    @property
    def source(self) -> str:
        """Say where the block stands, for people."""
        return line_range([self])


def line_range(blocks: Sequence[Block]) -> str:
    """Say where blocks stand: ``line 17`` or ``lines 20–34``."""
    first, last = blocks[0].first, blocks[-1].first + len(blocks[-1].rows) - 1
    return f"line {first}" if first == last else f"lines {first}–{last}"


def split_blocks(text: str) -> list[Block]:
    """Return the blocks of a page's text, without the marks of images, buttons and frames."""
    # Lines keep the numbers they have in the file, so the cleaning must not add or drop any.
    rows = [
        "".join(c if c.isprintable() else " " * c.isspace() for c in line).rstrip()
        for line in pattern("link_list").sub("", text).expandtabs(8).splitlines()
    ]
    numbers = [int(number) for number in pattern("link_number").findall(text)]
    # lynx numbers the links of a page 1, 2, 3 …
    numbered = numbers[:1] == [1] and numbers == sorted(numbers)
    wrapped_at = _wrap_column(rows)
    groups, group = list[tuple[list[str], int, int, str]](), list[str]()
    gap = 0
    bullet = ""
    is_blank = pattern("blank_row").fullmatch
    for number, row in enumerate(rows, 1):
        if is_blank(row):
            # A drawn line separates more than a blank one.
            gap += 2 if row else 1
            continue
        begun = _bullet(row, group[-1] if group and not gap else None, bullet)
        if not group or gap or begun or _ends(group[-1], row, wrapped_at):
            group, bullet = list[str](), begun
            groups.append((group, number, gap, bullet))
        group.append(row)
        gap = 0
    blocks = [_block(*each, numbered=numbered) for each in groups]
    return [block for block in blocks if block.text]


def _wrap_column(rows: list[str]) -> int:
    """Return the column the page was wrapped at; 0 when it was not."""
    is_blank = pattern("blank_row").fullmatch
    lines = sorted(
        (width(row), *(bool(pattern("sentence_end").search(each)) for each in (row, after)))
        for row, after in pairwise(rows)
        if not (is_blank(row) or is_blank(after) or pattern("bullet").match(after))
        # A line can be broken at a space, in scripts with wide letters anywhere.
        and (" " in row.strip() or width(row) > len(row))
    )
    # A line or two may be longer than the rest: a table, a long address.
    while len(lines) > 3 and lines[-1][0] > lines[-2][0] * 1.3:
        lines.pop()
    widest = lines[-1][0] if lines else 0
    if widest > 140:
        full = sum(length >= widest - 20 for length, *_ in lines)
        return widest if full >= 3 and full >= len(lines) * 0.6 else 0
    full = [is_complete for length, is_complete, _ in lines if length >= widest * 0.75]
    # Most lines of a whole page are short, but few of the widest ones end where a sentence does.
    ends = [ends for length, *ends in lines if length > widest - max(8, widest // 8)]
    many = len(full) >= len(lines) * 0.5 and not all(full)
    is_wrapped = many or len(ends) >= max(2, 2 * sum(row for row, _ in ends))
    return widest if widest >= 55 and (is_wrapped or [False, True] in ends) else 0


def _ends(row: str, after: str, wrapped_at: int) -> bool:
    """Return whether a paragraph ends with a row: the next word would have fitted into it."""
    following = after.strip()
    if line_patterns.crumbs(pattern("link_number").sub("", row).strip()):
        return True
    if following[0] in "|,;)" or following[0].islower():
        return following[0].islower() and row.endswith((".", "!", "?"))
    word = 2 if width(following[0]) == 2 else width(following.split()[0])
    # Headings and lists are wrapped earlier than paragraphs.
    return not wrapped_at or width(row) + 1 + word <= wrapped_at - max(8, wrapped_at // 8)


def _bullet(row: str, before: str | None, last: str) -> str:
    """Return the bullet of a row; a "-" or a Spanish "o" within a paragraph is none."""
    match = pattern("bullet").match(row)
    if not match:
        return ""
    mark, indent = match[0].strip(), len(row) - len(row.lstrip())
    if not match["weak"] or before is None:
        # No paragraph of its own begins with "o", but a list of lynx does.
        return "" if mark == "o" and indent < 5 else mark
    is_deeper = last and mark != "o" and indent > len(before) - len(before.lstrip())
    return mark if last == mark or is_deeper else ""


def _block(group: list[str], first: int, gap: int, bullet: str, *, numbered: bool) -> Block:
    if bullet in ("–", "—") and pattern("sentence_end").search(group[-1]):
        bullet = ""  # speech in many languages, and no list
    rows = [group[0].strip().removeprefix(bullet).strip(), *map(str.strip, group[1:])]
    linked = numbered and pattern("link_number").match(rows[0]) is not None
    rows = [pattern("link_number").sub("", row) for row in rows] if numbered else rows
    text = ""
    for row in rows:
        # Scripts without spaces between words are wrapped without one, too.
        text += row if width(text[-1:]) == width(row[:1]) == 2 else f" {row}"
    indent = len(group[0]) - len(group[0].lstrip())
    text = " ".join(pattern("control").sub(" ", text).split())
    text = pattern("image_alone").sub("", text) if bullet else text
    text = "" if pattern("only_controls").fullmatch(text) else text
    return Block(text, tuple(rows), first, gap, indent, bool(bullet), linked)


def width(text: str) -> int:
    """Return how many columns a text takes: a wide letter two, a mark on a letter none."""
    if text.isascii():
        return len(text)
    return sum((1 + (east_asian_width(it) in "WF")) * (not combining(it)) for it in text)
