"""Links of RFC 4287 §4.2.7. feedgen 1.0 drops every attribute of an entry's links but href."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import SubElement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Link

URI = "http://www.w3.org/2005/Atom"
THREAD = "http://purl.org/syndication/thread/1.0"


class AtomLinks:
    """Writes links into an Atom entry, and into an RSS item as ``atom:link``."""

    def __init__(self, links: Sequence[Link] = ()) -> None:
        self._links = links

    def extend_rss(self, item: Element) -> None:
        """Write ``atom:link``, after ``<link>``: naive readers take the first one for it."""
        for link in self._links:
            _write(item, f"{{{URI}}}link", link)

    def extend_atom(self, entry: Element) -> None:
        """Write ``link``; feedgen's Atom elements are in no namespace until they are parsed."""
        for link in self._links:
            _write(entry, "link", link)


def _write(parent: Element, tag: str, link: Link) -> None:
    element = SubElement(parent, tag, href=link.href, rel=link.rel)
    for name in ("type", "title", "hreflang", "length"):
        value = getattr(link, name)
        if value:
            element.set(name, str(value))
    if link.count is not None:
        element.set(f"{{{THREAD}}}count", str(link.count))
