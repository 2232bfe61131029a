"""RFC 6721: deleted entries, for readers that can remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import SubElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Tombstone

URI = "http://purl.org/atompub/tombstones/1.0"


class Tombstones:
    """Writes ``at:deleted-entry`` into an Atom feed."""

    def __init__(self, tombstones: Sequence[Tombstone]) -> None:
        self._tombstones = tombstones

    def extend_atom(self, feed: Element) -> None:
        """Write one element for each (§3)."""
        for tombstone in self._tombstones:
            attributes = {"ref": tombstone.ref, "when": tombstone.when.isoformat()}
            element = SubElement(feed, f"{{{URI}}}deleted-entry", attributes)
            if tombstone.comment:
                SubElement(element, f"{{{URI}}}comment").text = tombstone.comment
