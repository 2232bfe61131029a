"""The entry of an article that is not published yet, as readers would get it in each format."""

from datetime import datetime

from feedsvc.config.settings import Config
from feedsvc.formats import render
from feedsvc.formats.entry import describe
from feedsvc.model.article import Article
from feedsvc.model.feed import FORMATS, Format
from feedsvc.store import articles
from feedsvc.store.database import Database
from feedsvc.syndication.article_links import with_article_links
from feedsvc.syndication.related import related_links, stories_of


class Previews:
    """Renders entries of one newsroom without keeping them."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    def entries(self, article: Article, now: datetime) -> dict[Format, str]:
        """Return the entry of an article in each format; it need not be in the store."""
        place = self._config.place(article.section)
        with self._database.reading() as connection:
            candidates = articles.find(connection, stories_of([article]))
        linked = with_article_links(article, candidates, place, now)
        entry = describe(linked, related_links(linked, candidates, place, now), place)
        return {format: render.render(entry, format).decode() for format in FORMATS}
