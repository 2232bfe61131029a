"""Read an article from the plain text of a page, as w3m and lynx dump it.

The shape: navigation and share links; the breadcrumb; the headline; one bulleted image whose
caption stands twice, its credit behind the second; the date; the deck; the body, with headlines of
related stories in it; the line about comments. Every part may be missing but the headline.
"""

from feedsvc.errors import PageError
from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.markdown import escape, join
from feedsvc.importers.page.people import bare_names, byline
from feedsvc.importers.page.prose import ends_sentence, is_sentence, word_count
from feedsvc.importers.page.text.blocks import Block, line_range, split_blocks
from feedsvc.importers.page.text.body import split_keywords, split_related
from feedsvc.importers.page.text.images import find_images, without_placeholders
from feedsvc.importers.page.text.layout import (
    find_headline,
    find_prose,
    is_deck,
    is_head_line,
    trail_above,
)

_MOST_BLOCKS = 5_000
"""Paragraphs and lines of the longest page; longer texts are books and logs."""
_LONGEST_DECK = 600
"""Characters; a longer first paragraph begins the body."""


def read_text(text: str) -> FoundFields:
    """Return the fields of a page in plain text.

    :raises PageError: it is too long, or the article cannot be separated from the page around it.
    """
    blocks = without_placeholders(split_blocks(text))
    if len(blocks) > _MOST_BLOCKS:
        raise PageError(f"has {len(blocks):,} paragraphs; {_MOST_BLOCKS:,} are the most in text")
    prose = find_prose(blocks)
    headline = find_headline(blocks, prose)
    if headline is None:
        raise PageError(
            "cannot tell the article from the page: save it as HTML, "
            "for example curl -o story.html ADDRESS"
        )
    return _TextPage(blocks, prose, headline).read()


class _TextPage:
    """The blocks of a page; a block that is read is taken, the rest is the body."""

    def __init__(self, blocks: list[Block], prose: range, headline: int) -> None:
        self._fields = FoundFields()
        self._blocks = blocks
        self._prose = range(max(prose.start, headline + 1), prose.stop)
        self._headline = headline
        self._is_whole = any(block.bullet for block in blocks[:headline])
        """Other parts of the page stand around the article."""
        self._taken: set[int] = set()

    def read(self) -> FoundFields:
        block = self._blocks[self._headline]
        self._fields.put("headline", block.text, block.source)
        trail = trail_above(self._blocks, self._headline)
        if trail:
            crumbs = [(crumb, "") for crumb in line_patterns.crumbs(trail.text)]
            self._fields.put_breadcrumbs(crumbs, trail.source)
        start, end = self._head_end(), self._end()
        has_label = self._read_dates(start, end)
        self._read_images(start, end)
        index = self._headline + 1
        below = index < self._prose.start and index not in self._taken
        if below and is_deck(self._blocks, index, self._prose):
            self._fields.put("summary", self._blocks[index].text, self._blocks[index].source)
            self._taken.add(index)
        deck, body = self._read_lines(start, end)
        body = split_related(self._fields, split_keywords(self._fields, body))
        has_deck = deck or self._fields.get("summary")
        is_followed = len(body) > 1 and not (body[0].bullet or body[1].bullet)
        if trail and has_label and not has_deck and is_followed:
            deck = [body.pop(0)] if len(body[0].text) <= _LONGEST_DECK else []
        if deck:
            self._fields.put("summary", deck[0].text, deck[0].source)
            body = deck[1:] + body
        if body:
            text = join(("- " if block.bullet else "") + escape(block.text) for block in body)
            self._fields.put_value("body", text, line_range(body))
        return self._fields

    def _head_end(self) -> int:
        """Return where the head of the article ends: below its last date, byline or caption."""
        start = self._headline + 1
        sentences = 0
        for index in range(start, len(self._blocks)):
            block = self._blocks[index]
            labelled = line_patterns.labelled_dates(block.text) or byline(block.text)
            if sentences <= (3 if labelled else 1) and is_head_line(block):
                start = index + 1
            elif not block.bullet and is_sentence(block.text):
                sentences += 1
        while self._is_whole and start < self._prose.stop:
            text = self._blocks[start].text
            if word_count(text) >= 3 or is_sentence(text):
                break
            start += 1  # a link between the head and the text
        return start

    def _end(self) -> int:
        """Return where the article ends, with the keywords and related stories below it."""
        is_listed = False
        for index in range(self._prose.stop, len(self._blocks)):
            block = self._blocks[index]
            text = block.text
            if line_patterns.is_end(text):
                return index + 1
            if self._is_whole and not line_patterns.is_noise(text):
                labels = line_patterns.related_label(text), line_patterns.keywords(text)
                if labels == (None, None) and not (is_listed and block.bullet):
                    return index
                is_listed = True
        return len(self._blocks)

    def _read_dates(self, start: int, end: int) -> bool:
        """Put the dates and the writers beside them; return whether a date has a label."""
        has_label = False
        above = range(max(0, self._headline - 2), self._headline)
        for index in (*range(self._headline + 1, end), *above):
            block = self._blocks[index]
            dates = line_patterns.labelled_dates(block.text)
            has_label = has_label or bool(dates)
            bare = () if dates or index >= start else line_patterns.head_dates(block.text)
            for key, text, languages in (*dates, *bare):
                self._fields.put_date(key, text, block.source, languages)
                self._taken.add(index)
            for _, text, _ in bare:
                self._read_names(index, text)
        return has_label

    def _read_names(self, index: int, date: str) -> None:
        """Put the writers before a date, on its line or on one beside it."""
        texts = {index: self._blocks[index].text.partition(date)[0].strip(" |·•,-–—(")}
        for other in (index - 1, index + 1):
            if self._headline < other < self._prose.stop:
                texts[other] = self._blocks[other].text
        for other, text in texts.items():
            names = byline(text) or ([] if line_patterns.is_noise(text) else bare_names(text))
            if names and not self._fields.get("byline"):
                self._fields.put_texts("byline", names, self._blocks[other].source)
                self._taken.add(other)

    def _read_images(self, start: int, end: int) -> None:
        images = find_images(self._blocks[:end], self._headline + 1, start)
        indices = sorted(index for _, indices in images for index in indices)
        if indices:
            self._taken.update(indices)
            source = line_range([self._blocks[index] for index in indices])
            self._fields.put_images([fields for fields, _ in images], source)

    def _read_lines(self, start: int, end: int) -> tuple[list[Block], list[Block]]:
        """Return the sentences above the date and the text below it, without other lines."""
        deck: list[Block] = []
        body: list[Block] = []
        for index in range(self._headline + 1, end):
            block = self._blocks[index]
            text = block.text
            above = index < self._prose.start and (self._is_whole or not block.bullet)
            _, count = line_patterns.comments(text)
            if count is not None:
                self._fields.put_value("comments", {"count": count}, block.source)
            if index in self._taken or line_patterns.is_noise(text):
                continue
            names, keywords = byline(text), line_patterns.keywords(text)
            if names and not body:
                self._fields.put_texts("byline", names, block.source)
            elif keywords:
                self._fields.put_texts("keywords", keywords, block.source)
            elif not (index < start or above):
                body.append(block)
            elif not block.bullet and (ends_sentence(text) or text[-1] in '”"»'):
                deck.append(block)
        return deck, body
