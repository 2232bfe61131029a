"""The links of a body: to its own parts, to footnotes, and links without words."""

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from urllib.parse import unquote

from feedsvc.ingest.html.allowed import TAGS
from feedsvc.ingest.html.file_links import address_words
from feedsvc.ingest.html.tree import Element, written
from feedsvc.model.text import plain_text
from feedsvc.model.urls import HERE

_NOTE = re.compile(
    r"(?:user-content-)?(?:_?(?:fn|ftn|edn)|sdfootnote|sdendnote|(?:easy-)?(?:foot|end)note"
    r"|cite[_-](?:note|ref))(?:[-_:.]?(?:ref|back|\d)|[-_:]|$)",
    re.IGNORECASE,
)
"""The beginning of the names of footnotes, and of the references to them in the text."""
_BACK = re.compile(r"(?:ref|back)(?:$|[-_:.\d])|anc$", re.IGNORECASE)
"""The part of a name that marks a reference in the text, to which a footnote leads back."""


class Links:
    """The links of a body.

    :param page: the address of the article's page, with a ``#`` at its end.
    """

    def __init__(self, page: str, shown: Sequence[Element]) -> None:
        self._page = page
        self._linked = {it.attributes.get("href") for it in shown if it.name == "a" and it.filled}

    def improve(self, element: Element) -> None:
        """Replace a reference to a footnote by its text; remove a link back from a footnote."""
        href = unescape(element.attributes.get("href", ""))
        name = href.removeprefix(self._page)
        if name != href and _NOTE.match(name):
            text = plain_text(written(element))
            words = any(letter.isalnum() for letter in text)
            back = _BACK.search(name) if words else re.search("[\u2190-\u21ff\u2934\u2b06^]", text)
            if back and not any(letter.isdigit() for letter in text):
                element.remove()
            element.name = ""
        elif name == href and href and not element.filled:
            self._show_address(element)

    def _show_address(self, element: Element) -> None:
        """Give a link without words its address as text, unless another has words."""
        url = element.attributes["href"]
        if url not in self._linked:
            self._linked.add(url)
            label = element.attributes.get("title") or element.attributes.get("aria-label")
            element.parts.append(label or re.sub("^(?:mailto|tel):", "", address_words(url)))
            element.spaced = True

    def join(self, shown: Sequence[Element], note: Callable[[Element, str], None]) -> None:
        """Keep the names of parts that links lead to; report links to parts that are not there.

        A link to a part of a page that feedsvc does not make stays: the page may have that part.
        """
        links = dict[Element, str]()
        for element in shown:
            href = element.attributes.get("href", "") if element.name == "a" else ""
            if element.filled and "#" in href and unescape(href).startswith(self._page):
                links[element] = unquote(unescape(href).removeprefix(self._page))
        names = set(links.values())
        there = {name for element in shown for name in self._keep_name(element, names)}
        for element, name in links.items():
            if name in there:
                continue
            if name in ("", "top") or self._page.startswith(HERE):
                element.name = ""
                note(element, f'the link to "#{name}" is left out, as the text has no such part')
            else:
                note(element, f'the text has no part "#{name}" to which a link leads')

    def _keep_name(self, element: Element, names: set[str]) -> Iterator[str]:
        """Yield the name of an element that a link leads to; remove any other name."""
        typed = element.attributes.pop("id", "") or (
            element.attributes.get("name", "") if element.name == "a" else ""
        )
        name = unescape(typed)
        if not name or name not in names or not _is_written(element):
            return
        names.discard(name)  # a name that is given twice is that of the first
        if element.name not in TAGS:
            element.name = "div"
        element.attributes["id"] = typed
        yield name


def _is_written(element: Element) -> bool:
    above: Element | None = element
    while above and not above.removed:
        above = above.parent
    return above is None
