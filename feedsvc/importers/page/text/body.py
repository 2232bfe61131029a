"""The paragraphs of a page's text: the deck, the body, and the related stories among them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.markdown import escape, join
from feedsvc.importers.page.text import keywords
from feedsvc.importers.page.text.blocks import Block, lines

if TYPE_CHECKING:
    from feedsvc.importers.page.found_fields import FoundFields

_DECK_AT_MOST = 600


class TextBody:
    """Takes the blocks in their order, then tells what each of them is."""

    def __init__(self, findings: FoundFields, *, whole_shape: bool) -> None:
        """Take where to put what is found.

        :param whole_shape: the page has a breadcrumb, a date or a picture, so it has a deck.
        """
        self._findings = findings
        self._whole_shape = whole_shape
        self._head: list[Block] = []
        self._body: list[Block] = []
        self._end = 1
        """Blank lines above what ends the body."""
        self._related: list[Block] = []
        self._labelled = False
        self._indents: set[int] = set()

    def add(self, block: Block, *, head: bool) -> bool:
        """Take a block; tell whether it ends the article."""
        told, count = line_patterns.comments(block.text)
        if told:
            if count is not None:
                self._findings.put_any("comments", {"count": count}, block.source)
            self._end = block.gap
            return bool(self._body)
        if line_patterns.is_tail(block.text) and self._body:
            return True
        if line_patterns.is_sharing(block.text) or (
            line_patterns.is_navigation(block.text) and (block.bullet or head)
        ):
            return False
        names, tags = line_patterns.byline(block.text), line_patterns.tags(block.text)
        if names and not self._body:
            self._findings.put_texts("byline", names, block.source)
        elif tags:
            self._findings.put_texts("keywords", tags, block.source)
        else:
            self._paragraph(block, head=head)
        return False

    def _paragraph(self, block: Block, *, head: bool) -> None:
        if not head:
            self._body.append(block)
        elif not block.bullet and block.text.endswith((".", "!", "?", "…", "”", '"', "»", "。")):
            self._head.append(block)

    def finish(self) -> None:
        """Tell the deck, the related stories and the body."""
        self._take_tags()
        body = self._without_related()
        if self._head:
            deck, *above = self._head
            self._findings.put("summary", deck.text, deck.source)
            body = [*above, *body]
        elif self._has_deck(body):
            deck, *body = body
            self._findings.put("summary", deck.text, deck.source)
        if self._related:
            stories = [{"headline": block.text} for block in self._related]
            places = ", ".join(block.source for block in self._related)
            self._findings.put_related(stories, places)
        if body:
            text = join(
                f"- {escape(block.text)}" if block.bullet else escape(block.text) for block in body
            )
            self._findings.put_any("body", text, lines(body[0].first, body[-1].last))

    def _has_deck(self, body: list[Block]) -> bool:
        """Tell whether the first paragraph is the deck: only when others follow it."""
        if not self._whole_shape or len(body) < 2:
            return False
        return not body[0].bullet and len(body[0].text) <= _DECK_AT_MOST and not body[1].bullet

    def _take_tags(self) -> None:
        """Take a label such as ``Tags`` out, with the words below it, where both end the body."""
        labels = [
            place
            for place, block in enumerate(self._body)
            if line_patterns.is_tags_label(block.text)
        ]
        if not labels:
            return
        label, below = self._body[labels[-1]], self._body[labels[-1] + 1 :]
        words = keywords.beginning(below)
        rest = below[len(words) :]
        if rest and line_patterns.related_label(rest[0].text) is None:
            return
        if words:
            place = lines(words[0].first, words[-1].last)
            self._findings.put_texts("keywords", keywords.parted(words), place)
            self._findings.refuse("keywords", f"{place}: nothing shows where one of them ends")
        if not rest:
            self._end = label.gap
        self._body = [*self._body[: labels[-1]], *rest]

    def _without_related(self) -> list[Block]:
        """Take the related stories out of the body."""
        gaps = [block.gap for block in self._body[1:]] + [self._end]
        titles = [self._is_title(block) for block in self._body]
        ordinary = self._ordinary(titles)
        self._indents = {block.indent for block in self._body if not (block.linked or block.bullet)}
        left: list[Block] = []
        for place, block in enumerate(self._body):
            label = line_patterns.related_label(block.text)
            if label is not None and self._is_label(place, label):
                self._labelled = not label
                if label:
                    story = Block(label, block.first, block.last, block.gap)
                    self._related.append(story)
                continue
            wide = block.gap > ordinary and (gaps[place] > ordinary or place + 1 == len(self._body))
            if titles[place] and (self._labelled or self._is_linked(place) or (wide and left)):
                self._related.append(block)
                # A label stands above one story, or above a list of them.
                self._labelled = self._labelled and block.bullet
                continue
            self._labelled = False
            left.append(block)
        return left

    def _is_title(self, block: Block) -> bool:
        """Tell whether a block has the form that this page's own headline has."""
        headline = self._findings.fields.get("headline", "")
        return line_patterns.is_title(
            block.text, sentence_case=not line_patterns.is_title(headline)
        )

    def _is_label(self, place: int, headline: str) -> bool:
        """Tell whether a label really has a headline behind it or below it."""
        if headline:
            return line_patterns.is_title(headline, sentence_case=True)
        following = self._body[place + 1 : place + 2]
        return all(line_patterns.is_title(block.text, sentence_case=True) for block in following)

    def _is_linked(self, place: int) -> bool:
        """Tell whether a title is a link in a paragraph of its own, as lynx numbers them.

        lynx shows no blank lines wider than others, but it sets headings at another indent.
        """
        block = self._body[place]
        return (
            block.linked
            and not block.bullet
            and block.indent in self._indents
            and len(block.text.split()) >= 4
        )

    def _ordinary(self, titles: list[bool]) -> int:
        """Return the blank lines between ordinary paragraphs."""
        gaps = Counter(
            block.gap
            for place, block in enumerate(self._body)
            if place and not titles[place] and not titles[place - 1] and not block.bullet
        )
        usual = gaps.most_common(1)
        return usual[0][0] if usual else 1
