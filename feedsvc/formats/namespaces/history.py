"""RFC 5005 §4: the documents that hold the older entries of a feed."""

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Feed

URI = "http://purl.org/syndication/history/1.0"


def mark_archive(parent: Element, feed: Feed) -> None:
    """Mark a feed as an archive document, if it is one."""
    if feed.archive:
        SubElement(parent, f"{{{URI}}}archive")
