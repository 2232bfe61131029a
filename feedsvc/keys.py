"""The keys of config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc import moving, patterns, topics, values
from feedsvc.model.feed import FORMATS

if TYPE_CHECKING:
    from feedsvc.tables import Keys

KEYS: dict[str, Keys] = {
    "site": {
        "title": values.filled,
        "url": values.base_url,
        "pages": values.switch,
        "description": values.text,
        "language": values.language_code,
        "timezone": values.timezone,
        "rights": values.text,
        "icon": values.address,
        "logo": values.address,
        "tag": values.tag_authority,
        "show_problems": values.switch,
        "security_contact": values.contact,
    },
    "feeds": {
        "url": values.base_url,
        "items": values.count(1, 1000),
        "hours": values.count(0, 24 * 365),
        "content": values.content_kind,
        "archive_items": values.count(1, 1000),
        "browser_view": values.browser_view,
        "by": topics.kinds,
        "kill_notice": values.count(0, 366),
        "tombstone": values.count(0, 3660),
    },
    "articles": {"grace": values.count(0, 86400), "max_bytes": values.count(1000, 10**9)},
    "cache": {
        "least": values.count(0, 86400),
        "most": values.count(0, 86400),
        "archives": values.count(0, 365 * 86400),
        "shared": values.count(0, 365 * 86400),
        "states": values.count(0, 1000),
    },
    "limits": {
        "repeats": values.count(0, 10_000),
        "connections": values.count(1, 1_000_000),
        "queue": values.count(1, 100_000),
    },
    "log": {"requests": values.text},
    "cdn": {"tags": values.cdn_tags},
    "urls": {"style": moving.style, **dict.fromkeys(FORMATS, patterns.served)},
    "redirects": {"from": patterns.pattern, "to": patterns.target, "gone": values.switch},
    "section": {
        "title": values.text,
        "description": values.text,
        "image": values.address,
        "language": values.language_code,
        "was": moving.was,
        "edition_of": moving.section,
    },
}
"""Every key of config.toml by its table, with what reads it."""

REQUIRED = {"site": ("title",)}
"""The keys that must be there, by their tables."""
