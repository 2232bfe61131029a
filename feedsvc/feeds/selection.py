"""Which articles a feed holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feedsvc.model.article import Article, Listing, Related


def select(
    listings: Iterable[Listing], now: datetime, items: int, hours: int
) -> tuple[list[Listing], bool]:
    """Return the newest ``items``, or all of the last ``hours`` hours where that is more.

    The hours are counted back from the newest article, not from now, so that a feed does not
    change while nobody publishes.

    :param listings: newest first; read no further than needed.
    :returns: also whether there are more.
    """
    selected: list[Listing] = []
    for listing in listings:
        if not listing.shown(now):
            continue
        if len(selected) >= items and listing.age - selected[0].age > hours * 3600:
            return selected, True
        selected.append(listing)
    return selected, False


def choose(story: Related, candidates: Iterable[Article], now: datetime) -> Article | None:
    """Return the article a related story means: a usable one, by its id before its path.

    Of several with the same headline it is the newest.
    """
    usable = [article for article in candidates if article.usable(now)]
    return max(
        usable,
        key=lambda article: (article.id == story.ref, article.released, article.id),
        default=None,
    )
