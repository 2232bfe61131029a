"""The parts of feedgen and lxml that RSS and Atom share."""

from collections.abc import Mapping
from threading import Lock

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from feedgen.version import version_str
from lxml import etree

from feedsvc.formats.namespaces import Element, atom_elements, history
from feedsvc.formats.namespaces.tombstones import add_tombstones
from feedsvc.model.feed import Entry, Feed

GENERATOR = "feedsvc"
"""Without a version: an upgrade that changes nothing else must change no byte."""

FEEDGEN_VERSION: str = version_str
"""Another one may write other bytes."""
FEEDGEN_LOCK = Lock()
"""Held around feedgen, which sets the locale of the whole process to write a date."""


class HeadExtension:
    """Declares namespaces on the root; adds the feed's own links, history and tombstones."""

    def __init__(self, feed: Feed, namespaces: Mapping[str, str]) -> None:
        self._feed = feed
        self._namespaces = {**namespaces, **({"fh": history.URI} if feed.archive else {})}

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root declares."""
        return self._namespaces

    def extend_rss(self, root: Element) -> None:
        """Add the links and the history of a channel; drop the date of an empty one."""
        atom_elements.add_channel_links(root[0], self._feed.links)
        history.mark_archive(root[0], self._feed)
        if self._feed.updated is None:
            etree.strip_elements(root[0], "lastBuildDate")

    def extend_atom(self, root: Element) -> None:
        """Add the links, the history and the tombstones of an Atom feed."""
        # feedgen writes the link to the page itself.
        others = [link for link in self._feed.links if link is not self._feed.page]
        atom_elements.add_links(root, others, atom_elements.IN_ATOM)
        history.mark_archive(root, self._feed)
        add_tombstones(root, self._feed.tombstones)


def begin_feed(feed: Feed, namespaces: Mapping[str, str]) -> FeedGenerator:
    """Return a feed with the elements that both formats have.

    :param namespaces: declared on the root, by prefix, so that no entry has to.
    """
    head = FeedGenerator()
    head.register_extension("head", lambda: HeadExtension(feed, namespaces))
    head.title(feed.title)
    head.language(feed.language)
    head.generator(GENERATOR)
    head.updated(feed.dated)
    # The only link feedgen is given: it takes the last one for RSS's <link>, of any rel.
    head.link(href=feed.href("alternate"), rel="alternate", type="text/html")
    if feed.rights:
        head.rights(feed.rights)
    return head


def begin_entry(entry: Entry, entry_id: str) -> FeedEntry:
    """Return an entry with its id, title and permalink."""
    element = FeedEntry()
    element.id(entry_id)
    element.title(entry.title)
    element.link(href=entry.links_of("alternate")[0].href, rel="alternate")
    return element


def entry_bytes(element: Element, namespaces: Mapping[str, str], depth: int) -> bytes:
    """Return an entry as it stands in any document whose root declares the namespaces.

    :param depth: of the entry in its document.
    """
    root = etree.Element("root", nsmap=dict(namespaces))
    root.append(element)
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(namespaces))
    etree.indent(element, level=depth)
    text: bytes = etree.tostring(root, encoding="utf-8")
    return b"  " * depth + text[text.index(b">") + 1 : -len(b"</root>")] + b"\n"


def head_bytes(empty: bytes, tail: bytes, style: str) -> bytes:
    """Return the part of a feed before its entries.

    :param empty: the whole feed without entries, which ends with the tail.
    :param style: the address of its style sheet; empty for none.
    """
    head = empty[: empty.rindex(tail)]
    if style:  # xml-stylesheet §2; a URL needs no escapes but for one character
        declaration, end, rest = head.partition(b"?>\n")
        tag = f'<?xml-stylesheet type="text/css" href="{style.replace("&", "&amp;")}"?>\n'
        head = declaration + end + tag.encode() + rest
    return head
