"""The pages of articles: everything that they show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.formats import entry_html, schema_org
from feedsvc.formats.entry import describe, page_body
from feedsvc.formats.schema_org import Crumb, Publisher
from feedsvc.formats.translations import LABELS, translate
from feedsvc.model.article import Article
from feedsvc.model.cache_tags import page_tags
from feedsvc.model.feed import Author, Entry, Format, MediaObject
from feedsvc.model.paths import ancestors
from feedsvc.model.topics import topic
from feedsvc.store import articles, feeds
from feedsvc.store.database import Connection
from feedsvc.syndication.article_links import with_article_links
from feedsvc.syndication.related import related_links, related_turns
from feedsvc.syndication.sections import feed_urls


class PageImage(Struct, frozen=True):
    """A picture of a page."""

    media: MediaObject
    alt: str
    """Alternative text (HTML ``alt``)."""


class PageContext(Struct, frozen=True):
    """The parts of a page around the article."""

    tags: tuple[str, ...]
    """Cache tags, by which a CDN purges the page."""
    language: str
    """BCP 47."""
    section: str
    crumbs: Sequence[Crumb]
    """The site first, the article's own section last."""
    urls: dict[Format, str]
    """The feeds of its section."""
    words: dict[str, str]
    """The labels of the page, in its language."""


class GonePage(Struct, frozen=True):
    """The notice at the address of an article that was withdrawn or expired."""

    context: PageContext
    title: str
    note: str
    """Why it was withdrawn, as plain text; empty where no reason was given."""


class ArticlePage(Struct, frozen=True):
    """An article as people read it."""

    context: PageContext
    entry: Entry
    body: str
    """Clean HTML with absolute addresses."""
    deck: str
    """The summary as plain text; empty where the body begins with it."""
    unlinked: Sequence[str]
    """Headlines of related articles that have no address."""
    keywords: Sequence[str]
    images: Sequence[PageImage]
    """The pictures that are not in the body; the lead image first, if it is one of them."""
    recordings: Sequence[MediaObject]
    """The sounds and films that are not in the body."""
    json_ld: dict[str, Any]
    open_graph: Sequence[tuple[str, str]]
    """Names and contents of properties."""
    until: datetime | None
    """When time alone changes it."""
    in_feeds: bool
    """Whether feeds of its section, its authors and its keywords have it."""

    @property
    def has_image(self) -> bool:
        """Return whether it has a picture."""
        return any(it.medium == "image" for it in self.entry.media)


class ArticlePages:
    """Makes the pages of one newsroom's articles. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._urls = config.urls

    def page(self, connection: Connection, article: Article, now: datetime) -> ArticlePage:
        """Return the page of an article that readers may have."""
        config, urls, site = self._config, self._urls, self._config.site
        candidates = articles.find(connection, article.references)
        place = config.place(article.section)
        article = with_article_links(article, candidates, place, now)
        links = related_links(article, candidates, place, now)
        turns = [*article.turns(), *related_turns(article, candidates)]
        entry = describe(article, links, place)
        language = article.language or config.language(article.section)
        context = self._context(article.id, self._section(connection, article, now), language)
        body = page_body(article, urls)
        sources, linked = entry_html.addresses(body, "src"), entry_html.addresses(body)
        images = map(PageImage, entry.media, [it.alt for it in article.images])
        section = context.crumbs[-1].title if context.section else ""
        publisher = Publisher(site.title, context.crumbs[0].url, urls.join(site.logo or site.icon))
        authors = entry.authors if article.page_only else tuple(map(self._linked, entry.authors))
        described = msgspec.structs.replace(entry, authors=authors)
        return ArticlePage(
            context=context,
            entry=entry,
            body=body,
            deck=entry_html.deck(article.deck, body),
            unlinked=[link.title for link in links if not link.href],
            keywords=article.keywords,
            images=[it for it in images if it.media.url not in sources],
            recordings=[it for it in entry.media[len(article.images) :] if it.url not in linked],
            json_ld=schema_org.json_ld(
                described, language, article.keywords, context.crumbs, publisher
            ),
            open_graph=list(
                schema_org.open_graph(described, language, article.keywords, section, site.title)
            ),
            until=min((it for it in turns if it > now), default=None),
            in_feeds=not article.page_only,
        )

    def gone(self, article: Article) -> GonePage:
        """Return the notice that an article was killed, with the reason, or that it expired."""
        language = article.language or self._config.language(article.section)
        section = "" if article.page_only else article.section
        context = self._context(article.id, section, language)
        if article.killed:
            return GonePage(context, translate("withdrawn", language), article.note)
        return GonePage(context, translate("expired", language), "")

    def deleted(self, article_id: str, section: str, note: str) -> GonePage:
        """Return the notice for an article that was deleted for good.

        :param note: why it was killed; empty if it was not.
        """
        language = self._config.language(section)
        context = self._context(article_id, section, language)
        return GonePage(context, translate("withdrawn" if note else "expired", language), note)

    def _section(self, connection: Connection, article: Article, now: datetime) -> str:
        """Return its section, or the next one above that has a feed, if it is in none itself."""
        named = {above for it in self._config.sections for above in ancestors(it)}
        return next(
            section
            for section in ancestors(article.section)
            if not (article.page_only and section)
            or section in named
            or not feeds.is_secret(connection, section, now)
        )

    def _linked(self, author: Author) -> Author:
        """Return an author with an address: their own, or that of the feed of their articles."""
        path = topic("author", author.name) if "author" in self._config.feeds.by else ""
        if author.uri or not path or author.name == self._config.site.title:
            return author
        return msgspec.structs.replace(author, uri=self._urls.section(path))

    def _context(self, article_id: str, section: str, language: str) -> PageContext:
        config, urls = self._config, self._urls
        sections = [it for it in reversed(ancestors(section)) if it]
        return PageContext(
            tags=page_tags(section, article_id),
            language=language,
            section=section,
            crumbs=[
                Crumb(config.site.title, f"{config.home}/"),
                *(Crumb(config.section(it).title, urls.section(it)) for it in sections),
            ],
            urls=feed_urls(urls, section),
            words={phrase: translate(phrase, language) for phrase in LABELS},
        )
