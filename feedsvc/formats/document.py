"""A head, the kept fragments, a tail: a finished feed."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.formats import json_feed
from feedsvc.formats.render import around_entries
from feedsvc.model.feed import MARK, MEDIA_TYPES, Document, Feed, Format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


_JOINTS: dict[Format, bytes] = {"rss": b"", "atom": b"", "json": json_feed.JOINT}
"""What stands between two entries."""


class RenderedEntry(NamedTuple):
    """An entry, ready to stand in a document."""

    body: bytes
    mark: bytes
    """A digest of the body, so that an entry is not digested for each document it stands in."""


def rendered_entry(body: bytes) -> RenderedEntry:
    """Return an entry's bytes with their digest."""
    return RenderedEntry(body, hashlib.sha256(body).digest())


def assemble(
    feed: Feed,
    fragments: Sequence[RenderedEntry],
    format: Format,
    last_modified: datetime,
    ages: tuple[int, int],
) -> Document:
    """Return the finished feed; its ETag is made of its bytes, by way of their digests.

    :param fragments: of the entries, in order.
    :param last_modified: of the last change to the feed, also of one that moved no date in it.
    :param ages: seconds for which a client and a cache of many may use it without asking.
    """
    head, tail = json_feed.head(feed) if format == "json" else around_entries(feed, format)
    joint = _JOINTS[format]
    parts = [hashlib.sha256(head + tail).digest(), *(each.mark for each in fragments)]
    lengths = (len(head), *(len(each.body) + len(joint) for each in fragments))
    *starts, end = accumulate(lengths)
    return Document(
        body=b"".join([head, joint.join(each.body for each in fragments), tail]),
        media_type=MEDIA_TYPES[format],
        etag=hashlib.sha256(b"".join(parts)).hexdigest()[:32],
        last_modified=last_modified,
        url=feed.href("self"),
        max_age=ages[0],
        shared_age=ages[1],
        marks=b"".join(each.mark[:MARK] for each in fragments),
        cuts=(*starts, end - len(joint) if fragments else end),
        joint=joint,
    )
