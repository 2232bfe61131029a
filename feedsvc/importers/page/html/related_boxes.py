"""Take the boxes of related stories of a page in HTML."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.html.tree import absolute, find, first, has_name, text_of

_BOX = "self::aside or self::section or self::div or self::ul or self::p or self::nav"
_TITLE = "self::h2 or self::h3 or self::h4 or self::h5"
_HEADING = f"{_TITLE} or self::strong or self::p"
_PARAGRAPHS = ".//*[self::p or self::div[not(*//p) and not(p)] or self::h4 or self::h5]"
_LINK = "descendant-or-self::a[@href and not(@rel='author' or @rel='tag')]"
_OUTSIDE = "ancestor::nav or ancestor::footer or ancestor::form"


def take_related(
    root: HtmlElement, part: HtmlElement, headline: str, base: str
) -> list[dict[str, str]]:
    """Return the related stories of a page, and remove their boxes from it."""
    related: list[dict[str, str]] = []
    for box, heading in list(_boxes(root, part)):
        related += _stories(box, base, heading)
        if root in box.iterancestors():  # else it was removed with another one
            box.drop_tree()
    sentence_case = not line_patterns.is_headline(headline)
    for paragraph in find(part, _PARAGRAPHS):
        text = text_of(paragraph)
        label = line_patterns.related_label(text)
        is_link = len(text.split()) >= 4 and [text] == [
            text_of(link) for link in find(paragraph, ".//a[@href]")
        ]
        is_story = is_link and line_patterns.is_headline(text, sentence_case=sentence_case)
        if is_story or (label and line_patterns.is_headline(label, sentence_case=True)):
            related += _stories(paragraph, base) or [{"headline": label or text}]
            paragraph.drop_tree()
    return related


def _boxes(
    root: HtmlElement, part: HtmlElement
) -> Iterator[tuple[HtmlElement, HtmlElement | None]]:
    """Go through the boxes that are named or labelled as related, each with its heading.

    None of them holds the article.
    """
    around = {part, *part.iterancestors()}
    seen: set[HtmlElement] = set()
    for element in find(root, f"//*[{_BOX}][not({_OUTSIDE})]"):
        named = has_name(element, "related", element.get("data-component", ""))
        label = _label(element) if named or element.tag in ("aside", "section", "div") else None
        if (
            (named or label is not None)
            and element not in around
            and seen.isdisjoint(element.iterancestors())
            and not find(element, ".//h1")
        ):
            seen.add(element)
            yield element, _heading(element) if label is None else label
    for label in find(part, f".//*[{_HEADING}]"):
        is_label = line_patterns.related_label(text_of(label)) == ""
        if is_label and seen.isdisjoint(label.iterancestors()):
            box = first(label, "following-sibling::*[1][self::ul or self::ol or self::div]")
            if box is not None:
                label.drop_tree()
                yield box, label


def _label(box: HtmlElement) -> HtmlElement | None:
    """Return the line such as ``Related stories`` that a box begins with."""
    heading = first(box, f"./*[1]/descendant-or-self::*[{_HEADING}]")
    text = text_of(heading)
    return heading if text and line_patterns.related_label(text) == "" else None


def _heading(box: HtmlElement) -> HtmlElement | None:
    """Return the heading of a box that has no label, when it is not of one story among others."""
    heading = first(box, f".//*[{_TITLE}][not(ancestor::li or ancestor::a)]")
    if heading is None or len(find(box, f".//{heading.tag}")) > 1:
        return None
    linked = find(heading, _LINK) and not find(box, f".//li//{_LINK}")
    return None if linked and len(find(box, f".//*[{_TITLE}]")) == 1 else heading


def _stories(
    box: HtmlElement, base: str, heading: HtmlElement | None = None
) -> list[dict[str, str]]:
    """Return the stories a box links to; without links, the headlines of its items.

    :param heading: of the box itself, which is no story.
    """
    topics = has_name(box, "topics", text_of(heading))
    by_address: dict[str, str] = {}
    for link in find(box, _LINK):
        title = first(link, f".//*[{_TITLE}]")
        text = text_of(link if title is None else title)
        text = line_patterns.related_label(text) or text
        if _is_story(text, topics=topics) and heading not in set(link.iterancestors()):
            href = link.get("href", "")
            by_address[href] = max(by_address.get(href, ""), text, key=_likeness)
    if by_address:
        urls = [(text, absolute(href, base)) for href, text in by_address.items()]
        return [{"headline": text, **({"url": url} if url else {})} for text, url in urls]
    items = find(box, ".//li") or find(box, f".//*[{_TITLE}]")
    texts = [text_of(item) for item in items if item is not heading]
    return [
        {"headline": text}
        for text in texts
        if line_patterns.is_headline(text, sentence_case=True) and not line_patterns.is_more(text)
    ]


def _is_story(text: str, *, topics: bool) -> bool:
    """Return whether a link of a box is a story; beside topics, only long ones surely are."""
    if topics:
        return line_patterns.is_headline(text, sentence_case=True) and len(text) >= 12
    return any(map(str.isalpha, text)) and len(text) <= 300 and not line_patterns.is_more(text)


def _likeness(text: str) -> tuple[bool, int]:
    """Return how like a headline one of several links to the same story is."""
    return line_patterns.is_headline(text, sentence_case=True), len(text)
