"""Decide by its attributes whether a page shows an element."""

import re
from collections.abc import Mapping
from html import unescape

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NUMBER = re.compile(r"(\d*\.?\d+)([a-z%]*)")
_HIDDEN = {"datalist", "dialog"}
"""Elements that a browser shows only when they are opened (HTML §15.3.1)."""
_TELLING = {"height", "hidden", "popover", "style", "width"}
_EDGES = {"width": ("left", "right"), "height": ("top", "bottom")}


def declarations(style: str) -> dict[str, str]:
    """Return the properties of a ``style`` attribute with their values, in lower case."""
    values, important = dict[str, str](), set[str]()
    for declaration in _COMMENT.sub("", unescape(style)).lower().split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        plain, mark, _ = (part.strip() for part in value.partition("!"))
        if plain and (mark or name not in important):
            values[name] = plain
            important |= {name} if mark else set()
    return values


def may_be_hidden(name: str, attributes: Mapping[str, str]) -> bool:
    """Return whether it is worth to look closer at an element, at little cost."""
    return name in _HIDDEN or not _TELLING.isdisjoint(attributes)


def is_hidden(name: str, attributes: Mapping[str, str]) -> bool:
    """Return whether a page does not show an element, nor anything in it."""
    style = declarations(attributes.get("style", ""))
    if style.get("visibility") in ("hidden", "collapse") or style.get("display") == "none":
        return True
    by_default = attributes.get("hidden", "until-found").lower() != "until-found"
    closed = (name in _HIDDEN and "open" not in attributes) or "popover" in attributes
    return ("display" not in style and (by_default or closed)) or _is_cut_off(style)


def has_no_letters(attributes: Mapping[str, str]) -> bool:
    """Return whether the words of an element have no size; elements in it may have one."""
    return _size(declarations(attributes.get("style", "")).get("font-size", "")) == 0


def _is_cut_off(style: Mapping[str, str]) -> bool:
    """Return whether a box without any size does not show its contents beyond its edges."""
    cut = style.get("overflow", "") in ("hidden", "clip")
    return cut and any(_is_below(style, key, 1) and not _is_wider(style, key) for key in _EDGES)


def is_point(attributes: Mapping[str, str]) -> bool:
    """Return whether a picture or frame is at most a pixel, such as one that counts readers."""
    style = declarations(attributes.get("style", ""))
    given = {key: attributes[key].strip() for key in _EDGES if key in attributes} | {
        key: value for key, value in style.items() if key in _EDGES
    }
    if any(_is_wider(style, key) for key in _EDGES):
        return False
    return bool(given) and all(_is_below(given, key, 2) for key in given)


def without_points(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of a shown picture or frame without sizes of a pixel or none.

    They only have a meaning together with a style, which readers do not get.
    """
    small = ("0", "1") if "min-" in attributes.get("style", "") else ("0",)
    points = {key for key in _EDGES if attributes.get(key, "").strip() in small}
    return {key: value for key, value in attributes.items() if key not in points}


def _is_below(style: Mapping[str, str], edge: str, pixels: float) -> bool:
    sizes = [_size(style.get(key, "")) for key in (edge, f"max-{edge}")]
    return any(size is not None and size < pixels for size in sizes)


def _is_wider(style: Mapping[str, str], edge: str) -> bool:
    """Return whether a box has room in spite of its size: a least size, a padding, a ratio."""
    keys = [f"min-{edge}", "padding", *(f"padding-{side}" for side in _EDGES[edge])]
    sizes = (_size(part) for key in keys for part in style.get(key, "").split())
    # A size in other units, such as calc(…), is one.
    return any(size is None or size >= 2 for size in sizes)


def _size(value: str) -> float | None:
    """Return a size in pixels; infinity in other units, None where it is not known."""
    size = _NUMBER.fullmatch(value)
    if size is None:
        return None
    number = float(size[1])
    return number if size[2] in ("", "px") or not number else float("inf")
