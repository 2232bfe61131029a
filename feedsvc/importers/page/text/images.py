"""Pictures in the text of a page: a bulleted caption that stands twice, its credit behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import same

if TYPE_CHECKING:
    from feedsvc.importers.page.text.blocks import Block

_PLACEHOLDER = re.compile(
    r"\[(?=[^\[\]\s]*+\])(?:IMG|INLINE|LINK|EMBED|ISMAP|USEMAP|image|imagen|"
    r"[^\[\]\s]+\.(?:jpe?g|png|gif|webp|svg|avif)(?:\?[^\[\]\s]*)?)\]",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\[[^\[\]\s]{1,80}\]\s+(?=\S)")
_MACHINERY = re.compile(
    r"(?:\[[^\[\]]*\]|_{3,}+|\(BUTTON\)|\([ *]\)|I?FRAME:\s\S++|#\w(?:(?!I?FRAME:\s)\w)*+|\s)++"
)


class TextImage(Struct, frozen=True):
    """A picture as far as text tells of it."""

    fields: dict[str, str]
    """``caption``, ``credit`` and ``alt``."""
    places: set[int]
    """The blocks that told it."""


def without_placeholders(blocks: list[Block]) -> list[Block]:
    """Take out what stands for pictures, buttons and frames."""
    found: list[Block] = []
    for block in blocks:
        text = " ".join(_PLACEHOLDER.sub(" ", block.text).split())
        text = _ALONE.sub("", text, count=1) if block.bullet and _ALONE.match(text) else text
        if text and not _MACHINERY.fullmatch(text):
            found.append(replace(block, text=text))
    return found


def find_images(blocks: list[Block], first: int, start: int) -> list[TextImage]:
    """Return the pictures of an article.

    :param first: the block below the headline.
    :param start: where the body begins; above it, a bulleted sentence is a caption without credit.
    """
    found: list[TextImage] = []
    taken: set[int] = set()
    for place in range(first, len(blocks)):
        if place in taken:
            continue
        picture = _picture(blocks, first, place, head=place < start)
        if picture:
            found.append(picture)
            taken |= picture.places
    return found


def _picture(blocks: list[Block], first: int, place: int, *, head: bool) -> TextImage | None:
    block = blocks[place]
    caption, credit = line_patterns.split_credit(block.text)
    caption = _once(caption)
    if not credit:
        return _without_credit(blocks, place, caption, head=head)
    before = blocks[place - 1] if place > first else None
    if before and _belongs(before, block, caption):
        return _told_twice(before.text, caption, credit, {place - 1, place})
    if block.bullet or (head and caption) or "|" in block.text:
        return TextImage({"caption": caption, "credit": credit}, {place})
    return None


def _without_credit(
    blocks: list[Block], place: int, caption: str, *, head: bool
) -> TextImage | None:
    block = blocks[place]
    if not block.bullet or line_patterns.is_sharing(block.text):
        return None
    after = blocks[place + 1].text if place + 1 < len(blocks) else ""
    if same(after) == same(block.text):
        return TextImage({"caption": caption}, {place, place + 1})
    sentence = caption != block.text or _is_sentence(block.text)
    if head and sentence and not line_patterns.split_credit(after)[1]:
        return TextImage({"caption": caption}, {place})
    return None


def _belongs(before: Block, block: Block, caption: str) -> bool:
    """Tell whether the block above is of the same picture: the caption again, or its own item."""
    if same(before.text) == same(caption) or (not caption and before.bullet):
        return True
    return before.bullet and not block.bullet and block.indent > before.indent


def _told_twice(above: str, caption: str, credit: str, places: set[int]) -> TextImage:
    above = _once(above)
    alt = above if caption and same(above) != same(caption) else ""
    return TextImage({"caption": caption or above, "credit": credit, "alt": alt}, places)


def _once(text: str) -> str:
    """Return a text that stands twice in a row once."""
    parts = text.split()
    half = len(parts) // 2
    return " ".join(parts[:half]) if half and parts[:half] == parts[half:] else text


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 4 and not line_patterns.is_navigation(text)
