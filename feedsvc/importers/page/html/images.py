"""Take the images of a page with their captions and credits."""

from __future__ import annotations

import copy
from itertools import islice
from typing import Any

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import same
from feedsvc.importers.page.html.related_boxes import CAPTION_WORDS, CREDIT_WORDS, TOLD
from feedsvc.importers.page.html.structured_data import addressed, pixels
from feedsvc.importers.page.html.tree import (
    Element,
    find,
    first,
    has_word,
    inner,
    is_short,
    names_of,
)


def take_images(part: Element, base: str) -> list[dict[str, Any]]:
    """Return the pictures of an article with what stands below them, and take both out of it."""
    found: list[dict[str, Any]] = []
    for figure in find(part, ".//figure[not(ancestor::figure)]"):
        picture = _image(figure, first(figure, ".//figcaption"), base)
        if picture.keys() & TOLD:
            found.append(picture)
        figure.drop_tree()
    judged: dict[Element, bool | None] = {}
    for image in find(part, ".//img"):
        if part not in image.iterancestors():
            continue  # it went with another
        holder = _holder(image, part, judged)
        if holder is not None:
            picture = _image(holder, holder, base)
            if picture.keys() & TOLD:
                found.append(picture)
            holder.drop_tree()
            judged.clear()  # for what was around it is another now
    return found


def _holder(image: Element, part: Element, judged: dict[Element, bool | None]) -> Element | None:
    """Return the small element around a picture that holds its caption, too.

    :param judged: what ``_holds`` said of elements, so that none is read for each of its pictures.
    """
    for element in islice(image.iterancestors("p", "div", "li", "span", "ul", "a"), 4):
        if element not in judged:
            judged[element] = None if element is part else _holds(element)
        if judged[element] is not False:
            return element if judged[element] else None
    return None


def _holds(element: Element) -> bool | None:
    """Tell whether an element holds the caption of a picture in it; None where it is too large."""
    if not is_short(element, 800) or find(element, ".//h1"):
        return None
    text = inner(element)
    caption = [each for each in element.iter() if has_word(names_of(each), CAPTION_WORDS)]
    return bool(text) and (bool(line_patterns.split_credit(text)[1]) or any(map(inner, caption)))


def _image(holder: Element, told: Element | None, base: str) -> dict[str, Any]:
    image = first(holder, ".//img")
    if image is None:
        return {}
    caption, credit = _caption(told)
    alt = " ".join((image.get("alt") or "").split())
    # Text browsers show the text for the blind as if it were the caption; so do some pages.
    caption = caption.removeprefix(alt).strip() or caption
    found = {
        **addressed(_address(image), base),
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
        each for each in told.iter() if each is not told and has_word(names_of(each), CREDIT_WORDS)
    ]
    credit = " ".join(filter(None, map(inner, marked[:1])))
    for each in marked[:1]:
        each.drop_tree()
    caption, behind = line_patterns.split_credit(inner(told))
    return caption.strip(" |"), (line_patterns.split_credit(credit)[1] or credit).strip(
        " |()"
    ) or behind


def _address(image: Element) -> str:
    """Return the address of a picture; pages that load pictures late keep it elsewhere."""
    for name in ("src", "data-src", "data-original", "data-lazy-src"):
        source = (image.get(name) or "").strip()
        if source and not source.startswith("data:"):
            return source
    largest = (image.get("srcset") or image.get("data-srcset") or "").split(",")[-1].split()
    return largest[0] if largest else ""
