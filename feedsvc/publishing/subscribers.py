"""The subscribers of the feeds, and which of them have a correction or a kill."""

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.model.change import Change
from feedsvc.model.feed import FILES
from feedsvc.store import announcements, subscriptions
from feedsvc.store.database import Database
from feedsvc.store.subscriptions import Subscription

__all__ = ["Reach", "Subscription", "listed", "path_of", "reach", "state_of", "unserved"]


class Reach(Struct, frozen=True):
    """How many subscribers of the changed feeds a change has reached."""

    have: int
    """Have it, as their answers said."""
    refuse: int
    """Answer that they do not take it, or sleep after days of failures."""
    tried: int
    """All others: it waits for them, or is tried again."""

    def __str__(self) -> str:
        """Return a sentence."""
        count = self.have + self.refuse + self.tried
        refused = f"; refused by {self.refuse}" if self.refuse else ""
        tried = f"; still tried for {self.tried}" if self.tried else ""
        return f"{self.have} of {count} subscriptions have it{refused}{tried}"


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
    """Return how many subscribers a correction or a kill has reached."""
    have = refuse = tried = 0
    with database.reading() as connection:
        numbers = announcements.numbers(connection, change.feeds, change.moment)
        for path, number in numbers.items():
            for row in subscriptions.listed(connection, path):
                if row.created > change.moment:
                    continue
                if row.number >= number:
                    have += 1
                elif row.asleep or row.refused:
                    refuse += 1
                else:
                    tried += 1
    return Reach(have, refuse, tried)
