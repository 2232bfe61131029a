"""Keywords that text pages show below a label of their own: ``Tags``, ``Etiquetas``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedsvc.importers.page import line_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feedsvc.importers.page.text.blocks import Block

_BETWEEN = re.compile(r"\s*[,;|•·،、，]\s*")
_SENTENCE = re.compile(
    r"""(?<![.\s]\w)[.!?…:。！？]["”’»)]*$|(?<=[^\W\d_]{3})[.!?]["”’»)]*\s|[。！？]"""
)
"""The end of a sentence; the last stop of ``U.S.`` ends none."""
_LONGEST_ROW = 40
"""A longer line may have been wrapped: who knows what its end parts."""
_LONGEST_WORD = 60
_LONGEST = 120
"""As many characters as words have that nothing parts."""


def beginning(blocks: Iterable[Block]) -> list[Block]:
    """Return the first of the blocks as long as they stand together and are words, not prose."""
    found: list[Block] = []
    for block in blocks:
        apart = found and block.gap and not (block.bullet and found[-1].bullet)
        if apart or not _are_words(block.text):
            break
        found.append(block)
    return found


def _are_words(text: str) -> bool:
    if _SENTENCE.search(text) or line_patterns.related_label(text) is not None:
        return False
    words = _BETWEEN.split(text)
    return max(map(len, words)) <= (_LONGEST_WORD if len(words) > 1 else _LONGEST)


def parted(blocks: Sequence[Block]) -> list[str]:
    """Return the keywords of the blocks; nothing where nobody can tell where one ends."""
    if any(block.bullet or _BETWEEN.search(block.text) for block in blocks):
        return [word for block in blocks for word in _BETWEEN.split(block.text)]
    rows = [row for block in blocks for row in block.rows]
    if len(rows) == 1:
        return [] if " " in rows[0] else rows
    return rows if max(map(len, rows)) <= _LONGEST_ROW else []
