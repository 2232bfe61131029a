"""Rules for withdrawn articles: which text is stripped before the store, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.model.article import Article

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def stripped(
    article: Article, before: Article | None, killed: datetime | None, notice: timedelta
) -> Article:
    """Return what is left of a killed article: its id, its place, and the notice.

    :param before: the article as it was published, if it was: whoever had it is told.
    :param killed: when it was killed; None where readers never had it and need no notice.
    :param notice: for how long readers are shown the notice.
    """
    return Article(
        id=article.id,
        path=article.path,
        headline="",
        summary="",
        section=article.section,
        published=article.published,
        updated=max(killed or article.updated, article.published),
        slug=article.slug,
        body="",
        language=article.language,
        status="canceled",
        expires=killed + notice if killed else None,
        note=article.note,
        url=article.url,
        topics=tuple(sorted({*article.topics, *(before.topics if before else ())})),
        killed=killed,
    )


def withdrawn_at(article: Article, before: Article | None, now: datetime) -> datetime | None:
    """Return when a canceled article was killed; None where readers never had it.

    :param before: the article as it was published, if it was.
    """
    if before is None or before.status == "withheld":
        return None
    if before is not article and before.status == "canceled":
        return before.killed
    if before.released > now:
        return None
    told = article.updated if article.updated > before.updated or before is article else now
    return min(told, now)
