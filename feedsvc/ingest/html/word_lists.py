"""Make lists of the paragraphs that Word writes for the items of a list."""

import re
from collections.abc import Sequence

from feedsvc.ingest.html.tree import Element, written
from feedsvc.model.text import plain_text

_LEVEL = re.compile(r"mso-list:\s*l\d+\s+level([1-9])\b", re.IGNORECASE)
_SIGN = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]", re.IGNORECASE)


def with_lists(elements: Sequence[Element]) -> None:
    """Replace paragraphs of Word that are items by lists, in the tree of some elements."""
    items = dict[Element, int]()
    for element in elements:
        level = _LEVEL.search(element.attributes.get("style", ""))
        if level and element.name == "p":
            items[element] = int(level[1])
    for parent in filter(None, dict.fromkeys(item.parent for item in items)):
        parent.parts = _listed(parent, items)


def _listed(parent: Element, items: dict[Element, int]) -> list[str | Element]:
    """Return the contents of an element, with its items in lists."""
    parts, opened = list[str | Element](), list[tuple[int, Element]]()
    for part in parent.parts:
        if isinstance(part, str) and opened and not part.strip():
            continue
        level = items.get(part, 0) if isinstance(part, Element) else 0
        if not isinstance(part, Element) or not level:
            opened.clear()
            parts.append(part)
            continue
        while opened and opened[-1][0] > level and len(opened) > 1:
            opened.pop()
        kind = _take_sign(part)
        if not opened or opened[-1][0] < level:
            last = opened[-1][1].parts[-1] if opened else None
            holder = Element(kind, {}, parent, filled=True)
            (last.parts if isinstance(last, Element) else parts).append(holder)
            opened.append((level, holder))
        part.name, part.changed = "li", True
        opened[-1][1].parts.append(part)
    return parts


def _take_sign(item: Element) -> str:
    """Remove the sign or number of an item; return the kind of its list."""
    pending = [*item.parts]
    while pending:
        part = pending.pop(0)
        if not isinstance(part, Element):
            continue
        pending[:0] = part.parts  # Word writes the sign in a typeface of its own around that
        if _SIGN.search(part.attributes.get("style", "")):
            sign = plain_text(written(part))
            part.remove()
            return "ol" if _NUMBER.fullmatch(sign) else "ul"
    return "ul"
