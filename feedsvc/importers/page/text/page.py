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
from feedsvc.importers.page.prose import ends_sentence, is_sentence
from feedsvc.importers.page.text import layout
from feedsvc.importers.page.text.blocks import Block, line_range, split_blocks
from feedsvc.importers.page.text.parts import put_images, split_keywords, split_related

_MOST_BLOCKS = 5_000
"""Paragraphs and lines of the longest page; longer texts are books and logs."""


def read_text(text: str) -> FoundFields:
    """Return the fields of a page in plain text.

    :raises PageError: the article cannot be separated from the page around it.
    """
    blocks = split_blocks(text)
    if len(blocks) > _MOST_BLOCKS:
        raise PageError(f"has {len(blocks):,} paragraphs; {_MOST_BLOCKS:,} are the most in text")
    prose = layout.find_prose(blocks)
    headline = layout.find_headline(blocks, prose)
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
        """Return the fields of the page."""
        fields, below = self._fields, self._headline + 1
        fields.put("headline", self._blocks[below - 1].text, self._blocks[below - 1].source)
        trail = layout.trail_above(self._blocks, self._headline)
        if trail:
            crumbs = [(crumb, "") for crumb in line_patterns.crumbs(trail.text)]
            fields.put_breadcrumbs(crumbs, trail.source, ())
        start, end = self._head_end(), self._end()
        has_label = self._read_dates(start, end)
        self._taken |= put_images(fields, self._blocks[:end], below, start)
        is_read = below in self._taken or below >= self._prose.start
        if not is_read and layout.is_deck(self._blocks, below, self._prose):
            fields.put("summary", self._blocks[below].text, self._blocks[below].source)
            self._taken.add(below)
        deck, body = self._read_lines(start, end)
        body = split_related(fields, split_keywords(fields, body))
        has_deck = deck or fields.get("summary")
        if trail and has_label and not has_deck and len(body) > 1:
            # A longer first paragraph begins the body, as does one of a list.
            is_deck = not (body[0].bullet or body[1].bullet) and len(body[0].text) <= 600
            deck, body = (body[:1], body[1:]) if is_deck else (deck, body)
        for block in deck[:1]:
            fields.put("summary", block.text, block.source)
        body = deck[1:] + body
        text = join(("- " if block.bullet else "") + escape(block.text) for block in body)
        fields.put_value("body", text, line_range(body) if body else "")
        return fields

    def _head_end(self) -> int:
        """Return where the head of the article ends: below its last date, byline or caption."""
        start = self._headline + 1
        sentences = 0
        for index in range(start, len(self._blocks)):
            block = self._blocks[index]
            labelled = line_patterns.labelled_dates(block.text) or byline(block.text)
            if sentences <= (3 if labelled else 1) and layout.is_head_line(block):
                start = index + 1
            elif not block.bullet and is_sentence(block.text):
                sentences += 1
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
            bare = [] if line_patterns.is_noise(text) else bare_names(text)
            names = byline(text) or bare
            if names and not self._fields.get("byline"):
                self._fields.put_texts("byline", names, self._blocks[other].source)
                self._taken.add(other)

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
