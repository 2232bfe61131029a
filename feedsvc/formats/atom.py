"""Atom 1.0 (RFC 4287): an entry is an ``<entry>``, and the head is that of a ``<feed>``."""

from msgspec.structs import asdict

from feedsvc.formats.entry_html import summary
from feedsvc.formats.feedgen_xml import (
    FEEDGEN_LOCK,
    begin_entry,
    begin_feed,
    entry_bytes,
    head_bytes,
)
from feedsvc.formats.namespaces import Element, atom_elements, discussion, media, tombstones
from feedsvc.model.feed import Entry, Feed

SEPARATOR: bytes = b""
TAIL: bytes = b"</feed>\n"

_NAMESPACES = {"at": tombstones.URI, "media": media.URI, "thr": discussion.THREAD}
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DEPTH = 1
"""Elements around an entry."""


def head(feed: Feed) -> bytes:
    """Return the part of a feed before its entries (RFC 4287 §4.1.1)."""
    with FEEDGEN_LOCK:
        root = begin_feed(feed, _NAMESPACES)
        root.id(feed.id)
        root.author(name=feed.author.name, email=feed.author.email, uri=feed.author.uri)
        if feed.subtitle:
            root.subtitle(feed.subtitle)
        if feed.icon:
            root.icon(feed.icon)
        if feed.logo:
            root.logo(feed.logo)
        empty = root.atom_str(pretty=True)
    return head_bytes(empty, TAIL, feed.style)


def entry(entry: Entry) -> bytes:
    """Return an entry as ``<entry>`` (RFC 4287 §4.1.2)."""
    with FEEDGEN_LOCK:
        element = _entry(entry)
    others = [link for link in entry.links if link.rel != "alternate"]
    atom_elements.add_links(element, others, atom_elements.IN_ATOM)
    media.add_media(element, entry.media)
    discussion.add_count(element, entry, discussion.IN_ATOM)
    if entry.language:  # feedgen writes it only on feeds
        element.set(_XML_LANG, entry.language)
    return entry_bytes(element, _NAMESPACES, _DEPTH)


def _entry(entry: Entry) -> Element:
    element = begin_entry(entry, entry.id)
    element.updated(entry.updated)
    element.published(entry.published)
    # As HTML, like the text: programs that prefer plain text would take it for the text.
    element.summary(summary(entry.summary, entry.language_of_text), type="html")
    if entry.content:
        element.content(entry.content, type="html")
    # feedparser takes the e-mail of any author for that of the last one.
    one = len(entry.authors) == 1
    authors = [asdict(it) if one else asdict(it) | {"email": ""} for it in entry.authors]
    # Lists: feedgen converts all authors, and all categories, again for each that is added.
    element.author(authors)
    element.category([asdict(category) for category in entry.categories])
    if entry.rights:
        element.rights(entry.rights)
    return element.atom_entry()
