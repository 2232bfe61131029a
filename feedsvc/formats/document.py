"""A finished feed: its head, the rendered entries, its tail."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from feedsvc.formats.render import FORMATTERS
from feedsvc.model.digests import etag
from feedsvc.model.feed import MARK, MEDIA_TYPES, Document, Feed, Format


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
    entries: Sequence[RenderedEntry],
    format: Format,
    last_modified: datetime,
    ages: tuple[int, int],
) -> Document:
    """Return the finished feed; its ETag is made of its bytes, by way of their digests.

    :param last_modified: of the last change to the feed, also of one that moved no date in it.
    :param ages: seconds for which a client and a shared cache may use it without asking.
    """
    formatter = FORMATTERS[format]
    head, separator, tail = formatter.head(feed), formatter.SEPARATOR, formatter.TAIL
    digests = [hashlib.sha256(head + tail).digest(), *(entry.mark for entry in entries)]
    lengths = (len(head), *(len(entry.body) + len(separator) for entry in entries))
    *starts, end = accumulate(lengths)
    return Document(
        body=b"".join([head, separator.join(entry.body for entry in entries), tail]),
        media_type=MEDIA_TYPES[format],
        etag=etag(b"".join(digests)),
        last_modified=last_modified,
        url=feed.href("self"),
        hub=next((link.href for link in feed.links if link.rel == "hub"), ""),
        max_age=ages[0],
        shared_age=ages[1],
        marks=b"".join(entry.mark[:MARK] for entry in entries),
        cuts=(*starts, end - len(separator) if entries else end),
        separator=separator,
    )
