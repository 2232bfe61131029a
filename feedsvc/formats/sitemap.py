"""Sitemaps: addresses of articles for crawlers (sitemaps.org 0.9, Google's news sitemap 0.9)."""

from collections.abc import Iterable
from datetime import datetime

from lxml import etree
from msgspec import Struct

from feedsvc.formats.namespaces import Element

_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_CHINESE = {"zh-Hans": "zh-cn", "zh-CN": "zh-cn", "zh-Hant": "zh-tw", "zh-TW": "zh-tw"}
"""The only languages of which Google wants more than the first part."""


class NewsArticle(Struct, frozen=True):
    """An article in a sitemap of news."""

    url: str
    title: str
    language: str
    """BCP 47."""
    published: datetime


class SitemapPage(Struct, frozen=True):
    """A page in a sitemap, or a sitemap in an index."""

    url: str
    changed: datetime | None = None
    """Its last change; None if it is not known."""


def news(articles: Iterable[NewsArticle], publication: str) -> bytes:
    """Return a sitemap of news.

    :param articles: a thousand at most, none older than two days, as Google requires.
    :param publication: its name.
    """
    root = etree.Element(f"{{{_MAP}}}urlset", nsmap={None: _MAP, "news": _NEWS})
    for article in articles:
        url = _add(root, _MAP, "url")
        _add(url, _MAP, "loc", article.url)
        about = _add(url, _NEWS, "news")
        source = _add(about, _NEWS, "publication")
        _add(source, _NEWS, "name", publication)
        language = _CHINESE.get(article.language) or article.language.split("-")[0]
        _add(source, _NEWS, "language", language)
        _add(about, _NEWS, "publication_date", article.published.isoformat())
        _add(about, _NEWS, "title", article.title)
    return _document(root)


def pages(listed: Iterable[SitemapPage]) -> bytes:
    """Return a sitemap of pages.

    :param listed: 50,000 at most, as the protocol requires.
    """
    return _list("urlset", "url", listed)


def index(listed: Iterable[SitemapPage]) -> bytes:
    """Return an index of sitemaps."""
    return _list("sitemapindex", "sitemap", listed)


def _list(root_name: str, name: str, listed: Iterable[SitemapPage]) -> bytes:
    root = etree.Element(f"{{{_MAP}}}{root_name}", nsmap={None: _MAP})
    for page in listed:
        element = _add(root, _MAP, name)
        _add(element, _MAP, "loc", page.url)
        if page.changed:
            _add(element, _MAP, "lastmod", page.changed.isoformat())
    return _document(root)


def _add(above: Element, namespace: str, name: str, text: str = "") -> Element:
    element = etree.SubElement(above, f"{{{namespace}}}{name}")
    element.text = text or None
    return element


def _document(root: Element) -> bytes:
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
