"""The parts of a page that stand apart from its text: pictures, and boxes of related stories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.html.tree import (
    Element,
    absolute,
    find,
    first,
    has_word,
    inner,
    names_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_RELATED = re.compile(
    r"related|relateds|relacionad[oa]s?|relacionats?|recommended|recommendations|recirculation|readmore|readalso|"
    r"seealso|lies|verwandt|mehrzumthema|correlati|similar|morestories|moreon"
)
CREDIT_WORDS = re.compile(
    r"credits?|copyright|photographer|photocredit|imagecredit|credito|fotografo|attribution"
)
CAPTION_WORDS = re.compile(
    r"captions?|epigrafe|legende|leyenda|bildunterschrift|didascalia|legenda|wp"
)
_TOPICS = re.compile(r"topics|tags?|temas|etiquetas|keywords|themen")
TOLD = {"url", "address", "caption", "credit"}
_BOX = "self::aside or self::section or self::div or self::ul or self::p or self::nav"
_HEADING = "self::h2 or self::h3 or self::h4 or self::h5 or self::strong or self::p"
_TITLE = "self::h2 or self::h3 or self::h4 or self::h5"
_LINK = "descendant-or-self::a[@href and not(@rel='author' or @rel='tag')]"
_OUTSIDE = "ancestor::nav or ancestor::footer or ancestor::form"


def take_related(root: Element, part: Element, headline: str, base: str) -> list[dict[str, str]]:
    """Return the related stories of a page, and take their boxes out of it."""
    found: list[dict[str, str]] = []
    for box, heading in list(_boxes(root, part)):
        found += _stories(box, base, heading)
        if root in box.iterancestors():  # else it went with another
            box.drop_tree()
    style = not line_patterns.is_title(headline)
    for paragraph in find(part, ".//p | .//div[not(*//p) and not(p)] | .//h4 | .//h5"):
        text = inner(paragraph)
        label = line_patterns.related_label(text)
        links = [inner(link) for link in find(paragraph, ".//a[@href]")]
        alone = bool(text) and " ".join(links) == text and len(links) == 1
        alone = (
            alone and len(text.split()) >= 4 and line_patterns.is_title(text, sentence_case=style)
        )
        if alone or (label and line_patterns.is_title(label, sentence_case=True)):
            found += _stories(paragraph, base) or [{"headline": label or text}]
            paragraph.drop_tree()
    return found


def _boxes(root: Element, part: Element) -> Iterator[tuple[Element, Element | None]]:
    """Go through the boxes that are called or headed so, each with its heading.

    None of them holds the article.
    """
    around = {part, *part.iterancestors()}
    seen: set[Element] = set()
    for element in find(root, f"//*[{_BOX}][not({_OUTSIDE})]"):
        called = has_word(
            f"{names_of(element)} {element.get('data-component') or ''}".lower(), _RELATED
        )
        heading = _label(element) if called or element.tag in ("aside", "section", "div") else None
        inside = seen.intersection(element.iterancestors())
        if (
            (called or heading is not None)
            and element not in around
            and not inside
            and not find(element, ".//h1")
        ):
            seen.add(element)
            yield element, _own_heading(element) if heading is None else heading
    for label in find(part, ".//h2 | .//h3 | .//h4 | .//h5 | .//p | .//strong"):
        if line_patterns.related_label(inner(label)) == "" and not seen.intersection(
            label.iterancestors()
        ):
            following = first(label, "following-sibling::*[1][self::ul or self::ol or self::div]")
            if following is not None:
                label.drop_tree()
                yield following, label


def _label(box: Element) -> Element | None:
    """Return the line such as ``Related stories`` that a box begins with."""
    heading = first(box, f"./*[1]/descendant-or-self::*[{_HEADING}]")
    text = inner(heading)
    return heading if text and line_patterns.related_label(text) == "" else None


def _own_heading(box: Element) -> Element | None:
    """Return the heading of a box that is no label, when it is not of one story among others."""
    heading = first(box, f".//*[{_TITLE}][not(ancestor::li or ancestor::a)]")
    if heading is None or len(find(box, f".//{heading.tag}")) > 1:
        return None
    linked = find(heading, _LINK) and not find(box, f".//li//{_LINK}")
    return None if linked and len(find(box, f".//*[{_TITLE}]")) == 1 else heading


def _stories(box: Element, base: str, heading: Element | None = None) -> list[dict[str, str]]:
    """Return the stories a box links to; without links, those its items name.

    :param heading: of the box itself, which is no story.
    """
    topics = has_word(f"{names_of(box)} {inner(heading).casefold()}", _TOPICS)
    by_address: dict[str, str] = {}
    for link in find(box, _LINK):
        title = first(link, f".//*[{_TITLE}]")
        text = inner(link if title is None else title)
        text = line_patterns.related_label(text) or text
        if _is_story(text, topics=topics) and heading not in set(link.iterancestors()):
            href = link.get("href") or ""
            by_address[href] = max(by_address.get(href, ""), text, key=_likeness)
    stories = [{"headline": text, "url": absolute(href, base)} for href, text in by_address.items()]
    if not stories:
        items = find(box, ".//li") or find(box, f".//*[{_TITLE}]")
        texts = [inner(item) for item in items if item is not heading]
        stories = [{"headline": text} for text in texts if _is_named(text)]
    return [{key: value for key, value in story.items() if value} for story in stories]


def _is_story(text: str, *, topics: bool) -> bool:
    """Tell whether a link of a box is a story; beside topics, only long ones surely are."""
    if topics:
        return line_patterns.is_title(text, sentence_case=True) and len(text) >= 12
    return any(map(str.isalpha, text)) and len(text) <= 300 and not line_patterns.is_more(text)


def _is_named(text: str) -> bool:
    return line_patterns.is_title(text, sentence_case=True) and not line_patterns.is_more(text)


def _likeness(text: str) -> tuple[bool, int]:
    """Return how like a headline one of several links to the same story is."""
    return line_patterns.is_title(text, sentence_case=True), len(text)
