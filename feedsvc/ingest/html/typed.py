"""Prepare HTML as it was typed, so that parsing it loses no frame, no picture and no words.

Each tag that may lead to a note gets an attribute with its place.
"""

import re

from msgspec import Struct

from feedsvc.ingest.html.allowed import FORMULA_TAGS, TAGS

AT = "data-at"
"""The attribute with the place of a tag in the HTML as it was typed."""
FRAME = "x-frame"
"""The name of iframes while HTML is parsed: within a real one everything is text."""
NOSCRIPT = "x-noscript"
SCRIPT = "x-script"
"""A script with an address; it is parsed without its contents."""
DRAWING = "x-svg"
PART = "x-part"
"""An element that readers do not know, of which they get at least the address."""

_RENAMED = {
    "acronym": "abbr",
    "iframe": FRAME,
    "listing": "pre",
    "noscript": NOSCRIPT,
    "strike": "s",
    "tt": "code",
    "xmp": "pre",
}
_VOCABULARIES = {"svg", "math"}
"""Elements of which the contents are written in a vocabulary of their own."""
_STRAY = (FORMULA_TAGS - {"math"}) | set("annotation desc g maction symbol text tspan".split())
"""Parts of formulas and drawings; outside of these nh3 would drop the words in them."""
_PARTS = set("applet area bgsound fencedframe frame input portal track".split())
"""Elements that leave no words, but perhaps an address."""
_PART_NAMES = {"area": "area of a picture", "input": "button", "track": "text for a film"}
_DROPPED = set("noembed noframes script style textarea title xml".split())
"""Elements whose contents are text for the parser, and no text of the article."""
_CLOSED = {"audio", "iframe", "video"}
"""Elements that people close as in XML, which HTML ignores."""
_FORMATTING = set("a b big code em font i nobr s small strike strong tt u".split())
"""Elements that a parser may repeat; it stops after three that are the same (HTML §13.2.4.3)."""

_PLAIN_NAMES = (TAGS - {"figure", "img"}) | {"h1"}
_PLAIN = "|".join(sorted(_PLAIN_NAMES, key=len))
_MEANINGFUL = re.compile(r"\s(?:background|class|data-|hidden|popover|style)", re.IGNORECASE)
"""Attributes of which something may become a note."""
_TOKEN = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))|<(?!/?(?:{_PLAIN})>)(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)(?=[\s/>])"""
    r"""(?P<rest>(?:[^<>=]|=\s*"[^"]*"|=\s*'[^']*'|=)*+)>?""",
    re.IGNORECASE | re.DOTALL,
)
"""A comment, or a tag that may be more than a plain element."""
_UNUSUAL_TAG = re.compile(rf"<(?:/?(?!(?:{_PLAIN})[\s/>])[a-z]|a\s[^<>]*>\s*</a)")
_UNUSUAL_WORDS = {
    "#": r"#(?<!&#)",
    **{it: it for it in "embed elfsight fb- twitter- instagram- reddit- tiktok-".split()},
    **{it: rf"\s{it}\s*=" for it in ("background", "style")},
    **{it: rf"\s{it}[\s=/>]" for it in ("hidden", "popover")},
    "data-": r"\sdata-",
}
"""Signs of more than plain elements in a tag, or in the words behind one, each by a part of it: to
look for the parts takes a fiftieth of the time."""
_UNUSUAL = re.compile("|".join(_UNUSUAL_WORDS.values()))
_ATTRIBUTE = re.compile(
    r"""\s(aria-label|alttext|aria-hidden|src|type)\s*=\s*("[^"]*"|\'[^\']*\'|[^\s>]+)""",
    re.IGNORECASE,
)
_ANNOTATION = re.compile(
    r"<(annotation(?:-xml)?|style|script)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TEX = re.compile(
    r"<annotation\s[^<>]{0,200}?\btex\b[^<>]{0,200}>([^<]+)</annotation", re.IGNORECASE
)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]+)</title", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>?")


class Marked(Struct, frozen=True):
    """HTML whose tags have their places."""

    markup: str
    names: frozenset[str]
    """Of elements that only scripts know, such as ``amp-img``, and of ones that have a style."""


def is_unusual(markup: str) -> bool:
    """Return whether HTML has more than plain elements, which need no work on their tree."""
    lower = markup.lower()  # a pattern that ignores case takes ten times as long
    first = lower.find("<")
    if first < 0:
        return False
    if any(map(lower.__contains__, _UNUSUAL_WORDS)) and _UNUSUAL.search(lower, first):
        return True
    return _UNUSUAL_TAG.search(lower, first) is not None


def tag_at(markup: str, place: int) -> str:
    """Return the tag at a place of HTML, as it was typed."""
    tag = _TOKEN.match(markup, place)
    return tag[0] if tag else ""


def mark(markup: str) -> Marked:
    """Return HTML whose tags have their places and whose parts all parse as elements."""
    marker = _Marker(markup)
    return Marked(marker.marked(), frozenset(marker.names))


