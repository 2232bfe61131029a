"""The rules of a kill: no text of a killed article reaches the store, so none can leak later.

A kill takes an article back from every reader. The rules for the article itself are here. The
rest of a kill is done where the same is done for other articles:

- ``feedsvc.publishing.edit_article`` writes ``status: canceled`` into the record, and who did it.
- ``feedsvc.ingest.record.parsed`` recognizes a kill in a record with mistakes.
- ``feedsvc.publishing.actions`` deletes the versions and notes, withdraws pictures and sounds.
- ``feedsvc.publishing.affected_feeds`` names the feeds that lose the article or tell of the kill.
- ``feedsvc.publishing.sync`` wipes the text from the store's write-ahead log.
- ``feedsvc.store.article_writes`` writes the tombstones, and keeps the place in an archive.
- ``feedsvc.store.former_listings`` names the feeds that the article had left before.
- ``feedsvc.store.media`` withdraws the pictures and sounds that no other article shows.
- ``feedsvc.store.page_urls`` remembers the address of the page, which answers 410 from then on.
- ``feedsvc.formats.entry`` writes the notice that takes the place of the article.
- ``feedsvc.syndication.article_pages`` writes the page that says that the article was withdrawn.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.model.article import Article
from feedsvc.model.paths import listed_in


def stripped(
    article: Article,
    published: Mapping[str, Article],
    left: Mapping[str, Collection[str]],
    unsure: Collection[str],
    config: Config,
    now: datetime,
) -> Article:
    """Return a killed article without its text: its id, its place, and the notice for readers.

    Another article stays as it is.

    :param published: articles as they were published, by their ids.
    :param left: by the ids of articles, the sections and topics that readers may have them from,
        though they have left these.
    :param unsure: the records whose articles readers may have, though the store never had them: it
        is being filled, or these are copies of another newsroom's.
    """
    if article.status != "canceled":
        return article
    before, former = published.get(article.id), left.get(article.id, ())
    killed = _killed_at(
        article, article if before is None and article.path in unsure else before, former, now
    )
    topics = {*article.topics, *(before.topics if before else ())}
    notice = _notice(article, before, killed, config, tuple(sorted(topics)))
    elsewhere = {*former, *(listed_in(before) if before else ())} if killed else set[str]()
    return replace(notice, former_feeds=tuple(sorted(elsewhere - {*listed_in(notice)})))


def _notice(
    article: Article,
    before: Article | None,
    killed: datetime | None,
    config: Config,
    topics: tuple[str, ...],
) -> Article:
    """Return all that stays of an article in the feeds that it is in."""
    return Article(
        id=article.id,
        path=article.path,
        guid=article.guid,
        origin=article.origin,
        headline="",
        summary="",
        section=article.section,
        other_sections=article.other_sections,
        # A feed that never had it tells nothing of it.
        page_only=article.page_only or (before is not None and before.page_only),
        published=article.published,
        updated=max(killed or article.updated, article.published),
        slug=article.slug,
        body="",
        language=article.language,
        status="canceled",
        embargoed=article.embargoed,
        keeps_id=article.keeps_id,
        expires=killed + timedelta(days=config.feeds.kill_notice) if killed else None,
        note=article.note,
        url=article.url,
        topics=topics,
        killed=killed,
    )


def _killed_at(
    article: Article, before: Article | None, left: Collection[str], now: datetime
) -> datetime | None:
    """Return when an article was killed; None where readers never had it and need no notice."""
    if before is None:
        return now if left else None
    if before is not article and before.status == "canceled":
        return before.killed
    if not left:
        if before.status == "withheld" or before.released > now:
            return None
        if before is article and article.published < article.updated < article.released:
            return None  # it was killed during its embargo, as the record proves
    dated = article.updated > before.updated or before is article
    return min(article.updated, now) if dated else now
