"""Announce changed feeds to subscribers, or to another hub, in the transaction of the change."""

from collections.abc import Collection
from datetime import datetime

from feedsvc.config.settings import Config
from feedsvc.model.paths import FeedPath
from feedsvc.store import announcements, outbox
from feedsvc.store.database import Connection

PING = "ping"
"""The kind of the jobs that tell another hub of a changed feed; their key is its path."""
URGENT: frozenset[str] = frozenset(("correct", "kill"))
"""Changes that each subscriber gets, even if the feed has changed again before it is reached."""
WITHDRAWING: frozenset[str] = frozenset(("delete", "embargo", "expire", "kill", "move", "withhold"))
"""Changes that take a text out of a feed: no earlier state of any feed is delivered any more."""


def announce(
    connection: Connection,
    config: Config,
    paths: Collection[str],
    moment: datetime,
    acts: Collection[str] = (),
) -> None:
    """Announce that feeds have changed.

    :param acts: the changes to articles that caused it.
    """
    if not WITHDRAWING.isdisjoint(acts):
        announcements.withdraw(connection)
    if config.push.is_own:
        urgent = not URGENT.isdisjoint(acts)
        announcements.add(connection, paths, moment, urgent=urgent)
    elif config.urls.hub:
        changed = [path for path in paths if FeedPath.parse(path).document != "archive"]
        outbox.add(connection, PING, changed, moment)
