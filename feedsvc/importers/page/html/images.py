"""Take the images of a page with their captions and credits, and choose the lead image."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.captions import caption_and_credit, credit_in
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.tree import absolute, find, has_name, line_of, text_of
from feedsvc.importers.page.vocabulary import alternatives
from feedsvc.ingest.html.addresses import real_address

Image = dict[str, Any]
"""An image with the keys of a record, and its ``address`` as the page writes it."""

_SIZE = re.compile(r"\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop")
"""Part of the name of a file that is the size of its image."""
_PLACEHOLDER = re.compile(alternatives("placeholder_files"))
_OF_SITE = re.compile(r"(?:.*[^a-z])?(?:logos?|avatar|gravatar|icons?)(?:[^a-z].*)?")
_HOLDERS = ("p", "div", "li", "span", "ul", "a", "section", "header", "picture", "center", "td")
_CAPTION_LENGTH = 400
"""Characters of the text below an image, at most."""


def new_image(address: str, base: str, words: Image, width: str, height: str) -> Image:
    """Return an image without empty fields; a size is one of a file that can be fetched."""
    url = absolute(address, base)
    size = {"width": pixels(width), "height": pixels(height)} if url else {}
    image = {"address": address, "url": url, **words, **size}
    return {key: value for key, value in image.items() if value}


def pixels(text: str) -> int:
    """Return a width or a height; 0 when it is none."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})(?:\.0+)?\s*(?:px)?", text.strip())
    return int(match[1]) if match else 0


def take_images(layout: Layout, base: str) -> list[Image]:
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
                images.append((places[holder], _image(holder, caption, base)))
                holder.drop_tree()
    ordered = (image for _, image in sorted(images, key=itemgetter(0)))
    return [image for image in ordered if image.keys() & {"address", "caption", "credit"}]


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


def _image(holder: HtmlElement, below: HtmlElement | None, base: str) -> Image:
    addresses = [(_address(image), image) for image in holder.iter("img")]
    if not addresses:
        return {}
    address, image = next((each for each in addresses if each[0]), addresses[0])
    caption, credit = ("", "") if below is None else caption_and_credit(below)
    width, height, alt = (image.get(name, "") for name in ("width", "height", "alt"))
    # Such small images are signs of the page, as on buttons.
    is_small = 0 < pixels(width) <= 64 and 0 < pixels(height) <= 64
    if not caption and not credit and (is_small or _OF_SITE.fullmatch(_file_name(address))):
        return {}
    alt = " ".join(alt.split())
    words = {"caption": caption, "credit": credit or credit_in(holder, below)}
    return new_image(address, base, {**words, "alt": alt if alt != caption else ""}, width, height)


def _address(image: HtmlElement) -> str:
    """Return the address of an image that is no placeholder, the largest file first."""
    sources = [dict(each.attrib) for each in (image, *find(image, "parent::*/source"))]
    given = [real_address({**each, "src": each.get("data-url", "")}) for each in sources]
    addresses = filter(None, [*given, real_address({"src": image.get("src", "")})])
    return next((it for it in addresses if not _PLACEHOLDER.fullmatch(_file_name(it))), "")


def put_images(
    fields: FoundFields, leads: Iterable[tuple[Image, str]], shown: Sequence[Image], base: str
) -> None:
    """Put the lead image of each kind of data, which may be empty, and the images shown."""
    images, source = _once(shown), "<figure>"
    if given := [each for each in leads if each[0]]:
        images, source = _with_lead(given, images)
    unread = next((it["address"] for it in images if "address" in it and "url" not in it), "")
    known = base or re.match(r"[a-z][a-z0-9+.-]*:", unread, re.IGNORECASE)
    problem = "no web address" if known else "relative, and the page does not give its own address"
    reason = f'"{unread[:60]}" is {problem}'
    fields.put_images(images, f"{source} (no url: {reason})" if unread else source)
    if unread and not fields.values.keys() & {"image", "images"}:
        fields.refuse("image", f"{source}: {reason}")


def _with_lead(
    given: Sequence[tuple[Image, str]], shown: Sequence[Image]
) -> tuple[list[Image], str]:
    """Return all images, the lead image first, and the source of it."""
    # An image that can be fetched is better than one from a more exact source.
    lead, source = next((each for each in given if "url" in each[0]), given[0])
    for other, other_source in given:
        is_same = _stem(other) == _stem(lead)
        if "url" in lead and "url" in other:
            is_same = lead["url"] == other["url"]
        if is_same and (merged := _merged(lead, other)) != lead:
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
    if "url" in lead and lead["url"] != other.get("url"):
        other = {key: other[key] for key in other if key not in ("width", "height")}
    return {**other, **lead}


def _once(images: Iterable[Image]) -> list[Image]:
    """Return images, each file once."""
    once: dict[str, Image] = {}
    for index, image in enumerate(images):
        # A short name of a file may be one of several images.
        stem = _stem(image)
        key = stem if len(stem) >= 8 else image.get("address", str(index))
        once[key] = _merged(once.get(key, {}), image)
    return list(once.values())


def _stem(image: Image) -> str:
    """Return the name of an image without its size: ``storm-1200x675.jpg`` is ``storm``."""
    parts = re.split("([-_.@])", _file_name(image.get("address", "")))
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)


def _file_name(address: str) -> str:
    path = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?|[?#].*", "", address.lower())
    return PurePosixPath(path).stem
