"""Read an article from the HTML of a page.

The most exact source of a field comes first: JSON-LD, then microdata, then OpenGraph and meta
elements, then the visible page. trafilatura extracts the body.
"""

import logging
import re

from lxml.html import HtmlElement

from feedsvc.errors import PageError
from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.images import put_images, take_images
from feedsvc.importers.page.html.meta_tags import MetaTags
from feedsvc.importers.page.html.related_boxes import take_related
from feedsvc.importers.page.html.structured_data import json_ld, microdata, read_structured_data
from feedsvc.importers.page.html.to_markdown import to_markdown
from feedsvc.importers.page.html.tree import find, parse_html, text_of
from feedsvc.importers.page.html.visible_fields import decks, main_part, read_visible_fields
from feedsvc.importers.page.markdown import escape, join

# One path: the time that lxml takes to join several grows with the square of their results.
_LINES = (
    "//*[self::body[not(*)] or self::p or self::h1 or self::h2 or self::h3 or self::h4 "
    "or self::li[not(.//p or .//li)]]"
)
_MAX_PARAGRAPHS = 20_000
"""Paragraphs of a page: a novel has half as many. The time that trafilatura takes grows with the
square of their number."""
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
    meta = MetaTags(root)
    language = root.get("lang", "").strip()
    fields.languages = (language,) if language else ()
    fields.put("url", *meta.address())
    base = meta.base()
    items = json_ld(root)
    leads = [
        (read_structured_data(items, fields, "JSON-LD", base), "JSON-LD"),
        (read_structured_data(microdata(root), fields, "microdata", base), "microdata"),
        (meta.read(fields), "OpenGraph"),
    ]
    part = main_part(root)
    base = base or fields.get("url")
    read_visible_fields(root, part, fields, base)
    fields.put("headline", meta.title(), "<title>")
    fields.put("language", language, "<html lang>")
    put_images(fields, leads, take_images(part), base)
    fields.put_related(take_related(root, part, fields.get("headline"), base), "related box")
    _read_body(root, fields, base)
    for item in items:  # the text in JSON-LD, where the page itself shows none
        body = item.get("articleBody")
        if isinstance(body, str):
            paragraphs = filter(None, map(escape, re.split(r"\n+", body)))
            fields.put_value("body", join(paragraphs), "JSON-LD")
    return fields


def _read_body(root: HtmlElement, fields: FoundFields, base: str) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    headlines = {comparable(text_of(heading)) for heading in find(root, "//h1")}
    headlines.add(comparable(fields.get("headline")))
    # A summary that the page does not show as its deck may be a copy of the first paragraph.
    summary = {comparable(fields.get("summary"))} & {comparable(deck) for deck, _ in decks(root)}
    extracted = _extract(root)
    if extracted is not None:
        _drop_other_fields(extracted, (headlines | summary) - {""})
        fields.put_value("body", join(to_markdown(extracted, base)), "trafilatura")


def _extract(root: HtmlElement) -> HtmlElement | None:
    """Return the text that trafilatura extracts."""
    from trafilatura import extract
    from trafilatura.settings import use_config

    # Its messages add nothing to the sources of a record.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # Where it finds less text than this, trafilatura takes the whole page as one paragraph.
    least_text = min(_LEAST_TEXT, len(text_of(main_part(root))) // 2)
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


def _drop_other_fields(extracted: HtmlElement, known: set[str]) -> None:
    """Remove the lines that are in another field of the record, or in none.

    :param known: the headlines and the deck of the page.
    """
    is_above_text = True
    for element in find(extracted, _LINES):
        line = text_of(element)
        if (
            comparable(line) in known
            or line_patterns.is_noise(line)
            or line_patterns.labelled_dates(line)
            or (is_above_text and (line_patterns.byline(line) or line_patterns.crumbs(line)))
        ):
            element.drop_tree()
        else:
            is_above_text = False
