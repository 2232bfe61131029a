"""RSS 2.0: an entry as an item, and the head of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.formats.entry_html import summary
from feedsvc.formats.feedgen_xml import begin_entry, begin_feed, extend, reply_count
from feedsvc.formats.namespaces import discussion, dublin_core, media
from feedsvc.formats.namespaces.atom_links import AtomLinks

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Entry, Feed


def head(feed: Feed) -> bytes:
    """Return a feed without items (RSS 2.0)."""
    head = begin_feed(feed, "rss")
    head.description(feed.subtitle or feed.title)
    if feed.logo:
        head.image(url=feed.logo, title=feed.title, link=feed.href("alternate"))
    return head.rss_str(pretty=True)


def entry(entry: Entry) -> Element:
    """Return an entry as ``<item>`` (RSS 2.0)."""
    item = begin_entry(entry)
    # RSS descriptions are read as HTML, so plain text is written as HTML.
    item.description(summary(entry.summary, entry.links_of("alternate")[0].hreflang))
    if entry.content:
        item.content(entry.content, type="CDATA")
    item.pubDate(entry.published)
    for category in entry.categories:
        item.category(term=category.term, scheme=category.scheme, label=category.label)
    for link in entry.links_of("replies"):
        item.comments(link.href)
    for link in entry.links_of("enclosure")[:1]:
        item.enclosure(link.href, str(link.length), link.type)
    extend(item, "dublin_core", dublin_core.DublinCore(entry.authors, entry.language))
    extend(item, "media", media.Media(entry.media))
    extend(item, "discussion", discussion.Discussion(reply_count(entry)))
    extend(item, "links", AtomLinks(entry.links_of("related")))
    return item.rss_entry()
