"""Make the parts of a page that need its scripts or its style work in feed readers.

Pictures that a script would have loaded are loaded at once, frames become players that readers
allow or links, hidden parts are left out, and every loss becomes a note.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from html import unescape
from urllib.parse import urljoin

from feedsvc.ingest.html import blocks
from feedsvc.ingest.html.addresses import (
    EMBED,
    embed_address,
    frame_address,
    host,
    plays,
    quoted,
    real_address,
    site,
)
from feedsvc.ingest.html.allowed import TAGS
from feedsvc.ingest.html.images import IMAGES, is_image, shown_images
from feedsvc.ingest.html.tree import Element, read_tree, written
from feedsvc.ingest.html.typed import AT, FRAME, NOSCRIPT, SCRIPT
from feedsvc.ingest.html.visibility import has_no_letters, is_hidden, is_point, may_be_hidden
from feedsvc.model.text import plain_text

Resolve = Callable[[str, str], str | None]
"""Takes an address as it was typed and the kind of file (``image``, ``media`` or ``page``).
Returns the address for readers; None if there is none."""

Report = Callable[[int, str], None]
"""Takes the place of a tag in the HTML as it was typed, and a message about it."""

SCHEME = re.compile("//|[a-zA-Z][a-zA-Z0-9+.-]*:")
"""The beginning of an address that is no file of the newsroom."""

_NOTE = re.compile(
    r"(?:user-content-)?(?:_?(?:fn|ftn|edn)|sdfootnote|sdendnote|(?:easy-)?(?:foot|end)note"
    r"|cite[_-](?:note|ref))(?:[-_:.]?(?:ref|back|\d)|[-_:]|$)",
    re.IGNORECASE,
)
"""The beginning of the names of footnotes, and of the references to them in the text."""
_BACK = re.compile(r"(?:ref|back)(?:$|[-_:.\d])|anc$", re.IGNORECASE)
"""The part of a name that marks a reference in the text, to which a footnote leads back."""
_FRAMES = {FRAME, "amp-iframe", "amp-video-iframe"}
_PLAYERS = {"amp-audio": "audio", "amp-video": "video", "audio": "audio", "video": "video"}
_HOLDERS = TAGS - {"a", "br", "col", "hr", "img"}
_SOUNDS = {"audio": "sound", "video": "film"}


def resolve_embeds(markup: str, page: str, resolve: Resolve, report: Report) -> str:
    """Return safe HTML with real pictures and players, and without anchors of footnotes.

    :param markup: as ``typed.mark`` and a parser have left it.
    :param page: the address of the article's page.
    """
    elements = read_tree(markup)
    _Embeds(elements, page, resolve, report).resolve_all()
    return written(elements[0])


class _Embeds:
    """Goes through the elements of an article's body, inner ones first."""

    def __init__(
        self, elements: Sequence[Element], page: str, resolve: Resolve, report: Report
    ) -> None:
        self._elements = elements
        self._page = urljoin(page, "#").rstrip("#") + "#"
        self._resolve = resolve
        self._report = report
        self._sites = set[str]()
        """Sites of the embeds that readers get or get a link to."""
        self._copies = set[Element]()
        """Elements within a ``<noscript>``."""
        self._steps: dict[str, Callable[[Element], None]] = {
            "a": self._link,
            "button": blocks.fallback,
            "label": blocks.label,
            "embed": self._object,
            "object": self._object,
            **dict.fromkeys(IMAGES, self._image),
            "oembed": self._embed,
            **dict.fromkeys(_FRAMES, self._frame),
            **dict.fromkeys(_PLAYERS, self._player),
        }

    def resolve_all(self) -> None:
        self._remove_hidden()
        self._scripted = {"oembed", *(it.name for it in self._elements if "-" in it.name)} - {
            SCRIPT,
        }
        self._images = shown_images(self._elements, self._copies)
        shown = [element for element in self._elements if not element.removed]
        self._linked = {it.attributes.get("href") for it in shown if it.name == "a" and it.filled}
        self._framed = {
            frame_address(frame.attributes)
            for frame in shown
            if frame.name in _FRAMES and frame not in self._copies
        }
        for element in reversed(shown):
            if element.changed:
                element.update()
            step = self._step_of(element)
            if step:
                step(element)
                element.update()
                element.changed = True
            if element.changed and element.parent:
                element.parent.changed = True
        self._note_scripts(shown)

    def _note(self, element: Element, message: str) -> None:
        self._report(int(element.attributes.get(AT, "-1")), message)

    def _remove_hidden(self) -> None:
        """Remove the elements that the page does not show, and all in them."""
        for element in self._elements[1:]:
            parent = element.parent
            if parent and (parent in self._copies or parent.name == NOSCRIPT):
                self._copies.add(element)
            if parent and parent.removed:
                element.remove()
            elif self._is_hidden(element):
                if element.filled or element.name in _FRAMES:
                    url = frame_address(element.attributes)
                    name = f"picture or frame of {host(url)}" if url else f"<{element.name}>"
                    self._note(element, f"the hidden {name} is left out, as on the page")
                element.remove()

    def _is_hidden(self, element: Element) -> bool:
        name, attributes = element.name, element.attributes
        if not may_be_hidden(name, attributes):
            return False
        if is_hidden(name, attributes):
            return True
        if is_image(element) or name in (*_FRAMES, "embed", "object"):
            return is_point(attributes)
        return has_no_letters(attributes) and all(isinstance(part, str) for part in element.parts)

    def _step_of(self, element: Element) -> Callable[[Element], None] | None:
        """Return how an element is replaced; None where it stays."""
        name = element.name
        if name == "a" and element.filled and "#" not in element.attributes.get("href", ""):
            return None
        if name in self._steps:
            return self._steps[name]
        if name in blocks.STEPS:
            return partial(blocks.STEPS[name], self._note)
        if name in blocks.UNWRAPPED:
            return blocks.unwrap
        if name in self._scripted or (name in _HOLDERS and self._is_embed(element)):
            return self._embed
        return None

    def _is_embed(self, element: Element) -> bool:
        """Return whether a script of the page fills an element."""
        return bool(element.attributes) and (not element.filled or self._is_of_maker(element))

    def _is_of_maker(self, element: Element) -> bool:
        return EMBED.search(element.attributes.get("class", "")) is not None

    def _note_scripts(self, shown: Sequence[Element]) -> None:
        """Report the scripts of which readers get neither an address nor words."""
        links = (it.attributes.get("href", "") for it in shown if it.name == "a")
        known = self._sites | set(map(site, links))
        for element in shown:
            url = element.attributes.get("src", "")
            if element.name == SCRIPT and (not site(url) or site(url) not in known):
                self._note(
                    element,
                    f"the script of {host(url) or 'the page'} is left out; readers run none",
                )

    def _image(self, element: Element) -> None:
        typed = self._images.get(element)
        address = self._resolve(typed, "image") if typed else None
        if address:
            element.name = "img"
            element.attributes = {**element.attributes, "src": quoted(address)}
            return
        element.remove()
        if typed is None or (typed and not SCHEME.match(typed)):
            return  # a copy, or a file whose problem is reported where it is looked up
        if element.attributes.get("src", "").lower().startswith("data:"):
            advice = "a picture is pasted into the text; save it as a file beside and name that"
        else:
            advice = "the picture has no web address and is left out"
        self._note(element, advice)

    def _player(self, element: Element) -> None:
        name = element.name = _PLAYERS[element.name]
        inner = [part for part in element.parts if isinstance(part, Element)]
        sources = [part.attributes for part in inner if part.name == "source"]
        typed = next((it for it in map(real_address, [element.attributes, *sources]) if it), "")
        address = self._resolve(typed, "media") if typed else None
        if not address:
            blocks.fallback(element)
            if not typed or SCHEME.match(typed):
                self._note(element, f"the {_SOUNDS[name]} has no web address and is left out")
            return
        attributes = {**element.attributes, "controls": "", "src": quoted(address)}
        # Text for browsers that cannot play is no part of the article. Elements may be: a link, or
        # the rest of the article after a player that was not closed.
        rest = element.parts if len(inner) > len(sources) else []
        element.name = ""
        element.parts = [Element(name, attributes, filled=True, linked=True), *rest]

    def _frame(self, element: Element) -> None:
        # Text for browsers without frames is no part of the article. Elements in a frame are the
        # rest of the article after a frame that was not closed.
        rest = element.parts if any(isinstance(part, Element) for part in element.parts) else []
        typed = frame_address(element.attributes)
        address = self._resolve(typed, "page") if typed else None
        element.name = ""
        if element in self._copies and typed in self._framed:
            address = None
        elif not address:
            self._note(element, "the frame has no web address and is left out")
        if address:
            shown = self._shown(element, address, "frame")
            element.spaced = shown.spaced
            rest = [shown, *rest]
        element.parts = rest

    def _shown(self, element: Element, address: str, kind: str) -> Element:
        """Return a player that readers allow, else a link to an address."""
        url, given = quoted(address), element.attributes
        self._sites.add(site(address))
        labels = (given.get(key, "").strip() for key in ("title", "aria-label", "playlabel"))
        title = next(filter(None, labels), "")
        if plays(address):
            # A screen reader announces a frame by its title, at least by its host.
            attributes = {**given, "title": title or host(address), "src": url}
            return Element("iframe", attributes, filled=True, linked=True)
        self._note(element, f"the {kind} of {host(address)} is left out; readers get a link to it")
        return Element(
            "a", {"href": url}, parts=[title or url], filled=True, linked=True, spaced=True
        )

    def _object(self, element: Element) -> None:
        """Keep the contents of an object, which stand in for it, else a link to it."""
        params = [part.attributes for part in element.parts if isinstance(part, Element)]
        movies = [it for it in params if it.get("name", "").lower() in ("movie", "src")]
        names = [element.attributes.get(key, "") for key in ("data", "src")]
        typed = next(filter(None, [*names, *(it.get("value", "") for it in movies)]), "")
        if not element.filled and element.attributes.get("type", "").startswith("image/"):
            self._images[element] = typed
            self._image(element)
            return
        blocks.fallback(element)
        self._add_address(element, unescape(typed).strip())

    def _embed(self, element: Element) -> None:
        """Keep the contents of an element that a script fills, and the address it has."""
        typed = embed_address(element.name, element.attributes)
        if element.name not in _HOLDERS:
            blocks.unwrap(element)
        self._add_address(element, typed)

    def _add_address(self, element: Element, typed: str) -> None:
        """Add a link to an address, where nothing else in an element has one."""
        address = self._resolve(typed, "page") if typed else None
        if element.linked or (address and address.partition("#")[0] + "#" == self._page):
            return
        if address:
            element.parts.append(self._shown(element, address, "embed"))
        elif not element.filled and (element.name not in TAGS or self._is_of_maker(element)):
            self._note(element, "the embed has no address and is left out; add a link to it")

    def _link(self, element: Element) -> None:
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
            element.parts.append(label or re.sub("^(?:mailto|tel):", "", url))
            element.spaced = True
