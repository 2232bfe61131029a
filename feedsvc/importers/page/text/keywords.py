"""Read keywords below a label of their own in text pages: ``Tags``, ``Etiquetas``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.text.blocks import Block

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


def leading_keywords(blocks: Sequence[Block]) -> list[Block]:
    """Return the first of the blocks as long as they stand together and are words, not prose."""
    keywords: list[Block] = []
    for block in takewhile(_are_words, blocks):
        if keywords and block.gap and not (block.bullet and keywords[-1].bullet):
            break
        keywords.append(block)
    return keywords


def _are_words(block: Block) -> bool:
    if _SENTENCE.search(block.text) or line_patterns.related_label(block.text) is not None:
        return False
    words = _BETWEEN.split(block.text)
    return max(map(len, words)) <= (_LONGEST_WORD if len(words) > 1 else _LONGEST)


def split_keywords(blocks: Sequence[Block]) -> list[str]:
    """Return the keywords of the blocks; nothing where it is unclear where one ends."""
    if any(block.bullet or _BETWEEN.search(block.text) for block in blocks):
        return [word for block in blocks for word in _BETWEEN.split(block.text)]
    rows = [row for block in blocks for row in block.rows]
    if len(rows) == 1:
        return [] if " " in rows[0] else rows
    return rows if max(map(len, rows)) <= _LONGEST_ROW else []
