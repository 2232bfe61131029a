"""Find the article in a page of text: the prose first, then the headline above it."""

from collections.abc import Sequence

from feedsvc.importers.page import line_patterns, prose
from feedsvc.importers.page.line_patterns import crumbs, is_head_line, is_noise, is_signature
from feedsvc.importers.page.prose import word_count, word_stems
from feedsvc.importers.page.text.blocks import Block
from feedsvc.importers.page.vocabulary import pattern

_CONSENT_LINE = pattern("consent_line")
_ENOUGH = 60
"""Words together that are an article, not a teaser."""
_LONGEST = 20
"""Words of a headline with a full stop."""
_HEAD = 9
"""Blocks from a headline to the end of the head of its article, at most."""


def find_prose(blocks: Sequence[Block]) -> range:
    """Return the blocks from the first paragraph of the article to its last."""
    marks = "".join(map(_mark, blocks))
    counts = [word_count(block.text) or 1 for block in blocks]
    words = [count if mark in "pt" else 0 for count, mark in zip(counts, marks, strict=True)]
    spans = (match.span() for match in pattern("marks_of_article").finditer(marks))
    read = (_without_teasers(range(*span), marks, words) for span in spans)
    parts = list(read) or [range(len(blocks), len(blocks))]
    asks = [_CONSENT_LINE.match(block.text) is not None for block in blocks]
    weights = [sum(words[index] for index in part if not asks[index]) for part in parts]
    first = last = weights.index(max(weights))

    def continues(part: range, below: range) -> bool:
        """Return whether the article goes on behind a list or a box."""
        between = marks[part.stop : below.start].replace(" ", "")
        texts = {index: blocks[index].text for index in below if marks[index] in "pt"}
        is_text = not any(asks[index] for index in texts)
        lines = [texts.get(index, "") for index in below if marks[index] != " "]
        together = prose.words_together(lines) >= _ENOUGH
        return len(between) <= 10 and "e" not in between and is_text and together

    while last + 1 < len(parts) and continues(parts[last], parts[last + 1]):
        last += 1
    while first and continues(parts[first - 1], parts[first]):
        first -= 1
    return range(parts[first].start, parts[last].stop)


def _mark(block: Block) -> str:
    """Return a paragraph's mark, or a teaser's, an item's, a title's, an end's, another line's."""
    text, words = block.text, word_count(block.text)
    if line_patterns.is_end(text):
        return "e"
    is_label = line_patterns.related_label(text) is not None or crumbs(text)
    if not block.bullet and (is_label or is_no_title(block)):
        return " "
    if block.bullet or (pattern("numbered_line").match(text) and words < _LONGEST):
        return "i"
    if not prose.is_sentence(text) or (text[-1] == ":" and words < 4):
        return "n"
    # A teaser has one sentence, of so many words at most.
    return "t" if words <= 45 and not pattern("two_sentences").search(text) else "p"


def is_no_title(block: Block) -> bool:
    """Return whether a block is of a list, of the page itself or of the head of an article."""
    return block.bullet or is_noise(block.text) or is_head_line(block.text)


def _without_teasers(part: range, marks: str, words: Sequence[int]) -> range:
    """Return a part of the page without ends where titles and short texts take turns."""
    for _ in "below", "above":
        part = part[::-1]
        teasers = pattern("marks_of_teasers").match("".join(marks[index] for index in part))
        rest = part[teasers.end() if teasers else 0 :]
        if teasers and teasers[0].count("n") >= 2 and sum(words[it] for it in rest) >= _ENOUGH:
            part = rest
    return part


def trail_above(blocks: Sequence[Block], headline: int) -> Block | None:
    """Return the breadcrumb that stands directly above a block, with nothing but links between."""
    for block in reversed(blocks[max(0, headline - 12) : headline]):
        if not block.bullet and crumbs(block.text):
            return block
        if not (block.bullet or is_noise(block.text)):
            break
    return None


def find_headline(blocks: Sequence[Block], part: range) -> int | None:
    """Return the headline: the line above the prose with the most signs of one."""
    # Some papers end headlines with a full stop.
    last = part.start + (len(part) > 1 and word_count(blocks[part.start].text) < _LONGEST)
    above = range(max(0, part.start - 60), last)
    candidates = [index for index in above if _may_be_headline(blocks, index)]
    stems = word_stems(" ".join(blocks[index].text for index in part))
    scores = {index: _score(blocks, index, candidates, stems, part) for index in candidates}
    best = max(scores, key=lambda index: scores[index], default=None)
    if best is None:
        return None
    # Enough prose stands together, or a date or a breadcrumb at the headline.
    texts = [blocks[index].text for index in part]
    words = prose.prose_words([text for text in texts if not is_noise(text)])
    is_signed = any(is_signature(block.text) for block in blocks[best + 1 : best + _HEAD])
    is_article = words >= _ENOUGH or is_signed or trail_above(blocks, best)
    # A text that begins with its headline is an article without the page around it.
    begins = best == candidates[0] and not any(block.bullet for block in blocks[:best])
    return best if is_article and (scores[best] >= 1 or begins) else None


def _may_be_headline(blocks: Sequence[Block], index: int) -> bool:
    text, words = blocks[index].text, word_count(blocks[index].text)
    is_other = pattern("numbered_line").match(text) or crumbs(text) or _CONSENT_LINE.match(text)
    if is_other or is_no_title(blocks[index]):
        return False
    long_enough = words >= 3 or (words == 2 and bool(trail_above(blocks, index)))
    return long_enough and len(text) <= 300 and not text.endswith((":", ";", ","))


def _score(
    blocks: Sequence[Block], index: int, candidates: list[int], stems: set[str], part: range
) -> float:
    block = blocks[index]
    line_stems, words = word_stems(block.text), word_count(block.text)
    shared = len(line_stems & stems) if index < part.start else 0
    expected = max(4 if " " in block.text else 10, len(line_stems))
    below = sum(other > index for other in candidates)
    above = [blocks[other] for other in candidates if index - _HEAD <= other < index][-3:]
    next_lines = [each.text for each in blocks[index + 1 : min(index + _HEAD, part.stop)]]
    score = 4 * shared / expected - 0.3 * min(4, below)
    score += 0.7 * any(map(is_head_line, next_lines)) + 0.8 * any(map(is_signature, next_lines))
    score += 4 * bool(trail_above(blocks, index)) + 2 * (block.indent > 5)
    score -= 1.5 * block.text.endswith((".", "。", "।", "…")) + block.linked
    score -= 2 * (not shared and len(stems) >= _ENOUGH)
    score -= 0.1 * max(0, words - 14) + 0.2 * max(0, 6 - words)
    # A deck and a caption share words with the prose, too, but stand below the headline.
    return score - 1.2 * any(
        len(word_stems(each.text) & stems) >= 2 and word_count(each.text) >= 4 and not each.linked
        for each in above
    )
