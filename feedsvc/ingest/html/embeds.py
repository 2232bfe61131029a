"""Make embeds in safe HTML work in feed readers, which run no scripts and do not know the page.

Pictures that a script would have loaded are loaded at once, frames become players that readers
allow or links, and invisible pictures and links to footnotes are removed.
"""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

from feedsvc.ingest.html.tidy import BLANK, VOID
from feedsvc.model.players import PLAYERS
from feedsvc.model.text import TAG

Resolve = Callable[[str, str], str | None]
"""Takes an address as it was typed and the kind of file (``image``, ``media`` or ``page``).
Returns the address for readers; None if there is none."""

FRAME = "x-frame"
"""The name of iframes while HTML is parsed: within a real one everything is text."""

COPY = "data-copy"
"""The attribute of a picture from a ``<noscript>``."""

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
ATTRIBUTES = {
    "img": {*_LAZY, *_LAZY_SETS, "srcset", "style", COPY},
    FRAME: {*_LAZY, "src", "width", "height", "style", "title", "allowfullscreen"},
    "audio": {*_LAZY, "src"},
    "video": {*_LAZY, "src", "width", "height"},
    "source": {*_LAZY, *_LAZY_SETS, "src", "srcset"},
}
"""Attributes that are allowed until embeds are resolved, besides the safe ones."""

_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_CANDIDATES = re.compile(r",\s+|(?<=\d[wx]),|,$")
"""A separator of the pictures in a ``srcset``."""
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)[wx]")
_PLACEHOLDER = re.compile(r"(?:data|about):", re.IGNORECASE)
"""The beginning of an address in the place of one that a script loads later."""
_EMBED = re.compile(rf'<(?:img|source|audio|video|{FRAME})\b|href="[^"]*#')
_UNSEEN = re.compile(r"display:\s*none|(?:^|;)\s*(?:width|height):\s*[01](?:px)?\s*(?:;|$)")
_NOTE = re.compile(
    r"(?:user-content-)?(?:_?(?:fn|ftn|edn)|sdfootnote|sdendnote|(?:easy-)?(?:foot|end)note"
    r"|cite[_-](?:note|ref))(?:[-_:.]?(?:ref|back|\d)|[-_:]|$)",
    re.IGNORECASE,
)
"""The beginning of the names of footnotes, and of the references to them in the text."""
_BACK = re.compile(r"(?:ref|back)(?:$|[-_:.\d])|anc$", re.IGNORECASE)
"""The part of a name that marks a reference in the text, to which a footnote leads back."""

_NOSCRIPT = re.compile(
    r"<noscript\b[^<>]*>(?:(.*?)</noscript\b[^<>]*>|.*)", re.IGNORECASE | re.DOTALL
)
"""A ``<noscript>``; one that is not closed extends to the end."""
_COPIED = re.compile(r"""<img(?=\s)(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*>""", re.IGNORECASE)
_CLOSED = re.compile(r"<(iframe|audio|video)\b([^<>]*/)>", re.IGNORECASE)
"""An element that is closed as in XML, which HTML ignores."""
_IFRAME = re.compile(r"(</?)iframe\b", re.IGNORECASE)


def protect_embeds(markup: str) -> str:
    """Return HTML, as it was typed, so that parsing it loses no frame and no picture."""
    markup = _CLOSED.sub(r"<\1\2></\1>", _NOSCRIPT.sub(_copies, markup))
    return _IFRAME.sub(rf"\1{FRAME}", markup)


def _copies(noscript: re.Match[str]) -> str:
    """Return the pictures of a ``<noscript>``, marked as copies."""
    images = _COPIED.finditer(noscript[1] or "")
    return "".join(f'<img {COPY}=""{image[0][4:]}' for image in images)


def resolve_embeds(markup: str, page: str, resolve: Resolve) -> str:
    """Return safe HTML with real pictures and players, and without anchors of footnotes.

    :param page: the address of the article's page.
    """
    return _EmbedResolver(markup, page, resolve).resolved() if _EMBED.search(markup) else markup


