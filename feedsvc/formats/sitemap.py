"""Sitemaps: addresses of articles for crawlers (sitemaps.org 0.9, Google's news sitemap 0.9)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedsvc.formats.namespaces import Element

_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_CHINESE = {"zh-Hans": "zh-cn", "zh-CN": "zh-cn", "zh-Hant": "zh-tw", "zh-TW": "zh-tw"}
"""The only languages that crawlers want more of than the first part."""


class NewsStory(Struct, frozen=True):
    """An article as crawlers of news are told of it."""

    url: str
    title: str
    language: str
    """BCP 47."""
    published: datetime


class SitemapPage(Struct, frozen=True):
    """A page or a sitemap as crawlers are told of it."""

    url: str
    changed: datetime | None = None
    """When it last changed; None where nobody says."""


def news(stories: Iterable[NewsStory], publication: str) -> bytes:
    """Return a sitemap of news.

    :param stories: a thousand at most, none older than two days: so crawlers want it.
    :param publication: its name.
    """
    root = etree.Element(f"{{{_MAP}}}urlset", nsmap={None: _MAP, "news": _NEWS})
    for story in stories:
        url = _add(root, _MAP, "url")
        _add(url, _MAP, "loc", story.url)
        about = _add(url, _NEWS, "news")
        source = _add(about, _NEWS, "publication")
        _add(source, _NEWS, "name", publication)
        language = _CHINESE.get(story.language) or story.language.split("-")[0]
        _add(source, _NEWS, "language", language)
        _add(about, _NEWS, "publication_date", story.published.isoformat())
        _add(about, _NEWS, "title", story.title)
    return _written(root)


def pages(found: Iterable[SitemapPage]) -> bytes:
    """Return a sitemap of pages.

    :param found: 50,000 at most, as the protocol has it.
    """
    root = etree.Element(f"{{{_MAP}}}urlset", nsmap={None: _MAP})
    for place in found:
        _place(_add(root, _MAP, "url"), place)
    return _written(root)


def index(found: Iterable[SitemapPage]) -> bytes:
    """Return an index of sitemaps."""
    root = etree.Element(f"{{{_MAP}}}sitemapindex", nsmap={None: _MAP})
    for place in found:
        _place(_add(root, _MAP, "sitemap"), place)
    return _written(root)


def _place(above: Element, place: SitemapPage) -> None:
    _add(above, _MAP, "loc", place.url)
    if place.changed:
        _add(above, _MAP, "lastmod", place.changed.isoformat())


def _add(above: Element, namespace: str, name: str, text: str = "") -> Element:
    found = etree.SubElement(above, f"{{{namespace}}}{name}")
    found.text = text or None
    return found


def _written(root: Element) -> bytes:
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
