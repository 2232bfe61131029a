"""What is at the address of an article: its page, its notice, or where it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from feedsvc.errors import NotFoundError
from feedsvc.formats import entry_html, schema_org
from feedsvc.formats.entry import describe, related_links
from feedsvc.formats.schema_org import Crumb, Publisher
from feedsvc.formats.translations import Phrase, translate
from feedsvc.ingest.html.embeds import PLAYERS
from feedsvc.ingest.html.sanitize import plain_text
from feedsvc.model.feed import FORMATS, Author, Entry, Format, MediaObject
from feedsvc.model.paths import ancestors
from feedsvc.model.topics import topic
from feedsvc.store import articles, page_urls
from feedsvc.syndication.article_addresses import ReadElsewhere
from feedsvc.syndication.feed_head import cache_tags
from feedsvc.syndication.related import related_now

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.model.article import Article
    from feedsvc.store.database import Connection, Database
    from feedsvc.store.page_urls import FoundPage

FRAMES = " ".join(PLAYERS)
"""The hosts whose frames may be in a page, as a Content-Security-Policy names them."""
_PHRASES: tuple[Phrase, ...] = (
    "comments",
    "correction",
    "listen",
    "published",
    "related",
    "updated",
    "watch",
)
"""Of the templates of pages."""


class PageImage(Struct, frozen=True):
    """A picture with what it shows."""

    media: MediaObject
    alt: str
    """What those hear who do not see it."""


class PageContext(Struct, frozen=True):
    """What every page of an article has around it."""

    tags: tuple[str, ...]
    """What caches in front may purge it by."""
    language: str
    """BCP 47."""
    section: str
    crumbs: Sequence[Crumb]
    """The site first, the article's own section last."""
    urls: dict[Format, str]
    """The feeds of its section."""
    words: dict[str, str]
    """What the page says itself, in its language."""


class Gone(Struct, frozen=True):
    """Readers had an article here, and have it no longer."""

    around: PageContext
    title: str
    note: str
    """Why it was withdrawn, as plain text; empty where nobody said."""


class ArticlePage(Struct, frozen=True):
    """An article as people read it."""

    around: PageContext
    entry: Entry
    body: str
    """Clean HTML with absolute addresses."""
    deck: str
    """Plain text; empty where the body says just that."""
    named: Sequence[str]
    """Headlines of related stories that are nowhere to be read."""
    keywords: Sequence[str]
    pictures: Sequence[PageImage]
    """Those that the body does not show; the lead image first, if it is one of them."""
    recordings: Sequence[MediaObject]
    """Sounds and films that the body does not have."""
    data: dict[str, Any]
    """JSON-LD for crawlers."""
    graph: Sequence[tuple[str, str]]
    """Open Graph: properties and what they are."""
    until: datetime | None
    """When time alone changes it."""

    @property
    def pictured(self) -> bool:
        """Tell whether it has a picture."""
        return any(it.medium == "image" for it in self.entry.media)


