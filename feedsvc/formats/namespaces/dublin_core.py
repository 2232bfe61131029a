"""Dublin Core 1.1 in RSS: one ``dc:creator`` for each author; RSS's own ``author`` wants e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import SubElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Author

URI = "http://purl.org/dc/elements/1.1/"


class DublinCore:
    """Writes authors, and the language where it differs from the feed's, into RSS items."""

    def __init__(self, authors: Sequence[Author] = (), language: str = "") -> None:
        self._authors = authors
        self._language = language

    def extend_rss(self, item: Element) -> None:
        """Write one element for each author."""
        for author in self._authors:
            SubElement(item, f"{{{URI}}}creator").text = author.name
        if self._language:
            SubElement(item, f"{{{URI}}}language").text = self._language
