"""The number of comments on an article: the slash module in RSS, RFC 4685 §5 in Atom."""

from lxml.etree import SubElement

from feedsvc.formats.namespaces import Element
from feedsvc.model.feed import Entry

SLASH = "http://purl.org/rss/1.0/modules/slash/"
THREAD = "http://purl.org/syndication/thread/1.0"

IN_ATOM = f"{{{THREAD}}}total"
IN_RSS = f"{{{SLASH}}}comments"


def add_count(element: Element, entry: Entry, tag: str) -> None:
    """Add the number of comments, if it is known.

    :param tag: ``IN_ATOM`` or ``IN_RSS``.
    """
    count = next((link.count for link in entry.links_of("replies")), None)
    if count is not None:
        SubElement(element, tag).text = str(count)
