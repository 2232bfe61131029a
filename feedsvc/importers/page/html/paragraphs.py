"""Make paragraphs of lines that a page parts by breaks alone, or lets stand bare between others.

trafilatura loses spaces at the links of bare lines, and the difference of one break and two.
"""

import itertools

from lxml import etree
from lxml.html import HtmlElement

from feedsvc.importers.page.html.tree import INLINE, find

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
    texts = [block.text or "", *(child.tail or "" for child in block)]
    return any(len(" ".join(text.split())) >= _LEAST_TEXT for text in texts)


def _wrap(block: HtmlElement) -> None:
    children = list(block)
    runs: list[HtmlElement] = []
    text, block.text = block.text, None
    line = etree.SubElement(block, "p")
    line.text = text
    for child in children:
        block.remove(child)  # the line before it stays in place
    for index, child in enumerate(children):
        tail, child.tail = child.tail, None
        after_break = index > 0 and children[index - 1].tag == "br" == child.tag
        if after_break:
            line = etree.SubElement(block, "p")
            line.text = tail
        elif child.tag in INLINE or child.tag == "br":
            line.append(child)
            child.tail = tail
        else:
            block.append(child)
            line = etree.SubElement(block, "p")
            line.text = tail
    runs = [each for each in block if each.tag == "p" and not len(each)]
    for each in runs:
        if not (each.text or "").strip():
            block.remove(each)
    if block.tag == "p":
        block.tag = "div"
