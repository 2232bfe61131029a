"""The state of the store: its name, whether it is filled, and the problems of the files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from feedsvc.errors import Problem
from feedsvc.publishing.deletions import refusals
from feedsvc.publishing.picture_problems import unfetched
from feedsvc.publishing.subscribers import Reach, last_reach
from feedsvc.store import (
    article_files,
    due_deliveries,
    key_values,
    outbox,
    sources,
    subscriptions,
)
from feedsvc.store.database import Connection, Database
from feedsvc.store.health import LATE, Health
from feedsvc.store.outbox import OutboxState
from feedsvc.store.sources import Count
from feedsvc.store.subscriptions import SubscriptionCounts

__all__ = [
    "LATE",
    "Count",
    "Health",
    "OutboxState",
    "Reach",
    "Status",
    "SubscriptionCounts",
    "all_problems",
]


class Status:
    """The state of one newsroom's store. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.was_filled = False
        """Whether the store was filled when it was last asked."""

    def is_filled(self) -> bool:
        """Return whether the store has been filled from the files, and can be read."""
        with self._database.reading() as connection:
            self.was_filled = key_values.is_filled(connection)
        return self.was_filled

    def health(self) -> Health:
        """Return whether publishing works."""
        return self._database.health.read()

    def problems(self) -> list[Problem]:
        """Return the problems of the article files, of their folders and of missing files."""
        with self._database.reading() as connection:
            return all_problems(connection)

    def marked(self, now: datetime) -> list[str]:
        """Return the files, below ``articles/``, that are to be read again now."""
        with self._database.reading() as connection:
            return article_files.marked(connection, now)

    def jobs(self) -> OutboxState:
        """Return how many jobs wait, and how many failed."""
        with self._database.reading() as connection:
            return outbox.state(connection)

    def sources(self) -> Sequence[Count]:
        """Return how many articles each source sent, by the result."""
        with self._database.reading() as connection:
            return sources.counts(connection)

    def subscribers(self) -> SubscriptionCounts:
        """Return how many subscriptions there are."""
        with self._database.reading() as connection:
            return subscriptions.count(connection)

    def deliveries(self) -> Mapping[str, int]:
        """Return how many deliveries ended, by the result."""
        with self._database.reading() as connection:
            return due_deliveries.result_counts(connection)

    def reach(self) -> Reach | None:
        """Return how many the last correction or kill has reached; None where there was none."""
        return last_reach(self._database)

    def restored(self) -> str | None:
        """Return when the store was last replaced by a copy; None if it never was."""
        with self._database.reading() as connection:
            return key_values.setting(connection, key_values.RESTORED)

    def store_name(self) -> str:
        """Return a name that no other store has; revisions mean nothing beyond one store."""
        with self._database.reading() as connection:
            name = key_values.setting(connection, "name")
        if name is None:
            name = uuid4().hex
            with self._database.writing() as connection:
                key_values.set_setting(connection, "name", name)
        return name


def all_problems(connection: Connection, folders: Sequence[Problem] | None = None) -> list[Problem]:
    """Return every problem that the last passes over the files found.

    :param folders: the problems of folders; read from the store where they are not given.
    """
    return [
        *article_files.problems(connection),
        *(article_files.folder_problems(connection) if folders is None else folders),
        *refusals(connection),
        *unfetched(connection),
    ]
