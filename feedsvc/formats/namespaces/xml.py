"""``xml:lang`` on an Atom entry (RFC 4287 §2), which feedgen writes only on feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element

URI = "http://www.w3.org/XML/1998/namespace"


class Language:
    """Writes the language of an entry where it differs from its feed's."""

    def __init__(self, language: str = "") -> None:
        self._language = language

    def extend_atom(self, entry: Element) -> None:
        """Write the attribute."""
        if self._language:
            entry.set(f"{{{URI}}}lang", self._language)
