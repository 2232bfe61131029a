"""What to do about files that are gone: nothing, hide their articles, or delete them for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

FEW = 3
"""Files that may always go at once, however few there are."""


class Deletions(Struct, frozen=True):
    """The files that are gone, by what becomes of their articles."""

    fresh: frozenset[str] = frozenset()
    """Leave the feeds now."""
    final: frozenset[str] = frozenset()
    """Are deleted for good."""
    back: frozenset[str] = frozenset()
    """Had left the feeds, and return to them."""
    kept: frozenset[str] = frozenset()
    """Stay up, because so many are gone at once."""
    refusal: str = ""
    """Why they stay up."""


def too_many(gone: Collection[str], count: int) -> bool:
    """Tell whether so many of the files are gone at once that it must be a mistake."""
    return len(gone) > FEW and 2 * len(gone) > count


def decide(
    gone: frozenset[str],
    missing: Mapping[str, datetime | None],
    count: int,
    before: datetime,
    *,
    accepted: bool,
) -> Deletions:
    """Decide what becomes of the articles of files that are gone.

    :param gone: every file that is gone, as far as known.
    :param missing: since when the feeds are without those that were gone already; None for those
        that are kept up.
    :param count: of all files, those that are gone included.
    :param before: what left the feeds before this moment is deleted for good.
    :param accepted: somebody confirmed that it is no mistake.
    """
    hidden = {path: since for path, since in missing.items() if since is not None}
    final = gone & {path for path, since in hidden.items() if since <= before}
    if accepted or not too_many(gone, count):
        return Deletions(fresh=gone - hidden.keys(), final=final)
    kept = gone - final
    return Deletions(
        final=final,
        back=kept & hidden.keys(),
        kept=kept,
        refusal=(
            f"{len(gone):,} of {count:,} files are gone at once, so no article is withdrawn; "
            "if that is meant: feedsvc sync --accept-deletions"
        ),
    )
