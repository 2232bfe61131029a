"""Make the parts of a page that need its scripts or its style work in feed readers.

Pictures that a script would have loaded are loaded at once, frames become players that readers
allow or links, hidden parts are left out, and every loss becomes a note.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from html import unescape
from urllib.parse import urljoin

from feedsvc.ingest.html import blocks, formulas
from feedsvc.ingest.html.addresses import (
    BACKGROUNDS,
    background_address,
    embed_address,
    frame_address,
    host,
    is_embed,
    part_address,
    plays,
    quoted,
    real_address,
    site,
)
from feedsvc.ingest.html.allowed import TAGS
from feedsvc.ingest.html.file_links import address_words, is_file_link
from feedsvc.ingest.html.hidden import FRAMES, remove_hidden
from feedsvc.ingest.html.images import IMAGES, shown_images
from feedsvc.ingest.html.links import Links
from feedsvc.ingest.html.tree import Element, read_tree, written
from feedsvc.ingest.html.typed import AT, PART, SCRIPT
from feedsvc.ingest.html.typefaces import with_elements
from feedsvc.ingest.html.visibility import without_points
from feedsvc.ingest.html.word_lists import with_lists

Resolve = Callable[[str, str], str | None]
"""Takes an address as it was typed and the kind of file (``image``, ``media`` or ``page``).
Returns the address for readers; None if there is none."""

Report = Callable[[int, str], None]
"""Takes the place of a tag in the HTML as it was typed, and a message about it."""

SCHEME = re.compile("//|[a-zA-Z][a-zA-Z0-9+.-]*:")
"""The beginning of an address that is no file of the newsroom."""

_PLAYERS = {"amp-audio": "audio", "amp-video": "video", "audio": "audio", "video": "video"}
_ROWS = {"colgroup", "tbody", "tfoot", "thead", "tr"}
_BARE = {"a", "br", "col", "hr", "img", *_ROWS, *FRAMES, *_PLAYERS}
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
            "button": blocks.fallback,
            "label": blocks.label,
            "embed": self._object,
            "form": self._form,
            "math": formulas.label,
            "object": self._object,
            "option": blocks.fallback,
            PART: self._part,
            "picture": self._image,
            **dict.fromkeys(IMAGES, self._image),
            "oembed": self._embed,
            **dict.fromkeys(FRAMES, self._frame),
            **dict.fromkeys(_PLAYERS, self._player),
        }

    def resolve_all(self) -> None:
        self._copies = remove_hidden(self._elements, self._note)
        if any("style" in element.attributes for element in self._elements):
            with_lists(self._elements)
            self._elements = with_elements(self._elements)
        self._scripted = {"oembed", *(it.name for it in self._elements if "-" in it.name)} - {
            SCRIPT,
        }
        self._images = shown_images(self._elements, self._copies)
        shown = [element for element in self._elements if not element.removed]
        links = Links(self._page, shown)
        self._steps["a"] = links.improve
        self._framed = {
            frame_address(frame.attributes)
            for frame in shown
            if frame.name in FRAMES and frame not in self._copies
        }
        for element in reversed(shown):
            if element.changed:
                element.update()
            step = self._step_of(element)
            if step:
                step(element)
            if self._add_background(element) or step:
                element.update()
                element.changed = True
            if element.changed and element.parent:
                element.parent.changed = True
        links.join(shown, self._note)
        self._note_scripts(shown)

    def _note(self, element: Element, message: str) -> None:
        self._report(int(element.attributes.get(AT, "-1")), message)

    def _step_of(self, element: Element) -> Callable[[Element], None] | None:
        """Return how an element is replaced; None where it stays."""
        name = element.name
        whole = name == "a" and element.filled and "#" not in element.attributes.get("href", "")
        if whole or (name == "picture" and element not in self._images):
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
        return is_embed(element.attributes)

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
            blocks.image(element, without_points({**element.attributes, "src": quoted(address)}))
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
        poster = unescape(attributes.pop("poster", "")).strip()
        # A film without its first picture is one all the same, so a missing one is only noted.
        kind = "image" if SCHEME.match(poster) else "link"
        if poster and (picture := self._resolve(poster, kind)):
            attributes["poster"] = quoted(picture)
        # Text for browsers that cannot play is no part of the article. Elements may be: a link, or
        # the rest of the article after a player that was not closed.
        tracks = [part for part in inner if "data-kind" in part.attributes]
        rest = element.parts if len(inner) > len(sources) + len(tracks) else tracks
        element.name = ""
        element.parts = [Element(name, attributes, filled=True, linked=True), *rest]

    def _frame(self, element: Element) -> None:
        # Text for browsers without frames is no part of the article. Elements in a frame are the
        # rest of the article after a frame that was not closed.
        rest = element.parts if any(isinstance(part, Element) for part in element.parts) else []
        typed = frame_address(element.attributes)
        address = self._address(typed)
        element.name = ""
        copy = element in self._copies and typed in self._framed
        if not (copy or address):
            self._note(element, "the frame has no web address and is left out")
        if address and not copy:
            shown = self._shown(element, address, "frame")
            element.spaced = shown.spaced
            rest = [shown, *rest]
        element.parts = rest

    def _shown(self, element: Element, address: str, kind: str) -> Element:
        """Return a player that readers allow, else a link to an address."""
        url, given = quoted(address), element.attributes
        self._sites.add(site(address))
        names = ("title", "data-title", "aria-label", "playlabel", "label", "alt")
        labels = (given.get(key, "").strip() for key in names)
        title = next(filter(None, labels), "")
        if plays(address):
            # A screen reader announces a frame by its title, at least by its host.
            attributes = without_points({**given, "title": title or host(address), "src": url})
            return Element("iframe", attributes, filled=True, linked=True)
        words = address_words(address)
        name = host(words)
        self._note(element, f"the {kind} of {name} is left out; readers get a link to it")
        return blocks.link(url, title or quoted(words))

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

    def _part(self, element: Element) -> None:
        """Replace an element that readers do not know by a link to its address."""
        typed, kind = part_address(element.attributes), element.attributes.get("data-kind", "")
        address = self._address(typed)
        element.name = ""
        if address:
            element.parts = [self._shown(element, address, kind)]
            element.spaced = True
        elif typed:
            self._note(element, f"the {kind} has no web address and is left out")

    def _address(self, typed: str) -> str | None:
        """Return the address of a file of the newsroom or of a page; None if there is none."""
        linked = self._resolve(typed, "link") if is_file_link(typed) else None
        return linked or (self._resolve(typed, "page") if typed else None)

    def _form(self, element: Element) -> None:
        blocks.form(self._note, element)
        typed = unescape(element.attributes.get("action", "")).strip()
        if SCHEME.match(typed) and site(typed) != site(self._page):
            self._note(element, f"readers get a link to {host(typed)} in the place of its controls")
            element.parts.append(blocks.link(quoted(typed), quoted(typed)))

    def _add_background(self, element: Element) -> bool:
        """Add a link to the picture behind the words of an element, which readers do not see."""
        bare = element.removed or element.name in _BARE
        if bare or element.attributes.keys().isdisjoint(BACKGROUNDS):
            return False
        address = self._address(background_address(element.attributes))
        if address:
            self._note(element, "the picture behind the text is left out; readers get a link to it")
            blocks.append(element, blocks.link(quoted(address), quoted(address)))
        return address is not None

    def _embed(self, element: Element) -> None:
        """Keep the contents of an element that a script fills, and the address it has."""
        typed = embed_address(element.name, element.attributes)
        if element.name not in _HOLDERS:
            blocks.unwrap(element)
        if self._is_of_maker(element) and not blocks.has_link(element):
            element.linked = False  # a picture alone stands for more than it shows
        self._add_address(element, typed)

    def _add_address(self, element: Element, typed: str) -> None:
        """Add a link to an address, where nothing else in an element has one."""
        address = self._address(typed)
        if element.linked or (address and address.partition("#")[0] + "#" == self._page):
            return
        if address:
            element.parts.append(self._shown(element, address, "embed"))
        elif not element.filled and (element.name not in TAGS or self._is_of_maker(element)):
            self._note(element, "the embed has no address and is left out; add a link to it")
