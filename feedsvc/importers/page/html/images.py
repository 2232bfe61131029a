"""Take the images of a page with their captions and credits, and choose the lead image."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice, takewhile
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.captions import caption_and_credit, credit_in
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.structured_data import pixels
from feedsvc.importers.page.html.tree import absolute, find, has_name, line_of, text_of
from feedsvc.importers.page.vocabulary import alternatives
from feedsvc.ingest.record.fields import IMAGE

Image = dict[str, Any]

_SIZE = re.compile(r"\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop")
"""Part of the name of a file that is the size of its image."""
_PLACEHOLDER = re.compile(alternatives("placeholder_files"))
_OF_SITE = re.compile(r"(?:.*[^a-z])?(?:logos?|avatar|gravatar|icons?)(?:[^a-z].*)?")
_LATE = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_HOLDERS = ("p", "div", "li", "span", "ul", "a", "section", "header", "picture", "center", "td")
_CAPTION_LENGTH = 400
"""Characters of the text below an image, at most."""


def take_images(layout: Layout) -> list[Image]:
    """Return the images of an article with the text below them, and remove both from it."""
    root = layout.root
    places = {element: place for place, element in enumerate(root.iter())}
    images: list[tuple[int, Image]] = []
    # The elements that hold the headline, the text, or an image without a caption.
    others = set(layout.around)
    for element in find(root, f"//figure[not({ASIDE})]") + find(root, f"//img[not({ASIDE})]"):
        # An element that was removed with another image has no root around it.
        above = list(element.iterancestors())
        if root in above and (layout.part in above or element in layout.lead):
            holder, caption = _holder(element, layout.around, others)
            if holder is not None:
                images.append((places[holder], _image(holder, caption)))
                holder.drop_tree()
    ordered = (image for _, image in sorted(images, key=itemgetter(0)))
    return [image for image in ordered if image.keys() & {"url", "caption", "credit"}]


def _holder(
    element: HtmlElement, around: frozenset[HtmlElement], others: set[HtmlElement]
) -> tuple[HtmlElement | None, HtmlElement | None]:
    """Return the element that holds an image and its caption, and the caption."""
    if element.tag == "figure":
        caption = _named_caption(element)
        return element, _caption_behind(element) if caption is None else caption
    holders = islice(element.iterancestors(*_HOLDERS), 6)
    for each in takewhile(lambda it: it not in others, holders):
        text = line_of(each, _CAPTION_LENGTH)
        caption = _named_caption(each) if text else None
        if caption is not None or line_patterns.split_credit(text)[1]:
            return each, each if caption is None else caption
        others.add(each)
    for each in takewhile(lambda it: it not in around, (element, *element.iterancestors())):
        if (behind := _caption_behind(each)) is not None:
            return each, behind
    return None, None


def _named_caption(holder: HtmlElement) -> HtmlElement | None:
    return next((it for it in holder.iterdescendants() if _is_caption(it) and text_of(it)), None)


def _is_caption(element: HtmlElement) -> bool:
    return element.tag == "figcaption" or has_name(element, "caption")


def _caption_behind(figure: HtmlElement) -> HtmlElement | None:
    """Return the caption that stands behind a figure; it becomes a part of that."""
    behind = figure.getnext()
    if behind is None or not _is_caption(behind) or not line_of(behind, _CAPTION_LENGTH):
        return None
    figure.append(behind)
    return behind


def _image(holder: HtmlElement, below: HtmlElement | None) -> Image:
    addresses = [(image, _address(image)) for image in holder.iter("img")]
    if not addresses:
        return {}
    image, address = next((each for each in addresses if each[1]), addresses[0])
    caption, credit = ("", "") if below is None else caption_and_credit(below)
    alt = " ".join(image.get("alt", "").split())
    width, height = pixels(image.get("width")), pixels(image.get("height"))
    # Such small images are signs of the page, as on buttons.
    is_sign = (0 < width <= 64 and 0 < height <= 64) or _OF_SITE.fullmatch(_file_name(address))
    if is_sign and not caption and not credit:
        return {}
    credit, alt = credit or credit_in(holder, below), alt if alt != caption else ""
    fields = {"url": address, "caption": caption, "credit": credit, "alt": alt}
    fields |= {"width": width, "height": height}
    return {key: value for key, value in fields.items() if value}


def _address(image: HtmlElement) -> str:
    """Return the address of an image; pages that load images late keep it elsewhere."""
    sources = [image, *find(image, "parent::*/source")]
    sets = (each.get(name, "") for each in sources for name in _SETS)
    largest = (max(each.split(", "), key=_width).split()[:1] for each in sets if each.strip())
    given = (*map(image.get, _LATE), *chain(*largest), image.get("src"))
    addresses = ((each or "").strip() for each in given)
    shown = (it for it in addresses if it and not it.startswith("data:"))
    return next((it for it in shown if not _PLACEHOLDER.fullmatch(_file_name(it))), "")


def _width(candidate: str) -> float:
    """Return the width, or the density, of one image of a ``srcset``."""
    match = re.search(r"\s(\d{1,6}(?:\.\d{0,5})?)[wx]\s*,?\s*$", candidate)
    return float(match[1]) if match else 0.0


def put_images(
    fields: FoundFields, leads: Iterable[tuple[Image, str]], shown: Sequence[Image], base: str
) -> None:
    """Put the lead image of each kind of data, which may be empty, and the images shown."""
    images, source = _once(_with_file(image, base) for image in shown), "<figure>"
    if given := [(_with_file(lead, base), source) for lead, source in leads if lead]:
        images, source = _with_lead(given, images)
    unread = next((it["address"] for it in images if it["address"] and not it["file"]), "")
    known = base or re.match(r"[a-z][a-z0-9+.-]*:", unread, re.IGNORECASE)
    problem = "no web address" if known else "relative, and the page does not give its own address"
    reason = f'"{unread[:60]}" is {problem}'
    flat = ({**image, **image["file"], "file": ""} for image in images)
    records = [{key: image[key] for key in IMAGE if image.get(key)} for image in flat]
    filled = list(filter(None, records))
    fields.put_images(filled, f"{source} (no url: {reason})" if unread else source)
    if unread and not filled:
        fields.refuse("image", f"{source}: {reason}")


def _with_file(image: Image, base: str) -> Image:
    """Return the words of an image, and its absolute address and size where that is possible."""
    address = image.get("url", "")
    file = {**image, "url": absolute(address, base)}
    words = {key: image[key] for key in ("caption", "credit", "alt") if key in image}
    file = {key: file[key] for key in ("url", "width", "height") if key in file}
    return {**words, "address": address, "file": file if file["url"] else {}}


def _with_lead(
    given: Sequence[tuple[Image, str]], shown: Sequence[Image]
) -> tuple[list[Image], str]:
    """Return all images, the lead image first, and the source of it."""
    # An image that can be fetched is better than one from a more exact source.
    lead, source = next((each for each in given if each[0]["file"]), given[0])
    for other, other_source in given:
        compared = _url if lead["file"] and other["file"] else _stem
        if compared(other) == compared(lead) and (merged := _merged(lead, other)) != lead:
            lead, source = merged, f"{source}, {other_source}"
    twins = [image for image in shown if _stem(image) == _stem(lead)]
    # The first image that a page shows is its lead image, whichever name the file has.
    if not twins and shown and (len(shown) == 1 or shown[0].keys() & {"caption", "credit"}):
        twins = [shown[0]]
    for twin in twins[:1]:
        # Shown words are better than words for machines.
        words = {key: twin[key] for key in ("caption", "credit") if key in twin}
        lead, source = {**_merged(lead, twin), **words}, f"{source}, <figure>"
    return [lead, *(image for image in shown if image not in twins)], source


def _merged(lead: Image, other: Image) -> Image:
    """Add the fields of another image to the lead image; address and size come from one file."""
    is_same = _url(lead) == _url(other)
    file = {**other["file"], **lead["file"]} if is_same else lead["file"] or other["file"]
    return {**other, **lead, "file": file}


def _once(images: Iterable[Image]) -> list[Image]:
    """Return images, each file once."""
    once: dict[str, Image] = {}
    for index, image in enumerate(images):
        # A short name of a file may be one of several images.
        stem = _stem(image)
        key = stem if len(stem) >= 8 else image["address"] or str(index)
        once[key] = {**image, **once.get(key, {})}
    return list(once.values())


def _url(image: Image) -> str:
    return image["file"].get("url", "")


def _stem(image: Image) -> str:
    """Return the name of an image without its size: ``storm-1200x675.jpg`` is ``storm``."""
    parts = re.split("([-_.@])", _file_name(image["address"]))
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)


def _file_name(address: str) -> str:
    path = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?|[?#].*", "", address.lower())
    return PurePosixPath(path).stem
