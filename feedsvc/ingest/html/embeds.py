"""Safe HTML made good for readers, which run no scripts and know nothing of the page.

Pictures that a script would have loaded are there at once, players are those that readers allow,
and what points into the page or shows nothing is gone.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from feedsvc.ingest.html.tidy import BLANK, TAG, VOID
from feedsvc.model.players import PLAYERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Resolve = Callable[[str, str], str | None]
    """Takes an address as it was typed and the kind of file (``image``, ``media`` or ``page``);
    gives the address for readers, or None where there is none."""

FRAME = "x-frame"
"""What an iframe is called while HTML is parsed: within a real one everything is text."""

COPY = "data-copy"
"""The attribute of a picture that stood in a ``<noscript>``."""

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
ATTRIBUTES = {
    "img": {*_LAZY, *_LAZY_SETS, "srcset", "style", COPY},
    FRAME: {*_LAZY, "src", "width", "height", "style", "title", "allowfullscreen"},
    "audio": {*_LAZY, "src"},
    "video": {*_LAZY, "src", "width", "height"},
    "source": {*_LAZY, *_LAZY_SETS, "src", "srcset"},
}
"""What elements may have until they are finished, besides what any reader may see."""

_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_CANDIDATES = re.compile(r",\s+|(?<=\d[wx]),|,$")
"""What parts the pictures of a ``srcset``."""
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)[wx]")
_NOTHING = re.compile(r"(?:data|about):", re.IGNORECASE)
"""What addresses begin with that stand for something not loaded yet."""
_FINISHED = re.compile(rf'<(?:img|source|audio|video|{FRAME})\b|href="[^"]*#')
_UNSEEN = re.compile(r"display:\s*none|(?:^|;)\s*(?:width|height):\s*[01](?:px)?\s*(?:;|$)")
_NOTE = re.compile(
    r"(?:user-content-)?(?:_?(?:fn|ftn|edn)|sdfootnote|sdendnote|(?:easy-)?(?:foot|end)note"
    r"|cite[_-](?:note|ref))(?:[-_:.]?(?:ref|back|\d)|[-_:]|$)",
    re.IGNORECASE,
)
"""What the names of footnotes, and of the places that they are called from, begin with."""
_BACK = re.compile(r"(?:ref|back)(?:$|[-_:.\d])|anc$", re.IGNORECASE)
"""What tells that a name is that of a place in the text, which a footnote leads back to."""

_NOSCRIPT = re.compile(r"<(/?)noscript\b[^<>]*>", re.IGNORECASE)
_COPIED = re.compile(r"""<img(?=\s)(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*>""", re.IGNORECASE)
_CLOSED = re.compile(r"<(iframe|audio|video)\b([^<>]*/)>", re.IGNORECASE)
"""An element that ends as it would in XML, but not in HTML."""
_IFRAME = re.compile(r"(</?)iframe\b", re.IGNORECASE)


def protect_embeds(markup: str) -> str:
    """Return HTML, as it was typed, so that parsing it loses no frame and no picture."""
    markup = _CLOSED.sub(r"<\1\2></\1>", "".join(_without_noscript(markup)))
    return _IFRAME.sub(rf"\1{FRAME}", markup)


def _without_noscript(markup: str) -> Iterator[str]:
    """Leave of each ``<noscript>`` its pictures, marked as copies."""
    at, inside = 0, False
    for tag in _NOSCRIPT.finditer(markup):
        if inside == bool(tag[1]):
            part = markup[at : tag.start()]
            yield _copies(part) if inside else part
            inside = not inside
            at = tag.end()
    yield "" if inside else markup[at:]


def _copies(markup: str) -> str:
    return "".join(f'<img {COPY}=""{found[0][4:]}' for found in _COPIED.finditer(markup))


def resolve_embeds(markup: str, page: str, resolve: Resolve) -> str:
    """Return safe HTML with real pictures and players, and without anchors of footnotes.

    :param page: where the article is read.
    """
    return _Finisher(markup, page, resolve).whole() if _FINISHED.search(markup) else markup


class _Finisher:
    """Goes through the tags of a text once."""

    def __init__(self, markup: str, page: str, resolve: Resolve) -> None:
        self._markup = markup
        self._page = urljoin(page, "#").rstrip("#") + "#"
        self._resolve = resolve
        self._tags = list(TAG.finditer(markup))
        self._gone: set[int] = set()
        """Closing tags that go with their opening ones."""
        self._ends = self._match()
        self._pictures = self._choose()

    def whole(self) -> str:
        steps = {
            "a": self._anchor,
            "audio": self._player,
            "video": self._player,
            "img": self._picture,
            FRAME: self._frame,
            "source": self._source,
        }
        out, at = list[str](), 0
        for index, tag in enumerate(self._tags):
            if tag.start() < at:
                continue
            out.append(self._markup[at : tag.start()])
            at = tag.end()
            if tag[1]:
                out.append("" if index in self._gone or tag[2] == FRAME else tag[0])
            elif tag[2] in steps:
                written, at = steps[tag[2]](index)
                out.append(written)
            else:
                out.append(tag[0])
        return "".join([*out, self._markup[at:]])

    def _match(self) -> dict[int, int]:
        """Return which tag closes which."""
        found, opened = dict[int, int](), list[int]()
        for index, tag in enumerate(self._tags):
            if tag[1]:
                found[opened.pop()] = index
            elif tag[2] not in VOID:
                opened.append(index)
        return found

    def _choose(self) -> dict[int, str]:
        """Return which pictures are shown, by the index of their tags, and their addresses."""
        found, copies, offered = dict[int, str](), dict[int, str](), ""
        for index, tag in enumerate(self._tags):
            attributes = dict(_ATTRIBUTE.findall(tag[3]))
            if tag[2] == "source":
                offered = _real(attributes)
            elif tag[2] == "img" and not _unseen(attributes):
                real = _real(attributes) or offered
                (copies if COPY in attributes else found)[index] = real
                offered = ""
        found = {index: real for index, real in found.items() if not self._copied(index, copies)}
        shown = set(found.values())
        for index, real in copies.items():
            if real not in shown:
                found[index] = real
                shown.add(real)
        return found

    def _copied(self, index: int, copies: dict[int, str]) -> bool:
        """Tell whether a picture is followed at once by its copy, which is the real one."""
        following = index + 1
        while following < len(self._tags) and self._tags[following][1]:
            following += 1
        if not copies.get(following):
            return False
        between = self._markup[self._tags[index].end() : self._tags[following].start()]
        return BLANK.fullmatch(TAG.sub("", between)) is not None

    def _picture(self, index: int) -> tuple[str, int]:
        tag = self._tags[index]
        real = self._pictures.get(index)
        address = self._resolve(real, "image") if real else None
        return _element("img", tag[3], "alt dir height lang src title width", address), tag.end()

    def _player(self, index: int) -> tuple[str, int]:
        tag = self._tags[index]
        close = self._ends[index]
        self._gone.add(close)
        first = index + 1
        while self._tags[first][2] == "source":
            first += 1
        sources = [each[3] for each in self._tags[index:first]]
        found = next(filter(None, (_real(dict(_ATTRIBUTE.findall(each))) for each in sources)), "")
        address = self._resolve(found, "media") if found else None
        if not address:
            return "", tag.end()
        written = _element(tag[2], tag[3] + ' controls=""', "controls height src width", address)
        # Words for browsers that cannot play are no words of the article. Elements may be: a link,
        # or what follows a player that nobody closed.
        end = self._tags[close].end() if first == close else tag.end()
        return f"{written}</{tag[2]}>", end

    def _source(self, index: int) -> tuple[str, int]:
        """Leave nothing: its address is that of the player or the picture around it."""
        return "", self._tags[index].end()

    def _frame(self, index: int) -> tuple[str, int]:
        tag, close = self._tags[index], self._ends[index]
        # Words for browsers without frames are no words of the article. Where there are elements
        # nobody closed the frame, and what follows it got into it.
        end = self._tags[close].end() if close == index + 1 else tag.end()
        attributes = dict(_ATTRIBUTE.findall(tag[3]))
        real = "" if _unseen(attributes) else _real(attributes)
        address = self._resolve(real, "page") if real else None
        if not address:
            return "", end
        if _plays(address):
            kept = "allowfullscreen height src title width"
            # Those who do not see a frame are told what it is, at least by its host.
            named = bool(attributes.get("title", "").strip())
            given = tag[3] if named else f'{tag[3]} title="{urlsplit(address).hostname}"'
            return _element("iframe", given, kept, address) + "</iframe>", end
        words = attributes.get("title", "").strip() or _quoted(address)
        return f'<a href="{_quoted(address)}">{words}</a>', end

    def _anchor(self, index: int) -> tuple[str, int]:
        """Leave of a footnote's reference its text, and of the way back nothing."""
        tag = self._tags[index]
        href = unescape(dict(_ATTRIBUTE.findall(tag[3])).get("href", ""))
        name = href.removeprefix(self._page)
        if name == href or not _NOTE.match(name):
            return tag[0], tag.end()
        close = self._ends[index]
        self._gone.add(close)
        text = unescape(TAG.sub("", self._markup[tag.end() : self._tags[close].start()]))
        words = any(letter.isalnum() for letter in text)
        back = _BACK.search(name) if words else re.search("[\u2190-\u21ff\u2934\u2b06^]", text)
        leave = back and not any(letter.isdigit() for letter in text)
        return "", self._tags[close].end() if leave else tag.end()


def _real(attributes: dict[str, str]) -> str:
    """Return the address that a script would load, else the one that is there."""
    lazy = [attributes.get(name, "") for name in _LAZY]
    lazy += [_largest(attributes.get(name, "")) for name in _LAZY_SETS]
    there = [attributes.get("src", ""), _largest(attributes.get("srcset", ""))]
    # Some scripts keep settings where others keep the address.
    found = [each for each in lazy if re.search("[./]", each) and each[0] not in "{["] + there
    chosen = (unescape(each).strip() for each in found)
    return next((each for each in chosen if each and not _NOTHING.match(each)), "")


def _largest(candidates: str) -> str:
    """Return the largest picture of a ``srcset``."""
    parts = (part.split() for part in _CANDIDATES.split(candidates))
    found = [(_size(part[1:]), part[0]) for part in parts if part]
    return max(found, key=lambda each: each[0])[1] if found else ""


def _size(descriptors: list[str]) -> float:
    told = _DESCRIPTOR.fullmatch(descriptors[0]) if descriptors else None
    return float(told[1]) if told else 1.0


def _unseen(attributes: dict[str, str]) -> bool:
    """Tell whether something counts readers, and shows them nothing."""
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


def _element(name: str, written: str, kept: str, address: str | None) -> str:
    """Return a tag with those of its attributes that readers may see; empty without an address."""
    if not address:
        return ""
    attributes = dict(_ATTRIBUTE.findall(written))
    attributes["src"] = _quoted(address)
    told = [f' {key}="{value}"' for key, value in attributes.items() if key in kept.split()]
    return f"<{name}{''.join(told)}>"


def _quoted(url: str) -> str:
    return re.sub('[&<>"]', lambda found: f"&#{ord(found[0])};", url).replace("&#38;", "&amp;")
