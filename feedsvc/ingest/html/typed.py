"""Prepare HTML as it was typed, so that parsing it loses no frame, no picture and no words.

Each tag that may lead to a note gets an attribute with its place.
"""

import re

from msgspec import Struct

from feedsvc.ingest.html.allowed import TAGS

AT = "data-at"
"""The attribute with the place of a tag in the HTML as it was typed."""
FRAME = "x-frame"
"""The name of iframes while HTML is parsed: within a real one everything is text."""
NOSCRIPT = "x-noscript"
SCRIPT = "x-script"
"""A script with an address; it is parsed without its contents."""
DRAWING = "x-svg"
FORMULA = "x-math"

_RENAMED = {"iframe": FRAME, "noscript": NOSCRIPT}
_TEXTS = {"svg": DRAWING, "math": FORMULA}
"""Elements of other vocabularies, of which the words stay."""
_DROPPED = set("noembed noframes script style textarea title".split())
"""Elements whose contents are text for the parser, and no text of the article."""
_CLOSED = {"audio", "iframe", "video"}
"""Elements that people close as in XML, which HTML ignores."""
_FORMATTING = set("a b big code em font i nobr s small strike strong tt u".split())
"""Elements that a parser may repeat; it stops after three that are the same (HTML §13.2.4.3)."""

_PLAIN_NAMES = (TAGS - {"figure", "img"}) | {"h1"}
_PLAIN = "|".join(sorted(_PLAIN_NAMES, key=len))
_MEANINGFUL = re.compile(r"\s(?:class|data-|hidden|popover|style)", re.IGNORECASE)
"""Attributes of which something may become a note."""
_TOKEN = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))|<(?!/?(?:{_PLAIN})>)(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)(?=[\s/>])"""
    r"""(?P<rest>(?:[^<>=]|=\s*"[^"]*"|=\s*'[^']*'|=)*+)>?""",
    re.IGNORECASE | re.DOTALL,
)
"""A comment, or a tag that may be more than a plain element."""
_UNUSUAL_TAG = re.compile(rf"<(?:/?(?!(?:{_PLAIN})[\s/>])[a-z]|a\s[^<>]*>\s*</a)")
_UNUSUAL_WORDS = re.compile(
    r"#(?<!&#)|embed|elfsight|(?:fb|twitter|instagram|reddit|tiktok)-"
    r"|\s(?:style\s*=|(?:hidden|popover)[\s=/>]|data-)"
)
"""A sign of more than plain elements in a tag, or in the words behind one."""
_ATTRIBUTE = re.compile(
    r"""\s(aria-label|alttext|aria-hidden|src)\s*=\s*("[^"]*"|\'[^\']*\'|[^\s>]+)""", re.IGNORECASE
)
_ANNOTATION = re.compile(
    r"<(annotation|style|script)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]+)</title", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>?")


class Marked(Struct, frozen=True):
    """HTML whose tags have their places."""

    markup: str
    names: frozenset[str]
    """Of elements that only scripts know, such as ``amp-img``."""


def is_unusual(markup: str) -> bool:
    """Return whether HTML has more than plain elements, which need no work on their tree."""
    lower = markup.lower()  # a pattern that ignores case takes ten times as long
    first = lower.find("<")
    if first < 0:
        return False
    return bool(_UNUSUAL_WORDS.search(lower, first) or _UNUSUAL_TAG.search(lower, first))


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
        if name in _DROPPED and not tag["end"]:
            inside, end = self._contents(tag, name)
            if inside is None:
                return "", len(self._markup)
            address = dict(_ATTRIBUTE.findall(tag[0])).get("src")
            named = f'<{SCRIPT} {AT}="{tag.start()}" src={address}></{SCRIPT}>'
            return (named if name == "script" and address else ""), end
        if name in _TEXTS and not tag["end"]:
            inside, end = self._contents(tag, name)
            return ("", tag.end()) if inside is None else (self._words(tag, inside), end)
        if not name:
            return "", tag.end()
        if "-" in name:
            self.names.add(name)
        return self._named(tag, name), tag.end()

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
        place = f' {AT}="{tag.start()}"' if marked and name not in _FORMATTING else ""
        return f"<{new}{place}{rest}>{f'</{new}>' if closed else ''}"

    def _contents(self, tag: re.Match[str], name: str) -> tuple[str | None, int]:
        """Return the contents of an element and its end; None where it is not closed."""
        if tag["rest"].endswith("/") and name in _TEXTS:
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

    def _words(self, tag: re.Match[str], inside: str) -> str:
        """Return the label of a drawing or formula, else its words."""
        given = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(tag[0])}
        if given.get("aria-hidden") == "true":
            return ""
        title = _TITLE.search(inside)
        label = given.get("aria-label") or given.get("alttext") or (title[1] if title else "")
        words = label or " ".join(_ANY_TAG.sub(" ", _ANNOTATION.sub(" ", inside)).split())
        name = _TEXTS[tag["name"].lower()]
        words = words.replace("<", "&lt;")
        return f'<{name} {AT}="{tag.start()}"{tag["rest"].rstrip("/")}>{words}</{name}>'
