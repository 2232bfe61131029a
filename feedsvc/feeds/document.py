"""A head, the kept fragments, a tail: a finished feed."""

from __future__ import annotations

import hashlib
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from feedgen.feed import FeedGenerator

from feedsvc.feeds import json_feed
from feedsvc.feeds.fragment import NAMESPACES, WRITING
from feedsvc.feeds.namespaces import history
from feedsvc.feeds.namespaces.atom_links import AtomLinks
from feedsvc.feeds.namespaces.tombstones import Tombstones
from feedsvc.model.feed import MARK, MEDIA_TYPES, Document, Feed, Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feedsvc.feeds.namespaces import Element

GENERATOR = "feedsvc"
"""Without a version: an upgrade that changes nothing else must change no byte."""

_TAIL: dict[Format, bytes] = {"rss": b"</channel>", "atom": b"</feed>"}

_JOINTS: dict[Format, bytes] = {"rss": b"", "atom": b"", "json": json_feed.JOINT}
"""What stands between two entries."""


class Fragment(NamedTuple):
    """An entry, ready to stand in a document."""

    body: bytes
    mark: bytes
    """A digest of the body, so that an entry is not digested for each document it stands in."""


def fragment_of(body: bytes) -> Fragment:
    """Return an entry's bytes with their digest."""
    return Fragment(body, hashlib.sha256(body).digest())


def assemble(
    feed: Feed,
    fragments: Sequence[Fragment],
    form: Format,
    last_modified: datetime,
    ages: tuple[int, int],
) -> Document:
    """Return the finished feed; its ETag is made of its bytes, by way of their digests.

    :param fragments: of the entries, in order.
    :param last_modified: of the last change to the feed, also of one that moved no date in it.
    :param ages: seconds for which a client and a cache of many may use it without asking.
    """
    head, tail = json_feed.head(feed) if form == "json" else _around(feed, form)
    joint = _JOINTS[form]
    parts = [hashlib.sha256(head + tail).digest(), *(each.mark for each in fragments)]
    lengths = (len(head), *(len(each.body) + len(joint) for each in fragments))
    *starts, end = accumulate(lengths)
    return Document(
        body=b"".join([head, joint.join(each.body for each in fragments), tail]),
        media_type=MEDIA_TYPES[form],
        etag=hashlib.sha256(b"".join(parts)).hexdigest()[:32],
        last_modified=last_modified,
        url=feed.href("self"),
        max_age=ages[0],
        shared_age=ages[1],
        marks=b"".join(each.mark[:MARK] for each in fragments),
        cuts=(*starts, end - len(joint) if fragments else end),
        joint=joint,
    )


def changes(document: Document, base: str, had: bytes) -> Document | None:
    """Return a feed with only the entries that are new or changed since a state (RFC 3229 §5).

    :param base: the tag of that state.
    :param had: its marks.
    :returns: None where no entry is the same: then the whole feed is as short.
    """
    known = set(_marks(had))
    starts = zip(_marks(document.marks), pairwise(document.cuts), strict=True)
    fresh = [document.body[start:end] for mark, (start, end) in starts if mark not in known]
    if len(fresh) * MARK == len(document.marks):
        return None
    head, tail = document.body[: document.cuts[0]], document.body[document.cuts[-1] :]
    joint = document.joint
    body = b"".join([head, joint.join(each.removesuffix(joint) for each in fresh), tail])
    return msgspec.structs.replace(document, body=body, marks=b"", cuts=(), base=base)


def _marks(joined: bytes) -> list[bytes]:
    return [joined[start : start + MARK] for start in range(0, len(joined), MARK)]


def _around(feed: Feed, form: Format) -> tuple[bytes, bytes]:
    """Return what stands before and after the entries of an XML feed."""
    with WRITING:
        whole = _rss(feed) if form == "rss" else _atom(feed)
    head, tail = _split(whole, _TAIL[form])
    if feed.style:  # xml-stylesheet §2; what is in a URL needs no escapes but for one character
        declaration, end, rest = head.partition(b"?>\n")
        style = f'<?xml-stylesheet type="text/css" href="{feed.style.replace("&", "&amp;")}"?>\n'
        head = declaration + end + style.encode() + rest
    return head, tail


def _split(whole: bytes, tail: bytes) -> tuple[bytes, bytes]:
    """Cut a feed without entries where its entries belong."""
    at = whole.rindex(tail)
    start = whole.rindex(b"\n", 0, at) + 1
    return whole[:start], whole[start:]


class _Head:
    """Declares on the root what the fragments use; writes the feed's own links and tombstones."""

    def __init__(self, feed: Feed, form: Format) -> None:
        self._namespaces = NAMESPACES[form] | ({"fh": history.URI} if feed.archive else {})
        self._history = history.History(archive=feed.archive)
        self._links = AtomLinks([link for link in feed.links if link is not feed.page])
        self._tombstones = Tombstones(feed.tombstones)

    def extend_ns(self) -> dict[str, str]:
        return self._namespaces

    def extend_rss(self, root: Element) -> None:
        self._links.extend_rss(root[0])
        self._history.extend_feed(root[0])

    def extend_atom(self, root: Element) -> None:
        self._links.extend_atom(root)
        self._history.extend_feed(root)
        self._tombstones.extend_atom(root)


def _begin(feed: Feed, form: Format) -> FeedGenerator:
    head = FeedGenerator()
    head.register_extension(
        "head", lambda: _Head(feed, form), atom=form == "atom", rss=form == "rss"
    )
    head.title(feed.title)
    head.language(feed.language)
    head.generator(GENERATOR)
    head.updated(feed.updated)
    # The only link feedgen is given: it takes the last one for RSS's <link>, whatever its rel.
    head.link(href=feed.href("alternate"), rel="alternate", type="text/html")
    if feed.rights:
        head.rights(feed.rights)
    return head


def _rss(feed: Feed) -> bytes:
    head = _begin(feed, "rss")
    head.description(feed.subtitle or feed.title)
    if feed.logo:
        head.image(url=feed.logo, title=feed.title, link=feed.href("alternate"))
    return head.rss_str(pretty=True)


def _atom(feed: Feed) -> bytes:
    head = _begin(feed, "atom")
    head.id(feed.id)
    head.author(name=feed.author.name, email=feed.author.email, uri=feed.author.uri)
    if feed.subtitle:
        head.subtitle(feed.subtitle)
    if feed.icon:
        head.icon(feed.icon)
    if feed.logo:
        head.logo(feed.logo)
    return head.atom_str(pretty=True)
