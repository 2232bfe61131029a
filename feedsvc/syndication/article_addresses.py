"""Decide how the address of an article is answered: with 200, 308, 404 or 410."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.model.article import Article
from feedsvc.store import page_urls
from feedsvc.store.database import Connection, Database
from feedsvc.store.page_urls import FoundPage
from feedsvc.syndication.article_pages import ArticlePage, ArticlePages, GonePage


class ReadElsewhere(Struct, frozen=True):
    """An article is read at another address now."""

    url: str


class ArticleAddresses:
    """The addresses of one newsroom's articles. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self._urls = config.urls
        self._pages = ArticlePages(config)

    def find(self, path: str, now: datetime) -> ArticlePage | ReadElsewhere | GonePage:
        """Return the answer at an address.

        :param path: section and slug, without a slash around them, decoded.
        :raises NotFoundError: there is nothing, or nothing that readers may know of.
        """
        section, _, slug = path.rpartition("/")
        answer = None
        if self._config.pages:
            with self._database.reading() as connection:
                answer = self._at(connection, section, slug, now)
                if answer is None and (renamed := self._config.present_name(section)):
                    answer = self._at(connection, renamed, slug, now)
                    if isinstance(answer, ArticlePage):
                        answer = ReadElsewhere(answer.entry.links[0].href)
        if answer is None:
            raise NotFoundError("there is nothing at this address")
        return answer

    def pages(self, now: datetime) -> dict[str, int]:
        """Return the revisions of all pages by their paths.

        Where several articles have one address, a change to any of them may change which is shown.
        """
        with self._database.reading() as connection:
            pages = page_urls.all_pages(connection, now)
        return {f"{section}/{slug}".lstrip("/"): revision for section, slug, revision in pages}

    def _at(
        self, connection: Connection, section: str, slug: str, now: datetime
    ) -> ArticlePage | ReadElsewhere | GonePage | None:
        present = page_urls.at_address(connection, section, slug)
        for page in present:
            if not page.hidden and page.article.usable(now):
                url = self._urls.article(page.article)
                if _place(url) != _place(self._urls.page(page.article)):
                    return ReadElsewhere(url)
                return self._pages.page(connection, page.article, now)
        former = page_urls.former(connection, section, slug)
        lost = [it.article for it in present if it.hidden]
        moved = list(page_urls.successors(connection, lost).values())
        if former and former[1] and not former[1].hidden:
            moved.append(former[1].article)
        for article in moved:
            if article.usable(now):
                return ReadElsewhere(self._urls.article(article))
        return self._gone(connection, section, present, former, now)

    def _gone(
        self,
        connection: Connection,
        section: str,
        present: Sequence[FoundPage],
        former: tuple[str, FoundPage | None] | None,
        now: datetime,
    ) -> GonePage | None:
        """Return the notice for an article that readers had; None where they never had one."""
        for article in [it.article for it in (*present, former[1] if former else None) if it]:
            if article.killed or (not article.url and _expired(article, now)):
                return self._pages.gone(article)
        if former is None or former[1]:
            return None
        # The article was deleted for good.
        article_id, note = former[0], page_urls.kill_note(connection, former[0])
        return self._pages.deleted(article_id, section, note)


def _place(url: str) -> tuple[str, str]:
    """Return the host and path of a page: a redirect to the same place would never end."""
    parts = urlsplit(url)
    return parts.netloc.lower(), parts.path.rstrip("/")


def _expired(article: Article, now: datetime) -> bool:
    expired = article.expires is not None and article.expires <= now
    return article.status == "usable" and article.released <= now and expired
