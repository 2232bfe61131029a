"""Read the paragraphs of a text page: deck, body, keywords and related stories."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.markdown import escape, join
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
_LONGEST_DECK = 600
"""Characters; a longer first paragraph begins the body."""


class TextBody:
    """Collects the blocks below the headline in their order, then decides which field each is of.

    :param has_deck: the page has a breadcrumb, a date or an image, so it has a deck.
    """

    def __init__(self, fields: FoundFields, *, has_deck: bool) -> None:
        self._fields = fields
        self._has_deck = has_deck
        self._head: list[Block] = []
        self._body: list[Block] = []
        self._gap_below = 1
        """Blank lines below the body."""

    def add(self, block: Block, *, head: bool) -> bool:
        """Take a block; return whether it ends the article.

        :param head: it stands above the date.
        """
        is_comments, count = line_patterns.comments(block.text)
        if is_comments:
            if count is not None:
                self._fields.put_value("comments", {"count": count}, block.source)
            self._gap_below = block.gap
            return bool(self._body)
        if line_patterns.is_rights_notice(block.text) and self._body:
            return True
        if not line_patterns.is_noise(block.text):
            self._add_line(block, head=head)
        return False

    def _add_line(self, block: Block, *, head: bool) -> None:
        names, keywords = line_patterns.byline(block.text), line_patterns.keywords(block.text)
        if names and not self._body:
            self._fields.put_texts("byline", names, block.source)
        elif keywords:
            self._fields.put_texts("keywords", keywords, block.source)
        elif not head:
            self._body.append(block)
        elif not block.bullet and block.text.endswith((".", "!", "?", "…", "”", '"', "»", "。")):
            self._head.append(block)

    def finish(self) -> None:
        """Put the keywords, the deck, the related stories and the body."""
        self._take_keywords()
        related, body = self._split_related()
        if self._head:
            deck, *above = self._head
            body = [*above, *body]
        elif self._begins_with_deck(body):
            deck, *body = body
        else:
            deck = None
        if deck:
            self._fields.put("summary", deck.text, deck.source)
        stories = [{"headline": block.text} for block in related]
        self._fields.put_related(stories, ", ".join(block.source for block in related))
        if body:
            text = join(("- " if block.bullet else "") + escape(block.text) for block in body)
            self._fields.put_value("body", text, line_range(body))

    def _begins_with_deck(self, body: list[Block]) -> bool:
        """Return whether the first paragraph is the deck: only when others follow it."""
        if not self._has_deck or len(body) < 2:
            return False
        return not body[0].bullet and len(body[0].text) <= _LONGEST_DECK and not body[1].bullet

    def _take_keywords(self) -> None:
        """Take a label such as ``Tags`` out, with the words below it, where both end the body."""
        labels = [
            index
            for index, block in enumerate(self._body)
            if line_patterns.keywords(block.text) == []
        ]
        if not labels:
            return
        label, below = self._body[labels[-1]], self._body[labels[-1] + 1 :]
        words = _leading_keywords(below)
        rest = below[len(words) :]
        if rest and line_patterns.related_label(rest[0].text) is None:
            return
        if words:
            source = line_range(words)
            self._fields.put_texts("keywords", _split_keywords(words), source)
            self._fields.refuse("keywords", f"{source}: nothing shows where one of them ends")
        if not rest:
            self._gap_below = label.gap
        self._body = [*self._body[: labels[-1]], *rest]

    def _split_related(self) -> tuple[list[Block], list[Block]]:
        """Return the headlines of related stories, and the rest of the body."""
        gaps_below = [*(block.gap for block in self._body[1:]), self._gap_below]
        titles = [self._is_headline(block) for block in self._body]
        usual = self._usual_gap(titles)
        indents = {block.indent for block in self._body if not (block.linked or block.bullet)}
        related: list[Block] = []
        rest: list[Block] = []
        labelled = False
        for index, block in enumerate(self._body):
            label = line_patterns.related_label(block.text)
            if label is not None and self._is_label(index, label):
                labelled = not label
                if label:
                    related.append(replace(block, text=label))
                continue
            last = index + 1 == len(self._body)
            sides = (block.gap > usual) + (gaps_below[index] > usual or last)
            # A subheading stands apart above alone, too, but is shorter than a headline.
            apart = rest and (sides == 2 or (sides and len(block.text.split()) >= _FEWEST_WORDS))
            if titles[index] and (labelled or apart or _is_link(block, indents)):
                related.append(block)
                # A label stands above one story, or above a list of them.
                labelled = labelled and block.bullet
                continue
            labelled = False
            rest.append(block)
        return related, rest

    def _is_headline(self, block: Block) -> bool:
        """Return whether a block has the form that this page's own headline has."""
        sentence_case = not line_patterns.is_headline(self._fields.get("headline"))
        return line_patterns.is_headline(block.text, sentence_case=sentence_case)

    def _is_label(self, index: int, headline: str) -> bool:
        """Return whether a label really has a headline behind it or below it."""
        below = [block.text for block in self._body[index + 1 : index + 2]]
        texts = [headline] if headline else below
        return all(line_patterns.is_headline(text, sentence_case=True) for text in texts)

    def _usual_gap(self, titles: list[bool]) -> int:
        """Return the blank lines between ordinary paragraphs."""
        gaps = Counter(
            block.gap
            for index, block in enumerate(self._body)
            if index and not titles[index] and not titles[index - 1] and not block.bullet
        )
        return max(gaps, key=lambda gap: gaps[gap], default=1)


def _is_link(block: Block, indents: set[int]) -> bool:
    """Return whether a title is a link in a paragraph of its own, as lynx numbers them.

    lynx shows no blank lines wider than others, but it sets headings at another indent.

    :param indents: of the page's paragraphs.
    """
    is_paragraph = not block.bullet and block.indent in indents
    return block.linked and is_paragraph and len(block.text.split()) >= 4


def _leading_keywords(blocks: Sequence[Block]) -> list[Block]:
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


def _split_keywords(blocks: Sequence[Block]) -> list[str]:
    """Return the keywords of the blocks; nothing where it is unclear where one ends."""
    if any(block.bullet or _BETWEEN.search(block.text) for block in blocks):
        return [word for block in blocks for word in _BETWEEN.split(block.text)]
    rows = [row for block in blocks for row in block.rows]
    if len(rows) == 1:
        return [] if " " in rows[0] else rows
    return rows if max(map(len, rows)) <= _LONGEST_ROW else []
