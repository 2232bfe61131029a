"""The formats by name, and one article's entry as bytes: rendered once for each, then kept."""

from __future__ import annotations

from typing import Protocol

import msgspec

from feedsvc.formats import atom, json_feed, rss
from feedsvc.formats.fingerprint import rendering_code
from feedsvc.model.digests import etag
from feedsvc.model.feed import Entry, Feed, Format


class Formatter(Protocol):
    """A module that writes one format."""

    SEPARATOR: bytes
    """Between two entries."""
    TAIL: bytes
    """Behind the last entry."""

    def head(self, feed: Feed, /) -> bytes:
        """Return the part of a feed before its entries."""
        ...

    def entry(self, entry: Entry, /) -> bytes:
        """Return an entry as it stands in any document."""
        ...


FORMATTERS: dict[Format, Formatter] = {"rss": rss, "atom": atom, "json": json_feed}


def digest(entry: Entry, format: Format) -> str:
    """Return a name for a rendered entry: a digest of everything that it is made from."""
    return etag(msgspec.json.encode((format, rendering_code(), entry)))


def render(entry: Entry, format: Format) -> bytes:
    """Return an entry as it stands in any document of its format."""
    return FORMATTERS[format].entry(entry)
