"""How long something that was made from the store stays right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from feedsvc.model.feed import Document


class Validity(NamedTuple):
    """From when to when something made from the store is right, while nothing is published."""

    revision: int
    """The number of the last change that it was made with."""
    since: datetime
    until: datetime | None = None
    """When time alone changes it next; None where it never does."""

    @classmethod
    def starting(cls, now: datetime, revision: int, moments: Iterable[datetime]) -> Validity:
        """Return the validity of something made now.

        :param moments: at which time alone changes it; past ones do not matter.
        """
        until = min((moment for moment in moments if moment > now), default=None)
        # Time changes it at whole seconds only.
        return cls(revision, now.replace(microsecond=0), until)

    def holds(self, revision: int, now: datetime) -> bool:
        """Return whether it is right, also with a clock that was set back."""
        if self.revision != revision or now < self.since:
            return False
        return self.until is None or now < self.until


class MadeFeed(NamedTuple):
    """A finished feed, and how long it stays right."""

    document: Document
    validity: Validity
