"""Take the images of a page with their captions and credits."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import comparable
from feedsvc.importers.page.html.structured_data import pixels
from feedsvc.importers.page.html.tree import find, first, has_name, is_short, text_of

_WORTH_KEEPING = {"url", "caption", "credit"}


def take_images(part: HtmlElement) -> list[dict[str, Any]]:
    """Return the images of an article with the text below them, and remove both from it."""
    images: list[dict[str, Any]] = []
    for holder, caption in _holders(part):
        image = _image(holder, caption)
        if image.keys() & _WORTH_KEEPING:
            images.append(image)
        holder.drop_tree()
    return images


def _holders(part: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement | None]]:
    """Go through the elements that hold an image and its caption; each with its caption."""
    for figure in find(part, ".//figure[not(ancestor::figure)]"):
        yield figure, first(figure, ".//figcaption")
    around = {part, *part.iterancestors()}
    has_caption = cache(_has_caption)
    for image in find(part, ".//img"):
        # An image whose holder was removed with another image has no part around it.
        holder = _holder(image, around, has_caption) if part in image.iterancestors() else None
        if holder is not None:
            yield holder, holder
            has_caption.cache_clear()  # the text of the elements around it has changed


def _holder(
    image: HtmlElement, around: set[HtmlElement], has_caption: Callable[[HtmlElement], bool | None]
) -> HtmlElement | None:
    """Return the small element around an image that holds its caption, too.

    :param around: the elements that hold the whole article, too.
    :param has_caption: remembers its results, so that no element is read for each of its images.
    """
    for element in islice(image.iterancestors("p", "div", "li", "span", "ul", "a"), 4):
        captioned = None if element in around else has_caption(element)
        if captioned is not False:
            return element if captioned else None
    return None


def _has_caption(element: HtmlElement) -> bool | None:
    """Return whether an element holds the caption of an image; None where it is too large."""
    if not is_short(element, 800) or find(element, ".//h1"):
        return None
    text = text_of(element)
    captions = (text_of(each) for each in element.iter() if has_name(each, "caption"))
    return bool(text) and (bool(line_patterns.split_credit(text)[1]) or any(captions))


def _image(holder: HtmlElement, below: HtmlElement | None) -> dict[str, Any]:
    image = first(holder, ".//img")
    if image is None:
        return {}
    caption, credit = _caption_and_credit(below)
    alt = " ".join(image.get("alt", "").split())
    # Text browsers show the alternative text as if it were the caption; so do some pages.
    caption = caption.removeprefix(alt).strip() or caption
    fields = {
        "url": _address(image),
        "caption": caption if comparable(caption) else "",
        "credit": credit,
        "alt": alt if alt != caption else "",
        "width": pixels(image.get("width")),
        "height": pixels(image.get("height")),
    }
    return {key: value for key, value in fields.items() if value}


def _caption_and_credit(below: HtmlElement | None) -> tuple[str, str]:
    """Split the text below an image, which loses its credit."""
    if below is None:
        return "", ""
    marked = next((each for each in below.iterdescendants() if has_name(each, "credit")), None)
    credit = text_of(marked)
    if marked is not None:
        marked.drop_tree()
    caption, behind = line_patterns.split_credit(text_of(below))
    credit = line_patterns.split_credit(credit)[1] or credit
    return caption.strip(" |"), credit.strip(" |()") or behind


def _address(image: HtmlElement) -> str:
    """Return the address of an image; pages that load images late keep it elsewhere."""
    for name in ("src", "data-src", "data-original", "data-lazy-src"):
        source = image.get(name, "").strip()
        if source and not source.startswith("data:"):
            return source
    largest = (image.get("srcset") or image.get("data-srcset", "")).split(",")[-1].split()
    return largest[0] if largest else ""
