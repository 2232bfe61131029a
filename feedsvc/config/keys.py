"""The keys of config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.config import redirects, url_patterns, value_types
from feedsvc.model.feed import FORMATS

if TYPE_CHECKING:
    from feedsvc.config.toml_reader import Keys

KEYS: dict[str, Keys] = {
    "site": {
        "title": value_types.filled,
        "url": value_types.base_url,
        "pages": value_types.switch,
        "description": value_types.text,
        "language": value_types.language_code,
        "timezone": value_types.timezone,
        "rights": value_types.text,
        "icon": value_types.address,
        "logo": value_types.address,
        "tag": value_types.tag_authority,
        "show_problems": value_types.switch,
        "security_contact": value_types.contact,
    },
    "feeds": {
        "url": value_types.base_url,
        "items": value_types.count(1, 1000),
        "hours": value_types.count(0, 24 * 365),
        "content": value_types.content_kind,
        "archive_items": value_types.count(1, 1000),
        "browser_view": value_types.browser_view,
        "by": value_types.topic_kinds,
        "kill_notice": value_types.count(0, 366),
        "tombstone": value_types.count(0, 3660),
    },
    "articles": {"grace": value_types.count(0, 86400), "max_bytes": value_types.count(1000, 10**9)},
    "cache": {
        "least": value_types.count(0, 86400),
        "most": value_types.count(0, 86400),
        "archives": value_types.count(0, 365 * 86400),
        "shared": value_types.count(0, 365 * 86400),
        "states": value_types.count(0, 1000),
    },
    "limits": {
        "repeats": value_types.count(0, 10_000),
        "connections": value_types.count(1, 1_000_000),
        "queue": value_types.count(1, 100_000),
    },
    "log": {"requests": value_types.text},
    "cdn": {"tags": value_types.cdn_tags},
    "urls": {"style": redirects.style, **dict.fromkeys(FORMATS, url_patterns.served)},
    "redirects": {
        "from": url_patterns.pattern,
        "to": url_patterns.target,
        "gone": value_types.switch,
    },
    "section": {
        "title": value_types.text,
        "description": value_types.text,
        "image": value_types.address,
        "language": value_types.language_code,
        "was": redirects.was,
        "edition_of": redirects.section,
    },
}
"""Every key of config.toml by its table, with what reads it."""

REQUIRED = {"site": ("title",)}
"""The keys that must be there, by their tables."""
