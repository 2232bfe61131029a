"""RFC 6721: deleted entries, for readers that can remove them."""

from collections.abc import Iterable

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Tombstone

URI = "http://purl.org/atompub/tombstones/1.0"


def add_tombstones(feed: Element, tombstones: Iterable[Tombstone]) -> None:
    """Add one ``at:deleted-entry`` for each tombstone (§3)."""
    for tombstone in tombstones:
        attributes = {"ref": tombstone.ref, "when": tombstone.when.isoformat()}
        element = SubElement(feed, f"{{{URI}}}deleted-entry", attributes)
        if tombstone.comment:
            SubElement(element, f"{{{URI}}}comment").text = tombstone.comment
