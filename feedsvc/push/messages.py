"""The feeds as subscribers get them: the present state, or that after a correction or a kill."""

from collections.abc import Callable
from datetime import datetime

from feedsvc.config.settings import Config
from feedsvc.errors import NotFoundError
from feedsvc.model.paths import FeedPath, FeedRequest
from feedsvc.push.websub import Message
from feedsvc.store import announcements, subscriptions
from feedsvc.store.announcements import FeedSnapshot
from feedsvc.store.database import Database
from feedsvc.store.subscriptions import Subscription
from feedsvc.syndication.feeds import Feeds


class Messages:
    """Makes the messages of one newsroom. Safe to share between threads."""

    def __init__(
        self, config: Config, database: Database, feeds: Feeds, clock: Callable[[], datetime]
    ) -> None:
        self._urls = config.urls
        self._changes = config.push.content == "changes"
        self._database = database
        self._feeds = feeds
        self._clock = clock

    def keep(self, path: str) -> None:
        """Keep a feed as it is now, after a correction or a kill, until all subscribers have it."""
        with self._database.reading() as connection:
            formats = subscriptions.formats(connection, path)
        for format in formats:
            try:
                made = self._feeds.made(FeedRequest(FeedPath.parse(path), format), self._clock())
            except NotFoundError:
                return  # deliveries find that, too
            document, number = made.document, made.validity.revision
            kind, body = document.media_type, document.body
            snapshot = FeedSnapshot(path, format, number, document.etag, kind, self._clock(), body)
            with self._database.writing(counted=False) as connection:
                announcements.keep(connection, snapshot)

    def message(self, to: Subscription) -> Message:
        """Return the next state of a feed for a subscriber.

        :raises NotFoundError: the feed has ended.
        """
        with self._database.reading() as connection:
            snapshot = announcements.first_after(connection, to.path, to.format, to.number)
        url = self._urls.feed(to.path, to.format)
        if snapshot:
            return Message(snapshot.number, snapshot.etag, snapshot.type, url, snapshot.body)
        wanted = FeedRequest(FeedPath.parse(to.path), to.format)
        document, validity = self._feeds.made(wanted, self._clock())
        if self._changes and to.etag:
            document = self._feeds.deltas.since(wanted, document, [to.etag]) or document
        media_type = document.media_type
        return Message(validity.revision, document.etag, media_type, url, document.body)
