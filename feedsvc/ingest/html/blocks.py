"""Replace elements that feed readers do not know by ones that keep words apart."""

import re
from collections.abc import Callable, Iterator

from feedsvc.ingest.html.allowed import TAGS
from feedsvc.ingest.html.tree import Element, written
from feedsvc.ingest.html.typed import DRAWING, NOSCRIPT
from feedsvc.model.text import plain_text

Note = Callable[[Element, str], None]
"""Takes an element and a message about it."""

_BLOCKS = set(
    (
        "address article aside blockquote center details dialog dir div dl fieldset figure footer "
        "form h2 h3 h4 h5 h6 header hgroup hr legend main menu nav ol p pre search section summary "
        "table ul"
    ).split()
)
_ADVICE = re.compile(r"\b(?:java)?scripts?\b", re.IGNORECASE)
_MAX_ADVICE = 300
"""Characters, at most, of a text that only asks to turn scripts on."""


def unwrap(element: Element) -> None:
    """Remove an element but not its contents; a block stays one where words stand in it."""
    block = element.name in _BLOCKS or "-" in element.name
    inline = any(
        part.strip() if isinstance(part, str) else part.filled and part.name not in _BLOCKS
        for part in element.parts
    )
    element.name = "div" if block and inline else ""


def link(url: str, words: str) -> Element:
    """Return a link, both its address and its words as HTML writes them."""
    return Element("a", {"href": url}, parts=[words], filled=True, linked=True, spaced=True)


def image(element: Element, attributes: dict[str, str]) -> None:
    """Replace an element by a picture, and by the contents of one that was not closed."""
    rest = [part for part in element.parts if isinstance(part, str) or part.filled]
    element.name, element.attributes = "img", attributes
    if rest:
        shown = {key: value for key, value in attributes.items() if key != "id"}
        element.name = ""
        element.parts = [Element("img", shown, filled=True, linked=True), *rest]


def append(element: Element, last: Element) -> None:
    """Add an element to the contents of another; behind it if that is a table."""
    if element.name == "table":
        shown = {key: value for key, value in element.attributes.items() if key != "id"}
        element.parts = [Element("table", shown, parts=element.parts, filled=True)]
        element.name = ""
    element.parts.append(last)


def fallback(element: Element) -> None:
    """Keep only the contents of an element, apart from the words around them."""
    element.name, element.spaced = "", True


def form(note: Note, element: Element) -> None:
    """Keep the contents of a form, without its controls."""
    stays = "; its text stays" if element.filled else ""
    note(element, f"the form is left out, as feed readers cannot send it{stays}")
    unwrap(element)


def select(note: Note, element: Element) -> None:
    """Remove a control."""
    if element.filled:
        note(element, "the list to choose from is left out, as feed readers cannot send it")
    element.remove()


def label(element: Element) -> None:
    """Put the words at a control into a line of their own."""
    element.name = ""
    if element.filled:
        element.parts.append(Element("br", {}))


def drawing(note: Note, element: Element) -> None:
    """Keep the words of a drawing."""
    stays = "its words stay" if element.filled else "save it as a picture in media/ to show it"
    note(element, f"the drawing (svg) is left out; {stays}")
    fallback(element)


def figure(note: Note, element: Element) -> None:
    """Report a figure of which only the caption is left."""
    captions, others = False, False
    for part in element.parts:
        if isinstance(part, Element) and part.name == "figcaption":
            captions = captions or part.filled
        else:
            others = others or bool(part.strip() if isinstance(part, str) else part.filled)
    if captions and not others:
        note(element, "only the caption of the figure is left; nothing stands above it")


def noscript(note: Note, element: Element) -> None:
    """Keep the contents for browsers without scripts, which feed readers are.

    :param element: with the real copies of pictures, of which others show the placeholder.
    """
    inner = list(_inside(element))
    images: list[Element | str] = [part for part in inner if part.name == "img"]
    links = has_link(element)
    if images and not links:
        element.parts = images
    elif element.filled and not links:
        words = plain_text(written(element))
        if len(words) < _MAX_ADVICE and _ADVICE.search(words):
            note(element, "the text for browsers without scripts is left out")
            element.remove()
    element.name, element.spaced = "", links or not images


def has_link(element: Element) -> bool:
    """Return whether there is a link or a player in an element."""
    names = ("a", "audio", "iframe", "video")
    return any(part.name in names and part.linked for part in _inside(element))


def _inside(element: Element) -> Iterator[Element]:
    todo = [element]
    while todo:
        for part in todo.pop().parts:
            if isinstance(part, Element) and not part.removed:
                yield part
                todo.append(part)


STEPS: dict[str, Callable[[Note, Element], None]] = {
    DRAWING: drawing,
    "figure": figure,
    "form": form,
    "select": select,
    NOSCRIPT: noscript,
}
"""How elements are replaced of which something is lost, by their names."""
UNWRAPPED = _BLOCKS - TAGS
"""Blocks that feed readers do not know."""
