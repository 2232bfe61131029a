"""One article's entry as bytes, rendered once for each format and kept."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from feedgen.entry import FeedEntry
from lxml import etree

from feedsvc.feeds import json_feed
from feedsvc.feeds.content import summary
from feedsvc.feeds.namespaces import discussion, dublin_core, media, tombstones, xml
from feedsvc.feeds.namespaces.atom_links import URI as ATOM
from feedsvc.feeds.namespaces.atom_links import AtomLinks

if TYPE_CHECKING:
    from feedsvc.feeds.namespaces import Element
    from feedsvc.model.feed import Entry, Format

WRITING = Lock()
"""Held around feedgen, which sets the locale of the whole process to write a date."""

CONTENT = "http://purl.org/rss/1.0/modules/content/"

NAMESPACES: dict[Format, dict[str, str]] = {
    "rss": {
        "atom": ATOM,
        "content": CONTENT,
        "dc": dublin_core.URI,
        "media": media.URI,
        "slash": discussion.SLASH,
    },
    "atom": {"at": tombstones.URI, "media": media.URI, "thr": discussion.THREAD},
}
"""What the root of every document declares, so that no fragment has to."""

_DEPTH: dict[Format, int] = {"rss": 2, "atom": 1}
"""How deep an entry stands in its document."""


def digest(entry: Entry, form: Format) -> str:
    """Return a name for the fragment's bytes: of everything they are made from."""
    data = msgspec.json.encode((form, renderer(), entry))
    return hashlib.sha256(data).hexdigest()[:32]


def render(entry: Entry, form: Format) -> bytes:
    """Return an entry as an item of its format, ready to stand in any document."""
    if form == "json":
        return json_feed.render(entry)
    with WRITING:
        element = _rss(entry) if form == "rss" else _atom(entry)
    root = etree.Element("root", nsmap=NAMESPACES[form])
    root.append(element)
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(NAMESPACES[form]))
    etree.indent(element, level=_DEPTH[form])
    text: bytes = etree.tostring(root, encoding="utf-8")
    return b"  " * _DEPTH[form] + text[text.index(b">") + 1 : -len(b"</root>")] + b"\n"


def _rss(entry: Entry) -> Element:
    item = _begin(entry)
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
    _extend(item, "dublin_core", dublin_core.DublinCore(entry.authors, entry.language))
    _extend(item, "media", media.Media(entry.media))
    _extend(item, "discussion", discussion.Discussion(_count(entry)))
    _extend(item, "links", AtomLinks(entry.links_of("related")))
    return item.rss_entry()


def _atom(entry: Entry) -> Element:
    element = _begin(entry)
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
    _extend(element, "links", AtomLinks(others))
    _extend(element, "media", media.Media(entry.media))
    _extend(element, "discussion", discussion.Discussion(_count(entry)))
    _extend(element, "language", xml.Language(entry.language))
    return element.atom_entry()


def _begin(entry: Entry) -> FeedEntry:
    element = FeedEntry()
    element.id(entry.id)
    element.title(entry.title)
    element.link(href=entry.links_of("alternate")[0].href, rel="alternate")
    return element


def _extend(element: FeedEntry, name: str, extension: Any) -> None:
    """Load an extension that is ready; feedgen makes its own only without arguments."""
    element.register_extension(
        name,
        lambda: extension,
        atom=hasattr(extension, "extend_atom"),
        rss=hasattr(extension, "extend_rss"),
    )


def _count(entry: Entry) -> int | None:
    return next((link.count for link in entry.links_of("replies")), None)


@cache
def renderer() -> str:
    """Return what besides an entry decides a fragment's bytes: the code that writes it."""
    here = Path(__file__).parent
    code = b"".join(file.read_bytes() for file in sorted(here.rglob("*.py")))
    libraries = f"{version('feedgen')} {version('lxml')} {version('msgspec')}"
    return hashlib.sha256(libraries.encode() + code).hexdigest()
