"""Take the images of a page with their captions and credits, and choose the lead image."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields, comparable
from feedsvc.importers.page.html.structured_data import pixels
from feedsvc.importers.page.html.tree import absolute, find, first, has_name, is_short, text_of
from feedsvc.ingest.record.fields import IMAGE

Image = dict[str, Any]

_WORTH_KEEPING = {"url", "caption", "credit"}
_OF_FILE = ("url", "address", "width", "height")
_SIZE = re.compile(r"\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop")
"""Part of the name of a file that is the size of its image."""


def take_images(part: HtmlElement) -> list[Image]:
    """Return the images of an article with the text below them, and remove both from it."""
    images: list[Image] = []
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


def _image(holder: HtmlElement, below: HtmlElement | None) -> Image:
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


def put_images(
    fields: FoundFields, leads: Iterable[tuple[Image, str]], shown: Sequence[Image], base: str
) -> None:
    """Put the lead image of the machine-readable data, with the caption that the page shows.

    :param leads: the lead image, which may be empty, of each kind of data, with its source.
    :param base: the address that relative ones start from, as far as known.
    """
    given = [(_resolved(lead, base), source) for lead, source in leads if lead]
    shown = [_resolved(image, base) for image in shown]
    images, source = _with_lead(given, shown) if given else (shown, "<figure>")
    reason = next((_why_no_url(image, base) for image in images if "address" in image), "")
    filled = [each for image in images if (each := _for_record(image))]
    fields.put_images(filled, f"{source} (no url: {reason})" if reason else source)
    if reason and not filled:
        fields.refuse("image", f"{source}: {reason}")


def _resolved(image: Image, base: str) -> Image:
    """Return an image with an absolute ``url``; with its ``address`` where that is impossible."""
    if "url" not in image:
        return image
    url = absolute(image["url"], base)
    more = {key: image[key] for key in image if key != "url"}
    return {"url": url, **more} if url else {"address": image["url"], **more}


def _with_lead(
    given: Sequence[tuple[Image, str]], shown: Sequence[Image]
) -> tuple[list[Image], str]:
    """Return all images, the lead image first, and the source of it."""
    # An image that can be fetched is better than one from a more exact source.
    lead, source = next((each for each in given if "url" in each[0]), given[0])
    for other, other_source in given:
        if _is_same(other, lead) and other.keys() - lead.keys() - {"address"}:
            lead = _merged(lead, other)
            source += f", {other_source}"
    stem = _stem(lead)
    twins = [image for image in shown if _stem(image) == stem]
    # The only image a page shows is its lead image, whichever name the file has.
    twins = twins or (list(shown) if len(shown) == 1 else [])
    if twins:
        lead = _merged(lead, twins[0])
        source += ", <figure>"
    return [lead, *(image for image in shown if image not in twins)], source


def _is_same(image: Image, other: Image) -> bool:
    if "url" in image and "url" in other:
        return image["url"] == other["url"]
    return _stem(image) == _stem(other)


def _merged(lead: Image, other: Image) -> Image:
    """Add the fields of another image to the lead image; address and size come from one file."""
    file = other if "url" in other and "url" not in lead else lead
    merged = {**other, **lead}
    same_file = other.get("url") == lead.get("url")
    about = merged if same_file else file
    words = {key: merged[key] for key in merged if key not in _OF_FILE}
    return {**words, **{key: about[key] for key in _OF_FILE if key in about}}


def _for_record(image: Image) -> Image:
    """Return an image in the order of a record; without an address, only the words about it."""
    keys = [key for key in IMAGE if key in image]
    return {key: image[key] for key in keys if "url" in image or key not in _OF_FILE}


def _why_no_url(image: Image, base: str) -> str:
    address = image["address"][:60]
    if base or re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return f'"{address}" is no web address'
    return f'"{address}" is relative, and the page does not give its own address'


def _stem(image: Image) -> str:
    """Return the name of an image without its size: ``storm-1200x675.jpg`` is ``storm``."""
    address = image.get("url") or image.get("address") or ""
    path = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?|[?#].*", "", address.lower())
    parts = re.split("([-_.@])", PurePosixPath(path).stem)
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)
