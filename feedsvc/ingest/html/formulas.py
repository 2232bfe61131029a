"""Give each formula the words that stand for it where a reader does not know its elements."""

from html import unescape

from feedsvc.ingest.html.tree import Element

_SCRIPTS = {"msub": "_", "msup": "^", "munder": "_", "mover": "^"}
_BOTH_SCRIPTS = {"msubsup", "munderover"}
_SEPARATORS = {"mtable": "; ", "mtr": ", "}
_RELATIONS = set("=<>≤≥≠≈≡∈⊂→⇒+−-±·×")
"""Signs with a space on both sides."""
_COPIES = ("katex-html", "mjx-math", "mathjax_preview")
"""Classes and names of elements that draw a formula once more, with letters and rules."""


def is_copy(element: Element) -> bool:
    """Return whether an element draws a formula that stands beside it."""
    names = (element.name, *element.attributes.get("class", "").lower().split())
    return any(name in _COPIES for name in names)


def label(formula: Element) -> None:
    """Give a formula its words as an attribute, if the publisher gave it none."""
    if not formula.attributes.get("alttext", "").strip():
        words = " ".join(_words(formula).split())
        formula.attributes["alttext"] = words.replace('"', "&quot;")


def _words(part: Element | str) -> str:
    """Return a formula in one line, such as ``(a + b)/c^2``."""
    if isinstance(part, str):
        return part.strip()
    return _joined(part.name, [words for words in map(_words, part.parts) if words])


def _joined(name: str, inner: list[str]) -> str:
    """Join the words of the parts of an element."""
    words, grouped = "".join(inner), list(map(_grouped, inner))
    if name == "mo" and unescape(words) in _RELATIONS:
        words = f" {words} "
    elif name == "mfrac" and len(inner) == 2:
        words = "/".join(grouped)
    elif name in _SCRIPTS and len(inner) == 2:
        words = f"{inner[0]}{_SCRIPTS[name]}{grouped[1]}"
    elif name in _BOTH_SCRIPTS and len(inner) == 3:
        words = f"{inner[0]}_{grouped[1]}^{grouped[2]}"
    elif name in ("msqrt", "mroot") and inner:
        # The second part of a root is its index, such as 3 of a cube root.
        words = (
            f"{inner[1]}√{grouped[0]}" if name == "mroot" and inner[1:] else f"√{_grouped(words)}"
        )
    elif name in _SEPARATORS:
        words = _SEPARATORS[name].join(inner)
    return words


def _grouped(words: str) -> str:
    return words if len(unescape(words)) == 1 or words.isalnum() else f"({words.strip()})"
