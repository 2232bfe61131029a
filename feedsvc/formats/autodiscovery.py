"""Links to feeds in the head of a web page (RSS, Atom and JSON Feed autodiscovery)."""

from html import escape

from feedsvc.config.settings import Config
from feedsvc.model.feed import MEDIA_TYPES, Format

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom", "json": "JSON"}
_LISTED: tuple[Format, ...] = ("rss", "atom")
"""The formats that every reader looks for, in the order in which they are named."""


def alternates(config: Config, section: str) -> list[str]:
    """Return ``<link rel="alternate">`` tags: of a section's feeds, then of the site's.

    The last is the page's own feed in JSON, since many readers propose the first that they know.

    :param section: empty for the site alone.
    """
    paths = [section, ""] if section else [""]
    feeds: list[tuple[str, Format]] = [(path, format) for path in paths for format in _LISTED]
    feeds.append((section, "json"))
    return [
        link(
            MEDIA_TYPES[format],
            f"{config.feed_title(path)} ({_NAMES[format]})",
            config.urls.feed(path, format),
        )
        for path, format in feeds
    ]


def link(media_type: str, title: str, url: str) -> str:
    """Return one ``<link>`` tag in HTML, with its texts escaped."""
    return (
        f'<link rel="alternate" type="{escape(media_type)}" '
        f'title="{escape(title)}" href="{escape(url)}">'
    )
