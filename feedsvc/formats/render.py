"""One article's entry as bytes, rendered once for each format and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from feedsvc.formats import atom, json_feed, rss
from feedsvc.formats.feedgen_xml import (
    ENTRY_DEPTH,
    FEEDGEN_LOCK,
    NAMESPACES,
    TAILS,
    split_at_entries,
)

if TYPE_CHECKING:
    from feedsvc.model.feed import Entry, Feed, Format


def render(entry: Entry, format: Format) -> bytes:
    """Return an entry as an item of its format, ready to stand in any document."""
    if format == "json":
        return json_feed.render(entry)
    with FEEDGEN_LOCK:
        element = rss.entry(entry) if format == "rss" else atom.entry(entry)
    root = etree.Element("root", nsmap=NAMESPACES[format])
    root.append(element)
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(NAMESPACES[format]))
    etree.indent(element, level=ENTRY_DEPTH[format])
    text: bytes = etree.tostring(root, encoding="utf-8")
    return b"  " * ENTRY_DEPTH[format] + text[text.index(b">") + 1 : -len(b"</root>")] + b"\n"


def around_entries(feed: Feed, format: Format) -> tuple[bytes, bytes]:
    """Return what stands before and after the entries of an XML feed."""
    with FEEDGEN_LOCK:
        whole = rss.head(feed) if format == "rss" else atom.head(feed)
    head, tail = split_at_entries(whole, TAILS[format])
    if feed.style:  # xml-stylesheet §2; what is in a URL needs no escapes but for one character
        declaration, end, rest = head.partition(b"?>\n")
        style = f'<?xml-stylesheet type="text/css" href="{feed.style.replace("&", "&amp;")}"?>\n'
        head = declaration + end + style.encode() + rest
    return head, tail
