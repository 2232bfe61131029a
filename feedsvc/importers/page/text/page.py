"""Read an article from the plain text of a page, as w3m and lynx dump it.

The shape: navigation and share links; the breadcrumb; the headline; one bulleted image whose
caption stands twice, its credit behind the second; the date; the deck; the body, with headlines of
related stories in it; the line about comments. Every part may be missing but the headline.
"""

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.text.blocks import Block, line_range, split_blocks, width
from feedsvc.importers.page.text.body import TextBody
from feedsvc.importers.page.text.images import find_images, without_placeholders


def read_text(text: str) -> FoundFields:
    """Return the fields of a page in plain text."""
    return _TextPage(without_placeholders(split_blocks(text))).read()


class _TextPage:
    """The blocks of a page; a block that is read is taken, the rest is the body."""

    def __init__(self, blocks: list[Block]) -> None:
        self._fields = FoundFields()
        self._blocks = blocks
        self._taken: set[int] = set()
        self._dates = {
            index: dates
            for index, block in enumerate(blocks)
            if (dates := line_patterns.labelled_dates(block.text))
        }

    def read(self) -> FoundFields:
        date = min(self._dates, default=None)
        breadcrumb = self._breadcrumb(len(self._blocks) if date is None else date)
        headline = self._headline(breadcrumb, date)
        if headline is None:
            return self._fields
        block = self._blocks[headline]
        self._fields.put("headline", block.text, block.source)
        if breadcrumb is not None:
            block = self._blocks[breadcrumb]
            self._fields.put_breadcrumbs(
                [(crumb, "") for crumb in line_patterns.crumbs(block.text)], block.source
            )
        self._taken = {*range(headline + 1), *self._dates}
        start = self._read_dates(headline)
        self._read_images(headline + 1, start)
        body = TextBody(self._fields, has_deck=breadcrumb is not None or start > headline + 1)
        for index, block in enumerate(self._blocks):
            if index not in self._taken and body.add(block, head=index < start):
                break
        body.finish()
        return self._fields

    def _breadcrumb(self, end: int) -> int | None:
        """Return the last line of crumbs with a headline between it and the date.

        :param end: the block of the date; without one, the first such line counts.
        """
        last = next(filter(self._is_prose, reversed(range(end))), 0)
        above = [
            index
            for index, block in enumerate(self._blocks[:last])
            if not block.bullet and line_patterns.crumbs(block.text)
        ]
        return above[-1 if end < len(self._blocks) else 0] if above else None

    def _is_prose(self, index: int) -> bool:
        """Return whether a block may be a headline or a paragraph."""
        block = self._blocks[index]
        return not (
            line_patterns.is_noise(block.text)
            or line_patterns.byline(block.text)
            or block.bullet
            or index in self._dates
        )

    def _headline(self, breadcrumb: int | None, date: int | None) -> int | None:
        """Return where the headline stands: below the crumbs, else above the image or the date."""
        if breadcrumb is not None:
            return next(filter(self._is_prose, range(breadcrumb + 1, len(self._blocks))), None)
        images = find_images(self._blocks, 0, len(self._blocks))
        below = [index for index in (date, *(min(image.indices) for image in images)) if index]
        headlines = [
            index
            for index in range(min(below, default=len(self._blocks)))
            if self._is_prose(index) and _may_be_headline(self._blocks[index].text)
        ]
        if not headlines:
            return None
        if below:
            return headlines[-1]
        long = (index for index in headlines if width(self._blocks[index].text) >= 15)
        return next(long, headlines[0])

    def _read_dates(self, headline: int) -> int:
        """Put the dates; return where the head of the article ends."""
        start = read = headline + 1
        between = 0
        for index, dates in self._dates.items():
            for key, text, languages in dates:
                self._fields.put_date(key, text, self._blocks[index].source, languages)
            between += sum(map(self._is_prose, range(read, index)))
            read = max(read, index)
            if index > headline and between <= 3:
                start = index + 1
        return start if self._dates else self._read_bare_date(start)

    def _read_bare_date(self, start: int) -> int:
        """Put a line above the first paragraph that is a date and nothing else."""
        for index in range(start, len(self._blocks)):
            block = self._blocks[index]
            if len(block.text) <= 60 and not block.bullet:
                date = read_date(block.text)
                if date.value or date.problem:
                    self._fields.put_date("published", block.text, block.source)
                    self._taken.add(index)
                    return index + 1
            if self._is_prose(index) and block.text.endswith("."):
                break
        return start

    def _read_images(self, first: int, start: int) -> None:
        images = find_images(self._blocks, first, start)
        indices = sorted(index for image in images for index in image.indices)
        if indices:
            self._taken.update(indices)
            source = line_range([self._blocks[index] for index in indices])
            self._fields.put_images([image.fields for image in images], source)


def _may_be_headline(text: str) -> bool:
    return (
        len(text) <= 300
        and not text.endswith((".", ":", ";", ","))
        and not line_patterns.crumbs(text)
    )
