"""HTML as a tree: read by lxml, and what reading pages needs of it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urljoin

from feedsvc.importers.page.vocabulary import word_set
from feedsvc.model import urls
from feedsvc.model.text import clean_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator


_CONTROL = re.compile(
    r"&#(?:0*([0-9]{1,7})(?![0-9])|x0*([0-9a-f]{1,6})(?![0-9a-f]));?", re.IGNORECASE
)


class Element(Protocol):
    """What is used of lxml's elements."""

    tag: str
    text: str | None
    tail: str | None

    def __iter__(self) -> Iterator[Element]:
        """Go through the children."""
        ...

    def get(self, key: str, /) -> str | None:
        """Return an attribute."""
        ...

    def iter(self, *tags: str) -> Iterator[Element]:
        """Go through the element and everything in it."""
        ...

    def iterancestors(self, *tags: str) -> Iterator[Element]:
        """Go from the element up."""
        ...

    def itertext(self) -> Iterator[str]:
        """Go through the pieces of text."""
        ...

    def xpath(self, query: str, /) -> Any:
        """Look elements up."""
        ...

    def drop_tree(self) -> None:
        """Take the element out of the tree, and leave the text behind it."""
        ...


def parse_html(text: str) -> Element | None:
    """Return the tree of a page; None when it holds no element."""
    # lxml has no types; the protocol above says what is used of it.
    html: Any = import_module("lxml.html")
    etree: Any = import_module("lxml.etree")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(_clean(text).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _clean(text: str) -> str:
    """Take out the characters that XML forbids: lxml reads them, but will not write them again."""
    return clean_characters(_CONTROL.sub(_without_control, text))


def _without_control(match: re.Match[str]) -> str:
    number = int(match[1]) if match[1] else int(match[2], 16)
    return match[0] if number > 0x10FFFF or clean_characters(chr(number)) else ""


def find(root: Element, query: str) -> list[Element]:
    """Return the elements that an XPath query finds."""
    return cast("list[Element]", root.xpath(query))


def first(root: Element, query: str) -> Element | None:
    """Return the first element that an XPath query finds."""
    found = find(root, query)
    return found[0] if found else None


def inner(element: Element | None) -> str:
    """Return the text in an element as one line, a space between its blocks."""
    if element is None:
        return ""
    parts: list[str] = []
    for event, part in walk(element, _UNREAD):
        parts.append(" " if part.tag not in _INLINE else "")
        parts.append((part.text or "") if event == "start" else "")
        parts.append((part.tail or "") if event == "end" and part is not element else "")
    return " ".join("".join(parts).split())


def is_short(element: Element, length: int) -> bool:
    """Tell whether an element holds no more text than that, without reading all of a long one."""
    for text in element.itertext():
        length -= len(text)
        if length < 0:
            return False
    return True


_INLINE = word_set("a abbr b bdi cite code em font i mark q s small span strong sub sup time u")
_UNREAD = word_set("script style noscript template svg")


def walk(root: Element, skipped: Container[str]) -> Iterator[tuple[str, Element]]:
    """Go through a tree: ``start`` and ``end`` of each element; only ``end`` of skipped ones."""
    yield "start", root
    path = [(root, iter(root))]
    while path:
        element, children = path[-1]
        child = next(children, None)
        if child is None:
            path.pop()
            yield "end", element
        elif child.tag in skipped:
            yield "end", child
        else:
            yield "start", child
            path.append((child, iter(child)))


def names_of(element: Element) -> str:
    """Return what a page calls an element: its classes and its id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def drop(root: Element, unwanted: Callable[[Element], bool]) -> None:
    """Take elements out of a tree."""
    for element in [
        element for element in root.iter() if element is not root and unwanted(element)
    ]:
        element.drop_tree()


def has_word(text: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether a word of a class or an id is one of a pattern's."""
    return any(pattern.fullmatch(word) for word in re.split(r"[\s_-]+|(?<=[a-z])(?=[A-Z])", text))


def absolute(href: str, base: str) -> str:
    """Return a link as an absolute web address; nothing when it is none."""
    try:
        return urls.absolute_url(urljoin(base, href.strip())) if href.strip() else ""
    except ValueError:
        return ""
