"""Take the images of a page with their captions and credits, and choose the lead image."""

import re
from collections.abc import Iterable
from itertools import islice, takewhile
from pathlib import PurePosixPath
from typing import Any

from lxml.html import HtmlElement

from feedsvc.importers.page.html.layout import Layout
from feedsvc.importers.page.line_patterns import once, split_credit
from feedsvc.importers.page.page_fields import PageFields, comparable
from feedsvc.importers.page.tree import INLINE, absolute, find, has_name, text_of
from feedsvc.importers.page.vocabulary import VOCABULARY, pattern, query
from feedsvc.ingest.html.addresses import path, real_address
from feedsvc.ingest.html.body_images import pixels

Image = dict[str, Any]
"""An image with the keys of a record, and its ``address`` as the page writes it."""

_LABEL = pattern("credit_label")
_BRACKETS = str.maketrans("（）［］【】", "()[][]")


def new_image(address: str, base: str, words: Image, width: str, height: str) -> Image:
    """Return an image without empty fields; a size is one of a file that can be fetched."""
    url = absolute(address, base)
    size = {"width": pixels(width), "height": pixels(height)} if url else {}
    image = {"address": address, "url": url, **words, **size}
    return {key: value for key, value in image.items() if value}


def take_images(layout: Layout, base: str) -> list[Image]:
    """Return the images of an article with the text below them, and remove both from it."""
    images: list[Image] = []
    # The elements that hold the headline, the text, or an image without a caption.
    others = set(layout.around)
    for element in find(layout.root, query("images")):
        # An element that was removed with another image has no root around it.
        above = list(element.iterancestors())
        is_near = layout.part in above or element in layout.lead
        figure = next(element.iterancestors("figure"), element)
        if layout.root in above and is_near and (held := _holder(figure, others)):
            images.append(_image(base, *held))
            for each in {*held}:
                each.drop_tree()
    return [image for image in images if image.keys() & {"address", "caption", "credit"}]


def _holder(element: HtmlElement, others: set[HtmlElement]) -> list[HtmlElement]:
    """Return the element that holds an image, and its caption, which may stand behind it."""
    above = takewhile(lambda it: it not in others, (element, *element.iterancestors()))
    for each in islice(above, 8):
        is_figure = each.tag == "figure"
        text = text_of(each, 400)  # no caption has more characters
        captions = list(filter(_is_caption, each.iterdescendants() if text or is_figure else ()))
        if not (captions or is_figure) and split_credit(text)[1]:
            captions = [each]
        behind = [] if captions else [*islice(each.itersiblings(), 1)]
        captions += [it for it in behind if _is_caption(it) or split_credit(text_of(it, 400))[1]]
        if is_figure or captions:
            return [each, *captions[:1]]
        others.add(each)
    return []


def _is_caption(element: HtmlElement) -> bool:
    return (element.tag == "figcaption" or has_name(element, "caption")) and text_of(element) != ""


def _image(base: str, holder: HtmlElement, below: HtmlElement | None = None) -> Image:
    addresses = [(_address(image), image) for image in holder.iter("img")]
    address, image = next((each for each in addresses if each[0]), addresses[0])
    caption, credit = ("", "") if below is None else _caption_and_credit(below)
    width, height, alt = (image.get(name, "") for name in ("width", "height", "alt"))
    # Such small images are signs of the page, as on buttons.
    is_small = all(0 < (pixels(size) or 0) <= 64 for size in (width, height))
    is_sign = is_small or pattern("site_image").fullmatch(_file_name(address))
    if is_sign and not (caption or credit):
        return {}
    beside = filter(None, map(_credit_of, holder.iterdescendants()))
    credit = credit or _plain_credit(next(beside, ""))
    alt = " ".join(alt.split())
    words = {"caption": caption, "credit": credit, "alt": alt if alt != caption else ""}
    return new_image(address, base, words, width, height)


def _address(image: HtmlElement) -> str:
    """Return the address of an image that is no placeholder, the largest file first."""
    sources = [dict(each.attrib) for each in (image, *find(image, "parent::*/source"))]
    given = [real_address({**each, "src": each.get("data-url", "")}) for each in sources]
    addresses = filter(None, [*given, real_address({"src": image.get("src", "")})])
    is_other = pattern("placeholder").fullmatch
    return next((it for it in addresses if not is_other(_file_name(it))), "")


