"""Read HTML into a tree of lxml; find elements, texts and links in it."""

import re
from collections import Counter
from functools import lru_cache
from itertools import chain, pairwise
from typing import cast
from urllib.parse import urljoin

from lxml import etree, html
from lxml.html import HtmlElement

from feedsvc.importers.page.vocabulary import CLASS_NAMES
from feedsvc.ingest.html.visibility import is_hidden
from feedsvc.model.text import absolute_url, clean_characters

_NUMERIC_REFERENCE = re.compile(
    r"&#(?:0*([0-9]{1,7})(?![0-9])|x0*([0-9a-f]{1,6})(?![0-9a-f]));?", re.IGNORECASE
)
INLINE = frozenset(
    "a abbr b bdi cite code em font i mark q s small span strong sub sup time u".split()
)
"""Elements that are part of a line."""
_MOST_TEXT = 0.3
"""Share of the text in paragraphs from which on an element holds the story."""
_NAMING = ("class", "id", "data-testid", "data-gu-name", "data-component", "data-qa", "data-type")
"""Attributes that name an element; some pages name their classes by chance."""
_AMP = frozenset("img iframe video audio".split())
"""Elements of HTML that AMP has under names of its own."""


def parse_html(text: str) -> HtmlElement | None:
    """Return the tree of a page; None when it holds no element."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # lxml reads the characters that XML forbids, but will not write them again.
    allowed = clean_characters(_NUMERIC_REFERENCE.sub(_allowed_reference, text))
    try:
        root = html.document_fromstring(allowed.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    for element in find(root, "//*[starts-with(name(), 'amp-')]"):
        if (tag := str(element.tag).removeprefix("amp-")) in _AMP:
            element.tag = tag
    return root


def prepare(root: HtmlElement) -> None:
    """Remove the parts that a page does not show, and unwrap its text from forms and asides."""
    etree.strip_elements(root, "script", "style", "svg", with_tail=False)
    for element in find(root, "//noscript[not(.//img)]"):
        element.drop_tree()
    texts: Counter[HtmlElement] = Counter()
    for paragraph in find(root, "//p"):
        length = len(text_of(paragraph))
        for element in (paragraph, *paragraph.iterancestors()):
            texts[element] += length
    most = texts[root] * _MOST_TEXT
    for element in find(root, "//body//*[@hidden or @style or self::dialog or self::template]"):
        shown = element.tag != "template" and not is_hidden(str(element.tag), dict(element.attrib))
        if not shown and texts[element] <= most and not find(element, ".//h1"):
            element.drop_tree()
    for element in find(root, "//form | //aside"):
        if texts[element] > most:
            element.tag = "div"


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
    for event, part in etree.iterwalk(element, events=("start", "end")):
        texts.append(" " if part.tag not in INLINE else "")
        tail = part.tail if part is not element else ""
        texts.append((part.text if event == "start" else tail) or "")
    return " ".join("".join(texts).split())


def apart(element: HtmlElement) -> str:
    """Return the text of an element, a space between parts that a page only shows apart."""
    text = ""
    for part in element.itertext():
        glued = text[-1:].islower() or text[-1:] in '.!?…"”»)'
        text += f" {part}" if text and glued and part[:1].isupper() else part
    return " ".join(text.split())


def own_texts(element: HtmlElement) -> list[str]:
    """Return the texts of an element that stand in none of its children."""
    texts = (element.text, *(child.tail for child in element))
    return [" ".join((text or "").split()) for text in texts]


def line_of(element: HtmlElement, length: int) -> str:
    """Return the text of an element, empty where it is longer, without reading all of that."""
    return text_of(element) if is_short(element, 2 * length) else ""


def is_short(element: HtmlElement, length: int) -> bool:
    """Return whether an element has at most so many characters, without reading all of them."""
    for text in element.itertext():
        length -= len(text)
        if length < 0:
            return False
    return True


def has_name(element: HtmlElement, meaning: str, more: str = "") -> bool:
    """Return whether a word of an element's classes or its id has a meaning.

    :param meaning: such as ``deck``; a key of the vocabulary's names of classes.
    :param more: another text that names the element.
    """
    names = " ".join(filter(None, (*map(element.get, _NAMING), more)))
    return bool(names) and any(map(CLASS_NAMES[meaning].fullmatch, _name_words(names)))


@lru_cache(maxsize=4096)
def _name_words(names: str) -> frozenset[str]:
    """Return the words of names such as ``photo-credit`` and ``imageCaption``, also two as one."""
    words: set[str] = set()
    for name in names.split():
        whole = re.split(r"[_-]+", name.lower())
        parts = re.split(r"[_-]+|(?<=[a-z\d])(?=[A-Z])", name)
        pairs = map("".join, pairwise(parts))
        words |= {*whole, *map(str.lower, chain(parts, pairs))}
    return frozenset(words)


def absolute(href: str, base: str) -> str:
    """Return a link as an absolute web address; an empty text when that is impossible."""
    try:
        return absolute_url(urljoin(base, href.strip())) if href.strip() else ""
    except ValueError:
        return ""
