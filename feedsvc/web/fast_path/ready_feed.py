"""A feed that is ready, and when it ends."""

from datetime import datetime

from feedsvc.model.paths import FeedPath
from feedsvc.model.validity import MadeFeed
from feedsvc.web.http.reply import date_until


class ReadyFeed:
    """A feed that is ready, until a change or the time ends it, or answers have another date."""

    def __init__(self, path: FeedPath, made: MadeFeed, now: datetime) -> None:
        document, validity = made
        self.path = path
        self.document = document
        self.revision = validity.revision
        self.fetches = 0
        """Whole answers with it that are not counted in the store yet."""
        self.since = validity.since.timestamp()
        ends = filter(None, (validity.until, date_until(document, now)))
        self.until = min(map(datetime.timestamp, ends), default=float("inf"))

    def holds(self, now: float) -> bool:
        """Return whether it is right at a moment."""
        return self.since <= now < self.until

    def end(self) -> None:
        """Make all answers with it invalid."""
        self.until = 0.0
