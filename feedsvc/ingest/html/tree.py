"""The tree of elements in HTML that a parser has written, and its way back to HTML."""

from __future__ import annotations

import re

from msgspec import Struct

from feedsvc.ingest.html.allowed import (
    ATTRIBUTES,
    EVERYWHERE,
    FORMULA_ATTRIBUTES,
    FORMULA_TAGS,
    PLAYERS,
    TAGS,
)
from feedsvc.ingest.html.tidy import VOID, is_blank

_TAG = re.compile(r'<(/?)([a-z][a-z0-9-]*)((?:\s[^\s"<>=]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r'\s([^\s"<>=]+)="([^"]*)"')
_VOID = VOID | {"embed", "input", "param"}
_ALLOWED = (
    {name: EVERYWHERE | {"id"} | ATTRIBUTES.get(name, set()) for name in TAGS}
    | PLAYERS
    | dict.fromkeys(FORMULA_TAGS, FORMULA_ATTRIBUTES)
)
_FILLED = {"audio", "embed", "hr", "iframe", "img", "video"}
"""Elements that are visible without any text."""


_LINKS = {"a": "href"} | dict.fromkeys(("audio", "iframe", "img", "video"), "src")
"""Elements with an address for readers, and its attribute."""


class Element(Struct, eq=False):
    """An element with its attributes and contents, both as HTML writes them."""

    name: str
    """Without a name, or with one that is not allowed, only its contents are written."""
    attributes: dict[str, str]
    parent: Element | None = None
    parts: list[str | Element] = []
    follows: bool = False
    """Whether only space is between its start and that of the element before it."""
    filled: bool = False
    """Whether there is a word or a picture in it."""
    linked: bool = False
    """Whether there is an address for readers in it."""
    changed: bool = False
    """Whether something in it has changed since it was looked at."""
    removed: bool = False
    """Whether it is not written, nor any of its contents."""
    spaced: bool = False
    """Whether a space separates it from the words around it."""

    def remove(self) -> None:
        """Remove the element with its contents."""
        self.removed, self.filled = True, False

    def update(self) -> None:
        """Update its state from its contents, and put spaces where words need them."""
        inner = [part for part in self.parts if isinstance(part, Element)]
        words = any(not is_blank(part) for part in self.parts if isinstance(part, str))
        filled = self.name in _FILLED or words or any(part.filled for part in inner)
        self.filled = filled and not self.removed
        linked = _LINKS.get(self.name, "") in self.attributes or any(it.linked for it in inner)
        self.linked = linked and self.filled
        if any(part.spaced and part.filled for part in inner):
            self._separate()

    def _separate(self) -> None:
        parts, self.parts = self.parts, []
        apart, before = False, " "
        for part in parts:
            if isinstance(part, Element) and not part.filled:
                self.parts.append(part)
                continue
            text, spaced = (part, False) if isinstance(part, str) else ("x", part.spaced)
            if (spaced or apart) and not (before[-1].isspace() or text[0].isspace()):
                self.parts.append(" ")
            self.parts.append(part)
            apart, before = spaced, text


def read_tree(markup: str) -> list[Element]:
    """Return the elements of HTML in their order, behind the root that holds them all."""
    root = Element("", {})
    elements, opened, at, words = [root], [root], 0, False
    for tag in _TAG.finditer(markup):
        last = opened[-1]
        if at < tag.start():
            text = markup[at : tag.start()]
            last.parts.append(text)
            if not is_blank(text):
                words = last.filled = True
        at = tag.end()
        end, name, attributes = tag.groups()
        if end:
            opened.pop()
            opened[-1].filled = opened[-1].filled or last.filled
            opened[-1].linked = opened[-1].linked or last.linked
            continue
        element = Element(name, _attributes(attributes), last, follows=not words)
        last.parts.append(element)
        elements.append(element)
        words = False
        element.filled = name in _FILLED
        element.linked = _LINKS.get(name, "") in element.attributes
        if name not in _VOID:
            opened.append(element)
            continue
        last.filled = last.filled or element.filled
        last.linked = last.linked or element.linked
    if markup[at:]:
        root.parts.append(markup[at:])
    return elements


def _attributes(typed: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(typed)) if typed else {}


def written(root: Element) -> str:
    """Return a tree as HTML; elements that are not allowed are left out, their contents stay."""
    out, todo = list[str](), list[Element | str]([root])
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            out.append(part)
        elif not part.removed:
            if part.name in _ALLOWED:
                out.append(_start_tag(part))
                if part.name in VOID:
                    continue
                todo.append(f"</{part.name}>")
            todo.extend(reversed(part.parts))
    return "".join(out)


def _start_tag(element: Element) -> str:
    allowed = _ALLOWED[element.name]
    kept = [f' {key}="{value}"' for key, value in element.attributes.items() if key in allowed]
    return f"<{element.name}{''.join(kept)}>"
