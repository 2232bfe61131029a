"""The body of an article in HTML: found by trafilatura, or else the article's own paragraphs."""

from __future__ import annotations

import copy
import logging
import re
from typing import TYPE_CHECKING, Any, cast

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import same
from feedsvc.importers.page.html.to_markdown import to_markdown
from feedsvc.importers.page.html.tree import (
    Element,
    drop,
    find,
    has_word,
    inner,
    names_of,
    parse_html,
)
from feedsvc.importers.page.html.visible_fields import main_part
from feedsvc.importers.page.labelled_lines import crumbs, labelled_dates
from feedsvc.importers.page.markdown import join
from feedsvc.importers.page.vocabulary import word_set

if TYPE_CHECKING:
    from feedsvc.importers.page.found_fields import FoundFields

_NOISE = re.compile(
    r"comments?|comentarios|disqus|respond|share|sharing|social|compartir|breadcrumbs?|newsletter|promo|advert|"
    r"advertisement|ad|ads|banner|tags?|byline|cookie|cookies|popup|paywall|toolbar|pagination|sidebar|author"
)
_UNREAD = word_set(
    """
    script style noscript template nav footer header aside form iframe button svg h1 figure time
    """
)
_BLOCKS = ".//p | .//h2 | .//h3 | .//h4 | .//h5 | .//h6 | .//li | .//blockquote | .//td"


def read_body(root: Element, findings: FoundFields, base: str) -> None:
    """Put the text of the article; the tree holds no pictures and no related boxes any more."""
    _prune(root, findings)
    part = main_part(root)
    found = _by_trafilatura(root)
    source = "trafilatura"
    blocks = to_markdown(found, base) if found is not None else []
    if not blocks:
        source = f"<{part.tag}>"
        blocks = to_markdown(_only_prose(part), base)
    findings.put_any("body", join(blocks), source)


def _prune(root: Element, findings: FoundFields) -> None:
    """Take out all that is not the text: what is said elsewhere in the record, and machinery."""
    part = main_part(root)
    around = {part, *part.iterancestors()}
    told = {same(findings.fields.get(key, "")) for key in ("headline", "summary")} - {""}

    def unwanted(element: Element) -> bool:
        if element in around:
            return False
        if element.tag in _UNREAD:
            return True
        return has_word(names_of(element), _NOISE) and not find(element, ".//article")

    drop(root, unwanted)
    drop(root, lambda element: element not in around and _is_told(element, told))
    drop(
        root,
        lambda element: _is_byline(element) and part not in {element, *element.iterancestors()},
    )


def _is_told(element: Element, told: set[str]) -> bool:
    """Tell whether a line is in the record already, or is no part of the text."""
    if element.tag not in ("p", "div", "h2", "h3", "h4", "span", "li", "ul") or find(
        element, ".//p"
    ):
        return False
    text = inner(element)
    if not text or len(text) > 700:
        return False
    if element.tag != "span" and same(text) in told:
        return True
    noise = (
        line_patterns.comments(text)[0]
        or line_patterns.is_sharing(text)
        or bool(crumbs(text))
        or bool(labelled_dates(text))
    )
    return noise or line_patterns.is_navigation(text) or line_patterns.is_tail(text)


def _is_byline(element: Element) -> bool:
    return element.tag in ("p", "div", "span") and bool(line_patterns.byline(inner(element)))


def _by_trafilatura(root: Element) -> Element | None:
    """Return what trafilatura takes for the text; None without trafilatura, or without a text."""
    try:
        import trafilatura
    except ImportError:
        return None
    # It has nothing to say to the newsroom that the record does not say.
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    markup: Any = trafilatura.extract(
        cast("Any", copy.deepcopy(root)),
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
    )
    return parse_html(markup) if markup else None


def _only_prose(part: Element) -> Element:
    """Return the part with nothing but its paragraphs, when it has any."""
    if not find(part, _BLOCKS):
        return part
    part = copy.deepcopy(part)
    part.tail = None
    for element in part.iter("div", "section", "article", "main", "body", "html"):
        # Text beside paragraphs is not the article's: names of buttons, of pictures, of places.
        if find(element, "./p"):
            element.text = None
            for child in element:
                child.tail = None
    return part