class _EmbedResolver:
    """Goes through the tags of an article's body once."""

    def __init__(self, markup: str, page: str, resolve: Resolve) -> None:
        self._markup = markup
        self._page = urljoin(page, "#").rstrip("#") + "#"
        self._resolve = resolve
        self._tags = list(TAG.finditer(markup))
        self._attributes: list[dict[str, str]] = [
            dict(_ATTRIBUTE.findall(tag[3])) for tag in self._tags
        ]
        self._removed: set[int] = set()
        """Indexes of closing tags that are removed with their opening ones."""
        self._ends = self._closing_tags()
        self._images = self._shown_images()

    def resolved(self) -> str:
        steps = {
            "a": self._anchor,
            "audio": self._player,
            "video": self._player,
            "img": self._image,
            FRAME: self._frame,
        }
        out, at = list[str](), 0
        for index, tag in enumerate(self._tags):
            if tag.start() < at:
                continue
            out.append(self._markup[at : tag.start()])
            at = tag.end()
            if tag[1]:
                out.append("" if index in self._removed or tag[2] == FRAME else tag[0])
            elif tag[2] in steps:
                html, at = steps[tag[2]](index)
                out.append(html)
            elif tag[2] != "source":  # the player or picture around it has its address
                out.append(tag[0])
        return "".join([*out, self._markup[at:]])

    def _closing_tags(self) -> dict[int, int]:
        """Return the index of each closing tag by that of its opening tag."""
        ends, opened = dict[int, int](), list[int]()
        for index, tag in enumerate(self._tags):
            if tag[1]:
                ends[opened.pop()] = index
            elif tag[2] not in VOID:
                opened.append(index)
        return ends

    def _shown_images(self) -> dict[int, str]:
        """Return the addresses of the pictures that are shown, by the index of their tags."""
        images, copies, offered = dict[int, str](), dict[int, str](), ""
        for index, tag in enumerate(self._tags):
            attributes = self._attributes[index]
            if tag[2] == "source":
                offered = _real_address(attributes)
            elif tag[2] == "img" and not _unseen(attributes):
                address = _real_address(attributes) or offered
                (copies if COPY in attributes else images)[index] = address
                offered = ""
        images = {index: it for index, it in images.items() if not self._has_copy(index, copies)}
        shown = set(images.values())
        for index, address in copies.items():
            if address not in shown:
                images[index] = address
                shown.add(address)
        return images

    def _has_copy(self, index: int, copies: dict[int, str]) -> bool:
        """Return whether a picture is followed at once by its copy, which is the real one."""
        following = index + 1
        while following < len(self._tags) and self._tags[following][1]:
            following += 1
        if not copies.get(following):
            return False
        between = self._markup[self._tags[index].end() : self._tags[following].start()]
        return BLANK.fullmatch(TAG.sub("", between)) is not None

    def _image(self, index: int) -> tuple[str, int]:
        typed = self._images.get(index)
        address = self._resolve(typed, "image") if typed else None
        allowed = "alt dir height lang src title width"
        html = _element("img", self._attributes[index], allowed, address) if address else ""
        return html, self._tags[index].end()

    def _player(self, index: int) -> tuple[str, int]:
        tag, close = self._tags[index], self._ends[index]
        self._removed.add(close)
        first = index + 1
        while self._tags[first][2] == "source":
            first += 1
        typed = next((it for it in map(_real_address, self._attributes[index:first]) if it), "")
        address = self._resolve(typed, "media") if typed else None
        if not address:
            return "", tag.end()
        attributes = {**self._attributes[index], "controls": ""}
        opening = _element(tag[2], attributes, "controls height src width", address)
        # Text for browsers that cannot play is no part of the article. Elements may be: a link, or
        # the rest of the article after a player that was not closed.
        end = self._tags[close].end() if first == close else tag.end()
        return f"{opening}</{tag[2]}>", end

    def _frame(self, index: int) -> tuple[str, int]:
        tag, close = self._tags[index], self._ends[index]
        # Text for browsers without frames is no part of the article. Elements in a frame are the
        # rest of the article after a frame that was not closed.
        end = self._tags[close].end() if close == index + 1 else tag.end()
        attributes = self._attributes[index]
        typed = "" if _unseen(attributes) else _real_address(attributes)
        address = self._resolve(typed, "page") if typed else None
        if not address:
            return "", end
        title = attributes.get("title", "").strip()
        if not _plays(address):
            return f'<a href="{_quoted(address)}">{title or _quoted(address)}</a>', end
        if not title:  # a screen reader announces a frame by its title, at least by its host
            attributes = {**attributes, "title": urlsplit(address).hostname or ""}
        allowed = "allowfullscreen height src title width"
        return _element("iframe", attributes, allowed, address) + "</iframe>", end

    def _anchor(self, index: int) -> tuple[str, int]:
        """Replace a reference to a footnote by its text; remove a link back from a footnote."""
        tag = self._tags[index]
        href = unescape(self._attributes[index].get("href", ""))
        name = href.removeprefix(self._page)
        if name == href or not _NOTE.match(name):
            return tag[0], tag.end()
        close = self._ends[index]
        self._removed.add(close)
        text = unescape(TAG.sub("", self._markup[tag.end() : self._tags[close].start()]))
        words = any(letter.isalnum() for letter in text)
        back = _BACK.search(name) if words else re.search("[\u2190-\u21ff\u2934\u2b06^]", text)
        remove = back and not any(letter.isdigit() for letter in text)
        return "", self._tags[close].end() if remove else tag.end()


