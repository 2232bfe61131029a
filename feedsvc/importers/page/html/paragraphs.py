"""Make paragraphs of lines that a page parts by breaks alone, or lets stand bare between others.

trafilatura loses spaces at the links of bare lines, and the difference of one break and two.
"""

import itertools

from lxml import etree
from lxml.html import HtmlElement

from feedsvc.importers.page.html.tree import INLINE, find, own_texts

_LEAST_TEXT = 60
"""Characters outside of links from which on a bare line is a paragraph of the text."""


def separate_paragraphs(part: HtmlElement) -> None:
    """Wrap bare lines between paragraphs, and lines with two breaks between them, into ``<p>``."""
    for block in find(
        part,
        "descendant-or-self::*[self::p or self::div or self::section or self::article or self::td]",
    ):
        if _has_two_breaks(block) or (find(block, "./p[normalize-space()]") and _bare_text(block)):
            _wrap(block)


def _has_two_breaks(block: HtmlElement) -> bool:
    children = list(block)
    return any(
        first.tag == second.tag == "br" and not (first.tail or "").strip()
        for first, second in itertools.pairwise(children)
    )


def _bare_text(block: HtmlElement) -> bool:
    return any(len(text) >= _LEAST_TEXT for text in own_texts(block))


def _wrap(block: HtmlElement) -> None:
    children = list(block)
    text, block.text, block[:] = block.text, None, []
    line = etree.SubElement(block, "p")
    line.text = text
    for before, child in zip([None, *children], children, strict=False):
        tail, child.tail = child.tail, None
        second_break = before is not None and before.tag == child.tag == "br"
        if not second_break and child.tag in (*INLINE, "br"):
            line.append(child)
            child.tail = tail
            continue
        if not second_break:
            block.append(child)
        line = etree.SubElement(block, "p")
        line.text = tail
    for each in block.xpath("p[not(*) and not(normalize-space())]"):
        block.remove(each)
    if block.tag == "p":
        block.tag = "div"
