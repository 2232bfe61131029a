"""What a newsroom did with an article, and the feeds that this changed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from feedsvc.model.article import Article

Act = Literal[
    "publish", "correct", "touch", "kill", "expire", "move", "delete", "embargo", "withhold"
]
"""What is done with an article. *correct* is worth telling readers, *touch* is not; *withhold*
takes it back without a word, also while its file is gone but may come back."""


class Change(Struct, frozen=True, kw_only=True):
    """A change to one article, and exactly the feeds whose contents changed because of it."""

    act: Act
    id: str
    """Of the article."""
    moment: datetime
    feeds: dict[str, str] = {}
    """Their paths without the format (``world``, ``world/archive/3``, ``world/corrections``; the
    site's is empty), each with the reason: the name of a rule in ``publishing.affected_feeds``.
    The reason is empty where the change was logged by a feedsvc that kept none."""
    note: str = ""
    by: str = ""
    """A person at the command line; empty where a file or the time made the change."""


class Version(Struct, frozen=True, kw_only=True):
    """What an article was until it was changed."""

    number: int
    """Ascending from 1."""
    until: datetime | None
    """None for the newest, which still holds."""
    article: Article


def act(before: Article | None, after: Article, now: datetime) -> Act:
    """Return what it is that turns an article into another version of itself.

    :param before: None where readers could not have had it, now or later.
    """
    if after.status == "canceled":
        return "kill"
    if after.status == "withheld":
        return "withhold"
    if not after.usable(now):
        return "embargo" if after.released > now else "expire"
    if before is None or not before.usable(now):
        return "publish"
    if before.section != after.section:
        return "move"
    return "correct" if after.updated > before.updated else "touch"
