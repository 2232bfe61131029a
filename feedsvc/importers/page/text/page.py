"""Read an article from the plain text of a page, as w3m and lynx dump it.

The shape: navigation and share links; the breadcrumb; the headline; one bulleted image whose
caption stands twice, its credit behind the second; the date; the deck; the body, with headlines of
related stories in it; the line about comments. Every part may be missing but the headline.
"""

from feedsvc.errors import PageError
from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.prose import is_sentence, word_count
from feedsvc.importers.page.text.blocks import Block, line_range, split_blocks
from feedsvc.importers.page.text.body import TextBody
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
        if trail is not None:
            block = self._blocks[trail]
            self._fields.put_breadcrumbs(
                [(crumb, "") for crumb in line_patterns.crumbs(block.text)], block.source
            )
        start, end = self._head_end(), self._end()
        labelled = self._read_dates(start, end)
        self._read_images(start, end)
        self._read_deck()
        body = TextBody(self._fields, has_deck=trail is not None and labelled)
        for index in range(self._headline + 1, end):
            block = self._blocks[index]
            above = index < self._prose.start and (self._is_whole or not block.bullet)
            if index not in self._taken and body.add(block, head=index < start or above):
                break
        body.finish()
        return self._fields

    def _head_end(self) -> int:
        """Return where the head of the article ends: below its last date, byline or caption."""
        start = self._headline + 1
        sentences = 0
        for index in range(start, len(self._blocks)):
            block = self._blocks[index]
            labelled = line_patterns.labelled_dates(block.text) or line_patterns.byline(block.text)
            if sentences <= (3 if labelled else 1) and is_head_line(block):
                start = index + 1
            elif not block.bullet and is_sentence(block.text):
                sentences += 1
        while self._is_whole and start < self._prose.stop and self._is_link(start):
            start += 1
        return start

    def _is_link(self, index: int) -> bool:
        """Return whether a line between the head and the text is too short for either."""
        text = self._blocks[index].text
        return word_count(text) < 3 and not is_sentence(text)

    def _end(self) -> int:
        """Return where the article ends, with the keywords and related stories below it."""
        listed: Block | None = None
        for index in range(self._prose.stop, len(self._blocks)):
            block = self._blocks[index]
            text = block.text
            if line_patterns.comments(text)[0] or line_patterns.is_rights_notice(text):
                return index + 1
            if not self._is_whole or line_patterns.is_noise(text):
                continue
            label = line_patterns.related_label(text)
            is_label = line_patterns.keywords(text) is not None
            if not (label is not None or is_label or (listed and block.bullet)):
                return index
            listed = block
        return len(self._blocks)

    def _read_dates(self, start: int, end: int) -> bool:
        """Put the dates and the writers beside them; return whether a date has a label."""
        labelled = False
        above = (index for index in range(max(0, self._headline - 2), self._headline))
        for index in [*range(self._headline + 1, end), *above]:
            block = self._blocks[index]
            dates = line_patterns.labelled_dates(block.text)
            for key, text, languages in dates:
                self._fields.put_date(key, text, block.source, languages)
                self._taken.add(index)
                labelled = True
            if dates or index >= start:
                continue
            for key, text in line_patterns.head_dates(block.text):
                self._fields.put_date(key, text, block.source)
                self._read_names(index, text)
                self._taken.add(index)
        return labelled

    def _read_names(self, index: int, date: str) -> None:
        """Put the writers before a date, on its line or on one beside it."""
        before = self._blocks[index].text.partition(date)[0].strip(" |·•,-–—(")
        beside = [other for other in (index - 1, index + 1) if other > self._headline]
        texts = {
            index: before,
            **{it: self._blocks[it].text for it in beside if it < self._prose.stop},
        }
        for other, text in texts.items():
            names = line_patterns.byline(text) or line_patterns.bare_names(text)
            if names and not self._fields.get("byline"):
                self._fields.put_texts("byline", names, self._blocks[other].source)
                self._taken.add(other)

    def _read_deck(self) -> None:
        """Put the line below the headline, if that has no full stop but words of the text."""
        index = self._headline + 1
        block = self._blocks[index] if index < self._prose.start else None
        if block and index not in self._taken and is_deck(self._blocks, index, self._prose):
            self._fields.put("summary", block.text, block.source)
            self._taken.add(index)

    def _read_images(self, start: int, end: int) -> None:
        images = find_images(self._blocks[:end], self._headline + 1, start)
        indices = sorted(index for image in images for index in image.indices)
        if indices:
            self._taken.update(indices)
            source = line_range([self._blocks[index] for index in indices])
            self._fields.put_images([image.fields for image in images], source)
