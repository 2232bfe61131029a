"""Sitemaps for crawlers that read no feeds: of the last two days' news, and of all pages here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from feedsvc.errors import NotFoundError
from feedsvc.formats import sitemap
from feedsvc.model.digests import etag
from feedsvc.model.feed import Document
from feedsvc.model.paths import SITEMAP
from feedsvc.store import articles, feeds, listings, page_urls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Listing
    from feedsvc.store.database import Connection, Database

_LASTS = timedelta(hours=48)
_MOST = 1000
"""Addresses in one sitemap of news."""
_MOST_PAGES = 50_000
"""Addresses in any other sitemap."""
_ANEW = 60
"""Seconds after which the index of pages is made anew though nothing was published: to count a
million pages takes a tenth of a second."""
_AGE = 300
"""Seconds for which a sitemap may be used without asking."""


class Sitemaps:
    """Gives out the sitemaps of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self._config = config
        self._database = database
        self._urls = config.urls
        self._index: tuple[tuple[int, int], Document] | None = None

    def news(self, part: int, now: datetime) -> Document:
        """Return the sitemap of the last two days' articles; an index where they are too many.

        :param part: 0 is what crawlers are told of; from 1, what the index leads to.
        :raises NotFoundError: there is no such part.
        """
        with self._database.reading() as connection:
            state = feeds.state(connection, "")
            recent, turns = self._recent(connection, now)
            shown = [it.id for it in recent if it.shown(now)]
            shares = [shown[start : start + _MOST] for start in range(0, len(shown), _MOST)]
            whole = part == 0 and len(shares) < 2
            if part > len(shares) or (part == 1 and len(shares) == 1):
                raise NotFoundError("there is no such sitemap")
            ids = (shares[0] if shares else ()) if whole else shares[part - 1] if part else ()
            stories = self._stories(connection, ids, now)
        if part == 0 and not whole:
            body = sitemap.index(
                sitemap.SitemapPage(self._url(number + 1)) for number in range(len(shares))
            )
        else:
            body = sitemap.news(stories, self._config.site.title)
        past = [it for it in turns if it <= now]
        known = [state.changed] if state and state.changed else []
        changed = max([*past, *known], default=self._urls.first_day)
        return _document(body, self._url(part), changed)

    def pages(self, now: datetime) -> Document:
        """Return the index of the sitemaps of all pages, one for each month (UTC).

        :raises NotFoundError: articles have no pages here.
        """
        self._expect(self._config.pages)
        with self._database.reading() as connection:
            state = feeds.next_revision(connection), int(now.timestamp()) // _ANEW
            if self._index and self._index[0] == state:
                return self._index[1]
            months = list(page_urls.months(connection, now))
        found = [
            sitemap.SitemapPage(self._month(it.year, it.month, part), it.changed)
            for it in months
            for part in range(1, -(-it.number // _MOST_PAGES) + 1)
        ]
        changed = max((it.changed for it in months), default=self._urls.first_day)
        document = _document(sitemap.index(found), self._urls.site + SITEMAP, changed)
        self._index = state, document
        return document

    def month(self, year: int, month: int, part: int, now: datetime) -> Document:
        """Return the sitemap of the pages that readers got in a month (UTC), the newest first.

        :param part: from 1.
        :raises NotFoundError: there are none, or articles have no pages here.
        """
        self._expect(self._config.pages and 1970 <= year < 9999 and 1 <= month <= 12)
        first = (part - 1) * _MOST_PAGES
        with self._database.reading() as connection:
            found = page_urls.month(connection, year, month, now, first=first, limit=_MOST_PAGES)
        self._expect(bool(found))
        body = sitemap.pages(
            sitemap.SitemapPage(self._urls.place(it.section, it.slug), it.changed) for it in found
        )
        return _document(body, self._month(year, month, part), max(it.changed for it in found))

    def _expect(self, there: bool) -> None:
        if not there:
            raise NotFoundError("there is no such sitemap")

    def _month(self, year: int, month: int, part: int) -> str:
        number = f"-{part}" if part > 1 else ""
        return f"{self._urls.site}/sitemap-{year:04}-{month:02}{number}.xml"

    def _url(self, part: int) -> str:
        return f"{self._urls.feeds}/sitemap-news{f'-{part}' if part else ''}.xml"

    def _recent(
        self, connection: Connection, now: datetime
    ) -> tuple[list[Listing], list[datetime]]:
        """Return what is new, and when time alone put it in or took something out."""
        recent: list[Listing] = []
        turns: list[datetime] = []
        for listing in listings.newest(connection, "", now):
            if listing.released <= now - _LASTS:
                turns.append(listing.released + _LASTS)
                break
            recent.append(listing)
            turns += [it for it in (listing.released, listing.expires) if it]
        return recent, turns

    def _stories(
        self, connection: Connection, ids: Sequence[str], now: datetime
    ) -> list[sitemap.NewsArticle]:
        held = articles.get_many(connection, ids)
        return [
            sitemap.NewsArticle(
                url=self._urls.article(article),
                title=article.headline,
                language=article.language or self._config.language(article.section),
                published=article.published,
            )
            for article in (held[own] for own in ids)
            if article.usable(now)
        ]


def _document(body: bytes, url: str, changed: datetime) -> Document:
    return Document(
        body=body,
        media_type="application/xml",
        etag=etag(body),
        last_modified=changed,
        url=url,
        max_age=_AGE,
        shared_age=_AGE,
    )
