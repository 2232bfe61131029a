"""Find images in the text of a page: a bulleted caption that stands twice, its credit behind it."""

import re

from msgspec import Struct
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
_ALONE = re.compile(r"\[[^\[\]\s]{1,80}\]\s+(?=\S)")
_CONTROLS = re.compile(
    r"(?:\[ ?\] ?\w{1,20}|"
    r"\[[^\[\]]*\]|_{3,}+|\(BUTTON\)|\([ *]\)|I?FRAME:\s\S++|#\w(?:(?!I?FRAME:\s)\w)*+|\s)++"
)
"""Images, buttons, fields of forms and frames, as text browsers show them."""


_LONGEST_BUTTON = 6
"""Words of buttons on one line."""


class TextImage(Struct, frozen=True):
    """An image as far as text shows it."""

    fields: dict[str, str]
    """``caption``, ``credit`` and ``alt``."""
    indices: set[int]
    """The blocks it was read from."""


def without_placeholders(blocks: list[Block]) -> list[Block]:
    """Return the blocks without the marks of images, buttons and frames."""
    kept: list[Block] = []
    is_below_mark = False
    for block in blocks:
        text = " ".join(_PLACEHOLDER.sub(" ", block.text).split())
        text = _ALONE.sub("", text, count=1) if block.bullet and _ALONE.match(text) else text
        has_mark = text != block.text or (is_below_mark and not block.gap)
        is_button = block.text.startswith("(BUTTON)") and len(block.text.split()) <= _LONGEST_BUTTON
        is_empty = not text or is_button or _CONTROLS.fullmatch(text) is not None
        is_below_mark = is_empty and block.text.endswith("]")
        if not is_empty:
            kept.append(replace(block, text=text, pictured=has_mark))
    return kept


def find_images(blocks: list[Block], first: int, start: int) -> list[TextImage]:
    """Return the images of an article.

    :param first: the block below the headline.
    :param start: where the body begins; above it, a bulleted sentence is a caption without credit.
    """
    images: list[TextImage] = []
    taken: set[int] = set()
    for index in range(first, len(blocks)):
        image = None if index in taken else _image(blocks, first, index, head=index < start)
        if image:
            images.append(image)
            taken |= image.indices
    return images


def _image(blocks: list[Block], first: int, index: int, *, head: bool) -> TextImage | None:
    block = blocks[index]
    caption, credit = line_patterns.split_credit(block.text)
    caption = _once(caption)
    if not credit:
        return _without_credit(blocks, index, caption, head=head)
    if index > first and _is_same_image(blocks[index - 1], block, caption):
        above = _once(blocks[index - 1].text)
        alt = above if caption and comparable(above) != comparable(caption) else ""
        fields = {"caption": caption or above, "credit": credit, "alt": alt}
        return TextImage(fields, {index - 1, index})
    if block.bullet or (head and caption) or "|" in block.text:
        return TextImage({"caption": caption, "credit": credit}, {index})
    return None


def _without_credit(
    blocks: list[Block], index: int, caption: str, *, head: bool
) -> TextImage | None:
    block = blocks[index]
    if block.pictured and head and not block.bullet:
        return TextImage({"caption": caption}, {index})
    if not block.bullet or line_patterns.is_noise(block.text):
        return None
    after = blocks[index + 1].text if index + 1 < len(blocks) else ""
    if comparable(after) == comparable(block.text):
        return TextImage({"caption": caption}, {index, index + 1})
    sentence = len(block.text.split()) >= 4 and ends_sentence(block.text)
    if head and (sentence or caption != block.text) and not line_patterns.split_credit(after)[1]:
        return TextImage({"caption": caption}, {index})
    return None


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
