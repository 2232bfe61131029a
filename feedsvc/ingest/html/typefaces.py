"""Make elements of the styles that office programs and web editors write.

Readers get no style, so ``<span style="font-weight:700">`` becomes ``<strong>``.
"""

from collections.abc import Iterator, Mapping, Sequence

from feedsvc.ingest.html.tree import Element
from feedsvc.ingest.html.typed import AT
from feedsvc.ingest.html.visibility import declarations

_BY_NAME = {"b": "strong", "strong": "strong", "em": "em", "i": "em", "s": "s", "u": "u"}
_INNER = set("a b code em font i s small span strong sub sup u".split())
_CELLS = set("td th".split())
_HOLDERS = _INNER | _CELLS | set("dd div dt figcaption li p".split())
_BOLD_ALREADY = set("h2 h3 h4 h5 h6 th".split())
_PRESERVED = ("break-spaces", "pre", "pre-line", "pre-wrap")
_LISTS = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "lower-roman": "i",
    "upper-alpha": "A",
    "upper-latin": "A",
    "upper-roman": "I",
}
"""Kinds of ordered lists by style, and by attribute."""


def with_elements(elements: Sequence[Element]) -> Sequence[Element]:
    """Return the elements of a tree in their order, with new ones where a style asks for them."""
    return [each for element in elements for each in _styled(element)]


def _styled(element: Element) -> Iterator[Element]:
    yield element
    if (
        element.removed
        or "style" not in element.attributes
        or element.name not in _HOLDERS | {"ol", "pre"}
    ):
        return
    style = declarations(element.attributes["style"])
    _keep_attributes(element, style)
    if style.get("white-space") in _PRESERVED and element.name != "pre":
        yield from _broken(element)
    asked = dict(_meanings(style))
    blocks = _has_blocks(element)
    if not asked.get(_BY_NAME.get(element.name, ""), True):
        element.name = "" if blocks else "span"
    missing = [name for name, value in asked.items() if value and element.filled and not blocks]
    above, inner = set(_names_above(element)), element
    for name in missing:
        if name not in above and not (name == "strong" and above & _BOLD_ALREADY):
            yield (inner := _wrapped(inner, name))
    _unwrap_plain(element)


def _meanings(style: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Yield the elements that a style speaks of, and whether it asks for them."""
    font = style.get("font", "").split()
    weight = style.get("font-weight") or next((it for it in font if _is_weight(it)), "")
    if weight and weight != "inherit":
        yield "strong", weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600)
    slant = style.get("font-style") or ("italic" if "italic" in font else "")
    if slant and slant != "inherit":
        yield "em", slant.startswith(("italic", "oblique"))
    lines = f"{style.get('text-decoration', '')} {style.get('text-decoration-line', '')}".split()
    if lines and "inherit" not in lines:
        yield "s", "line-through" in lines
        yield "u", "underline" in lines
    position = style.get("vertical-align", "")
    if position in ("sub", "super"):
        yield {"sub": "sub", "super": "sup"}[position], True


def _is_weight(word: str) -> bool:
    return word in ("bold", "bolder") or (word.isdigit() and len(word) == 3)


def _keep_attributes(element: Element, style: Mapping[str, str]) -> None:
    """Keep the direction of words, and the kind of a list, as attributes."""
    kept = {
        "dir": style.get("direction", ""),
        "align": style.get("text-align", "") if element.name in _CELLS else "",
        "type": _LISTS.get(style.get("list-style-type", ""), "") if element.name == "ol" else "",
    }
    for name, value in kept.items():
        if value in ("center", "left", "ltr", "right", "rtl", *_LISTS.values()):
            element.attributes.setdefault(name, value)


def _names_above(element: Element) -> Iterator[str]:
    above: Element | None = element
    while above:
        name = _BY_NAME.get(above.name, above.name)
        yield name
        if name == "a":
            yield "u"  # links are underlined anyway
        above = above.parent


def _unwrap_plain(element: Element) -> None:
    """Remove a ``<span>`` that had only a style."""
    if element.name == "span" and element.attributes.keys() <= {AT, "class", "style"}:
        element.name = ""


def _has_blocks(element: Element) -> bool:
    return any(isinstance(part, Element) and part.name not in _SHOWN for part in element.parts)


_SHOWN = _INNER | set("abbr br cite del img ins kbd mark q samp time var".split())
"""Elements within a line."""


def _wrapped(element: Element, name: str) -> Element:
    """Return a new element around the contents of another."""
    inner = Element(name, {}, element, element.parts, filled=element.filled, linked=element.linked)
    for part in inner.parts:
        if isinstance(part, Element):
            part.parent = inner
    element.parts = [inner]
    return inner


def _broken(element: Element) -> Iterator[Element]:
    """Put breaks where the lines of a text end that the page shows as they were typed."""
    parts, element.parts = element.parts, []
    for number, part in enumerate(parts):
        if not isinstance(part, str) or not part.strip():
            element.parts.append(part)
            continue
        text = part if number else part.removeprefix("\n")
        text = text if parts[number + 1 :] else text.removesuffix("\n")
        first, *others = text.split("\n")
        element.parts.append(first)
        for line in others:
            line_end = Element("br", {}, element)
            yield line_end
            element.parts += [line_end, line]
