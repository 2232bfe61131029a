"""What a newsroom does, carried out: the store changed, and with it exactly the feeds concerned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from feedsvc.model.change import act
from feedsvc.model.paths import corrections_path, listed_in
from feedsvc.publishing.affected_feeds import Batch, affected_feeds
from feedsvc.publishing.kills import stripped, withdrawn_at
from feedsvc.publishing.placement import Placement
from feedsvc.store import article_writes, feeds, history, key_values, listings, page_urls
from feedsvc.store import articles as rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Article
    from feedsvc.model.change import Act, Change
    from feedsvc.store.database import Connection

_BATCH = 500
"""Articles in one question to the store."""

_RELEASED_UNTIL = "ticked"
"""The setting that tells until when time's own acts are told."""


class Actions:
    """The acts of one transaction, in the order in which they are asked for."""

    def __init__(
        self,
        connection: Connection,
        config: Config,
        now: datetime,
        *,
        cold: bool = False,
    ) -> None:
        """Begin with what time alone did since the last transaction.

        :param connection: of a transaction that writes.
        :param cold: the store is being filled; nobody did anything, and no feed is new.
        """
        self.changes: list[Change] = []
        self.touched: set[str] = set()
        """The paths of the feeds that changed."""
        self._connection = connection
        self._config = config
        self._now = now
        self._cold = cold
        self._standing = Placement(connection, config)
        self._tick()

    def put(self, articles: Sequence[Article]) -> None:
        """Publish, correct, touch, move, kill, withhold or embargo articles."""
        articles = self._killed(articles)
        fresh, old, hidden = article_writes.changed(self._connection, articles)
        if not fresh:
            return
        was = self._standing.places(old.keys() - hidden, self._now)
        graves = self._standing.graves([it.id for it in fresh])
        article_writes.put(self._connection, fresh, feeds.next_revision(self._connection))
        gone = [it.id for it in fresh if it.status == "canceled" and it.id in old]
        history.forget(self._connection, gone)
        places = {it.id: (it.section, it.slug) for it in fresh}
        elsewhere = [it for it in old.values() if places[it.id] != (it.section, it.slug)]
        page_urls.record_move(self._connection, elsewhere, self._now)
        corrected = history.record_corrections(self._connection, fresh)
        if self._cold:
            self._fill(fresh, corrected)
            return
        versions = [article for own, article in old.items() if own not in gone]
        history.keep_versions(self._connection, versions, self._now)
        acts: dict[str, Act] = {
            it.id: act(None if it.id in hidden else old.get(it.id), it, self._now) for it in fresh
        }
        new = {article.id: article for article in fresh}
        shown = {own: article for own, article in old.items() if own not in hidden}
        doers = history.announced(self._connection, [article.path for article in fresh])
        self._note(Batch(acts, self._now, shown, new, was, self._now, corrected, (), doers, graves))

    def hide(self, ids: Collection[str]) -> None:
        """Take articles out of all feeds until their files are back."""
        for old in self._known(ids):
            self._leave(old, "withhold", article_writes.hide)

    def show(self, ids: Collection[str]) -> None:
        """Put articles that were hidden back where they were."""
        for old in self._known(ids):
            acts: dict[str, Act] = {
                own: act(None, article, self._now) for own, article in old.items()
            }
            article_writes.unhide(self._connection, list(old.values()))
            corrected = history.corrected(self._connection, old)
            self._note(Batch(acts, self._now, {}, old, {}, self._now, corrected))

    def remove(self, ids: Collection[str]) -> None:
        """Remove articles without a trace, as where a record takes another id or is a draft."""
        for old in self._known(ids):
            self._leave(old, "withhold", article_writes.remove)
            page_urls.forget(self._connection, old)

    def bury(self, ids: Collection[str]) -> None:
        """Delete articles for good, and say so to readers that understand it (RFC 6721)."""
        for old in self._known(ids):
            self._leave(old, "delete", partial(article_writes.add_tombstones, now=self._now))
            page_urls.record_successors(self._connection, old.values(), self._now)
            history.forget(self._connection, old)

    def settle(self, *, anew: bool = False) -> None:
        """See that every section and topic has the archives that it should.

        :param anew: undo those there are, because other ones are wanted.
        """
        if anew:
            listings.undo_archives(self._connection)
            feeds.forget_archives(self._connection)
        for section in (
            *feeds.all_paths(self._connection),
            *feeds.all_paths(self._connection, "topic"),
        ):
            self._bump(self._standing.archive(section, self._now))

    def touch_all(self) -> None:
        """Change every feed, as another configuration does."""
        for kind in ("section", "topic", "archive", "corrections"):
            self._bump(feeds.all_paths(self._connection, kind))

    def _known(self, ids: Collection[str]) -> Iterator[dict[str, Article]]:
        names = sorted(ids)
        for start in range(0, len(names), _BATCH):
            found = rows.get_many(self._connection, names[start : start + _BATCH])
            if found:
                yield found

    def _killed(self, articles: Sequence[Article]) -> list[Article]:
        """Leave nothing of killed articles but what readers have to be told."""
        ids = [article.id for article in articles if article.status == "canceled"]
        before = rows.get_many(self._connection, ids) if ids else {}
        notice = timedelta(days=self._config.feeds.kill_notice)

        def killed(article: Article) -> datetime | None:
            known = before.get(article.id)
            # A store that is made anew does not know what readers had; the record's date does.
            known = article if known is None and self._cold else known
            return withdrawn_at(article, known, self._now)

        return [
            stripped(article, before.get(article.id), killed(article), notice)
            if article.status == "canceled"
            else article
            for article in articles
        ]

    def _fill(self, fresh: Iterable[Article], corrected: Collection[str]) -> None:
        """Let feeds that were never read be there."""
        due: set[str] = set()
        later: set[str] = set()
        for article in fresh:
            paths = set(listed_in(article))
            if article.id in corrected:
                paths |= set(map(corrections_path, paths))
            if article.shown(self._now) or article.killed:
                due |= paths
            elif article.status == "usable":
                later |= paths
        self._bump(due)
        feeds.bump(self._connection, (), self._now, unchanged=later - due)

    def _leave(
        self,
        old: dict[str, Article],
        what: Act,
        leave: Callable[[Connection, Sequence[Article]], None],
    ) -> None:
        """Take articles out of their feeds."""
        hidden = article_writes.hidden(self._connection, old)
        was = self._standing.places(old, self._now)
        corrected = history.corrected(self._connection, old)
        graves = self._standing.graves(old)
        leave(self._connection, list(old.values()))
        acts: dict[str, Act] = dict.fromkeys(old, what)
        deed = Batch(acts, self._now, old, {}, was, self._now, corrected, hidden, graves=graves)
        self._note(deed)

    def _tick(self) -> None:
        """Tell what time alone released and let expire since this was last done."""
        turning = {} if self._cold else _turning(self._connection, self._now)
        key_values.set_setting(self._connection, _RELEASED_UNTIL, str(int(self._now.timestamp())))
        for moment, ids in sorted(turning.items()):
            for found in self._known(ids):
                self._turn(found, moment)

    def _turn(self, found: dict[str, Article], moment: datetime) -> None:
        before = moment - timedelta(seconds=1)
        hidden = article_writes.hidden(self._connection, found)
        acts: dict[str, Act] = {
            own: "publish" if article.shown(moment) else "expire"
            for own, article in found.items()
            if article.shown(moment) != article.shown(before) and own not in hidden
        }
        if acts:
            was = self._standing.places(acts, before)
            corrected = history.corrected(self._connection, acts)
            self._note(Batch(acts, moment, found, found, was, before, corrected))

    def _note(self, deed: Batch) -> None:
        """Give every feed that changed another number, and log the acts."""
        found = affected_feeds(self._connection, self._standing, deed)
        # What happens at its time, to the second, is no second change in that second.
        step = 0 if deed.before < deed.moment else 1
        if found.pointing:
            article_writes.renumber(
                self._connection, found.pointing, feeds.next_revision(self._connection)
            )
        changed = found.feeds - found.opened
        feeds.bump(self._connection, changed, deed.moment, step=step, unchanged=found.nearby)
        feeds.bump(self._connection, found.opened, self._now)
        history.log_actions(self._connection, found.changes)
        self.touched |= found.feeds
        self.changes += found.changes

    def _bump(self, paths: Collection[str]) -> None:
        """Change feeds for another reason than an act."""
        feeds.bump(self._connection, paths, None if self._cold else self._now)
        self.touched.update(paths)


def is_due(connection: Connection, now: datetime) -> bool:
    """Tell whether time alone has done something that was not told yet."""
    return bool(_turning(connection, now))


def _turning(connection: Connection, now: datetime) -> dict[datetime, set[str]]:
    last = key_values.setting(connection, _RELEASED_UNTIL)
    if last is None:
        return {}
    return listings.turned(connection, datetime.fromtimestamp(int(last), UTC), now)
