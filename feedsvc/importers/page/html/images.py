"""Take the images of a page with their captions and credits, and choose the lead image."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import islice, takewhile
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page import line_patterns
from feedsvc.importers.page.found_fields import FoundFields
from feedsvc.importers.page.html.captions import caption_and_credit, credit_in
from feedsvc.importers.page.html.layout import ASIDE, Layout
from feedsvc.importers.page.html.structured_data import pixels
from feedsvc.importers.page.html.tree import absolute, find, has_name, is_short, text_of
from feedsvc.ingest.record.fields import IMAGE

Image = dict[str, Any]

_WORTH_KEEPING = {"url", "caption", "credit"}
_OF_FILE = ("url", "width", "height")
_SIZE = re.compile(r"\d+x\d*|x?\d{2,4}w?|\dx|large|small|medium|thumb|scaled|crop")
"""Part of the name of a file that is the size of its image."""
_PLACEHOLDER = re.compile(
    r"(?:.*[^a-z])?(?:placeholder|lazy-?load(?:er)?|spacer|transparent|1x1|missing[_-]image|"
    r"no-?image|sprite)(?:[^a-z].*)?|(?:(?:\d|[_.-])*(?:blank|gr[ae]y|default|loading|dummy|clear|"
    r"empty|pixel|icon|enlarge)(?:\d|[_.-])*)+",
)
"""Name of a file that stands for another one, or is a sign of the page."""
_OF_SITE = re.compile(r"(?:.*[^a-z])?(?:logos?|avatar|gravatar|icons?)(?:[^a-z].*)?")
_LEAST_SIZE = 64
"""Pixels; smaller images are signs of the page, such as buttons."""
_LATE = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_CAPTION_LENGTH = 800
"""Characters of the text below an image, at most."""
_HOLDERS = ("p", "div", "li", "span", "ul", "a", "section", "header", "picture", "center", "td")
_STEM_LENGTH = 8
"""Characters from which on the name of a file means one image alone."""


def take_images(root: HtmlElement, layout: Layout) -> list[Image]:
    """Return the images of an article with the text below them, and remove both from it."""
    places = {element: place for place, element in enumerate(root.iter())}
    images: list[tuple[int, Image]] = []
    has_caption = cache(_has_caption)
    for element in find(root, f"//figure[not({ASIDE})]") + find(root, f"//img[not({ASIDE})]"):
        # An element that was removed with another image has no root around it.
        above = list(element.iterancestors())
        if root in above and (layout.part in above or element in layout.lead):
            holder, caption = _holder(element, layout.around, has_caption)
            if holder is not None:
                image = _image(holder, caption)
                if image.keys() & _WORTH_KEEPING:
                    images.append((places[holder], image))
                holder.drop_tree()
                has_caption.cache_clear()  # the text of the elements around it has changed
    return [image for _, image in sorted(images, key=itemgetter(0))]


def _holder(
    element: HtmlElement,
    around: frozenset[HtmlElement],
    has_caption: Callable[[HtmlElement], bool | None],
) -> tuple[HtmlElement | None, HtmlElement | None]:
    """Return the element that holds an image and its caption, and the caption.

    :param around: the elements that hold the headline or the text, too.
    :param has_caption: remembers its results, so that no element is read for each of its images.
    """
    if element.tag == "figure":
        caption = _named_caption(element)
        return element, _caption_behind(element) if caption is None else caption
    for each in islice(element.iterancestors(*_HOLDERS), 6):
        captioned = None if each in around else has_caption(each)
        if captioned:
            caption = _named_caption(each)
            return each, each if caption is None else caption
        if captioned is None:
            break
    for each in takewhile(lambda it: it not in around, (element, *element.iterancestors())):
        if (behind := _caption_behind(each)) is not None:
            return each, behind
    return None, None


def _named_caption(holder: HtmlElement) -> HtmlElement | None:
    captions = (each for each in holder.iterdescendants() if _is_caption(each))
    return next((each for each in captions if text_of(each)), None)


def _is_caption(element: HtmlElement) -> bool:
    return element.tag == "figcaption" or has_name(element, "caption")


def _caption_behind(figure: HtmlElement) -> HtmlElement | None:
    """Return the caption that stands behind a figure; it becomes a part of that."""
    behind = figure.getnext()
    if behind is None or not _is_caption(behind) or not is_short(behind, _CAPTION_LENGTH):
        return None
    figure.append(behind)
    return behind


def _has_caption(element: HtmlElement) -> bool | None:
    """Return whether an element holds the caption of an image; None where it is too large."""
    if not is_short(element, _CAPTION_LENGTH) or find(element, ".//h1"):
        return None
    text = text_of(element)
    captions = (text_of(each) for each in element.iter() if _is_caption(each))
    return bool(text) and (bool(line_patterns.split_credit(text)[1]) or any(captions))


def _image(holder: HtmlElement, below: HtmlElement | None) -> Image:
    images = find(holder, "descendant-or-self::img")
    if not images:
        return {}
    addresses = [(image, _address(image)) for image in images]
    image, address = next((each for each in addresses if each[1]), addresses[0])
    caption, credit = ("", "") if below is None else caption_and_credit(below)
    alt = " ".join(image.get("alt", "").split())
    width, height = pixels(image.get("width")), pixels(image.get("height"))
    name = _file_name(address)
    is_sign = 0 < width <= _LEAST_SIZE and 0 < height <= _LEAST_SIZE
    if not caption and not credit and (is_sign or _OF_SITE.fullmatch(name)):
        return {}
    fields = {
        "url": address,
        "caption": caption,
        "credit": credit or credit_in(holder, below),
        "alt": alt if alt != caption else "",
        "width": width,
        "height": height,
    }
    return {key: value for key, value in fields.items() if value}


def _address(image: HtmlElement) -> str:
    """Return the address of an image; pages that load images late keep it elsewhere."""
    sources = [image, *(find(image, "../source") if image.getparent() is not None else [])]
    sets = [each.get(name, "") for each in sources for name in _SETS]
    largest = [max(each.split(", "), key=_width).split() for each in sets if each.strip()]
    given = [image.get(name, "") for name in _LATE]
    for source in (*given, *(each[0] for each in largest if each), image.get("src", "")):
        address = source.strip()
        if (
            address
            and not address.startswith("data:")
            and not _PLACEHOLDER.fullmatch(_file_name(address))
        ):
            return address
    return ""


def _width(candidate: str) -> float:
    """Return the width, or the density, of one image of a ``srcset``."""
    match = re.search(r"\s(\d{1,6}(?:\.\d{0,5})?)[wx]\s*,?\s*$", candidate)
    return float(match[1]) if match else 0.0


def put_images(
    fields: FoundFields, leads: Iterable[tuple[Image, str]], shown: Sequence[Image], base: str
) -> None:
    """Put the lead image of the machine-readable data, with the caption that the page shows.

    :param leads: the lead image, which may be empty, of each kind of data, with its source.
    :param base: the address that relative ones start from, as far as known.
    """
    given = [(_resolved(lead, base), source) for lead, source in leads if lead]
    shown = _once([_resolved(image, base) for image in shown])
    images, source = _with_lead(given, shown) if given else (shown, "<figure>")
    unread = [image["url"] for image in images if "url" in image and not _is_readable(image)]
    reason = _why_no_url(unread[0][:60], base) if unread else ""
    filled = [each for image in images if (each := _for_record(image))]
    fields.put_images(filled, f"{source} (no url: {reason})" if reason else source)
    if reason and not filled:
        fields.refuse("image", f"{source}: {reason}")


def _resolved(image: Image, base: str) -> Image:
    """Return an image with an absolute address where that is possible."""
    url = image.get("url", "")
    return {**image, "url": absolute(url, base) or url} if url else image


def _is_readable(image: Image) -> bool:
    return absolute(image.get("url", ""), "") != ""


def _with_lead(
    given: Sequence[tuple[Image, str]], shown: Sequence[Image]
) -> tuple[list[Image], str]:
    """Return all images, the lead image first, and the source of it."""
    # An image that can be fetched is better than one from a more exact source.
    lead, source = next((each for each in given if _is_readable(each[0])), given[0])
    for other, other_source in given:
        fetched = _is_readable(lead) and _is_readable(other)
        same = other["url"] == lead["url"] if fetched else _stem(other) == _stem(lead)
        if same and other.keys() - lead.keys():
            lead = _merged(lead, other)
            source += f", {other_source}"
    stem = _stem(lead)
    twins = [image for image in shown if _stem(image) == stem]
    # The first image that a page shows is its lead image, whichever name the file has.
    if not twins and shown and (len(shown) == 1 or shown[0].keys() & {"caption", "credit"}):
        twins = shown[:1]
    for twin in twins[:1]:
        # Shown words are better than words for machines.
        words = {key: twin[key] for key in ("caption", "credit") if key in twin}
        lead = {**_merged(lead, twin), **words}
        source += ", <figure>"
    return [lead, *(image for image in shown if image not in twins)], source


def _merged(lead: Image, other: Image) -> Image:
    """Add the fields of another image to the lead image; address and size come from one file."""
    file = other if _is_readable(other) and not _is_readable(lead) else lead
    merged = {**other, **lead}
    about = merged if other.get("url") == lead["url"] else file
    words = {key: merged[key] for key in merged if key not in _OF_FILE}
    return {**words, **{key: about[key] for key in _OF_FILE if key in about}}


def _once(images: Sequence[Image]) -> list[Image]:
    """Return images, each file once."""
    once: dict[str, Image] = {}
    for index, image in enumerate(images):
        stem = _stem(image)
        key = stem if len(stem) >= _STEM_LENGTH else image.get("url", str(index))
        once[key] = {**image, **once.get(key, {})}
    return list(once.values())


def _for_record(image: Image) -> Image:
    """Return an image in the order of a record; without an address, only the words about it."""
    readable = _is_readable(image)
    return {key: image[key] for key in IMAGE if key in image and (readable or key not in _OF_FILE)}


def _why_no_url(address: str, base: str) -> str:
    if base or re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return f'"{address}" is no web address'
    return f'"{address}" is relative, and the page does not give its own address'


def _file_name(address: str) -> str:
    path = re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?|[?#].*", "", address.lower())
    return PurePosixPath(path).stem


def _stem(image: Image) -> str:
    """Return the name of an image without its size: ``storm-1200x675.jpg`` is ``storm``."""
    parts = re.split("([-_.@])", _file_name(image.get("url", "")))
    while len(parts) > 1 and _SIZE.fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)
