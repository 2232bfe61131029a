"""The formats by name, and one article's entry as bytes: rendered once for each, then kept."""

from typing import Protocol

from feedsvc.formats import atom, json_feed, rss
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


def render(entry: Entry, format: Format) -> bytes:
    """Return an entry as it stands in any document of its format."""
    return FORMATTERS[format].entry(entry)
