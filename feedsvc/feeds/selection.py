"""Which articles a feed holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feedsvc.model.article import Article, Related


def select(articles: Iterable[Article], now: datetime, items: int, hours: int) -> list[Article]:
    """Return the newest ``items``, or all of the last ``hours`` hours where that is more.

    The hours are counted back from the newest article, not from now, so that a feed does not
    change while nobody publishes.

    :param articles: newest first; read no further than needed.
    """
    selected: list[Article] = []
    for article in articles:
        if not article.shown(now):
            continue
        if len(selected) >= items and selected[0].released - article.released > timedelta(
            hours=hours
        ):
            break
        selected.append(article)
    return selected


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