def _real_address(attributes: dict[str, str]) -> str:
    """Return the address that a script would load, else the plain one."""
    lazy = [attributes.get(name, "") for name in _LAZY]
    lazy += [_largest(attributes.get(name, "")) for name in _LAZY_SETS]
    plain = [attributes.get("src", ""), _largest(attributes.get("srcset", ""))]
    # Some scripts keep settings where others keep the address.
    typed = [each for each in lazy if re.search("[./]", each) and each[0] not in "{["] + plain
    addresses = (unescape(each).strip() for each in typed)
    return next((it for it in addresses if it and not _PLACEHOLDER.match(it)), "")


def _largest(candidates: str) -> str:
    """Return the largest picture of a ``srcset``."""
    parts = (part.split() for part in _CANDIDATES.split(candidates))
    images = [(_size(part[1:]), part[0]) for part in parts if part]
    return max(images, key=lambda image: image[0])[1] if images else ""


def _size(descriptors: list[str]) -> float:
    size = _DESCRIPTOR.fullmatch(descriptors[0]) if descriptors else None
    return float(size[1]) if size else 1.0


def _unseen(attributes: dict[str, str]) -> bool:
    """Return whether a picture or frame is invisible, such as one that only counts readers."""
    sizes = [
        attributes[name].removesuffix("px") for name in ("width", "height") if name in attributes
    ]
    small = bool(sizes) and all(size.strip() in ("0", "1") for size in sizes)
    return small or _UNSEEN.search(attributes.get("style", "")) is not None


def _plays(address: str) -> bool:
    parts = urlsplit(address)
    known = PLAYERS.get(parts.netloc.lower(), "//")
    path = unquote(parts.path)
    return parts.scheme == "https" and path.startswith(known) and ".." not in path


def _element(name: str, attributes: dict[str, str], allowed: str, address: str) -> str:
    """Return a tag with its address and its allowed attributes."""
    shown = {**attributes, "src": _quoted(address)}
    kept = [f' {key}="{value}"' for key, value in shown.items() if key in allowed.split()]
    return f"<{name}{''.join(kept)}>"


def _quoted(url: str) -> str:
    return re.sub('[&<>"]', lambda char: f"&#{ord(char[0])};", url).replace("&#38;", "&amp;")
