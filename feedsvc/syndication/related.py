"""Choose the related articles of an entry that readers may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from feedsvc.model.article import Article, Related


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


def stories_of(held: Iterable[Article]) -> list[Related]:
    """Return the related stories of articles."""
    return [story for article in held for story in article.related]


def related_now(
    article: Article, candidates: Mapping[Related, Sequence[Article]], now: datetime
) -> dict[Related, Article | None]:
    """Return the article that each related story is now; one that is not out yet is left out."""
    related: dict[Related, Article | None] = {}
    for story in article.related:
        meant = candidates.get(story, ())
        chosen = choose(story, meant, now)
        if chosen or not meant:
            related[story] = chosen
    return related


def related_turns(
    article: Article, candidates: Mapping[Related, Sequence[Article]]
) -> list[datetime]:
    """Return when time alone changed or will change the related stories of an article."""
    meant = (other for story in article.related for other in candidates.get(story, ()))
    return [turn for other in meant for turn in other.turns()]
