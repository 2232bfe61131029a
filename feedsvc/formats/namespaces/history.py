"""RFC 5005 §4: the documents that hold the older entries of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import SubElement

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element

URI = "http://purl.org/syndication/history/1.0"


class History:
    """Marks a feed as an archive document, where it is one."""

    def __init__(self, *, archive: bool) -> None:
        self._archive = archive

    def extend_feed(self, feed: Element) -> None:
        """Write ``fh:archive``, into an RSS channel as into an Atom feed."""
        if self._archive:
            SubElement(feed, f"{{{URI}}}archive")
