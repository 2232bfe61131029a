"""Take the boxes of related stories of a page in HTML."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.layout import Layout
from feedsvc.importers.page.line_patterns import is_headline, is_noise, related_label
from feedsvc.importers.page.tree import absolute, find, first, has_name, line_of, text_of
from feedsvc.importers.page.vocabulary import alternatives
from feedsvc.ingest.html.addresses import site

_BOXES = (
    "//*[self::aside or self::section or self::div or self::ul or self::p or self::nav]"
    "[not(ancestor::nav or ancestor::footer or ancestor::form or .//h1)]"
)
_TITLE = "self::h2 or self::h3 or self::h4 or self::h5"
_HEADING = f"{_TITLE} or self::strong or self::p"
_LABELLED = "self::*[self::aside or self::section or self::div]"
_PARAGRAPHS = ".//*[self::p or self::div[not(*//p) and not(p)] or self::h4 or self::h5]"
_LINK = "descendant-or-self::a[@href and not(@rel='author' or @rel='tag')]"
_OTHER_PAGE = re.compile(
    rf"/(?:{alternatives('author_paths')}|{alternatives('other_pages')})(?:[/.?]|$)", re.IGNORECASE
)
_SLUG = re.compile(r"(?:[^-_]+[-_]){3}|\d{5}|\.s?html?$")
"""Last part of the address of a story: several words, a number, a file."""

Story = dict[str, str]


def take_related(layout: Layout, base: str, fields: FoundFields) -> None:
    """Put the related stories of a page, and remove their boxes from it."""
    part, url = layout.part, fields.get("url")
    inside = {part, *find(part, "following-sibling::*[position() < 4]/descendant-or-self::*")}
    related: list[Story] = []
    for box in list(_boxes(layout)):
        if box in inside or part in box.iterancestors():
            related += _stories(box, base, url)
        if layout.root in box.iterancestors():  # else it was removed with another one
            box.drop_tree()
    sentence_case = not is_headline(fields.get("headline"))
    for paragraph in find(part, _PARAGRAPHS):
        if text := _headline_alone(paragraph, sentence_case=sentence_case):
            linked = find(paragraph, _LINK)
            related += _stories(paragraph, base, url) if linked else [{"headline": text}]
            paragraph.drop_tree()
    fields.put_related((each for each in related if _is_story(each["headline"])), "related box")


def _is_story(text: str) -> bool:
    long = len(text.split()) >= 4
    unspaced = text.upper() == text.lower() and sum(map(str.isalpha, text)) >= 8
    line = text.strip(" .…:|»›>→+-–—")
    is_other = is_noise(line) or related_label(line) == ""
    return (long or unspaced) and len(text) <= 300 and not is_other


def _headline_alone(paragraph: HtmlElement, *, sentence_case: bool) -> str:
    """Return the headline of a line that is a link, or such as ``READ NEXT Some Headline``."""
    text = line_of(paragraph, 300)
    links = [text_of(link) for link in find(paragraph, ".//a[@href]")] if text else []
    linked = links[0] if len(links) == 1 and text.endswith(links[0]) else ""
    is_labelled = related_label(text.removesuffix(linked).strip(" :|–-")) == ""
    label = related_label(text) or (linked if is_labelled else "")
    is_link = text == linked and len(text.split()) >= 4
    if (label or is_link) and is_headline(
        label or text, sentence_case=sentence_case or bool(label)
    ):
        return label or text
    return ""


def _boxes(layout: Layout) -> Iterator[HtmlElement]:
    """Go through the boxes that are named or labelled as related; none holds the article."""
    # A box beside the story has less of the text than this.
    most = sum(len(text_of(each)) for each in layout.root.iter("p")) * 0.3
    seen: set[HtmlElement] = set()
    for element in find(layout.root, _BOXES):
        named = has_name(element, "related", element.get("data-component", ""))
        begins = first(element, f"{_LABELLED}/*[1]/descendant-or-self::*[{_HEADING}]")
        if (
            (named or related_label(text_of(begins)) == "")
            and element not in layout.around
            and seen.isdisjoint(element.iterancestors())
            and sum(len(text_of(each)) for each in find(element, ".//p[not(.//a)]")) <= most
        ):
            seen.add(element)
            yield element
    for label in find(layout.part, f".//*[{_HEADING}]"):
        box = first(label, "following-sibling::*[1][self::ul or self::ol or self::div]")
        is_free = box not in layout.around and seen.isdisjoint(label.iterancestors())
        if box is not None and is_free and related_label(text_of(label)) == "":
            label.drop_tree()
            yield box


def _stories(box: HtmlElement, base: str, url: str) -> list[Story]:
    """Return the stories a box links to; without links, the headlines of its items."""
    by_address: dict[str, str] = {}
    for link in find(box, _LINK):
        # Of several links to a story, one has the form of a headline.
        texts = by_address.get(link.get("href", ""), ""), _headline(link)
        by_address[link.get("href", "")] = max(
            texts, key=lambda it: (is_headline(it, sentence_case=True), len(it))
        )
    if by_address:
        stories = ((text, href) for href, text in by_address.items() if _is_of(href, base, url))
        urls = [(text, absolute(href, base)) for text, href in stories]
        return [{"headline": text, **({"url": link} if link else {})} for text, link in urls]
    items = find(box, ".//li") or find(box, f".//*[{_TITLE}]")
    return [{"headline": text_of(item)} for item in items]


def _headline(link: HtmlElement) -> str:
    """Return the headline in a link: its heading, else the longest of its texts."""
    title = first(link, f".//*[{_TITLE}]")
    texts = [text_of(link if title is None else title)]
    if title is None and find(link, ".//*[not(self::em or self::i or self::b or self::strong)]"):
        texts = [" ".join(each.split()) for each in link.itertext()]
    text = max(texts, key=len, default="")
    return related_label(text) or text


def _is_of(href: str, base: str, url: str) -> bool:
    """Return whether an address can be one of a story of the same paper."""
    try:
        link, page = urlsplit(absolute(href, base) or href), urlsplit(url or base)
    except ValueError:
        return False
    parts, depth = link.path.strip("/").split("/"), len(page.path.strip("/").split("/"))
    deep = not url or len(parts) >= max(depth - 1, min(depth, 2)) or _SLUG.search(parts[-1])
    is_of_site = not (link.netloc and page.netloc) or site(link.geturl()) == site(page.geturl())
    return is_of_site and bool(deep) and parts != [""] and not _OTHER_PAGE.search(link.path)
