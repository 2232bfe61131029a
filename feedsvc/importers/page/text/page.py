"""Read an article from the plain text of a page, as w3m and lynx dump it."""

from collections import Counter
from itertools import takewhile

from msgspec.structs import replace

from feedsvc.errors import PageError
from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.line_patterns import is_headline, once, related_label, split_credit
from feedsvc.importers.page.markdown import escape, join
from feedsvc.importers.page.page_fields import PageFields, comparable
from feedsvc.importers.page.people import bare_names, byline
from feedsvc.importers.page.prose import is_sentence, word_count, word_stems
from feedsvc.importers.page.text import layout
from feedsvc.importers.page.text.blocks import Block, line_range, split_blocks
from feedsvc.importers.page.vocabulary import pattern

_MOST_BLOCKS = 5_000
"""Paragraphs and lines of the longest page; longer texts are books and logs."""


def read_text(text: str) -> PageFields:
    """Return the fields of a page in plain text."""
    blocks = split_blocks(text)
    if len(blocks) > _MOST_BLOCKS:
        raise PageError(f"has {len(blocks):,} paragraphs; {_MOST_BLOCKS:,} are the most in text")
    prose = layout.find_prose(blocks)
    headline = layout.find_headline(blocks, prose)
    if headline is None:
        reason = "cannot tell the article from the page: save it as HTML, for example"
        raise PageError(f"{reason} curl -o story.html ADDRESS")
    return _TextPage(blocks, prose, headline).read()


class _TextPage:
    """The blocks of a page; a block that is read is taken, the rest is the body."""

    def __init__(self, blocks: list[Block], prose: range, headline: int) -> None:
        self._page = PageFields()
        self._blocks = blocks
        self._prose = range(max(prose.start, headline + 1), prose.stop)
        self._below = headline + 1
        self._is_whole = any(block.bullet for block in blocks[:headline])
        """Other parts of the page stand around the article."""
        self._taken: set[int] = set()

    def read(self) -> PageFields:
        """Return the fields of the page."""
        page, below = self._page, self._below
        title = self._blocks[below - 1]
        page.put("headline", pattern("title_label").sub("", title.text), title.source)
        trail = layout.trail_above(self._blocks, below - 1)
        if trail:
            crumbs = [(crumb, "") for crumb in line_patterns.crumbs(trail.text)]
            page.put_breadcrumbs(crumbs, trail.source)
        start, end = self._head_end(), self._end()
        has_label = self._read_dates(start, end)
        self._read_images(start, end)
        if below not in self._taken and below < self._prose.start:
            self._read_deck(self._blocks[below])
        deck, body = self._read_lines(start, end)
        body = _split_related(page, _split_keywords(page, body))
        # A longer first paragraph begins the body, as does one of a list.
        is_listed = any(block.bullet for block in body[:2])
        is_deck = len(body) > 1 and not is_listed and len(body[0].text) <= 600
        if trail and has_label and is_deck and not (deck or page.get("summary")):
            deck, body = body[:1], body[1:]
        for block in deck[:1]:
            page.put("summary", block.text, block.source)
        body = deck[1:] + body
        text = join(("- " if block.bullet else "") + escape(block.text) for block in body)
        page.put_value("body", text, line_range(body) if body else "")
        return page

    def _head_end(self) -> int:
        start, sentences = self._below, 0
        for index, block in enumerate(self._blocks[start:], start):
            labelled = line_patterns.labelled_dates(block.text) or byline(block.text)
            if sentences <= (3 if labelled else 1) and line_patterns.is_head_line(block.text):
                start = index + 1
            elif not block.bullet and is_sentence(block.text):
                sentences += 1
        return start

    def _end(self) -> int:
        """Return where the article ends, with the keywords and related stories below it."""
        is_listed = False
        for index, block in enumerate(self._blocks[self._prose.stop :], self._prose.stop):
            if line_patterns.is_end(block.text):
                return index + 1
            if self._is_whole and not line_patterns.is_noise(block.text):
                labels = related_label(block.text), line_patterns.keywords(block.text)
                if labels == (None, None) and not (is_listed and block.bullet):
                    return index
                is_listed = True
        return len(self._blocks)

    def _read_dates(self, start: int, end: int) -> bool:
        """Put the dates and the writers beside them; return whether a date has a label."""
        has_label = False
        for index in (*range(self._below, end), *range(max(0, self._below - 3), self._below - 1)):
            block = self._blocks[index]
            dates = line_patterns.labelled_dates(block.text)
            has_label = has_label or bool(dates)
            bare = () if dates or index >= start else line_patterns.head_dates(block.text)
            for key, text, languages in (*dates, *bare):
                self._page.put_date(key, text, block.source, languages)
                self._taken.add(index)
            for _, text, _ in bare:
                self._read_names(index, text)
        return has_label

    def _read_names(self, index: int, date: str) -> None:
        """Put the writers before a date, on its line or on one beside it."""
        beside = [it for it in (index - 1, index + 1) if self._below <= it < self._prose.stop]
        for other in sorted((index, *beside)):
            text = self._blocks[other].text.partition(date)[0].strip(" |·•,-–—(")
            names = byline(text) or ([] if line_patterns.is_noise(text) else bare_names(text))
            if names and not self._page.get("byline"):
                self._page.put_texts("byline", names, self._blocks[other].source)
                self._taken.add(other)

    def _read_images(self, start: int, end: int) -> None:
        """Put the images: captions that stand twice, with a credit, or in a list above the text."""
        images, taken = list[dict[str, str]](), set[int]()
        for index in range(self._below, end):
            if index not in taken:
                image, indices = self._image(index, start, end)
                images.append(image)
                taken |= indices
        if taken:
            source = line_range([self._blocks[index] for index in sorted(taken)])
            self._page.put_images(images, source)
            self._taken |= taken

    def _image(self, index: int, start: int, end: int) -> tuple[dict[str, str], set[int]]:
        block, above, head = self._blocks[index], self._blocks[index - 1], index < start
        text, credit = split_credit(block.text)
        caption, alt, indices = once(text), "", {index}
        after = self._blocks[index + 1].text if index + 1 < end else ""
        if credit:
            is_image = block.bullet or (head and caption) or "|" in block.text
            is_deeper = not block.bullet and block.indent > above.indent
            is_alt = above.bullet and (is_deeper or not caption)
            if index > self._below and (is_alt or comparable(above.text) == comparable(caption)):
                is_image, other = True, once(above.text)
                alt = other if comparable(other) != comparable(caption or other) else ""
                caption, indices = caption or other, {index - 1, index}
        elif not block.bullet or line_patterns.is_noise(block.text):
            is_image = False
        elif comparable(after) == comparable(block.text):
            is_image, indices = True, {index, index + 1}
        else:
            is_sentence = len(text.split()) >= 4 and pattern("sentence_end").search(text)
            is_image = head and (is_sentence or caption != text) and not split_credit(after)[1]
        image = {"caption": caption, "credit": credit, "alt": alt}
        return (image, indices) if is_image else ({}, set())

    def _read_deck(self, block: Block) -> None:
        """Put a line below the headline that is a summary of the prose, without a full stop."""
        prose = " ".join(self._blocks[index].text for index in self._prose)
        shared = word_stems(block.text) & word_stems(prose)
        if word_count(block.text) >= 5 and len(shared) >= 2 and not layout.is_no_title(block):
            self._page.put("summary", block.text, block.source)
            self._taken.add(self._below)

    def _read_lines(self, start: int, end: int) -> tuple[list[Block], list[Block]]:
        """Return the sentences above the date and the text below it, without other lines."""
        deck, body = list[Block](), list[Block]()
        for index, block in enumerate(self._blocks[self._below : end], self._below):
            text = block.text
            self._page.put_comments(text, block.source)
            if index in self._taken or line_patterns.is_noise(text):
                continue
            above = index < self._prose.start and (self._is_whole or not block.bullet)
            names, keywords = byline(text), line_patterns.keywords(text)
            if names and not body:
                self._page.put_texts("byline", names, block.source)
            elif keywords:
                self._page.put_texts("keywords", keywords, block.source)
            elif not (index < start or above):
                body.append(block)
            elif not block.bullet and (pattern("sentence_end").search(text) or text[-1] in '”"»'):
                deck.append(block)
        return deck, body


