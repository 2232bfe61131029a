"""Links of RFC 4287 §4.2.7. feedgen 1.0 drops every attribute of an entry's links but href."""

from collections.abc import Iterable

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.formats.namespaces.discussion import THREAD
from feedsvc.model.feed import Link

URI = "http://www.w3.org/2005/Atom"

IN_ATOM = "link"
"""The tag in Atom: feedgen's Atom elements are in no namespace until they are parsed."""
IN_RSS = f"{{{URI}}}link"
"""The tag in RSS. It comes after ``<link>``: naive readers take the first one for it."""


def add_links(parent: Element, links: Iterable[Link], tag: str) -> None:
    """Add one element for each link.

    :param tag: ``IN_ATOM`` or ``IN_RSS``.
    """
    for link in links:
        element = SubElement(parent, tag, href=link.href, rel=link.rel)
        for name in ("type", "title", "hreflang", "length"):
            value = getattr(link, name)
            if value:
                element.set(name, str(value))
        if link.count is not None:
            element.set(f"{{{THREAD}}}count", str(link.count))
