"""Part the keywords and the related stories from the paragraphs of a text page."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.text.blocks import Block, line_range

_BETWEEN = re.compile(r"\s*[,;|•·،、，]\s*")
_SENTENCE = re.compile(
    r"""(?<![.\s]\w)[.!?…:。！？]["”’»)]*$|(?<=[^\W\d_]{3})[.!?]["”’»)]*\s|[。！？]"""
)
"""The end of a sentence; the last stop of ``U.S.`` ends none."""
_LONGEST_ROW = 40
"""Characters; a longer line may have been wrapped, so its end may be within a keyword."""
_LONGEST_WORD = 60
"""Characters of a keyword among others."""
_LONGEST = 120
"""Characters of several keywords with nothing between them."""
_FEWEST_WORDS = 4
"""Words of a headline with wider space on one side only."""


def split_keywords(fields: FoundFields, body: list[Block]) -> list[Block]:
    """Take a label such as ``Tags`` out, with the words below it, where both end the body."""
    labels = [index for index, block in enumerate(body) if line_patterns.keywords(block.text) == []]
    if not labels:
        return body
    below = body[labels[-1] + 1 :]
    lines: list[Block] = []
    for block in takewhile(_are_words, below):
        if lines and block.gap and not (block.bullet and lines[-1].bullet):
            break
        lines.append(block)
    rest = below[len(lines) :]
    if rest and line_patterns.related_label(rest[0].text) is None:
        return body
    if lines:
        source = line_range(lines)
        fields.put_texts("keywords", _keywords(lines), source)
        fields.refuse("keywords", f"{source}: nothing shows where one of them ends")
    return body[: labels[-1]] + rest


def _are_words(block: Block) -> bool:
    is_other = _SENTENCE.search(block.text) or line_patterns.related_label(block.text) is not None
    words = _BETWEEN.split(block.text)
    most = _LONGEST_WORD if len(words) > 1 else _LONGEST
    return not is_other and max(map(len, words)) <= most


def _keywords(blocks: Sequence[Block]) -> list[str]:
    """Return the keywords of the blocks; nothing where it is unclear where one ends."""
    words = [word for block in blocks for word in _BETWEEN.split(block.text)]
    if any(block.bullet for block in blocks) or len(words) > len(blocks):
        return words
    rows = [row for block in blocks for row in block.rows]
    unclear = max(map(len, rows)) > _LONGEST_ROW or (len(rows) == 1 and " " in rows[0])
    return [] if unclear else rows


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
        if label is not None and all(
            line_patterns.is_headline(text, sentence_case=True) for text in texts
        ):
            related += [replace(block, text=label)] if label else []
            labelled = not label
            continue
        is_long = len(block.text.split()) >= _FEWEST_WORDS
        sides = (block.gap > usual) + all(each.gap > usual for each in below)
        # A subheading stands apart above alone, too, but is shorter than a headline.
        apart = rest and (sides == 2 or (sides and is_long))
        # lynx shows no wider space, but numbers links, and sets headings at another indent.
        is_link = block.linked and not block.bullet and block.indent in indents and is_long
        is_related = titles[index] and (labelled or apart or is_link)
        (related if is_related else rest).append(block)
        # A label stands above one story, or above a list of them.
        labelled = labelled and is_related and block.bullet
    stories = [{"headline": block.text} for block in related]
    fields.put_related(stories, ", ".join(block.source for block in related))
    return rest
