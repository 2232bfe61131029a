"""The parts of a page that stand apart from its text: pictures, and boxes of related stories."""

from __future__ import annotations

import copy
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from feedsvc.ingest.page import signs
from feedsvc.ingest.page.findings import same
from feedsvc.ingest.page.markdown import absolute
from feedsvc.ingest.page.schema import pixels
from feedsvc.ingest.page.tree import Element, drop, find, first, has_word, inner, is_short, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_RELATED = re.compile(
    r"related|relateds|relacionad[oa]s?|relacionats?|recommended|recommendations|recirculation|readmore|readalso|"
    r"seealso|lies|verwandt|mehrzumthema|correlati|similar|morestories|moreon"
)
_CREDIT = re.compile(
    r"credits?|copyright|photographer|photocredit|imagecredit|credito|fotografo|attribution"
)
_CAPTION = re.compile(r"captions?|epigrafe|legende|leyenda|bildunterschrift|didascalia|legenda|wp")
_TOLD = {"url", "caption", "credit"}
_BOX = "self::aside or self::section or self::div or self::ul or self::p or self::nav"
_HEADING = "self::h2 or self::h3 or self::h4 or self::h5 or self::strong or self::p"
_OUTSIDE = "ancestor::nav or ancestor::footer or ancestor::form"


def take_pictures(part: Element, base: str) -> list[dict[str, Any]]:
    """Return the pictures of an article with what stands below them, and take both out of it."""
    found: list[dict[str, Any]] = []
    for figure in find(part, ".//figure[not(ancestor::figure)]"):
        picture = _picture(figure, first(figure, ".//figcaption"), base)
        if picture.keys() & _TOLD:
            found.append(picture)
        figure.drop_tree()
    for image in find(part, ".//img"):
        holder = _holder(image, part)
        if holder is not None:
            picture = _picture(holder, holder, base)
            if picture.keys() & _TOLD:
                found.append(picture)
            holder.drop_tree()
    return found


def _holder(image: Element, part: Element) -> Element | None:
    """Return the small element around a picture that holds its caption, too."""
    for element in islice(image.iterancestors("p", "div", "li", "span", "ul", "a"), 4):
        if element is part or not is_short(element, 800) or find(element, ".//h1"):
            return None
        text = inner(element)
        caption = [each for each in element.iter() if has_word(names_of(each), _CAPTION)]
        if text and (signs.split_credit(text)[1] or any(map(inner, caption))):
            return element
    return None


def _picture(holder: Element, told: Element | None, base: str) -> dict[str, Any]:
    image = first(holder, ".//img")
    if image is None:
        return {}
    caption, credit = _caption(told)
    alt = " ".join((image.get("alt") or "").split())
    # Text browsers show the text for the blind as if it were the caption; so do some pages.
    caption = caption.removeprefix(alt).strip() or caption
    found = {
        "url": _address(image, base),
        "caption": caption if same(caption) else "",
        "credit": credit,
        "alt": alt if alt != caption else "",
        "width": pixels(image.get("width")),
        "height": pixels(image.get("height")),
    }
    return {key: value for key, value in found.items() if value}


def _caption(told: Element | None) -> tuple[str, str]:
    """Part what stands below a picture into caption and credit."""
    if told is None:
        return "", ""
    told = copy.deepcopy(told)
    told.tail = None
    marked = [
        each for each in told.iter() if each is not told and has_word(names_of(each), _CREDIT)
    ]
    credit = " ".join(filter(None, map(inner, marked[:1])))
    for each in marked[:1]:
        each.drop_tree()
    caption, behind = signs.split_credit(inner(told))
    return caption.strip(" |"), (signs.split_credit(credit)[1] or credit).strip(" |()") or behind


def _address(image: Element, base: str) -> str:
    """Return the address of a picture; pages that load pictures late keep it elsewhere."""
    for name in ("src", "data-src", "data-original", "data-lazy-src"):
        source = (image.get(name) or "").strip()
        if source and not source.startswith("data:"):
            return absolute(source, base)
    largest = (image.get("srcset") or image.get("data-srcset") or "").split(",")[-1].split()
    return absolute(largest[0], base) if largest else ""


def take_related(root: Element, part: Element, headline: str, base: str) -> list[dict[str, str]]:
    """Return the related stories of a page, and take their boxes out of it."""
    found: list[dict[str, str]] = []
    for box in list(_boxes(root, part)):
        found += _stories(box, base)
        drop(root, lambda element, box=box: element is box)
    style = not signs.is_title(headline)
    for paragraph in find(part, ".//p | .//div[not(*//p) and not(p)] | .//h4 | .//h5"):
        text = inner(paragraph)
        label = signs.related_label(text)
        links = [inner(link) for link in find(paragraph, ".//a[@href]")]
        alone = bool(text) and " ".join(links) == text and len(links) == 1
        alone = alone and len(text.split()) >= 4 and signs.is_title(text, sentence_case=style)
        if alone or (label and signs.is_title(label, sentence_case=True)):
            found += _stories(paragraph, base) or [{"headline": label or text}]
            paragraph.drop_tree()
    return found


def _boxes(root: Element, part: Element) -> Iterator[Element]:
    """Go through the boxes that are called or headed so; none of them holds the article."""
    around = {part, *part.iterancestors()}
    seen: set[Element] = set()
    for element in find(root, f"//*[{_BOX}][not({_OUTSIDE})]"):
        called = has_word(
            f"{names_of(element)} {element.get('data-component') or ''}".lower(), _RELATED
        )
        headed = not called and element.tag in ("aside", "section", "div") and _is_headed(element)
        inside = seen.intersection(element.iterancestors())
        if (
            (called or headed)
            and element not in around
            and not inside
            and not find(element, ".//h1")
        ):
            seen.add(element)
            yield element
    for label in find(part, ".//h2 | .//h3 | .//h4 | .//h5 | .//p | .//strong"):
        if signs.related_label(inner(label)) == "" and not seen.intersection(label.iterancestors()):
            following = first(label, "following-sibling::*[1][self::ul or self::ol or self::div]")
            if following is not None:
                label.drop_tree()
                yield following


def _is_headed(element: Element) -> bool:
    """Tell whether a box begins with a line such as ``Related stories``."""
    heading = first(
        element,
        f"./*[1]/descendant-or-self::*[{_HEADING}]",
    )
    return (
        heading is not None and signs.related_label(inner(heading)) == "" and inner(heading) != ""
    )


def _stories(box: Element, base: str) -> list[dict[str, str]]:
    """Return the stories a box links to; without links, those its items name."""
    by_address: dict[str, str] = {}
    for link in find(box, "descendant-or-self::a[@href]"):
        heading = first(link, ".//h2 | .//h3 | .//h4 | .//h5")
        text = inner(heading if heading is not None else link)
        href = link.get("href") or ""
        if signs.is_title(text, sentence_case=True) and len(text) >= 12:
            by_address[href] = max(by_address.get(href, ""), text, key=len)
    stories = [{"headline": text, "url": absolute(href, base)} for href, text in by_address.items()]
    if not stories:
        items = map(inner, find(box, ".//li | .//h3 | .//h4"))
        stories = [{"headline": text} for text in items if signs.is_title(text, sentence_case=True)]
    return [{key: value for key, value in story.items() if value} for story in stories]
