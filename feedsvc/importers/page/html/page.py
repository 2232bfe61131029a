"""Read an article from the HTML of a page.

The most exact source of a field comes first: JSON-LD, then microdata, then OpenGraph and meta
elements, then the visible page. trafilatura extracts the body.
"""

import logging
import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from feedsvc.errors import PageError
from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html import structured_data
from feedsvc.importers.page.html.bylines import put_byline, put_house, shown_people
from feedsvc.importers.page.html.captions import split_caption
from feedsvc.importers.page.html.images import put_images, take_images
from feedsvc.importers.page.html.layout import Layout, headline_of, read_layout
from feedsvc.importers.page.html.meta_tags import read_head
from feedsvc.importers.page.html.paragraphs import separate_paragraphs
from feedsvc.importers.page.html.players import Players, place_frames, read_players
from feedsvc.importers.page.html.related_boxes import take_related
from feedsvc.importers.page.html.sections import read_breadcrumbs
from feedsvc.importers.page.html.to_markdown import to_markdown
from feedsvc.importers.page.html.tree import absolute, find, line_of, parse_html, prepare, text_of
from feedsvc.importers.page.html.visible_fields import deck, put_comments, put_dates
from feedsvc.importers.page.languages import other_language
from feedsvc.importers.page.markdown import escape, join
from feedsvc.importers.page.vocabulary import alternatives

_DIALOGUE = re.compile(rf"{alternatives('dialogues')}", re.IGNORECASE)
"""A line that asks readers to do something on the site."""
_LONGEST_LINE = 160
"""Characters of a line that is no paragraph."""
# One path: the time that lxml takes to join several grows with the square of their results.
_LINES = (
    "//*[self::body[not(*)] or self::p or self::h1 or self::h2 or self::h3 or self::h4 "
    "or self::li[not(.//p or .//li)]]"
)
_MAX_PARAGRAPHS = 20_000
"""Paragraphs of a page: a novel has half as many. The time that trafilatura takes grows with the
square of their number."""
_HEAD_WORDS = 8
"""Words of a line beside the headline, at most."""
_LEAST_TEXT = 250
"""Characters of the text of an article, as trafilatura has it; a short item may have fewer."""


def read_html(text: str) -> FoundFields:
    """Return the fields of a page in HTML.

    :raises PageError: it is no page of an article.
    """
    fields = FoundFields()
    root = parse_html(text)
    if root is None:
        return fields
    paragraphs = len(find(root, "//*[self::p or self::div]"))
    if paragraphs > _MAX_PARAGRAPHS:
        raise PageError(f"has {paragraphs:,} paragraphs; {_MAX_PARAGRAPHS:,} are the most")
    stated = _StatedFields(root, fields)
    prepare(root)
    layout = read_layout(root, stated.headlines)
    if layout.heading is not None:
        fields.put("headline", headline_of(layout.heading, stated.headlines), "<h1>")
    images = take_images(root, layout)
    stated.put(fields, layout, [image.get("caption", "") for image in images])
    base = stated.base or fields.get("url")
    put_images(fields, stated.images, images, base)
    put_comments(root, fields)
    players = read_players(layout, base)
    related = take_related(root, layout, base, fields.get("url"), fields.get("headline"))
    fields.put_related(related, "related box")
    _read_body(root, layout, fields, players, base)
    fields.put_value("media", players.media, "<audio>, <video>")
    stated.put_text(fields)
    return fields


