"""Estimate how a parser of HTML would nest elements, in linear time and before anything is parsed.

A parser takes longer for each tag the more elements are open, and repeats formatting elements that
were not closed in every paragraph (HTML §13.2.4.3). So a short text can cost minutes or become a
very long one.
"""

import re

from msgspec import Struct

MAX_NESTING = 250
"""Elements within each other: twice as many as the longest thread of quotes has."""
_MAX_REPEATED = 4
"""Characters of repeated tags for each character of the text: old pages leave out many an end."""

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-z][a-z0-9-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>?",
    re.IGNORECASE | re.DOTALL,
)
VOID = set("area br col embed hr img input link meta source track wbr".split())
_FORMATTING = set("a b big code em font i nobr s small strike strong tt u".split())
"""Elements that the parser repeats where they were not closed."""
_BLOCKS = set(
    (
        "address article aside blockquote center details dialog dir div dl fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hgroup main menu nav ol p pre section summary "
        "table ul"
    ).split()
)
"""Elements whose start ends a paragraph."""
_ROWS = {
    "caption": {"table"},
    "colgroup": {"table"},
    "tbody": {"table"},
    "tfoot": {"table"},
    "thead": {"table"},
    "tr": {"table", "tbody", "tfoot", "thead"},
    "td": {"table", "tr"},
    "th": {"table", "tr"},
}
"""The parts of a table, each with the elements that it may stand in."""
_SCOPES = {"caption", "object", "table", "td", "th"}
"""Elements within which tags do not close elements outside."""
_ITEMS = {"li": ("li",), "dd": ("dd", "dt"), "dt": ("dd", "dt")}
"""Items of lists, each with the ones that it ends."""
_SPECIAL = _BLOCKS | _SCOPES | _ROWS.keys() | _ITEMS.keys()
"""Elements that the end of an ordinary one, such as ``span``, does not close."""
_LISTED = _SPECIAL - {"address", "div", "p"}
"""Elements within which an item does not end one outside."""


class _Element(Struct, eq=False):
    """An element, and whether it is open."""

    name: str
    tag: str
    opened: bool = True


def nesting_problem(markup: str) -> str:
    """Return why HTML is not parsed, for people; empty where a parser reads it quickly."""
    tree, at, most = _OpenElements(), 0, _MAX_REPEATED * len(markup)
    for tag in _TAG.finditer(markup):
        name = (tag["name"] or "").lower()
        if markup[at : tag.start()].strip():
            tree.repeat()
        at = tag.end()
        if tag["end"]:
            tree.close(name)
        elif name and name not in VOID:
            tree.start(name, tag[0])
        if len(tree.opened) > MAX_NESTING:
            return f"nests more than {MAX_NESTING} elements; close them"
        if tree.repeated > most:
            return (
                "leaves many elements such as <b> open, which every paragraph repeats; close them"
            )
    return ""


class _OpenElements:
    """The stack of open elements, and the list of active formatting elements."""

    def __init__(self) -> None:
        self.opened: list[_Element] = []
        self.repeated = 0
        """Characters of tags that the parser adds."""
        self._active: list[_Element] = []

    def repeat(self) -> None:
        """Open formatting elements again that ended with a block but were not closed."""
        for element in self._active:
            if not element.opened:
                element.opened = True
                self.opened.append(element)
                self.repeated += len(element.tag)

    def start(self, name: str, tag: str) -> None:
        """Open an element, and close the ones that end where it starts."""
        if name in _BLOCKS or name in _ITEMS:
            self._cut("p", _SCOPES)
        for other in _ITEMS.get(name, ()):
            self._cut(other, _LISTED)
        if name in _ROWS and not self._enter(_ROWS[name]):
            return
        element = _Element(name, tag)
        if name in _FORMATTING:
            self._activate(element)
        self.opened.append(element)

    def _activate(self, element: _Element) -> None:
        if element.name == "a":
            self.close("a")
        self.repeat()
        same = [other for other in self._active if other.tag == element.tag]
        if len(same) >= 3:  # "Noah's Ark clause"
            self._active.remove(same[0])
        self._active.append(element)

    def close(self, name: str) -> None:
        """Close an element; do nothing where none of this name is open."""
        if name in _FORMATTING:
            for element in reversed(self._active):
                if element.name == name:
                    self._active.remove(element)
                    self._take_out(element)
                    break
        elif name in _ROWS or name == "table":
            self._cut(name, {"table"})
        elif name == "li":
            self._cut(name, _SCOPES | {"ol", "ul"})
        else:
            self._cut(name, _SCOPES if name in _SPECIAL else _SPECIAL)

    def _take_out(self, element: _Element) -> None:
        """Close a formatting element; blocks in it stay open."""
        if element.opened:
            at = self.opened.index(element)
            if any(other.name in _SPECIAL for other in self.opened[at:]):
                del self.opened[at]
            else:
                self._end(at)

    def _cut(self, name: str, limits: set[str]) -> None:
        """Close the last element of a name and all in it, if no limit is open in it."""
        for at in range(len(self.opened) - 1, -1, -1):
            if self.opened[at].name == name:
                self._end(at)
            if at == len(self.opened) or self.opened[at].name in limits:
                return

    def _enter(self, parents: set[str]) -> bool:
        """Close everything down to one of some elements; return False where none is open."""
        for at in range(len(self.opened) - 1, -1, -1):
            if self.opened[at].name in parents:
                self._end(at + 1)
                return True
        return False

    def _end(self, at: int) -> None:
        for element in self.opened[at:]:
            element.opened = False
        del self.opened[at:]
