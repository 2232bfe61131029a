"""The list of all feeds, as OPML."""

from datetime import datetime
from itertools import islice

from feedsvc.config.settings import Config
from feedsvc.formats.autodiscovery import link
from feedsvc.formats.opml import MEDIA_TYPE, Outline, opml
from feedsvc.model.feed import Document
from feedsvc.model.paths import OUTLINES, FeedPath
from feedsvc.store import feeds, history, listings, releases
from feedsvc.store.database import Connection, Database
from feedsvc.syndication.feed_head import feed_title
from feedsvc.syndication.sections import section_paths


class FeedList:
    """The list of one newsroom's feeds. Safe to share between threads."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database
        self.url = config.feeds.url + OUTLINES

    def document(self, now: datetime) -> Document:
        """Return the feeds of all sections as OPML, dated by the newest change of any of them.

        Most readers show an article once for each feed that has it. So the site's feed is left
        out, unless it has articles that no section has; and it is the last, because others show
        an article in the first feed that has it.

        Within it, that is the newest release, expiry, correction or kill, which depends on the
        articles alone, so that it is the same everywhere; ``last_modified`` is that of the store.
        """
        with self._database.reading() as connection:
            _, *sections = section_paths(connection, self._config, now)
            alone = not sections or listings.any_without_section(connection, now)
            # A release, expiry or correction in a section is also one in the site.
            turns = [it for it in releases.moments(connection, "", now) if it <= now]
            dated = max(
                [*turns, *_last_correction(connection, now)], default=self._config.urls.first_day
            )
            changed = feeds.newest_change(connection, "section")
        paths = [*map(FeedPath, sections), FeedPath("", "corrections")]
        if alone:
            paths.append(FeedPath(""))
        return opml(
            self._config.site.title,
            map(self._outline, paths),
            dates=(dated, max(dated, changed or dated)),
            url=self.url,
            ages=(self._config.cache.least, self._config.cache.shared),
        )

    def link(self) -> str:
        """Return the HTML tag by which readers find all feeds at once."""
        return link(MEDIA_TYPE, f"{self._config.site.title} (OPML)", self.url)

    def _outline(self, path: FeedPath) -> Outline:
        place = self._config.place(path.place)
        return Outline(
            title=feed_title(place, path),
            feed=place.urls.feed(path, "rss"),
            page=place.url,
            language=place.language,
        )


def _last_correction(connection: Connection, now: datetime) -> list[datetime]:
    """Return when readers last got to see a correction or a kill; nothing if never."""
    corrections = history.corrections(connection, "")
    begun = (it for it in corrections if it.moment <= now)
    seen = (it.moment for it in begun if it.article.killed or it.article.usable(now))
    return list(islice(seen, 1))
