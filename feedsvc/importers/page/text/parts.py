"""Part the images, the keywords and the related stories from the paragraphs of a text page."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.line_patterns import once, split_credit
from feedsvc.importers.page.prose import ends_sentence
from feedsvc.importers.page.text.blocks import Block, line_range

_BETWEEN = re.compile(r"\s*[,;|•·،、，]\s*")
_SENTENCE = re.compile(
    r"""(?<![.\s]\w)[.!?…:。！？]["”’»)]*$|(?<=[^\W\d_]{3})[.!?]["”’»)]*\s|[。！？]"""
)
"""The end of a sentence; the last stop of ``U.S.`` ends none."""


def put_images(fields: FoundFields, blocks: Sequence[Block], first: int, start: int) -> set[int]:
    """Put the images below a headline, and return the blocks that they are read from.

    An image is a bulleted caption that stands twice, its credit behind it; above the start of the
    body, a bulleted sentence is a caption without credit.
    """
    images: list[dict[str, str]] = []
    taken: set[int] = set()
    for index in range(first, len(blocks)):
        if index not in taken:
            image, indices = _image(blocks, first, index, head=index < start)
            images += [image] if indices else []
            taken |= indices
    if taken:
        fields.put_images(images, line_range([blocks[index] for index in sorted(taken)]))
    return taken


def _image(
    blocks: Sequence[Block], first: int, index: int, *, head: bool
) -> tuple[dict[str, str], set[int]]:
    block, above = blocks[index], blocks[index - 1]
    text, credit = split_credit(block.text)
    caption, alt, indices = once(text), "", {index}
    after = blocks[index + 1].text if index + 1 < len(blocks) else ""
    if credit:
        is_image = block.bullet or (head and caption) or "|" in block.text
        is_deeper = not block.bullet and block.indent > above.indent
        is_alt = above.bullet and (is_deeper or not caption)
        if index > first and (is_alt or comparable(above.text) == comparable(caption)):
            is_image, other = True, once(above.text)
            alt = other if comparable(other) != comparable(caption or other) else ""
            caption, indices = caption or other, {index - 1, index}
    elif not block.bullet or line_patterns.is_noise(block.text):
        is_image = False
    elif comparable(after) == comparable(block.text):
        is_image, indices = True, {index, index + 1}
    else:
        is_sentence = len(block.text.split()) >= 4 and ends_sentence(block.text)
        is_caption = is_sentence or caption != block.text
        is_image = head and is_caption and not split_credit(after)[1]
    return {"caption": caption, "credit": credit, "alt": alt}, indices if is_image else set()


def split_keywords(fields: FoundFields, body: list[Block]) -> list[Block]:
    """Take a label such as ``Tags`` out, with the words below it, where both end the body."""
    labels = [index for index, block in enumerate(body) if line_patterns.keywords(block.text) == []]
    below = body[labels[-1] + 1 :] if labels else []
    lines = list(takewhile(_are_words, below))
    rest = below[len(lines) :]
    if not labels or (rest and line_patterns.related_label(rest[0].text) is None):
        return body
    words: list[str] = []
    for block in lines:
        parts = _BETWEEN.split(block.text)
        words += parts if block.bullet or len(parts) > 1 else block.rows
    if words:
        # The end of a long line may be within a keyword.
        unclear = max(map(len, words)) > 40 or (len(words) == 1 and " " in words[0])
        fields.put_texts("keywords", [] if unclear else words, line_range(lines))
        fields.refuse("keywords", f"{line_range(lines)}: nothing shows where one of them ends")
    return body[: labels[-1]] + rest


def _are_words(block: Block) -> bool:
    is_other = _SENTENCE.search(block.text) or line_patterns.related_label(block.text) is not None
    return not is_other and max(map(len, _BETWEEN.split(block.text))) <= 120


def split_related(fields: FoundFields, body: list[Block]) -> list[Block]:
    """Take the headlines of related stories out: with a label, or set off by wider space."""
    # They have the form that this page's own headline has.
    sentence_case = not line_patterns.is_headline(fields.get("headline"))
    titles = [line_patterns.is_headline(each.text, sentence_case=sentence_case) for each in body]
    gaps = Counter(
        block.gap
        for index, block in enumerate(body)
        if index and not titles[index] and not titles[index - 1] and not block.bullet
    )
    usual = max(gaps, key=lambda gap: gaps[gap], default=1)
    indents = {block.indent for block in body if not (block.linked or block.bullet)}
    related: list[Block] = []
    rest: list[Block] = []
    labelled = False
    for index, block in enumerate(body):
        below = body[index + 1 : index + 2]
        label = line_patterns.related_label(block.text)
        texts = [label] if label else [each.text for each in below]
        is_above = all(line_patterns.is_headline(text, sentence_case=True) for text in texts)
        if label is not None and is_above:
            related += [replace(block, text=label)] if label else []
            labelled = not label
            continue
        # A subheading stands apart above alone, too, but is shorter than a headline.
        is_long = len(block.text.split()) >= 4
        sides = (block.gap > usual) + all(each.gap > usual for each in below)
        apart = rest and sides > (not is_long)
        # lynx shows no wider space, but numbers links, and sets headings at another indent.
        is_link = block.linked and not block.bullet and block.indent in indents and is_long
        is_related = titles[index] and (labelled or apart or is_link)
        (related if is_related else rest).append(block)
        # A label stands above one story, or above a list of them.
        labelled = labelled and is_related and block.bullet
    stories = [{"headline": block.text} for block in related]
    fields.put_related(stories, ", ".join(block.source for block in related))
    return rest
