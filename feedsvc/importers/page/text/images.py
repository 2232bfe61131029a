"""Find images in the text of a page: a bulleted caption that stands twice, its credit behind it."""

import re

from msgspec.structs import replace

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import comparable
from feedsvc.importers.page.prose import ends_sentence
from feedsvc.importers.page.text.blocks import Block

_PLACEHOLDER = re.compile(
    r"\(BUTTON\)(?: \w+)?|\[(?=[^\[\]\s]*+\])(?:IMG|INLINE|LINK|EMBED|ISMAP|USEMAP|image|imagen|"
    r"[^\[\]\s]+\.(?:jpe?g|png|gif|webp|svg|avif)(?:\?[^\[\]\s]*)?)\]",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^\[[^\[\]\s]{1,80}\]\s+(?=\S)")
_CONTROLS = re.compile(
    r"(?:\[ ?\] ?\w{1,20}|"
    r"\[[^\[\]]*\]|_{3,}+|\(BUTTON\)|\([ *]\)|I?FRAME:\s\S++|#\w(?:(?!I?FRAME:\s)\w)*+|\s)++"
)
"""Images, buttons, fields of forms and frames, as text browsers show them."""


_LONGEST_BUTTON = 6
"""Words of buttons on one line."""


def without_placeholders(blocks: list[Block]) -> list[Block]:
    """Return the blocks without the marks of images, buttons and frames."""
    kept: list[Block] = []
    is_below_mark = False
    for block in blocks:
        text = " ".join(_PLACEHOLDER.sub(" ", block.text).split())
        text = _ALONE.sub("", text) if block.bullet else text
        has_mark = text != block.text or (is_below_mark and not block.gap)
        is_button = block.text.startswith("(BUTTON)") and len(block.text.split()) <= _LONGEST_BUTTON
        is_empty = not text or is_button or _CONTROLS.fullmatch(text) is not None
        is_below_mark = is_empty and block.text.endswith("]")
        if not is_empty:
            kept.append(replace(block, text=text, pictured=has_mark))
    return kept


def find_images(
    blocks: list[Block], first: int, start: int
) -> list[tuple[dict[str, str], set[int]]]:
    """Return the images of an article: caption, credit and alt, and the blocks these are read from.

    :param first: the block below the headline.
    :param start: where the body begins; above it, a bulleted sentence is a caption without credit.
    """
    images: list[tuple[dict[str, str], set[int]]] = []
    taken: set[int] = set()
    for index in range(first, len(blocks)):
        if index not in taken:
            fields, indices = _image(blocks, first, index, head=index < start)
            images += [(fields, indices)] if fields else []
            taken |= indices
    return images


def _image(
    blocks: list[Block], first: int, index: int, *, head: bool
) -> tuple[dict[str, str], set[int]]:
    block = blocks[index]
    text, credit = line_patterns.split_credit(block.text)
    caption = _once(text)
    fields = {"caption": caption, "credit": credit}
    if credit:
        if index > first and _is_same_image(blocks[index - 1], block, caption):
            above = _once(blocks[index - 1].text)
            fields["alt"] = above if comparable(above) != comparable(caption or above) else ""
            return {**fields, "caption": caption or above}, {index - 1, index}
        is_image = block.bullet or (head and caption) or "|" in block.text
        return (fields, {index}) if is_image else ({}, set())
    after = blocks[index + 1].text if index + 1 < len(blocks) else ""
    if not block.bullet or line_patterns.is_noise(block.text):
        is_image = head and block.pictured and not block.bullet
    elif comparable(after) == comparable(block.text):
        return fields, {index, index + 1}
    else:
        is_sentence = len(block.text.split()) >= 4 and ends_sentence(block.text)
        is_caption = is_sentence or caption != block.text
        is_image = head and is_caption and not line_patterns.split_credit(after)[1]
    return (fields, {index}) if is_image else ({}, set())


def _is_same_image(before: Block, block: Block, caption: str) -> bool:
    """Return whether the block above has the caption, too, or is the list item of the image."""
    if comparable(before.text) == comparable(caption) or (not caption and before.bullet):
        return True
    return before.bullet and not block.bullet and block.indent > before.indent


def _once(text: str) -> str:
    """Return a text that stands twice in a row once."""
    parts = text.split()
    half = len(parts) // 2
    return " ".join(parts[:half]) if half and parts[:half] == parts[half:] else text
