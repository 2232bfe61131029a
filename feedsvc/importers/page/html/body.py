"""Find the body of an article in HTML with trafilatura, or take the article's own paragraphs."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.to_markdown import to_markdown
from feedsvc.importers.page.html.tree import find, has_name, parse_html, text_of
from feedsvc.importers.page.html.visible_fields import main_part
from feedsvc.importers.page.labelled_lines import crumbs, labelled_dates
from feedsvc.importers.page.markdown import join
from feedsvc.importers.page.vocabulary import word_set

_NOISE = re.compile(
    r"comments?|comentarios|disqus|respond|share|sharing|social|compartir|breadcrumbs?|newsletter|promo|advert|"
    r"advertisement|ad|ads|banner|tags?|byline|cookie|cookies|popup|paywall|toolbar|pagination|sidebar|author"
)
_UNREAD = word_set(
    """
    script style noscript template nav footer header aside form iframe button svg h1 figure time
    """
)
_LINES = word_set("p div h2 h3 h4 span li ul")
_BLOCKS = ".//p | .//h2 | .//h3 | .//h4 | .//h5 | .//h6 | .//li | .//blockquote | .//td"


def read_body(root: HtmlElement, fields: FoundFields, base: str) -> None:
    """Put the text of the article; its images and boxes of related stories are removed before."""
    part = main_part(root)
    _prune(root, part, fields)
    part = main_part(root)
    extracted = _by_trafilatura(root)
    source = "trafilatura"
    blocks = to_markdown(extracted, base) if extracted is not None else []
    if not blocks:
        source = f"<{part.tag}>"
        blocks = to_markdown(_only_paragraphs(part), base)
    fields.put_value("body", join(blocks), source)


def _prune(root: HtmlElement, part: HtmlElement, fields: FoundFields) -> None:
    """Remove everything that is in another field of the record, or is no text of the article."""
    around = {part, *part.iterancestors()}
    known = {comparable(fields.get(key)) for key in ("headline", "summary")} - {""}
    _drop(root, lambda element: element not in around and _is_noise(element))
    _drop(root, lambda element: element not in around and _is_known(element, known))
    _drop(
        root,
        lambda element: _is_byline(element) and part not in {element, *element.iterancestors()},
    )


def _drop(root: HtmlElement, unwanted: Callable[[HtmlElement], bool]) -> None:
    for element in [each for each in root.iter() if each is not root and unwanted(each)]:
        element.drop_tree()


def _is_noise(element: HtmlElement) -> bool:
    if element.tag in _UNREAD:
        return True
    return has_name(element, _NOISE) and not find(element, ".//article")


def _is_known(element: HtmlElement, known: set[str]) -> bool:
    """Return whether a line is in the record already, or is no part of the text."""
    text = text_of(element) if element.tag in _LINES and not find(element, ".//p") else ""
    if not 0 < len(text) <= 700:
        return False
    if element.tag != "span" and comparable(text) in known:
        return True
    noise = line_patterns.is_noise(text) or line_patterns.is_rights_notice(text)
    return noise or bool(crumbs(text) or labelled_dates(text))


def _is_byline(element: HtmlElement) -> bool:
    return element.tag in ("p", "div", "span") and bool(line_patterns.byline(text_of(element)))


def _by_trafilatura(root: HtmlElement) -> HtmlElement | None:
    """Return the text that trafilatura extracts; None without trafilatura, or without a text."""
    try:
        import trafilatura
    except ImportError:
        return None
    # Its messages add nothing to the sources of a record.
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    markup = trafilatura.extract(
        copy.deepcopy(root),
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
    )
    return parse_html(markup) if markup else None


def _only_paragraphs(part: HtmlElement) -> HtmlElement:
    """Return the part with nothing but its paragraphs, when it has any."""
    if not find(part, _BLOCKS):
        return part
    part = copy.deepcopy(part)
    part.tail = None
    for element in part.iter("div", "section", "article", "main", "body", "html"):
        # Text beside paragraphs is not the article's: labels of buttons, images and places.
        if find(element, "./p"):
            element.text = None
            for child in element:
                child.tail = None
    return part
