"""Decide which pictures of a text are shown, where scripts would load them."""

from collections.abc import Sequence

from feedsvc.ingest.html.addresses import real_address
from feedsvc.ingest.html.tree import Element
from feedsvc.ingest.html.typed import NOSCRIPT

IMAGES = {"amp-anim", "amp-img", "img"}
"""Names of pictures, by HTML or by a script."""


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
        elif is_image(element) and not element.removed:
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


def _replaced(elements: Sequence[Element]) -> set[Element]:
    """Return the pictures that a ``<noscript>`` follows at once with the real one in it."""
    replaced, image, inside = set[Element](), None, False
    for element in elements:
        if is_image(element) and not element.removed:
            if image is not None and inside and real_address(element.attributes):
                replaced.add(image)
            image, inside = (None if inside else element), False
        elif element.name == NOSCRIPT and element.follows:
            inside = True
        elif not inside:
            image = None
    return replaced
