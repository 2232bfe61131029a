"""``xml:lang`` on an Atom entry (RFC 4287 §2), which feedgen writes only on feeds."""

from __future__ import annotations

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Entry

URI = "http://www.w3.org/XML/1998/namespace"


def set_language(element: Element, entry: Entry) -> None:
    """Set the language of an entry, if it differs from the feed's."""
    if entry.language:
        element.set(f"{{{URI}}}lang", entry.language)
