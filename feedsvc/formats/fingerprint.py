"""Digests of code and configuration; when one changes, kept feeds are rendered again."""

from collections.abc import Sequence
from functools import cache

import msgspec

from feedsvc.config.settings import Config, FeedSettings
from feedsvc.model.article import Article
from feedsvc.model.digests import code_digest, digest_of, etag
from feedsvc.model.feed import Entry, Format, Link

RENDERING = ("errors", "model", "config", "formats", "syndication")
"""Rooms that decide the bytes of a feed."""
RENDERING_KEYS = "rendered_with", "archived_with", "served_at"
"""Keys in the store of the digests that decide the look, the archives and the address of feeds."""


def rendered_with(config: Config) -> dict[str, str]:
    """Return digests of everything besides the articles that decides the contents of feeds."""
    feeds = config.feeds
    digests = {
        "rendered_with": digest_of(
            config.site,
            msgspec.structs.replace(feeds, url=""),
            config.sections,
            (config.push.hub, config.push.allow_private),
            rendering_code(),
        ),
        "archived_with": digest_of(feeds.items, feeds.hours, feeds.archive_items),
    }
    # By default feeds are where "feedsvc serve" listens, which only that command knows.
    return digests if feeds.url == FeedSettings().url else {**digests, "served_at": feeds.url}


def finished_with(config: Config) -> str:
    """Return a digest of everything besides the articles that decides a feed and its headers."""
    parts = config.site, config.feeds, config.sections, config.cache, config.cdn.header
    return digest_of(*parts, config.urls.hub, rendering_code())


def described_with(config: Config) -> str:
    """Return a digest of everything besides the articles that decides an entry."""
    return digest_of(config.site, config.feeds, config.sections, rendering_code())


@cache
def rendering_code() -> str:
    """Return a digest of the code that decides the bytes of a feed, besides its entries."""
    # Commands that render nothing do without these libraries. The first look at the metadata of
    # an installed one would take as long as all the rest.
    from babel import __version__ as babel
    from lxml.etree import __version__ as lxml

    from feedsvc.formats.feedgen_xml import FEEDGEN_VERSION

    versions = babel, FEEDGEN_VERSION, lxml, msgspec.__version__
    return code_digest(RENDERING, versions)


def ingredients_digest(
    article: Article, related: Sequence[Link], format: Format, settings: str
) -> str:
    """Return a digest of everything that an entry in a format is made of.

    :param settings: ``described_with``.
    """
    return etag(msgspec.json.encode((format, settings, article, related)))


def entry_digest(entry: Entry, format: Format) -> str:
    """Return a digest of everything that decides the bytes of an entry in a format."""
    return etag(msgspec.json.encode((format, rendering_code(), entry)))
