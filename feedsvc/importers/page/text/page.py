"""Plain text of a page, as w3m and lynx dump it, becomes findings.

The shape: navigation and share links; the breadcrumb; the headline; one bulleted image whose
caption stands twice, its credit behind the second; the date; the deck; the body, with headlines of
related stories in it; the line about comments. Every part may be missing but the headline.
"""

from __future__ import annotations

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.dates import read_date
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.labelled_lines import crumbs, labelled_dates, sections
from feedsvc.importers.page.text.blocks import Block, blocks, columns, lines
from feedsvc.importers.page.text.body import TextBody
from feedsvc.importers.page.text.images import find_images, without_placeholders


def read_text(text: str) -> FoundFields:
    """Return what the text of a page says."""
    findings = FoundFields()
    _Story(without_placeholders(blocks(text)), findings).read()
    return findings


class _Story:
    """The blocks of a page; each is taken by what it turns out to be."""

    def __init__(self, found: list[Block], findings: FoundFields) -> None:
        self._blocks = found
        self._findings = findings
        self._taken: set[int] = set()
        self._dated = {
            place: dates
            for place, block in enumerate(found)
            if (dates := labelled_dates(block.text))
        }

    def read(self) -> None:
        date = min(self._dated, default=None)
        trail = self._breadcrumb(len(self._blocks) if date is None else date)
        headline = self._headline(trail, date)
        if headline is None:
            return
        self._findings.put("headline", self._blocks[headline].text, self._blocks[headline].source)
        if trail is not None:
            self._section(self._blocks[trail])
        self._taken = {*range(headline + 1), *self._dated}
        start = self._head(headline)
        self._pictures(headline + 1, start)
        self._prose(start, whole_shape=trail is not None or start > headline + 1)

    def _breadcrumb(self, end: int) -> int | None:
        """Return the last line of crumbs that something stands below of, before the date."""
        found = [
            place
            for place, block in enumerate(self._blocks[:end])
            if not block.bullet and crumbs(block.text)
        ]
        last = next(filter(self._plain, reversed(range(end))), 0)
        below = [place for place in found if place < last]
        return below[-1] if below and end < len(self._blocks) else next(iter(below), None)

    def _plain(self, place: int) -> bool:
        """Tell whether a block may be a headline or a paragraph."""
        block = self._blocks[place]
        noise = line_patterns.is_sharing(block.text) or line_patterns.is_navigation(block.text)
        noise = noise or line_patterns.comments(block.text)[0] or line_patterns.is_tail(block.text)
        return not (
            noise or block.bullet or place in self._dated or line_patterns.byline(block.text)
        )

    def _headline(self, trail: int | None, date: int | None) -> int | None:
        """Return where the headline stands: below the crumbs, else above the image or the date."""
        if trail is not None:
            below = range(trail + 1, len(self._blocks))
            return next((place for place in below if self._plain(place)), None)
        pictures = find_images(self._blocks, 0, len(self._blocks))
        anchors = [
            place for place in (date, *(min(picture.places) for picture in pictures)) if place
        ]
        titles = [
            place
            for place in range(min(anchors, default=len(self._blocks)))
            if self._plain(place) and _may_be_headline(self._blocks[place].text)
        ]
        if anchors:
            return titles[-1] if titles else None
        long = (place for place in titles if columns(self._blocks[place].text) >= 15)
        return next(long, titles[0] if titles else None)

    def _section(self, block: Block) -> None:
        headline = self._findings.fields.get("headline", "")
        found = [(crumb, "") for crumb in crumbs(block.text)]
        self._findings.put_section(sections(found, headline, "", ""), block.source)

    def _head(self, headline: int) -> int:
        """Read the dates; return where the head of the article ends."""
        start = looked = headline + 1
        between = 0
        for place in sorted(self._dated):
            block = self._blocks[place]
            for key, text, languages in self._dated[place]:
                self._findings.put_date(key, text, block.source, languages)
            between += sum(map(self._plain, range(looked, place)))
            looked = max(looked, place)
            if place > headline and between <= 3:
                start = max(start, place + 1)
        if not self._dated:
            start = self._bare_date(headline)
        return start

    def _bare_date(self, headline: int) -> int:
        """Look for a line that is a date and nothing else, above the first paragraph."""
        for place in range(headline + 1, len(self._blocks)):
            block = self._blocks[place]
            if len(block.text) <= 60 and not block.bullet:
                reading = read_date(block.text)
                if reading.value or reading.problem:
                    self._findings.put_date("published", block.text, block.source)
                    self._taken.add(place)
                    return place + 1
            if self._plain(place) and block.text.endswith("."):
                break
        return headline + 1

    def _pictures(self, first: int, start: int) -> None:
        found = find_images(self._blocks, first, start)
        if found:
            for picture in found:
                self._taken |= picture.places
            first_line = min(self._blocks[place].first for place in found[0].places)
            last_line = max(self._blocks[place].last for place in found[-1].places)
            fields = [picture.fields for picture in found]
            self._findings.put_images(fields, lines(first_line, last_line))

    def _prose(self, start: int, *, whole_shape: bool) -> None:
        """Read what is left: bylines and paragraphs of the head, then the body."""
        prose = TextBody(self._findings, whole_shape=whole_shape)
        for place, block in enumerate(self._blocks):
            if place in self._taken:
                continue
            if prose.add(block, head=place < start):
                break
        prose.finish()


def _may_be_headline(text: str) -> bool:
    return len(text) <= 300 and not text.endswith((".", ":", ";", ",")) and not crumbs(text)
