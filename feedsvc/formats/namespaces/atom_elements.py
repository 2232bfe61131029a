"""Elements of Atom (RFC 4287): links in both formats, and the moment of a change in RSS.

feedgen 1.0 drops every attribute of an entry's links but href.
"""

from collections.abc import Iterable

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.formats.namespaces.discussion import THREAD
from feedsvc.model.feed import Entry, Link

URI = "http://www.w3.org/2005/Atom"

IN_ATOM = "link"
"""The tag in Atom: feedgen's Atom elements are in no namespace until they are parsed."""
IN_RSS = f"{{{URI}}}link"
"""The tag in RSS."""


def add_links(parent: Element, links: Iterable[Link], tag: str) -> None:
    """Add one element for each link (§4.2.7).

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


def add_channel_links(channel: Element, links: Iterable[Link]) -> None:
    """Add one element for each link before the ``<link>`` of a channel.

    Readers that know no namespaces take the last of all links for the page of the feed.
    """
    add_links(channel, links, IN_RSS)
    for page in channel.findall("link"):
        for element in channel.findall(IN_RSS):
            page.addprevious(element)


def add_update(item: Element, entry: Entry) -> None:
    """Add the moment of the last change to an item that was changed: RSS has only ``pubDate``."""
    if entry.updated > entry.published:
        SubElement(item, f"{{{URI}}}updated").text = entry.updated.isoformat()