def _caption_and_credit(below: HtmlElement) -> tuple[str, str]:
    for each in find(below, query("unshown")):
        each.drop_tree()
    credit, whole = "", text_of(below)
    for element in list(below.iterdescendants()):
        text = _credit_of(element, whole) if below in element.iterancestors() else ""
        if text:
            credit = credit or text
            element.drop_tree()
            whole = text_of(below)
    caption, behind = split_caption(whole)
    return caption, _plain_credit(credit) or behind


def _credit_of(element: HtmlElement, whole: str = "") -> str:
    """Return a credit that fills an element, by its name, a label, an agency, or its place."""
    text = text_of(element, 200)
    named = element.tag == "cite" or has_name(element, "credit") or _LABEL.match(text)
    # Names stand behind the last sentence of a caption.
    is_behind = whole.removesuffix(text).rstrip().endswith((*".!?…”»",)) and whole.endswith(text)
    is_last = is_behind and _is_credit(text) and not text.endswith((*".!?…",))
    is_agency = element.tag in INLINE and pattern("agency").fullmatch(text)
    return text if len(text.split()) <= 10 and (named or is_agency or is_last) else ""


def split_caption(text: str) -> tuple[str, str]:
    """Split a caption, which may stand twice, from a credit behind it, also without a label."""
    line = once(pattern("image_number").sub("", text.translate(_BRACKETS).strip(" |")))
    caption, credit = split_credit(line)
    tails = (pattern(name).search(line) for name in (() if credit else VOCABULARY["credit_tails"]))
    for match in filter(None, tails):
        if not credit and _is_credit(match["credit"]) and (match.start() or _LABEL.match(line)):
            caption, credit = line[: match.start()], match["credit"]
    caption = caption.strip(" |–—").rstrip("/ ")
    return caption if comparable(caption) else "", _plain_credit(credit)


def _is_credit(text: str) -> bool:
    words = len(text.split())
    is_name = ("/" in text or not text[:1].islower()) and not re.search(r"\d{3}", text)
    return words <= 20 if _LABEL.match(text) else words <= 6 and is_name


def _plain_credit(text: str) -> str:
    """Return a credit without its label, its brackets and its mark of rights."""
    line = _LABEL.sub("", text.strip(" |–—-")).strip(" |–—-()[]{}").strip(" ,;:")
    return line if comparable(line) else ""


def put_images(page: PageFields, leads: list[tuple[Image, str]], shown: list[Image]) -> None:
    """Put the lead image of each kind of data, which may be empty, and the images shown."""
    images, source = _once(shown), "<figure>"
    if given := [each for each in leads if each[0]]:
        images, source = _with_lead(given, images)
    unread = next((it["address"] for it in images if "address" in it and "url" not in it), "")
    known = page.get("url") or re.match(r"[a-z][a-z0-9+.-]*:", unread, re.IGNORECASE)
    problem = "no web address" if known else "relative, and the page does not give its own address"
    reason = f'"{unread[:60]}" is {problem}'
    page.put_images(images, f"{source} (no url: {reason})" if unread else source)
    if unread and not page.fields.keys() & {"image", "images"}:
        page.refuse("image", f"{source}: {reason}")


def _with_lead(given: list[tuple[Image, str]], shown: list[Image]) -> tuple[list[Image], str]:
    """Return all images, the lead image first, and the source of it."""
    # An image that can be fetched is better than one from a more exact source.
    lead, source = next((each for each in given if "url" in each[0]), given[0])
    for other, other_source in given:
        if _stem(other) == _stem(lead) and (merged := _merged(lead, other)) != lead:
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
    images_once: dict[str, Image] = {}
    for index, image in enumerate(images):
        # A short name of a file may be one of several images.
        stem = _stem(image)
        key = stem if len(stem) >= 8 else image.get("address", str(index))
        images_once[key] = _merged(images_once.get(key, {}), image)
    return list(images_once.values())


def _stem(image: Image) -> str:
    parts = re.split("([-_.@])", _file_name(image.get("address", "")))
    while len(parts) > 1 and pattern("image_size").fullmatch(parts[-1]):
        del parts[-2:]
    return "".join(parts)


def _file_name(address: str) -> str:
    return PurePosixPath(path(address).lower()).stem