class _StatedFields:
    """The fields that a page gives for machines, put beside the ones that it shows."""

    def __init__(self, root: HtmlElement, fields: FoundFields) -> None:
        head = read_head(root)
        self._root, self._title, self.base = root, head.title, head.base
        fields.put("url", head.url, head.source)
        items, self._problems = structured_data.json_ld(root)
        self._lists = [items, structured_data.microdata(root)]
        self._items = [(structured_data.article_of(items, self.base), "JSON-LD")]
        self._items += [
            (structured_data.article_of(self._lists[1], self.base), "microdata"),
            *head.items,
        ]
        """The article in each kind of data, the most exact first, with its source."""
        for article, source in self._items[:2]:
            self.base = self.base or absolute(structured_data.address_of(article), "")
            fields.put("url", absolute(structured_data.address_of(article), self.base), source)
        of_page = root.get("lang", "").strip()
        languages = [
            (structured_data.text_at(item, "inLanguage"), source) for item, source in self._items
        ]
        languages.append((of_page, "<html lang>"))
        for language, source in languages:
            fields.put("language", language, source)
        spoken = next(filter(None, (languages[0][0], languages[1][0], of_page)), "")
        fields.languages = (spoken,) if spoken else ()
        titles = [structured_data.text_at(item, "headline", "name") for item, _ in self._items]
        self.headlines = list(filter(None, (*titles, head.title)))
        self.images = [(structured_data.image_of(item), source) for item, source in self._items]
        self._house = [
            structured_data.text_at(item, "publisher", "isPartOf") for item, _ in self._items
        ]

    def put(self, fields: FoundFields, layout: Layout, captions: Sequence[str]) -> None:
        """Put the fields, and before each of them the one that people see."""
        # The date in microdata may be the day of the last change.
        for article, source in sorted(self._items, key=lambda it: it[1] == "microdata"):
            structured_data.put_article(article, fields, source, self.base)
        fields.put("headline", self._title, "<title>")
        self._put_summary(fields, layout, captions)
        self._put_byline(fields, layout)
        put_dates(layout, fields)
        fields.put_day_of_address()
        for items, (article, source) in zip(self._lists, self._items, strict=False):
            for crumbs in structured_data.breadcrumbs(items, article):
                fields.put_breadcrumbs(crumbs, f"{source} breadcrumb", self._house)
        read_breadcrumbs(self._root, layout.heading, fields, self.base, self._house)
        for article, source in self._items:
            names = re.split(r"\s*[/>]\s*", structured_data.text_at(article, "articleSection"))
            fields.put_section(names, source)

    def _put_summary(self, fields: FoundFields, layout: Layout, captions: Sequence[str]) -> None:
        fields.put("summary", *deck(layout, fields.get("headline"), captions))
        for article, source in (*self._items[2:], *self._items[:2]):
            for text in structured_data.texts_at(article, "description"):
                if text.rstrip("] ").endswith(("…", "...")):
                    fields.refuse("summary", f"{source}: the text is cut")
                elif comparable(text) in map(comparable, captions):
                    fields.refuse("summary", f"{source}: it is the caption of an image")
                else:
                    fields.put("summary", text, source)

    def _put_byline(self, fields: FoundFields, layout: Layout) -> None:
        stated = [
            (*structured_data.writers(item, self.base), source) for item, source in self._items
        ]
        people = [(people, source) for people, _, source in stated]
        put_byline(fields, shown_people(layout.beside), people, self._house)
        if not fields.get("byline"):
            fields.put_value("byline", shown_people(layout.part.iter()), "byline")
        put_house(fields, [(everyone, source) for _, everyone, source in stated])

    def put_text(self, fields: FoundFields) -> None:
        """Put the text in JSON-LD where the page itself shows none, and mend the language."""
        for item in self._lists[0]:
            body = item.get("articleBody")
            if isinstance(body, str):
                paragraphs = filter(None, map(escape, re.split(r"\n+", body)))
                fields.put_value("body", join(paragraphs), "JSON-LD")
        stated = fields.get("language")
        if language := other_language(fields.get("body"), stated) if stated else "":
            fields.values["language"] = language
            fields.sources["language"] = f"text, which is not in {stated}"
        for problem in self._problems:
            fields.add_note("headline", problem)


def _read_body(
    root: HtmlElement, layout: Layout, fields: FoundFields, players: Players, base: str
) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    shown = [*find(root, "//h1"), layout.heading]
    known = {comparable(text) for text in (*map(text_of, shown), fields.get("headline"))}
    # A summary that the page does not show as its deck may be a copy of the first paragraph.
    if "deck" in fields.sources.get("summary", ""):
        known.add(comparable(fields.get("summary")))
    above = " ".join(comparable(line_of(each, _LONGEST_LINE)) for each in layout.beside)
    separate_paragraphs(layout.part)
    extracted = _extract(root, layout)
    if extracted is not None:
        _drop_other_fields(extracted, known - {""}, set(above.split()))
        place_frames(extracted, players)
        fields.put_value("body", join(to_markdown(extracted, base)), "trafilatura")
        fields.drop_cut_summary(text_of(extracted))
        for each in players.left_out:
            fields.add_note("body", f"{each} is left out")


def _extract(root: HtmlElement, layout: Layout) -> HtmlElement | None:
    """Return the text that trafilatura extracts."""
    from trafilatura import extract
    from trafilatura.settings import use_config

    # Its messages add nothing to the sources of a record.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # Where it finds less text than this, trafilatura takes the whole page as one paragraph.
    least_text = min(_LEAST_TEXT, len(text_of(layout.part)) // 2)
    config = use_config()
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(least_text)
    markup = extract(
        root,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
        config=config,
    )
    return parse_html(markup) if markup else None


def _drop_other_fields(extracted: HtmlElement, known: set[str], above: set[str]) -> None:
    """Remove the lines that are in another field of the record, or in none.

    :param known: the headlines and the deck of the page.
    :param above: the words beside the headline, as of the names of places and writers.
    """
    is_above_text = True
    for element in find(extracted, _LINES):
        line = text_of(element)
        is_call = len(line) <= _LONGEST_LINE and (
            _DIALOGUE.match(line) or split_caption(line)[0] == ""
        )
        is_other = comparable(line) in known or line_patterns.is_noise(line) or is_call
        if (
            is_other
            or line_patterns.labelled_dates(line)
            or (is_above_text and _is_of_head(line, above))
        ):
            element.drop_tree()
        else:
            is_above_text = False


def _is_of_head(line: str, above: set[str]) -> bool:
    is_short = len(line.split()) <= _HEAD_WORDS and not line.endswith((".", "!", "?", "…", "。"))
    named = line_patterns.byline(line) or line_patterns.crumbs(line)
    return bool(named) or (is_short and above.issuperset(comparable(line).split()))