class ArticlePages:
    """Shows the articles of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self._config = config
        self._database = database
        self._urls = config.urls

    def find(self, path: str, now: datetime) -> ArticlePage | ReadElsewhere | Gone:
        """Return what is at an address.

        :param path: section and slug, without a slash around them, decoded.
        :raises NotFoundError: there is nothing, or nothing that readers may know of.
        """
        if not self._config.pages:
            raise NotFoundError("there is nothing at this address")
        section, _, slug = path.rpartition("/")
        with self._database.reading() as connection:
            found = self._here(connection, section, slug, now)
            if found is None and (today := self._renamed(section)):
                found = self._here(connection, today, slug, now)
                if isinstance(found, ArticlePage):
                    found = ReadElsewhere(found.entry.links[0].href)
        if found is None:
            raise NotFoundError("there is nothing at this address")
        return found

    def listed(self, now: datetime) -> dict[str, int]:
        """Return the paths of all pages, each with the number of its last change.

        Of several articles at one address any may have changed which of them is shown.
        """
        with self._database.reading() as connection:
            found = page_urls.all_pages(connection, now)
        return {f"{section}/{slug}".lstrip("/"): number for section, slug, number in found}

    def _here(
        self, connection: Connection, section: str, slug: str, now: datetime
    ) -> ArticlePage | ReadElsewhere | Gone | None:
        here = page_urls.at_address(connection, section, slug)
        for found in here:
            if _readable(found, now):
                url = self._urls.article(found.article)
                if _path(url) != _path(self._urls.page(found.article)):
                    return ReadElsewhere(url)
                return self._story(connection, found.article, now)
        left = page_urls.former(connection, section, slug)
        lost = [it.article for it in here if it.hidden]
        found_again = list(page_urls.successors(connection, lost).values())
        if left and left[1] and not left[1].hidden:
            found_again.append(left[1].article)
        for article in found_again:
            if article.usable(now):
                return ReadElsewhere(self._urls.article(article))
        return self._past(connection, section, here, left, now)

    def _past(
        self,
        connection: Connection,
        section: str,
        here: Sequence[FoundPage],
        left: tuple[str, FoundPage | None] | None,
        now: datetime,
    ) -> Gone | None:
        """Return what is told of an article that readers had; None where they never had one."""
        for article in [it.article for it in (*here, left[1] if left else None) if it]:
            if article.killed or (not article.url and _expired(article, now)):
                return self._gone(article)
        if left is None or left[1]:
            return None
        # It is gone for good.
        note = page_urls.kill_note(connection, left[0])
        language = self._config.language(section)
        around = self._surroundings(left[0], section, language)
        message = translate("withdrawn" if note else "expired", language)
        return Gone(around, message, note)

    def _renamed(self, section: str) -> str:
        """Return what a section is called today; empty where it never was called otherwise."""
        was = self._config.redirects.former_sections
        above = next((it for it in ancestors(section) if it in was), None)
        return "" if above is None else was[above] + section[len(above) :]

    def _gone(self, article: Article) -> Gone:
        language = article.language or self._config.language(article.section)
        around = self._surroundings(article.id, article.section, language)
        message = translate("withdrawn" if article.killed else "expired", language)
        return Gone(around, message, article.note if article.killed else "")

    def _story(self, connection: Connection, article: Article, now: datetime) -> ArticlePage:
        config, urls = self._config, self._urls
        candidates = articles.find(connection, article.related)
        related = related_now(article, candidates, now)
        named = (it for story in article.related for it in candidates.get(story, ()))
        turns = [turn for it in (article, *named) for turn in it.turns()]
        entry = describe(article, related, config, urls)
        language = article.language or config.language(article.section)
        around = self._surroundings(article.id, article.section, language)
        body, site = urls.absolute(article.body), config.site
        recordings = entry.media[len(article.images) :]
        alts = [it.alt for it in article.images]
        pictures = map(PageImage, entry.media, alts)
        shown, there = entry_html.addresses(body, "src"), entry_html.addresses(body)
        title = around.crumbs[-1].title if article.section else ""
        by = Publisher(site.title, around.crumbs[0].url, urls.join(site.logo or site.icon))
        known = msgspec.structs.replace(entry, authors=tuple(map(self._known, entry.authors)))
        return ArticlePage(
            around=around,
            entry=entry,
            body=body,
            # A deck that was made from the beginning of the body would only say it twice.
            deck="" if plain_text(body).startswith(entry.summary.rstrip("…")) else entry.summary,
            named=[it.title for it in related_links(article, related, config, urls) if not it.href],
            keywords=article.keywords,
            pictures=[it for it in pictures if it.media.url not in shown],
            recordings=[it for it in recordings if it.url not in there],
            data=schema_org.json_ld(known, language, article.keywords, around.crumbs, by),
            until=min((it for it in turns if it > now), default=None),
            graph=[*schema_org.open_graph(known, language, article.keywords, title, site.title)],
        )

    def _known(self, author: Author) -> Author:
        """Return an author with an address; without one of theirs, that of what they wrote."""
        path = topic("author", author.name) if "author" in self._config.feeds.by else ""
        if author.uri or not path or author.name == self._config.site.title:
            return author
        return msgspec.structs.replace(author, uri=self._urls.section(path))

    def _surroundings(self, own: str, section: str, language: str) -> PageContext:
        config, urls = self._config, self._urls
        below = [it for it in reversed(ancestors(section)) if it]
        return PageContext(
            tags=cache_tags(section, own),
            language=language,
            section=section,
            crumbs=[
                Crumb(config.site.title, f"{config.home}/"),
                *(Crumb(config.section(it).title, urls.section(it)) for it in below),
            ],
            urls={format: urls.feed(section, format) for format in FORMATS},
            words={phrase: translate(phrase, language) for phrase in _PHRASES},
        )


def _path(url: str) -> tuple[str, str]:
    """Return what two addresses of one page have in common: who is sent to himself never ends."""
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/")


def _readable(found: FoundPage, now: datetime) -> bool:
    return not found.hidden and found.article.usable(now)


def _expired(article: Article, now: datetime) -> bool:
    return (
        article.status == "usable"
        and article.released <= now
        and article.expires is not None
        and article.expires <= now
    )
