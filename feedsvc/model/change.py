"""A change to an article, the feeds that it changed, and the versions of an article."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from feedsvc.model.article import Article

Act = Literal[
    "publish",
    "correct",
    "update",
    "touch",
    "kill",
    "expire",
    "move",
    "delete",
    "embargo",
    "withhold",
]
"""The kinds of changes. Readers hear of *correct*, see the date of *update*, and nothing of
*touch*; *withhold* takes an article out of the feeds without a notice, also while its file is
missing but may come back, and where only its page stays."""


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

    @property
    def credit(self) -> str:
        """Return who made it, and the note for readers, as far as there are any."""
        return (f" by {self.by}" if self.by else "") + (f": {self.note}" if self.note else "")


class Version(Struct, frozen=True, kw_only=True):
    """An article as it was until it was changed."""

    number: int
    """Ascending from 1."""
    until: datetime | None
    """None for the newest version, which is the present one."""
    article: Article


def act(before: Article | None, after: Article, now: datetime) -> Act:
    """Return the kind of change that turns an article into another version of itself.

    :param before: None where readers could not have it, then or later.
    """
    if after.status == "canceled":
        return "kill"
    if after.status == "withheld":
        return "withhold"
    if not after.usable(now):
        return "embargo" if after.released > now else "expire"
    if before is None or not before.usable(now):
        return "publish"
    if before.page_only != after.page_only:
        return "withhold" if after.page_only else "publish"
    places = [(it.section, it.other_sections) for it in (before, after)]
    return "move" if places[0] != places[1] else _edit(before, after)


def _edit(before: Article, after: Article) -> Act:
    if after.updated <= before.updated:
        return "touch"
    return "correct" if {*after.corrections} - {*before.corrections} else "update"
