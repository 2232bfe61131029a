"""Decide which pictures of a text are shown, where scripts would load them."""

import re
from collections.abc import Sequence

from feedsvc.ingest.html.addresses import real_address
from feedsvc.ingest.html.tree import Element
from feedsvc.ingest.html.typed import NOSCRIPT

IMAGES = {"amp-anim", "amp-img", "img"}
"""Names of pictures, by HTML or by a script."""
_STAND_IN = re.compile(
    r"lazy|placeholder|preview|spacer|blank|transparent|pixel|loading|loader|dummy|empty|clear"
    r"|gr[ae]y|blur|lqip|1x1|\.gif(?:$|\?)",
    re.IGNORECASE,
)
"""Words in the class or the address of a picture that stands there until a script loads another."""
_FILE_NAME = re.compile(
    r"([^/?#]+?)(?:[-_@](?:\d+x\d*|\d+w|low|scaled|small|thumb|tiny))*(?:\.\w+)?(?:[?#].*)?$"
)
"""The name of a picture at the end of its address, without its size and suffix."""


def is_image(element: Element) -> bool:
    """Return whether an element is a picture."""
    return element.name in IMAGES


def shown_images(elements: Sequence[Element], copies: set[Element]) -> dict[Element, str]:
    """Return the pictures that are shown, with their addresses as they were typed.

    :param copies: the elements within a ``<noscript>``.
    """
    addresses, offered = dict[Element, str](), ""
    for element in elements:
        if element.name == "source":
            offered = real_address(element.attributes)
        elif element.name == "picture" and not element.removed:
            inner = [part for part in element.parts if isinstance(part, Element)]
            sources = filter(None, (real_address(part.attributes) for part in inner))
            if all(part.name == "source" for part in inner) and (address := next(sources, "")):
                addresses[element] = address
        elif is_image(element) and not element.removed and not _is_fallback(element):
            addresses[element] = real_address(element.attributes) or offered
            offered = ""
    replaced = _replaced(elements) if copies else set[Element]()
    plain = {it: url for it, url in addresses.items() if it not in copies and it not in replaced}
    shown = set(plain.values())
    for element, address in addresses.items():
        if element in copies and address not in shown:
            plain[element] = address
            shown.add(address)
    return plain


def _is_fallback(image: Element) -> bool:
    """Return whether a picture stands in another one, for browsers that do not show that."""
    parent = image.parent
    if parent and parent.name == NOSCRIPT:
        parent = parent.parent
    return parent is not None and is_image(parent)


def _replaced(elements: Sequence[Element]) -> set[Element]:
    """Return the pictures that a ``<noscript>`` follows at once with the real one in it."""
    replaced, image, inside = set[Element](), None, False
    for element in elements:
        if is_image(element) and not element.removed:
            if image is not None and inside and _stands_in(image, element):
                replaced.add(image)
            image, inside = (None if inside else element), False
        elif element.name == NOSCRIPT and element.follows and element.parent is not image:
            inside = True
        elif not inside:
            image = None
    return replaced


def _stands_in(image: Element, real: Element) -> bool:
    """Return whether a picture only stands in for another one, until a script loads that."""
    shown, address = real_address(image.attributes), real_address(real.attributes)
    if not address or shown != image.attributes.get("src", "").strip():
        # A script would load the picture, or there is none yet.
        return bool(address)
    alt = image.attributes.get("alt", "").strip()
    if alt and alt == real.attributes.get("alt", "").strip():
        return True
    words = f"{image.attributes.get('class', '')} {shown}"
    return _STAND_IN.search(words) is not None or _name(shown) == _name(address)


def _name(address: str) -> str:
    name = _FILE_NAME.search(address)
    return name[1].lower() if name else address
