"""What RSS and Atom share: feedgen, its lock, the namespaces and the extensions."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc.formats.namespaces import discussion, dublin_core, history, media, tombstones
from feedsvc.formats.namespaces.atom_links import URI as ATOM
from feedsvc.formats.namespaces.atom_links import AtomLinks
from feedsvc.formats.namespaces.tombstones import Tombstones

if TYPE_CHECKING:
    from feedsvc.formats.namespaces import Element
    from feedsvc.model.feed import Entry, Feed, Format


GENERATOR = "feedsvc"
"""Without a version: an upgrade that changes nothing else must change no byte."""


TAILS: dict[Format, bytes] = {"rss": b"</channel>", "atom": b"</feed>"}


def split_at_entries(whole: bytes, tail: bytes) -> tuple[bytes, bytes]:
    """Cut a feed without entries where its entries belong."""
    at = whole.rindex(tail)
    start = whole.rindex(b"\n", 0, at) + 1
    return whole[:start], whole[start:]


class HeadExtension:
    """Declares on the root what the fragments use; writes the feed's own links and tombstones."""

    def __init__(self, feed: Feed, format: Format) -> None:
        self._namespaces = NAMESPACES[format] | ({"fh": history.URI} if feed.archive else {})
        self._history = history.History(archive=feed.archive)
        self._links = AtomLinks([link for link in feed.links if link is not feed.page])
        self._tombstones = Tombstones(feed.tombstones)
        self._updated = feed.updated

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root declares."""
        return self._namespaces

    def extend_rss(self, root: Element) -> None:
        """Add the links and the history of a channel; take its date from an empty one."""
        self._links.extend_rss(root[0])
        self._history.extend_feed(root[0])
        if self._updated is None:
            etree.strip_elements(root[0], "lastBuildDate")

    def extend_atom(self, root: Element) -> None:
        """Add the links, the history and the tombstones of an Atom feed."""
        self._links.extend_atom(root)
        self._history.extend_feed(root)
        self._tombstones.extend_atom(root)


def begin_feed(feed: Feed, format: Format) -> FeedGenerator:
    """Return a feed with the elements that both formats have."""
    head = FeedGenerator()
    head.register_extension(
        "head", lambda: HeadExtension(feed, format), atom=format == "atom", rss=format == "rss"
    )
    head.title(feed.title)
    head.language(feed.language)
    head.generator(GENERATOR)
    head.updated(feed.dated)
    # The only link feedgen is given: it takes the last one for RSS's <link>, whatever its rel.
    head.link(href=feed.href("alternate"), rel="alternate", type="text/html")
    if feed.rights:
        head.rights(feed.rights)
    return head


FEEDGEN_LOCK = Lock()
"""Held around feedgen, which sets the locale of the whole process to write a date."""


CONTENT_URI = "http://purl.org/rss/1.0/modules/content/"


NAMESPACES: dict[Format, dict[str, str]] = {
    "rss": {
        "atom": ATOM,
        "content": CONTENT_URI,
        "dc": dublin_core.URI,
        "media": media.URI,
        "slash": discussion.SLASH,
    },
    "atom": {"at": tombstones.URI, "media": media.URI, "thr": discussion.THREAD},
}
"""What the root of every document declares, so that no fragment has to."""


ENTRY_DEPTH: dict[Format, int] = {"rss": 2, "atom": 1}
"""How deep an entry stands in its document."""


def begin_entry(entry: Entry) -> FeedEntry:
    """Return an entry with its id, title and permalink."""
    element = FeedEntry()
    element.id(entry.id)
    element.title(entry.title)
    element.link(href=entry.links_of("alternate")[0].href, rel="alternate")
    return element


def extend(element: FeedEntry, name: str, extension: Any) -> None:
    """Load an extension that is ready; feedgen makes its own only without arguments."""
    element.register_extension(
        name,
        lambda: extension,
        atom=hasattr(extension, "extend_atom"),
        rss=hasattr(extension, "extend_rss"),
    )


def reply_count(entry: Entry) -> int | None:
    """Return how many comments an entry has, if that is known."""
    return next((link.count for link in entry.links_of("replies")), None)
