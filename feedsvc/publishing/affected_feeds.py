"""Which feeds the changes to articles change, and why: a list of rules, each a function."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from feedsvc.model.article import Article, Related
from feedsvc.model.change import Act, Change
from feedsvc.model.paths import FeedPath, listed_in
from feedsvc.publishing.placement import NOWHERE, Appearances, Placement
from feedsvc.store import article_writes, articles
from feedsvc.store.database import Connection


class ChangedArticles(Struct, frozen=True):
    """Articles that were changed at one moment, and the state before and after, by their ids."""

    acts: dict[str, Act]
    moment: datetime
    before: datetime
    """The moment of the state before: earlier only where time alone changed the articles."""
    corrected: Collection[str]
    """The articles that are in the feeds of corrections, or were."""
    old: dict[str, Article] = {}
    new: dict[str, Article] = {}
    appeared: dict[str, Appearances] = {}
    """Where the articles appeared before."""
    hidden: Collection[str] = ()
    """The articles that appeared nowhere before, because their files were gone."""
    tombstones: dict[str, set[str]] = {}
    """The feeds that had tombstones of the articles, and have them no longer."""
    by: dict[str, str] = {}
    """Who changed the records, by their paths."""

    def articles(self) -> list[Article]:
        """Return the articles as they were and as they are."""
        return [*self.old.values(), *self.new.values()]

    def versions(self, article_id: str) -> tuple[Article | None, Article | None]:
        """Return an article as readers could have it before, and as it is."""
        old = None if article_id in self.hidden else self.old.get(article_id)
        return old, self.new.get(article_id)

    def is_public(self, article_id: str) -> bool:
        """Return whether readers may have an article now, or could before."""
        old, new = self.versions(article_id)
        usable = [old and old.usable(self.before), new and new.usable(self.moment)]
        return any(usable)

    def sections(self) -> set[str]:
        """Return the sections and topics that the articles were or are in."""
        return _sections(self.articles())


class Surroundings:
    """The feeds around the changed articles, as they are when the archives have been filled."""

    def __init__(
        self,
        connection: Connection,
        placement: Placement,
        batch: ChangedArticles,
        closed: dict[str, list[str]],
    ) -> None:
        self.closed = closed
        self.has_kill_entries = placement.kill_entries
        self.naming = article_writes.referring(connection, batch.articles())
        """The ids of the articles that name an article as related."""
        secret = [it for it in batch.acts if not batch.is_public(it)]
        naming = set[str]().union(*(self.naming.get(it, ()) for it in secret))
        self.stories = {
            article_id: [it for it in article.related if it.headline and not it.url]
            for article_id, article in articles.get_many(connection, naming).items()
        }
        """By the ids of the articles that name one which readers may not have, their related
        stories with headlines."""
        self.candidates = articles.find(connection, chain(*self.stories.values()))
        """The articles that each of these stories may mean."""
        ids = {*batch.acts, *chain(*self.naming.values())}
        self.appearances = placement.appearances(ids, batch.moment)
        """Where these and the changed articles appear now."""
        before = [batch.appeared.get(it, NOWHERE) for it in batch.acts]
        after = [self.appearances.get(it, NOWHERE) for it in batch.acts]
        pairs = zip(before, after, strict=True)
        moved = set[str]().union(*(old.newest ^ new.newest for old, new in pairs))
        self.filling = placement.filling_archives(moved, batch.moment)
        """By section, the archive that is being filled, where it has entries."""
        arrived = Counter(chain.from_iterable(it.waiting for it in after))
        arrived.subtract(chain.from_iterable(it.waiting for it in before))
        self.relinked = {
            section
            for section, count in arrived.items()
            if placement.is_relinked(section, batch.moment, count)
        }
        """The sections whose "prev-archive" link (RFC 5005) came or went."""


class ArticleChange:
    """The change to one article, as the rules ask about it."""

    def __init__(self, article_id: str, batch: ChangedArticles, around: Surroundings) -> None:
        self.id = article_id
        self.act: Act = batch.acts[article_id]
        self.batch = batch
        self.around = around
        self.naming = around.naming.get(article_id, set[str]())
        """The ids of the articles that name this one as related."""
        self.appeared = batch.appeared.get(article_id, NOWHERE)
        self.appears = around.appearances.get(article_id, NOWHERE)
        old, new = batch.old.get(article_id), batch.new.get(article_id)
        self.versions = [article for article in (old, new) if article]
        """The article as it was and as it is, as far as it was and is there."""
        self.sections = _sections(self.versions)
        """The sections and topics that it was or is in."""
        old, new = batch.versions(article_id)
        self.showing = self.naming
        """Of these, the ones whose entries can look different after this change."""
        if not batch.is_public(article_id):
            self.showing = {it for it in self.naming if self._leaves_out(it, old, new)}
        self.looks_different = _link(old, batch.before) != _link(new, batch.moment)
        """Whether articles that name this one as related show something else of it now."""
        before, after = ([] if it is None else it.turns() for it in (old, new))
        self.turns_differently = before != after
        """Whether articles that name this one will look different at other times."""

    def _leaves_out(self, naming: str, old: Article | None, new: Article | None) -> bool:
        """Return whether an entry leaves out the headline of this article now, and did not before.

        Or the other way round. That is all that is seen of an article that readers may not have.
        """
        before, after = (articles.targets(it) if it else set[str]() for it in (old, new))

        def differs(story: Related) -> bool:
            others = [it for it in self.around.candidates[story] if it.id != self.id]
            name = articles.target(story)
            return not others and (name in before) != (name in after)

        return any(differs(story) for story in self.around.stories[naming])

    @property
    def was_seen(self) -> bool:
        """Return whether readers can have the article or its notice, or could have."""
        # After the notice of a kill has left the feeds, they keep its tombstone.
        feeds = self.appeared.feeds or self.appears.feeds
        return bool(feeds) or any(article.killed for article in self.versions)


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
    if not change.looks_different:
        return ()
    places = change.around.appearances
    return set[str]().union(*(places.get(it, NOWHERE).feeds for it in change.showing))


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


def kill_entry(change: ArticleChange) -> Collection[str]:
    """Return the feeds in which the entry about a kill ends, with the notice of the kill."""
    ends = change.around.has_kill_entries and change.act == "expire"
    return change.sections if ends and change.versions[0].killed else ()


RULES = (
    appears,
    moved_up,
    archive_closed,
    archive_link,
    names_related,
    tombstone,
    correction,
    kill_entry,
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
    closed: dict[str, list[str]],
) -> AffectedFeeds:
    """Return which feeds hold something else than before, and why.

    :param closed: by section, the archives that were closed after the articles were changed.
    """
    around = Surroundings(connection, placement, batch, closed)
    articles = [ArticleChange(article_id, batch, around) for article_id in batch.acts]
    changes = [_change(article) for article in articles]
    different = [it for it in articles if it.looks_different or it.turns_differently]
    closing = {*closed, *chain.from_iterable(closed.values())}
    changed = closing.union(*(change.feeds for change in changes))
    sections = batch.sections()
    nearby = sections.union(*(places.newest for places in around.appearances.values()))
    if batch.corrected:
        nearby |= {str(FeedPath(it, "corrections")) for it in sections}
    renewed = set[str]().union(*(article.naming for article in different))
    return AffectedFeeds(changes, changed, closing, renewed, nearby - changed)


def _change(article: ArticleChange) -> Change:
    """Return the change as it is logged, with the first rule that each feed changed by."""
    batch, new = article.batch, article.batch.new.get(article.id)
    return Change(
        act=article.act,
        id=article.id,
        moment=batch.moment,
        feeds={path: rule.__name__ for rule in reversed(RULES) for path in rule(article)},
        note=new.note if new and article.act in ("correct", "kill") else "",
        by=batch.by.get(new.path, "") if new else "",
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
