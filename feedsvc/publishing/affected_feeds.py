"""Which feeds the changes to articles change, and why: a list of rules, each a function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from feedsvc.model.article import Article
from feedsvc.model.change import Act, Change
from feedsvc.model.paths import FeedPath, listed_in
from feedsvc.publishing.placement import NOWHERE, Appearances, Placement
from feedsvc.store import article_writes
from feedsvc.store.database import Connection

_WITH_NOTE = ("correct", "kill")


class ChangedArticles(NamedTuple):
    """Articles that were changed at one moment, and the state before and after, by their ids."""

    acts: Mapping[str, Act]
    moment: datetime
    old: Mapping[str, Article]
    new: Mapping[str, Article]
    appeared: Mapping[str, Appearances]
    """Where the articles appeared before."""
    before: datetime
    """When they appeared there."""
    corrected: Collection[str]
    """The articles that are in the feeds of corrections, or were."""
    hidden: Collection[str] = ()
    """The articles that appeared nowhere before, because their files were gone."""
    by: Mapping[str, str] = MappingProxyType({})
    """Who changed the records, by their paths."""
    tombstones: Mapping[str, Collection[str]] = MappingProxyType({})
    """The feeds that had tombstones of the articles, and have them no longer."""

    def sections(self) -> set[str]:
        """Return the sections and topics that the articles were or are in."""
        return _sections(chain(self.old.values(), self.new.values()))


class Surroundings(NamedTuple):
    """The feeds around the changed articles, as they are when the archives have been filled."""

    appearances: Mapping[str, Appearances]
    """Where the changed articles, and the articles that name them as related, appear now."""
    naming: Mapping[str, Collection[str]]
    """The ids of the articles that name an article as related."""
    closed: Mapping[str, Collection[str]]
    """By section, the archives that were closed just now."""
    filling: Mapping[str, str]
    """By section, the archive that is being filled, where it has entries."""
    relinked: Collection[str]
    """The sections whose "prev-archive" link (RFC 5005) came or went."""


class ArticleChange(NamedTuple):
    """The change to one article, as the rules ask about it."""

    id: str
    batch: ChangedArticles
    around: Surroundings

    @property
    def act(self) -> Act:
        """Return the name of the change."""
        return self.batch.acts[self.id]

    @property
    def appeared(self) -> Appearances:
        """Return where the article appeared before."""
        return self.batch.appeared.get(self.id, NOWHERE)

    @property
    def appears(self) -> Appearances:
        """Return where the article appears now."""
        return self.around.appearances.get(self.id, NOWHERE)

    @property
    def versions(self) -> list[Article]:
        """Return the article as it was and as it is, as far as it was and is there."""
        versions = (self.batch.old.get(self.id), self.batch.new.get(self.id))
        return [article for article in versions if article]

    @property
    def sections(self) -> set[str]:
        """Return the sections and topics that the article was or is in."""
        return _sections(self.versions)

    @property
    def was_seen(self) -> bool:
        """Return whether readers can have the article or its notice, or could have."""
        # After the notice of a kill has left the feeds, they keep its tombstone.
        return bool(self.appeared.feeds or self.appears.feeds) or any(
            article.killed for article in self.versions
        )

    def looks_different(self) -> bool:
        """Return whether articles that name this one as related show something else of it now."""
        old, new = self._seen()
        return _link(old, self.batch.before) != _link(new, self.batch.moment)

    def turns_differently(self) -> bool:
        """Return whether articles that name this one will look different at other times."""
        old, new = self._seen()
        return (old.turns() if old else []) != (new.turns() if new else [])

    def _seen(self) -> tuple[Article | None, Article | None]:
        old = None if self.id in self.batch.hidden else self.batch.old.get(self.id)
        return old, self.batch.new.get(self.id)


def appears(change: ArticleChange) -> Collection[str]:
    """Return the feeds in which the article appears, or did."""
    return change.appeared.feeds | change.appears.feeds


def moved_up(change: ArticleChange) -> Collection[str]:
    """Return the archives being filled that lost an article to the newest, or got one from them."""
    sections = change.appeared.newest ^ change.appears.newest
    filling = change.around.filling
    return {filling[section] for section in sections if section in filling}


def archive_closed(change: ArticleChange) -> Collection[str]:
    """Return the archives that were closed, and the feeds that point to them now."""
    closed = change.around.closed
    sections = change.sections & closed.keys()
    return sections.union(*(closed[section] for section in sections))


def archive_link(change: ArticleChange) -> Collection[str]:
    """Return the feeds that point to an archive and did not, or no longer do."""
    return (change.appeared.waiting ^ change.appears.waiting).intersection(change.around.relinked)


def names_related(change: ArticleChange) -> Collection[str]:
    """Return the feeds with entries that name the article as related, and look different now."""
    if not change.looks_different():
        return ()
    naming = change.around.naming.get(change.id, ())
    places = change.around.appearances
    return set[str]().union(*(places.get(article_id, NOWHERE).feeds for article_id in naming))


def tombstone(change: ArticleChange) -> Collection[str]:
    """Return the feeds that gained or lost a tombstone (RFC 6721) of the article."""
    if change.act == "delete":
        (article,) = change.versions
        return change.sections if article.usable(change.batch.before) else ()
    killed = change.sections if change.act == "kill" and change.was_seen else set[str]()
    return killed.union(change.batch.tombstones.get(change.id, ()))


def correction(change: ArticleChange) -> Collection[str]:
    """Return the feeds of corrections that have an entry about the article, or had."""
    if change.act == "delete" or change.id not in change.batch.corrected or not change.was_seen:
        return ()
    if change.act == "expire" and change.versions[0].killed:
        return ()  # feeds of corrections keep the notice of a kill
    return {str(FeedPath(it, "corrections")) for it in change.sections}


RULES = (
    appears,
    moved_up,
    archive_closed,
    archive_link,
    names_related,
    tombstone,
    correction,
)
"""Every reason for which a feed changes. Where several hold, the first is logged."""


class AffectedFeeds(NamedTuple):
    """The feeds that changed articles changed."""

    changes: list[Change]
    feeds: set[str]
    """The paths of all feeds that changed."""
    closed: set[str]
    """Of these, the closed archives, and the feeds that point to them."""
    renewed: set[str]
    """The ids of articles that are the same, but name one as related that looks different."""
    nearby: set[str]
    """The paths of feeds that hold the same, but may change at another moment than before."""


def affected_feeds(
    connection: Connection,
    placement: Placement,
    batch: ChangedArticles,
    closed: Mapping[str, Collection[str]],
) -> AffectedFeeds:
    """Return which feeds hold something else than before, and why.

    :param closed: by section, the archives that were closed after the articles were changed.
    """
    around = _surroundings(connection, placement, batch, closed)
    articles = [ArticleChange(article_id, batch, around) for article_id in batch.acts]
    changes = [_change(article) for article in articles]
    renewed = {
        article_id
        for article in articles
        if article.looks_different() or article.turns_differently()
        for article_id in around.naming.get(article.id, ())
    }
    closing = {*closed, *chain.from_iterable(closed.values())}
    changed = closing.union(*(change.feeds for change in changes))
    sections = batch.sections()
    nearby = sections.union(*(places.newest for places in around.appearances.values()))
    if batch.corrected:
        nearby |= {str(FeedPath(it, "corrections")) for it in sections}
    return AffectedFeeds(changes, changed, closing, renewed, nearby - changed)


def _surroundings(
    connection: Connection,
    placement: Placement,
    batch: ChangedArticles,
    closed: Mapping[str, Collection[str]],
) -> Surroundings:
    naming = article_writes.referring(connection, [*batch.old.values(), *batch.new.values()])
    ids = {*batch.acts, *chain.from_iterable(naming.values())}
    now = placement.appearances(ids, batch.moment)
    pairs = [(batch.appeared.get(it, NOWHERE), now.get(it, NOWHERE)) for it in batch.acts]
    moved = set[str]().union(*(before.newest ^ after.newest for before, after in pairs))
    arrived = Counter(section for _, after in pairs for section in after.waiting)
    arrived.subtract(section for before, _ in pairs for section in before.waiting)
    return Surroundings(
        appearances=now,
        naming=naming,
        closed=closed,
        filling=placement.filling_archives(moved, batch.moment),
        relinked={
            section
            for section, count in arrived.items()
            if placement.is_relinked(section, batch.moment, count)
        },
    )


def _change(article: ArticleChange) -> Change:
    reasons: dict[str, str] = {}
    for rule in RULES:
        for path in rule(article):
            reasons.setdefault(path, rule.__name__)
    new = article.batch.new.get(article.id)
    return Change(
        act=article.act,
        id=article.id,
        moment=article.batch.moment,
        feeds=reasons,
        note=new.note if new and article.act in _WITH_NOTE else "",
        by=article.batch.by.get(new.path, "") if new else "",
    )


def _sections(articles: Iterable[Article]) -> set[str]:
    return {section for article in articles for section in listed_in(article)}


def _link(article: Article | None, at: datetime) -> tuple[str, ...] | None:
    """Return everything that other articles show of one: its headline alone before its release.

    None where it is not there: then articles that know its headline alone name that.
    """
    if article is None or not article.headline:
        return None
    if not article.usable(at):
        return (article.headline,)
    place = article.url, article.section, article.slug
    return article.headline, *place, article.language, article.released.isoformat()