class _Marker:
    """Goes through the tags of HTML once."""

    def __init__(self, markup: str) -> None:
        self.names = set[str]()
        self._markup = markup
        self._in_noscript = False
        self._unclosed = set[str]()
        """Names of elements that are not closed any more."""

    def marked(self) -> str:
        out, at = list[str](), 0
        while tag := _TOKEN.search(self._markup, at):
            out.append(self._markup[at : tag.start()])
            html, at = self._tag(tag)
            out.append(html)
        return "".join([*out, self._markup[at:]])

    def _tag(self, tag: re.Match[str]) -> tuple[str, int]:
        """Return a tag for the parser, and where its element ends if its contents are done."""
        name = (tag["name"] or "").lower()
        if not name or name in _STRAY:
            return "", tag.end()
        if name in _PARTS:
            return _part(tag, name), tag.end()
        if not tag["end"] and (name in _DROPPED or name in _VOCABULARIES):
            return self._replaced(tag, name)
        if "-" in name or name == "font":
            self.names.add(name)
        return self._named(tag, name), tag.end()

    def _replaced(self, tag: re.Match[str], name: str) -> tuple[str, int]:
        """Return the replacement of an element whose contents a parser must not see."""
        inside, end = self._contents(tag, name)
        if inside is None:
            stays = name in _VOCABULARIES or name == "textarea"
            return "", tag.end() if stays else len(self._markup)
        if name in _DROPPED:
            return _STAND_INS.get(name, _nothing)(tag, inside), end
        return (_drawing if name == "svg" else _formula)(tag, inside), end

    def _named(self, tag: re.Match[str], name: str) -> str:
        new, rest = _RENAMED.get(name, name), tag["rest"]
        if new == NOSCRIPT:
            if self._in_noscript and not tag["end"]:
                return ""  # an element of this kind has none of its kind in it
            self._in_noscript = not tag["end"]
        if tag["end"]:
            return f"</{new}{rest}>"
        closed = rest.endswith("/") and (name in _CLOSED or "-" in name)
        marked = name not in _PLAIN_NAMES or _MEANINGFUL.search(rest)
        # A link is never within another, so no two of them are repeated together.
        marked = "#" in rest if name == "a" else marked and name not in _FORMATTING
        place = f' {AT}="{tag.start()}"' if marked else ""
        return f"<{new}{place}{rest}>{f'</{new}>' if closed else ''}"

    def _contents(self, tag: re.Match[str], name: str) -> tuple[str | None, int]:
        """Return the contents of an element and its end; None where it is not closed."""
        if tag["rest"].endswith("/") and name in _VOCABULARIES:
            return "", tag.end()
        close = None
        if name not in self._unclosed:
            close = re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.IGNORECASE).search(
                self._markup, tag.end()
            )
        if close is None:
            self._unclosed.add(name)
            return None, tag.end()
        return self._markup[tag.end() : close.start()], close.end()


def _given(tag: re.Match[str]) -> dict[str, str]:
    return {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(tag[0])}


def _script(tag: re.Match[str], inside: str) -> str:
    """Return the address of a script for its note, or the formula that the script would show."""
    given = _given(tag)
    if given.get("type", "").startswith("math/tex"):
        words = inside.strip().replace("<", "&lt;")
        return f"$${words}$$" if "display" in given["type"] else rf"\({words}\)"
    address = given.get("src", "").replace('"', "")
    return f'<{SCRIPT} {AT}="{tag.start()}" src="{address}"></{SCRIPT}>' if address else ""


def _typed_words(_tag: re.Match[str], inside: str) -> str:
    """Return the words of a text field, which have a line of their own as labels have."""
    words = inside.strip().replace("<", "&lt;")
    return f" <label>{words}</label>" if words else ""


def _nothing(_tag: re.Match[str], _inside: str) -> str:
    return ""


_STAND_INS = {"script": _script, "textarea": _typed_words}
"""Replacements of elements whose contents are text for the parser."""


def _part(tag: re.Match[str], name: str) -> str:
    """Return an element with the attributes of one that readers do not know, and no contents."""
    if tag["end"] or (name == "input" and _given(tag).get("type", "").lower() != "image"):
        return ""
    kind = _PART_NAMES.get(name, name)
    return f'<{PART} {AT}="{tag.start()}" data-kind="{kind}"{tag["rest"].rstrip("/")}></{PART}>'


def _formula(tag: re.Match[str], inside: str) -> str:
    """Return a formula with the words for readers that do not know its elements."""
    tex, label = _TEX.search(inside), ""
    if tex and not _given(tag).get("alttext"):
        words = tex[1].strip().replace('"', "&quot;")
        label = f' alttext="{words}"'
    rest = tag["rest"].rstrip("/")
    return f'<math {AT}="{tag.start()}"{label}{rest}>{_ANNOTATION.sub("", inside)}</math>'


def _drawing(tag: re.Match[str], inside: str) -> str:
    """Return the label of a drawing, else its words."""
    given = _given(tag)
    if given.get("aria-hidden") == "true":
        return ""
    title = _TITLE.search(inside)
    label = given.get("aria-label") or (title[1] if title else "")
    words = label or " ".join(_ANY_TAG.sub(" ", _ANNOTATION.sub(" ", inside)).split())
    words = words.replace("<", "&lt;")
    return f'<{DRAWING} {AT}="{tag.start()}"{tag["rest"].rstrip("/")}>{words}</{DRAWING}>'
