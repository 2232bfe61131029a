"""What the store was made with, so that it is made anew where that is something else by now."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from feedsvc.config.settings import FeedSettings
from feedsvc.model.digests import code_digest, digest_of

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.model.feed import Entry, Format

RENDERING = ("errors", "model", "config", "formats", "syndication")
"""Rooms that decide the bytes of a feed."""
RENDERING_KEYS = "rendered_with", "archived_with", "served_at"
"""Settings: what decides how feeds look, how much archives hold, and where they are."""


def rendered_with(config: Config) -> dict[str, str]:
    """Return what decides how feeds look and what they hold, besides the articles."""
    feeds = config.feeds
    found = {
        "rendered_with": digest_of(
            config.site, msgspec.structs.replace(feeds, url=""), config.sections, rendering_code()
        ),
        "archived_with": digest_of(feeds.items, feeds.hours, feeds.archive_items),
    }
    # Left open, it is where "feedsvc serve" listens, which only that knows.
    return found if feeds.url == FeedSettings().url else {**found, "served_at": feeds.url}


def finished_with(config: Config) -> str:
    """Return what decides every byte and header of a feed, besides the articles."""
    parts = config.site, config.feeds, config.sections, config.cache, config.cdn
    return digest_of(*parts, rendering_code())


@cache
def rendering_code() -> str:
    """Return a digest of the code that decides the bytes of a feed, besides its entries."""
    return code_digest(RENDERING, ("feedgen", "lxml", "msgspec"))


def entry_digest(entry: Entry, format: Format) -> str:
    """Return a digest of everything that decides the bytes of an entry in a format."""
    data = msgspec.json.encode((format, rendering_code(), entry))
    return hashlib.sha256(data).hexdigest()[:32]
