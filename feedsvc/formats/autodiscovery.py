"""Links to feeds in the head of a web page (RSS and Atom autodiscovery)."""

from html import escape

from feedsvc.config.settings import Config
from feedsvc.model.feed import MEDIA_TYPES, Format

_NAMES: dict[Format, str] = {"rss": "RSS", "atom": "Atom"}
"""The formats that every reader looks for, in the order in which they are named."""


def alternates(config: Config, section: str) -> list[str]:
    """Return ``<link rel="alternate">`` tags: of a section's feeds, and then of the site's.

    :param section: empty for the site alone.
    """
    urls = config.urls
    return [
        link(MEDIA_TYPES[format], f"{config.feed_title(path)} ({name})", urls.feed(path, format))
        for path in ([section, ""] if section else [""])
        for format, name in _NAMES.items()
    ]


def link(media_type: str, title: str, url: str) -> str:
    """Return one ``<link>`` tag in HTML, with its texts escaped."""
    return (
        f'<link rel="alternate" type="{escape(media_type)}" '
        f'title="{escape(title)}" href="{escape(url)}">'
    )
