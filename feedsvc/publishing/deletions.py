"""Decide about the article of a missing file: keep, hide or delete it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct

FEW = 3
"""Files that may always go at once, however few files there are."""


class Deletions(Struct, frozen=True):
    """The missing files, by the decision about their articles."""

    hide: frozenset[str] = frozenset()
    """The articles leave the feeds now, until the files are back."""
    delete: frozenset[str] = frozenset()
    """The articles are deleted for good."""
    restore: frozenset[str] = frozenset()
    """The articles had left the feeds, and return to them."""
    keep: frozenset[str] = frozenset()
    """The articles stay in the feeds, because so many files are missing at once."""
    refusal: str = ""
    """The message to the newsroom about the articles that stay."""


def too_many(missing: Collection[str], count: int) -> bool:
    """Return whether so many of the files are missing at once that it must be a mistake."""
    return len(missing) > FEW and 2 * len(missing) > count


def decide(
    missing: frozenset[str],
    known: Mapping[str, datetime | None],
    count: int,
    before: datetime,
    *,
    accepted: bool,
) -> Deletions:
    """Decide about the articles of files that are missing.

    :param missing: every file that is missing, as far as known.
    :param known: since when the articles of files that were missing before are hidden; None for
        the articles that were kept.
    :param count: of all files, the missing ones included.
    :param before: articles that were hidden before this moment are deleted.
    :param accepted: a person confirmed that it is no mistake.
    """
    hidden = {path: since for path, since in known.items() if since is not None}
    delete = missing & {path for path, since in hidden.items() if since <= before}
    if accepted or not too_many(missing, count):
        return Deletions(hide=missing - hidden.keys(), delete=delete)
    keep = missing - delete
    return Deletions(
        delete=delete,
        restore=keep & hidden.keys(),
        keep=keep,
        refusal=(
            f"{len(missing):,} of {count:,} files are gone at once, so no article is withdrawn; "
            "if that is meant: feedsvc sync --accept-deletions"
        ),
    )
