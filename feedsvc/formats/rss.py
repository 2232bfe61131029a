"""RSS 2.0: an entry is an ``<item>``, and the head is that of a ``<channel>``."""

from msgspec.structs import asdict

from feedsvc.formats.entry_html import summary
from feedsvc.formats.feedgen_xml import (
    FEEDGEN_LOCK,
    begin_entry,
    begin_feed,
    entry_bytes,
    head_bytes,
)
from feedsvc.formats.namespaces import (
    Element,
    atom_elements,
    discussion,
    dublin_core,
    media,
    podcast,
)
from feedsvc.model.feed import Entry, Feed
from feedsvc.model.text import without_formulas

SEPARATOR: bytes = b""
TAIL: bytes = b"  </channel>\n</rss>\n"

_NAMESPACES = {
    "atom": atom_elements.URI,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": dublin_core.URI,
    "itunes": podcast.URI,
    "media": media.URI,
    "slash": discussion.SLASH,
}
_DEPTH = 2
"""Elements around an item."""


def head(feed: Feed) -> bytes:
    """Return the part of a feed before its items."""
    with FEEDGEN_LOCK:
        channel = begin_feed(feed, _NAMESPACES)
        channel.description(feed.subtitle or feed.title)
        # Readers show it as the small square icon of the feed, which a logo need not fit.
        if image := feed.icon or feed.logo:
            channel.image(url=image, title=feed.title, link=feed.href("alternate"))
        empty = channel.rss_str(pretty=True)
    return head_bytes(empty, TAIL, feed.style)


def entry(entry: Entry) -> bytes:
    """Return an entry as ``<item>``."""
    with FEEDGEN_LOCK:
        item = _item(entry)
    dublin_core.add_authors_and_language(item, entry)
    media.add_media(item, entry.media)
    podcast.add_duration(item, entry)
    discussion.add_count(item, entry, discussion.IN_RSS)
    atom_elements.add_links(item, entry.links_of("related"), atom_elements.IN_RSS)
    atom_elements.add_update(item, entry)
    return entry_bytes(item, _NAMESPACES, _DEPTH)


def _item(entry: Entry) -> Element:
    item = begin_entry(entry, entry.any_id)
    # RSS descriptions are read as HTML, so plain text is written as HTML.
    item.description(summary(entry.summary, entry.language_of_text))
    if entry.content:
        # Many readers of RSS drop the elements of formulas, and keep their letters side by side.
        item.content(without_formulas(entry.content), type="CDATA")
    item.pubDate(entry.published)
    # One list: feedgen converts all categories again for each that is added.
    item.category([asdict(category) for category in entry.categories])
    for link in entry.links_of("replies"):
        item.comments(link.href)
    for link in entry.links_of("enclosure")[:1]:
        item.enclosure(link.href, str(link.length), link.type)
    return item.rss_entry()