def _split_keywords(page: PageFields, body: list[Block]) -> list[Block]:
    """Take a label such as ``Tags`` out, with the words below it, where both end the body."""
    labels = [index for index, block in enumerate(body) if line_patterns.keywords(block.text) == []]
    start = labels[-1] if labels else len(body)
    lines = list(takewhile(_are_words, body[start + 1 :]))
    rest = body[start + 1 + len(lines) :]
    if rest and related_label(rest[0].text) is None:
        return body
    words: list[str] = []
    for block in lines:
        parts = pattern("between_keywords").split(block.text)
        words += parts if block.bullet or len(parts) > 1 else block.rows
    if words:
        # The end of a long line may be within a keyword.
        unclear = max(map(len, words)) > 40 or (len(words) == 1 and " " in words[0])
        page.put_texts("keywords", [] if unclear else words, line_range(lines))
        page.refuse("keywords", f"{line_range(lines)}: nothing shows where one of them ends")
    return body[:start] + rest


def _are_words(block: Block) -> bool:
    is_other = pattern("whole_sentence").search(block.text) or related_label(block.text) is not None
    return not is_other and max(map(len, pattern("between_keywords").split(block.text))) <= 120


def _split_related(page: PageFields, body: list[Block]) -> list[Block]:
    """Take the headlines of related stories out: with a label, or set off by wider space."""
    # They have the form that this page's own headline has.
    sentence_case = not is_headline(page.get("headline"))
    titles = [is_headline(each.text, sentence_case=sentence_case) for each in body]
    pairs = zip(body[1:], titles[1:], titles, strict=False)
    gaps = Counter(block.gap for block, *near in pairs if not (any(near) or block.bullet))
    usual = max(gaps, key=lambda gap: gaps[gap], default=1)
    indents = {block.indent for block in body if not (block.linked or block.bullet)}
    related, rest = list[Block](), list[Block]()
    labelled = False
    for index, block in enumerate(body):
        below = body[index + 1 : index + 2]
        label = related_label(block.text)
        texts = [label] if label else [each.text for each in below]
        if label is not None and all(is_headline(text, sentence_case=True) for text in texts):
            related += [replace(block, text=label)] if label else []
            labelled = not label
            continue
        # A subheading stands apart above alone, too, but is shorter than a headline.
        is_long = len(block.text.split()) >= 4
        sides = (block.gap > usual) + all(each.gap > usual for each in below)
        apart = rest and sides > (not is_long)
        # lynx shows no wider space, but numbers links, and sets headings at another indent.
        is_link = block.linked and not block.bullet and block.indent in indents and is_long
        is_related = titles[index] and (labelled or apart or is_link)
        (related if is_related else rest).append(block)
        # A label stands above one story, or above a list of them.
        labelled = labelled and is_related and block.bullet
    stories = [{"headline": block.text} for block in related]
    page.put_related(stories, ", ".join(block.source for block in related))
    return rest
