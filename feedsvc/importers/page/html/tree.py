"""Read HTML into a tree of lxml; find elements, texts and links in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin

from lxml import etree, html

from feedsvc.importers.page.vocabulary import word_set
from feedsvc.model.text import absolute_url, clean_characters

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from lxml.html import HtmlElement

_NUMERIC_REFERENCE = re.compile(
    r"&#(?:0*([0-9]{1,7})(?![0-9])|x0*([0-9a-f]{1,6})(?![0-9a-f]));?", re.IGNORECASE
)
_INLINE = word_set("a abbr b bdi cite code em font i mark q s small span strong sub sup time u")
_UNREAD = word_set("script style noscript template svg")


def parse_html(text: str) -> HtmlElement | None:
    """Return the tree of a page; None when it holds no element."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # lxml reads the characters that XML forbids, but will not write them again.
    allowed = clean_characters(_NUMERIC_REFERENCE.sub(_allowed_reference, text))
    try:
        return html.document_fromstring(allowed.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _allowed_reference(match: re.Match[str]) -> str:
    number = int(match[1]) if match[1] else int(match[2], 16)
    return match[0] if number > 0x10FFFF or clean_characters(chr(number)) else ""


def find(root: HtmlElement, query: str) -> list[HtmlElement]:
    """Return the elements that an XPath query finds."""
    return cast("list[HtmlElement]", root.xpath(query))


def first(root: HtmlElement, query: str) -> HtmlElement | None:
    """Return the first element that an XPath query finds."""
    return next(iter(find(root, query)), None)


def text_of(element: HtmlElement | None) -> str:
    """Return the text of an element as one line, a space between its blocks."""
    if element is None:
        return ""
    texts: list[str] = []
    for event, part in walk(element, _UNREAD):
        texts.append(" " if part.tag not in _INLINE else "")
        texts.append((part.text or "") if event == "start" else "")
        texts.append((part.tail or "") if event == "end" and part is not element else "")
    return " ".join("".join(texts).split())


def is_short(element: HtmlElement, length: int) -> bool:
    """Return whether an element has at most so many characters, without reading all of them."""
    for text in element.itertext():
        length -= len(text)
        if length < 0:
            return False
    return True


def walk(root: HtmlElement, skipped: Container[str]) -> Iterator[tuple[str, HtmlElement]]:
    """Go through a tree: ``start`` and ``end`` of each element; only ``end`` of skipped ones."""
    yield "start", root
    path = [(root, iter(root))]
    while path:
        element, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            yield "end", element
        elif str(child.tag) in skipped:
            yield "end", child
        else:
            yield "start", child
            path.append((child, iter(child)))


def has_name(element: HtmlElement, pattern: re.Pattern[str], more: str = "") -> bool:
    """Return whether one of an element's names matches: a word of its classes or its id.

    :param more: another text that names the element.
    """
    names = f"{element.get('class', '')} {element.get('id', '')} {more}".lower()
    return any(map(pattern.fullmatch, re.split(r"[\s_-]+", names)))


def absolute(href: str, base: str) -> str:
    """Return a link as an absolute web address; an empty text when that is impossible."""
    try:
        return absolute_url(urljoin(base, href.strip())) if href.strip() else ""
    except ValueError:
        return ""
