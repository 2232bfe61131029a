"""Sitemaps for crawlers: one of the last two days' news, and an index of all pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.formats import sitemap
from feedsvc.model.article import Listing
from feedsvc.model.digests import etag
from feedsvc.model.feed import Document
from feedsvc.model.paths import NEWS_SITEMAP, SITEMAP
from feedsvc.store import articles, feeds, listings, page_urls
from feedsvc.store.database import Connection, Database

_NEWS_AGE = timedelta(hours=48)
"""Google's news sitemaps hold articles of the last two days."""
_MOST_NEWS = 1000
"""Addresses in one sitemap of news, at most: Google reads no more."""
_MOST_PAGES = 50_000
"""Addresses in any other sitemap, at most (sitemaps.org)."""
_INDEX_AGE = 60
"""Seconds after which the index of pages is made again though nothing was published: counting a
million pages takes a tenth of a second."""
_MAX_AGE = 300
"""Seconds for which a sitemap may be cached."""


class Sitemaps:
    """The sitemaps of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self._urls = config.urls
        self._index: tuple[tuple[int, int], Document] | None = None

    def news(self, part: int, now: datetime, most: int = _MOST_NEWS) -> Document:
        """Return the sitemap of the last two days' articles; an index where they are too many.

        :param part: 0 for the sitemap in robots.txt; from 1 for a part that its index names.
        :raises NotFoundError: there is no such part.
        """
        with self._database.reading() as connection:
            state = feeds.state(connection, "")
            recent, turns = self._recent(connection, now)
            shown = [it.id for it in recent if it.shown(now)]
            parts = [shown[start : start + most] for start in range(0, len(shown), most)]
            self._expect(part <= len(parts) and not (part == 1 == len(parts)))
            if part == 0 and len(parts) > 1:
                numbers = range(1, len(parts) + 1)
                body = sitemap.index(sitemap.SitemapPage(self._news_url(it)) for it in numbers)
            else:
                ids = parts[max(part - 1, 0)] if parts else ()
                body = sitemap.news(self._news(connection, ids, now), self._config.site.title)
        past = [it for it in turns if it <= now]
        known = [state.changed] if state and state.changed else []
        changed = max([*past, *known], default=self._urls.first_day)
        return _document(body, self._news_url(part), changed)

    def pages(self, now: datetime, most: int = _MOST_PAGES) -> Document:
        """Return the index of the sitemaps of all pages, one for each month (UTC).

        :raises NotFoundError: articles have no pages here.
        """
        self._expect(self._config.pages)
        with self._database.reading() as connection:
            state = feeds.next_revision(connection), int(now.timestamp()) // _INDEX_AGE
            if self._index and self._index[0] == state:
                return self._index[1]
            months = list(page_urls.months(connection, now))
        maps = [
            sitemap.SitemapPage(self._month_url(month.year, month.month, part), month.changed)
            for month in months
            for part in range(1, -(-month.number // most) + 1)
        ]
        changed = max((it.changed for it in months), default=self._urls.first_day)
        document = _document(sitemap.index(maps), self._urls.site + SITEMAP, changed)
        self._index = state, document
        return document

    def month(
        self, year: int, month: int, part: int, now: datetime, most: int = _MOST_PAGES
    ) -> Document:
        """Return the sitemap of the pages that came out in a month (UTC), the newest first.

        :param part: from 1.
        :raises NotFoundError: there are none, or articles have no pages here.
        """
        self._expect(self._config.pages and 1970 <= year < 9999 and 1 <= month <= 12)
        first = (part - 1) * most
        with self._database.reading() as connection:
            pages = page_urls.month(connection, year, month, now, first=first, limit=most)
        self._expect(bool(pages))
        body = sitemap.pages(
            sitemap.SitemapPage(self._urls.place(page.section, page.slug), page.changed)
            for page in pages
        )
        url = self._month_url(year, month, part)
        return _document(body, url, max(it.changed for it in pages))

    def _expect(self, exists: bool) -> None:
        if not exists:
            raise NotFoundError("there is no such sitemap")

    def _month_url(self, year: int, month: int, part: int) -> str:
        number = f"-{part}" if part > 1 else ""
        return f"{self._urls.site}/sitemap-{year:04}-{month:02}{number}.xml"

    def _news_url(self, part: int) -> str:
        path = NEWS_SITEMAP.replace(".xml", f"-{part}.xml") if part else NEWS_SITEMAP
        return self._urls.feeds + path

    def _recent(
        self, connection: Connection, now: datetime
    ) -> tuple[list[Listing], list[datetime]]:
        """Return the news, and the moments at which time alone added or removed an article."""
        recent: list[Listing] = []
        turns: list[datetime] = []
        for listing in listings.newest(connection, "", now):
            if listing.released <= now - _NEWS_AGE:
                turns.append(listing.released + _NEWS_AGE)
                break
            recent.append(listing)
            turns += [it for it in (listing.released, listing.expires) if it]
        return recent, turns

    def _news(
        self, connection: Connection, ids: Sequence[str], now: datetime
    ) -> list[sitemap.NewsArticle]:
        by_id = articles.get_many(connection, ids)
        return [
            sitemap.NewsArticle(
                url=self._urls.article(article),
                title=article.headline,
                language=article.language or self._config.language(article.section),
                published=article.appeared,
            )
            for article in (by_id[it] for it in ids)
            if article.usable(now)
        ]


def _document(body: bytes, url: str, changed: datetime) -> Document:
    return Document(
        body=body,
        media_type="application/xml",
        etag=etag(body),
        last_modified=changed,
        url=url,
        max_age=_MAX_AGE,
        shared_age=_MAX_AGE,
    )
