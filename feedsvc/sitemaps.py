"""The sitemap of news: what was published in the last two days, for crawlers that read no feeds."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from feedsvc.errors import NotFoundError
from feedsvc.feeds import sitemap
from feedsvc.material import LONG_AGO
from feedsvc.model.feed import Document
from feedsvc.store import articles, feeds, listings
from feedsvc.urls import Urls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feedsvc.config import Config
    from feedsvc.model.article import Listing
    from feedsvc.store.database import Connection, Database

_LASTS = timedelta(hours=48)
_MOST = 1000
"""Addresses in one sitemap of news."""
_AGE = 300
"""Seconds for which a sitemap may be used without asking."""


class Sitemaps:
    """Gives out the sitemaps of one newsroom. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        """Take the store that publishing writes."""
        self._config = config
        self._database = database
        self._urls = Urls(config)

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
            body = sitemap.index([self._url(number + 1) for number in range(len(shares))])
        else:
            body = sitemap.news(stories, self._config.site.title)
        past = [it for it in turns if it <= now]
        return Document(
            body=body,
            media_type="application/xml",
            etag=hashlib.sha256(body).hexdigest()[:32],
            last_modified=max(state.changed if state else LONG_AGO, *past, LONG_AGO),
            url=self._url(part),
            max_age=_AGE,
            shared_age=_AGE,
        )

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
    ) -> list[sitemap.Story]:
        held = articles.get_many(connection, ids)
        return [
            sitemap.Story(
                url=self._urls.article(article),
                title=article.headline,
                language=article.language or self._config.language(article.section),
                published=article.published,
            )
            for article in (held[own] for own in ids)
            if article.usable(now)
        ]
