"""Decide about the article of a missing file: keep, hide or delete it."""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from msgspec import Struct

from feedsvc.errors import Problem
from feedsvc.model.paths import ARTICLES
from feedsvc.store import article_files, articles
from feedsvc.store.article_files import MissingFile
from feedsvc.store.database import Connection

FEW = 3
"""Articles that may always go at once, however few there are."""

SETTLED = 1.0
"""Seconds without another missing file, after which all are judged together: a folder is deleted
file by file, and an editor may delete a file to write it again."""
_LONGEST = 60.0
"""Seconds after which missing files are judged in any case."""


class Settling:
    """The files that went missing just now: they are judged when no more have followed.

    :param clock: in seconds; that of the machine may be set while files go.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.paths: frozenset[str] = frozenset()
        """Below ``articles/``."""
        self._clock = clock
        self._first = self._last = 0.0

    def is_over(self, missing: frozenset[str]) -> bool:
        """Return whether files that are newly missing can be judged."""
        now = self._clock()
        if not self.paths:
            self._first = now
        if missing - self.paths:
            self._last = now
        over = not missing or now - self._last >= SETTLED or now - self._first >= _LONGEST
        self.paths = frozenset() if over else missing
        return over


class Deletions(Struct, frozen=True):
    """The missing files, by the decision about their articles."""

    hide: frozenset[str] = frozenset()
    """The articles leave the feeds now, until the files are back."""
    delete: frozenset[str] = frozenset()
    """The articles are deleted for good."""
    restore: frozenset[str] = frozenset()
    """The articles had left the feeds, and return to them."""
    keep: frozenset[str] = frozenset()
    """The articles stay in the feeds, because so many are missing at once."""

    def change(self, known: Collection[str]) -> bool:
        """Return whether there is anything to do; files that were known before stay kept."""
        return bool(self.hide or self.delete or self.restore or self.keep - {*known})


def too_many(missing: Collection[str], count: int) -> bool:
    """Return whether so many of the articles are missing at once that it must be a mistake."""
    return len(missing) > FEW and 2 * len(missing) > count


def decide(
    missing: frozenset[str],
    known: Mapping[str, MissingFile],
    published: frozenset[str],
    count: int,
    before: datetime,
    *,
    accepted: bool,
) -> Deletions:
    """Decide about the articles of files that are missing.

    :param missing: every file that is missing, as far as known.
    :param known: the ones that were missing before.
    :param published: of the missing files, the ones that have an article.
    :param count: of all articles, the missing ones included.
    :param before: articles that were hidden before this moment are deleted.
    :param accepted: a person confirmed that it is no mistake.
    """
    hidden = {path: file.since for path, file in known.items() if file.since is not None}
    delete = missing & {path for path, since in hidden.items() if since <= before}
    settled = {path for path in published if path in known and known[path].accepted}
    judged = published - settled
    if accepted or not too_many(judged, count - len(settled)):
        return Deletions(hide=missing - hidden.keys(), delete=delete)
    keep = judged - delete
    return Deletions(
        hide=missing - hidden.keys() - keep,
        delete=delete,
        restore=keep & hidden.keys(),
        keep=keep,
    )


def refusals(connection: Connection) -> list[Problem]:
    """Return the problem of the articles that stay although their files are gone; none if none."""
    kept, accepted = article_files.count_missing(connection)
    if not kept:
        return []
    count = articles.count(connection) - accepted
    message = (
        f"the files of {kept:,} of {count:,} articles are gone at once, so none of these is "
        "withdrawn; if that is meant: feedsvc sync --accept-deletions"
    )
    return [Problem(ARTICLES, 1, 1, "", message)]
