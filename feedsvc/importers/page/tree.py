"""Read HTML into a tree of lxml; find elements, texts and links in it."""

import math
import re
from collections import Counter
from functools import lru_cache
from html import unescape
from itertools import pairwise
from typing import cast
from urllib.parse import urljoin

from lxml import etree, html
from lxml.html import HtmlElement

from feedsvc.importers.page.vocabulary import pattern, query, words
from feedsvc.ingest.html.visibility import is_hidden
from feedsvc.model.text import absolute_url, clean_characters

INLINE = words("inline")
"""Elements that are part of a line."""
_NAMING = ("class", "id", "data-testid", "data-gu-name", "data-component", "data-qa", "data-type")
"""Attributes that name an element; some pages name their classes by chance."""


def parse_html(text: str) -> HtmlElement | None:
    """Return the tree of a page; None when it holds no element."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # lxml reads the characters that XML forbids, but will not write them again.
    references = pattern("reference")
    text = references.sub(lambda it: it[0] if clean_characters(unescape(it[0])) else "", text)
    try:
        root = html.document_fromstring(clean_characters(text).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    etree.strip_tags(root, "hi")  # no element of HTML, and trafilatura's own
    for element in root.iter("amp-img", "amp-iframe", "amp-video", "amp-audio"):
        element.tag = str(element.tag).removeprefix("amp-")
    return root


def prepare(root: HtmlElement) -> None:
    """Remove the parts that a page does not show, and unwrap its text from forms and asides."""
    etree.strip_elements(root, "script", "style", "svg", with_tail=False)
    texts: Counter[HtmlElement] = Counter()
    for paragraph in root.iter("p"):
        around = (paragraph, *paragraph.iterancestors())
        texts.update(dict.fromkeys(around, len(text_of(paragraph))))
    most = texts[root] * 0.3  # an element with more of the text holds the story
    for element in find(root, query("hidden")):
        never_shown = element.tag in ("template", "noscript")
        hidden = never_shown or is_hidden(str(element.tag), dict(element.attrib))
        if hidden and texts[element] <= most:
            element.drop_tree()
    for element in root.iter("form", "aside"):
        if texts[element] > most:
            element.tag = "div"


def separate_paragraphs(part: HtmlElement) -> None:
    """Wrap bare lines into ``<p>``, where trafilatura loses spaces and double breaks."""
    for block in list(part.iter("p", "div", "section", "article", "td")):
        pairs = [pair for pair in pairwise(block) if not (pair[0].tail or "").strip()]
        breaks = {each for before, each in pairs if before.tag == "br" == each.tag}
        # A bare line with so many characters outside of links is a paragraph of the text.
        bare = max(map(len, own_texts(block))) >= 60
        if breaks or (bare and find(block, "./p[normalize-space()]")):
            _wrap(block, breaks)


def _wrap(block: HtmlElement, breaks: set[HtmlElement]) -> None:
    lines: list[HtmlElement] = [html.Element("p")]
    lines[0].text, block.text = block.text, None
    for child in list(block):
        if child.tag in (*INLINE, "br") and child not in breaks:
            lines[-1].append(child)
            continue
        tail, child.tail = child.tail, None
        lines += [html.Element("p")] if child in breaks else [child, html.Element("p")]
        lines[-1].text = tail
    block[:] = [line for line in lines if line.tag != "p" or len(line) or (line.text or "").strip()]
    block.tag = "div" if block.tag == "p" else block.tag


def find(root: HtmlElement, query: str) -> list[HtmlElement]:
    """Return the elements that an XPath query finds."""
    return cast("list[HtmlElement]", root.xpath(query))


def first(root: HtmlElement, query: str) -> HtmlElement | None:
    """Return the first element that an XPath query finds."""
    return next(iter(find(root, query)), None)


def text_of(element: HtmlElement | None, most: float = math.inf) -> str:
    """Return the text of an element as one line; nothing where it has more characters.

    A space stands between parts that a page shows apart.
    """
    texts, last = list[str](), " "
    walk = () if element is None else etree.iterwalk(element, events=("start", "end"))
    for event, part in walk:
        tail = part.tail if part is not element else ""
        text = (part.text if event == "start" else tail) or ""
        # Words of two elements may have no space between them: "Mara OduyaStaff Writer".
        is_glued = (last.islower() or last in '.!?…"”»)') and text[:1].isupper()
        texts += " " if part.tag not in INLINE or is_glued else "", text
        last = text[-1:] or (last if part.tag in INLINE else " ")
        most -= len(text) / 2  # spaces count, too
        if most < 0:
            return ""
    return " ".join("".join(texts).split())


def own_texts(element: HtmlElement) -> list[str]:
    """Return the texts of an element that stand in none of its children."""
    texts = (element.text, *(child.tail for child in element))
    return [" ".join((text or "").split()) for text in texts]


def has_name(element: HtmlElement, meaning: str, more: str = "") -> bool:
    """Return whether a word of the names of an element has a meaning, such as ``deck``."""
    names = " ".join(filter(None, (*map(element.get, _NAMING), more)))
    return any(map(pattern(f"named_{meaning}").fullmatch, _name_words(names)))


@lru_cache(maxsize=4096)
def _name_words(names: str) -> frozenset[str]:
    """Return the words of names such as ``photo-credit`` and ``imageCaption``, also two as one."""
    words: set[str] = set()
    for name in names.split():
        parts = re.split(r"[_-]+|(?<=[a-z\d])(?=[A-Z])", name)
        pairs = map("".join, pairwise(parts))
        words.update(map(str.lower, (*re.split(r"[_-]+", name), *parts, *pairs)))
    return frozenset(words)


def absolute(href: str, base: str) -> str:
    """Return a link as an absolute web address; an empty text when that is impossible."""
    try:
        return absolute_url(urljoin(base, href.strip())) if href.strip() else ""
    except ValueError:
        return ""
