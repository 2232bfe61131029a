"""Atom 1.0 (RFC 4287): an entry, and the head of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.formats.feedgen_xml import begin_entry, begin_feed, extend, reply_count
from feedsvc.formats.namespaces import discussion, media, xml
from feedsvc.formats.namespaces.atom_links import AtomLinks

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Entry, Feed


def head(feed: Feed) -> bytes:
    """Return a feed without entries (RFC 4287 §4.1.1)."""
    head = begin_feed(feed, "atom")
    head.id(feed.id)
    head.author(name=feed.author.name, email=feed.author.email, uri=feed.author.uri)
    if feed.subtitle:
        head.subtitle(feed.subtitle)
    if feed.icon:
        head.icon(feed.icon)
    if feed.logo:
        head.logo(feed.logo)
    return head.atom_str(pretty=True)


def entry(entry: Entry) -> Element:
    """Return an entry as ``<entry>`` (RFC 4287 §4.1.2)."""
    element = begin_entry(entry)
    element.updated(entry.updated)
    element.published(entry.published)
    element.summary(entry.summary)
    if entry.content:
        element.content(entry.content, type="html")
    for author in entry.authors:
        element.author(name=author.name, email=author.email, uri=author.uri)
    for category in entry.categories:
        element.category(term=category.term, scheme=category.scheme, label=category.label)
    if entry.rights:
        element.rights(entry.rights)
    others = [link for link in entry.links if link.rel != "alternate"]
    extend(element, "links", AtomLinks(others))
    extend(element, "media", media.Media(entry.media))
    extend(element, "discussion", discussion.Discussion(reply_count(entry)))
    extend(element, "language", xml.Language(entry.language))
    return element.atom_entry()
