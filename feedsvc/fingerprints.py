"""What the store was made with, so that it is made anew where that is something else by now."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from feedsvc.config import Feeds
from feedsvc.feeds.fragment import renderer
from feedsvc.ingest import reading

if TYPE_CHECKING:
    from feedsvc.config import Config

RENDERED = "rendered_with", "archived_with", "served_at"
"""Settings: what decides how feeds look, how much archives hold, and where they are."""


def made_with(config: Config) -> str:
    """Return what the reading of a file depends on besides the file."""
    languages = {path: section.language for path, section in config.sections.items()}
    topics = _digest(config.feeds.by, config.site.language, languages)
    return f"{reading.code()} {config.site.url} {config.site.timezone} {topics}"


def rendered_with(config: Config) -> dict[str, str]:
    """Return what decides how feeds look and what they hold, besides the articles."""
    feeds = config.feeds
    found = {
        "rendered_with": _digest(
            config.site, msgspec.structs.replace(feeds, url=""), config.sections, renderer()
        ),
        "archived_with": _digest(feeds.items, feeds.hours, feeds.archive_items),
    }
    # Left open, it is where "feedsvc serve" listens, which only that knows.
    return found if feeds.url == Feeds().url else {**found, "served_at": feeds.url}


def finished_with(config: Config) -> str:
    """Return what decides every byte and header of a feed, besides the articles."""
    parts = config.site, config.feeds, config.sections, config.cache, config.cdn
    return _digest(*parts, renderer())


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
