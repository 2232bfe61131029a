"""The subscribers of the feeds, and which of them have a correction or a kill."""

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.model.change import Act, Change
from feedsvc.model.feed import FILES
from feedsvc.store import announcements, feed_fetches, history, subscriptions
from feedsvc.store.database import Database
from feedsvc.store.subscriptions import Subscription

__all__ = [
    "SENT",
    "Reach",
    "Subscription",
    "last_reach",
    "listed",
    "path_of",
    "reach",
    "state_of",
    "unserved",
]


SENT: tuple[Act, ...] = ("correct", "kill")
"""Changes that each subscriber gets."""


class Reach(Struct, frozen=True):
    """How many subscribers of the changed feeds a change has reached, and how many others."""

    have: int
    """Have it, as their answers said."""
    refuse: int
    """Answer that they do not take it, or sleep after days of failures."""
    tried: int
    """All others: it waits for them, or is tried again."""
    fetches: int
    """Whole answers with it to readers that ask by themselves, and had an earlier state."""

    def __str__(self) -> str:
        """Return a sentence."""
        count = self.have + self.refuse + self.tried
        refused = f"; refused by {self.refuse}" if self.refuse else ""
        tried = f"; still tried for {self.tried}" if self.tried else ""
        times = "once" if self.fetches == 1 else f"{self.fetches:,} times"
        fetched = f"; fetched {times}" if self.fetches else ""
        return f"{self.have} of {count} subscriptions have it{refused}{tried}{fetched}"


def path_of(config: Config, topic: str) -> str:
    """Return the path of a feed that a person names by its address or its path."""
    path = topic.removeprefix(config.feeds.url).strip("/")
    place, _, file = path.rpartition("/")
    return place if file in FILES.values() else path


def listed(database: Database, path: str | None) -> list[Subscription]:
    """Return the subscriptions to a feed in any format; to all feeds where none is given."""
    with database.reading() as connection:
        return subscriptions.listed(connection, path)


def unserved(database: Database, *, failed: bool) -> list[Subscription]:
    """Return the subscriptions that lack the present state of their feed.

    :param failed: only the ones whose last delivery failed.
    """
    with database.reading() as connection:
        rows = subscriptions.listed(connection, failing=failed)
    return [row for row in rows if row.due or row.asleep]


def state_of(row: Subscription) -> str:
    """Return the state of a subscription in a word."""
    if row.asleep:
        return "asleep"
    if row.attempts:
        return "failing"
    return "waiting" if row.due else "up to date"


def reach(database: Database, change: Change) -> Reach:
    """Return how many subscribers and readers a correction or a kill has reached."""
    have = refuse = tried = 0
    with database.reading() as connection:
        numbers = announcements.numbers(connection, change.feeds, change.moment)
        for path, number in numbers.items():
            counts = subscriptions.reached(connection, path, number, change.moment)
            have, refuse, tried = have + counts[0], refuse + counts[1], tried + counts[2]
        fetches = feed_fetches.since(connection, change.feeds, change.moment)
    return Reach(have, refuse, tried, fetches)


def last_reach(database: Database) -> Reach | None:
    """Return how many the last correction or kill has reached; None where there was none."""
    with database.reading() as connection:
        change = history.last_of(connection, SENT)
    return reach(database, change) if change else None
