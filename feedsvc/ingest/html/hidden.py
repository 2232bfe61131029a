"""Remove the elements of a body that a page does not show, and report them."""

from collections.abc import Callable, Sequence

from feedsvc.ingest.html import formulas
from feedsvc.ingest.html.addresses import frame_address, host
from feedsvc.ingest.html.images import is_image
from feedsvc.ingest.html.tree import Element
from feedsvc.ingest.html.typed import FRAME, NOSCRIPT
from feedsvc.ingest.html.visibility import has_no_letters, is_hidden, is_point, may_be_hidden

FRAMES = {FRAME, "amp-iframe", "amp-video-iframe"}


def remove_hidden(
    elements: Sequence[Element], note: Callable[[Element, str], None]
) -> set[Element]:
    """Remove the elements that the page does not show, and all in them.

    :returns: the elements within a ``<noscript>``.
    """
    copies = set[Element]()
    formula = any(element.name == "math" for element in elements)
    for element in elements[1:]:
        parent = element.parent
        if parent and (parent in copies or parent.name == NOSCRIPT):
            copies.add(element)
        if (parent and parent.removed) or (formula and formulas.is_copy(element)):
            element.remove()
        elif _is_hidden(element):
            if element.filled or element.name in FRAMES:
                url = frame_address(element.attributes)
                name = f"picture or frame of {host(url)}" if url else f"<{element.name}>"
                note(element, f"the hidden {name} is left out, as on the page")
            element.remove()
    return copies


def _is_hidden(element: Element) -> bool:
    name, attributes = element.name, element.attributes
    if not may_be_hidden(name, attributes):
        return False
    if is_hidden(name, attributes):
        return True
    if is_image(element) or name in (*FRAMES, "embed", "object"):
        return is_point(attributes)
    return has_no_letters(attributes) and all(isinstance(part, str) for part in element.parts)
