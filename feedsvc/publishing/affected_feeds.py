"""Which feeds an act changes: decided in one place, for every act."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from feedsvc.model.change import Change
from feedsvc.model.paths import corrections_path, listed_in
from feedsvc.publishing.placement import NOWHERE, Appearances
from feedsvc.store import article_writes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from feedsvc.model.article import Article
    from feedsvc.model.change import Act
    from feedsvc.publishing.placement import Placement
    from feedsvc.store.database import Connection

_WITH_NOTE = ("correct", "kill")


class Batch(NamedTuple):
    """What was done at one moment, and how things were before. Articles are known by their ids."""

    acts: Mapping[str, Act]
    moment: datetime
    old: Mapping[str, Article]
    new: Mapping[str, Article]
    was: Mapping[str, Appearances]
    """Where they stood before."""
    before: datetime
    """When they stood there."""
    corrected: Collection[str]
    """Those that are in the feeds of corrections, or were."""
    hidden: Collection[str] = ()
    """Those that stood nowhere before, because their files were gone."""
    doers: Mapping[str, str] = MappingProxyType({})
    """By the paths of the records."""
    graves: Mapping[str, Collection[str]] = MappingProxyType({})
    """The feeds that said they were deleted, where that is over."""

    def articles(self) -> list[Article]:
        """Return what there was and what there is."""
        return [*self.old.values(), *self.new.values()]

    def sections(self, own: str) -> set[str]:
        """Return the sections that an article was or is in."""
        return _sections([it for it in (self.old.get(own), self.new.get(own)) if it])

    def looks_different(self, own: str) -> bool:
        """Tell whether stories that name this one as related show something else now."""
        old = None if own in self.hidden else self.old.get(own)
        return _link(old, self.before) != _link(self.new.get(own), self.moment)

    def turns_differently(self, own: str) -> bool:
        """Tell whether stories that name this one as related will look different at other times."""
        old, new = None if own in self.hidden else self.old.get(own), self.new.get(own)
        return (old.turns() if old else []) != (new.turns() if new else [])

    def besides(self, own: str, *, stood: bool) -> set[str]:
        """Return the feeds that an act changes though the article does not stand in them.

        :param stood: it stands somewhere, or did.
        """
        found = [it for it in (self.old.get(own), self.new.get(own)) if it]
        sections = _sections(found)
        what = self.acts[own]
        if what == "delete":
            return sections if found[0].usable(self.before) else set()
        # Of what was killed feeds tell more, and for longer, than its notice stands in them.
        told = stood or any(article.killed for article in found)
        paths = {*(sections if what == "kill" and told else ()), *self.graves.get(own, ())}
        if told and own in self.corrected and not (what == "expire" and found[0].killed):
            paths = paths | set(map(corrections_path, sections))
        return paths


class AffectedFeeds(NamedTuple):
    """What a deed did to the feeds."""

    changes: list[Change]
    feeds: set[str]
    """The paths of all that changed."""
    opened: set[str]
    """Of them, new archives, and the feeds that lead to these."""
    pointing: set[str]
    """The ids of articles that are the same, but name one as related that looks different."""
    nearby: set[str]
    """The paths of those that hold the same, but may change at another moment than before."""


def affected_feeds(connection: Connection, standing: Placement, deed: Batch) -> AffectedFeeds:
    """Archive what is due now, and tell which feeds hold something else than before."""
    standing.look_again()
    articles = deed.articles()
    sections = _sections(articles)
    archives = {it: standing.archive(it, deed.moment) for it in sorted(sections)}
    opened = {it: {it, *paths} for it, paths in archives.items() if paths}
    pointing = article_writes.referring(connection, articles)
    ids = {*deed.acts, *(own for found in pointing.values() for own in found)}
    now = standing.places(ids, deed.moment)
    leading = _leading(standing, deed, now)
    changes: list[Change] = []
    renewed: set[str] = set()
    for own, what in deed.acts.items():
        was, will = deed.was.get(own, NOWHERE), now.get(own, NOWHERE)
        slid = was.newest ^ will.newest  # there, something else moved on for it
        paths = {*was.feeds, *will.feeds, *standing.waiting(slid, deed.moment)}
        paths.update(*(opened.get(section, ()) for section in deed.sections(own)))
        paths |= leading & (was.waiting ^ will.waiting)
        if deed.turns_differently(own):
            renewed |= pointing.get(own, set())
        if deed.looks_different(own):
            renewed |= pointing.get(own, set())
            paths.update(*(now.get(it, NOWHERE).feeds for it in pointing.get(own, ())))
        paths |= deed.besides(own, stood=bool(paths))
        changes.append(
            Change(
                act=what,
                id=own,
                moment=deed.moment,
                feeds=frozenset(paths),
                note=deed.new[own].note if what in _WITH_NOTE else "",
                doer=deed.doers.get(deed.new[own].path, "") if own in deed.new else "",
            )
        )
    rebuilt = {path for paths in opened.values() for path in paths}
    changed = rebuilt.union(*(change.feeds for change in changes))
    nearby = sections.union(*(place.newest for place in now.values()))
    if deed.corrected:
        nearby |= set(map(corrections_path, sections))
    nearby -= changed
    return AffectedFeeds(changes, changed, rebuilt, renewed, nearby)


def _leading(standing: Placement, deed: Batch, now: Mapping[str, Appearances]) -> set[str]:
    """Return the sections whose feed names an older document where it did not, or no more."""
    arrived = Counter(it for own in deed.acts for it in now.get(own, NOWHERE).waiting)
    arrived.subtract(it for own in deed.acts for it in deed.was.get(own, NOWHERE).waiting)
    return {it for it, count in arrived.items() if standing.leads_on(it, deed.moment, count)}


def _sections(articles: Collection[Article]) -> set[str]:
    return {above for article in articles for above in listed_in(article)}


def _link(article: Article | None, at: datetime) -> tuple[str, ...] | None:
    """Return what other stories show of one; nothing where readers may not have it.

    None where it is not there: then stories that know its headline alone name that.
    """
    if article is None or not article.headline:
        return None
    if not article.usable(at):
        return (article.headline,)
    place = article.url, article.section, article.slug
    return article.headline, *place, article.language, article.released.isoformat()
