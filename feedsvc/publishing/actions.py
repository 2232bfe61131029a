"""Carry out changes to articles: write their rows, and change exactly the feeds concerned."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain

from feedsvc.config.settings import Config
from feedsvc.ingest.article_file import ReadFile
from feedsvc.model.article import Article
from feedsvc.model.change import Act, Change, act
from feedsvc.model.paths import FeedPath, listed_in
from feedsvc.publishing import kills, media_uses, remote_pictures, renditions, stored_media
from feedsvc.publishing.affected_feeds import ChangedArticles, affected_feeds
from feedsvc.publishing.placement import Placement
from feedsvc.publishing.read_files import remember
from feedsvc.store import (
    archive_closing,
    article_files,
    article_writes,
    articles,
    feeds,
    former_listings,
    guids,
    history,
    key_values,
    media,
    origins,
    page_urls,
    releases,
)
from feedsvc.store.database import Connection
from feedsvc.store.statements import batches

_BATCH = 500
"""Articles in memory at once."""

_RELEASED_UNTIL = "ticked"
"""The setting with the moment until which releases and expiries are published."""


class Actions:
    """Changes to articles in one transaction, in the order in which they are asked for.

    :param connection: of a transaction that writes.
    :param cold: the store is being filled: no change is logged, and no feed is new.
    """

    def __init__(
        self, connection: Connection, config: Config, now: datetime, *, cold: bool = False
    ) -> None:
        self.connection = connection
        self.changes: list[Change] = []
        self.feeds: set[str] = set()
        """The paths of the feeds that changed."""
        self.renewed: set[str] = set()
        """The ids of articles that are the same, but name one as related that looks different."""
        self._config = config
        self._now = now
        self._cold = cold
        self._placement = Placement(connection, config)

    def release_due(self) -> None:
        """Publish the releases and expiries since this was last done, each at its moment."""
        due = {} if self._cold else due_ids(self.connection, self._now)
        key_values.set_setting(self.connection, _RELEASED_UNTIL, str(int(self._now.timestamp())))
        for moment, ids in sorted(due.items()):
            for some in self._stored(ids):
                self._release(some, moment)

    def put(self, wanted: Sequence[Article]) -> None:
        """Publish, correct, touch, move, kill, withhold or embargo articles."""
        wanted = self._stripped(wanted)
        new, old, hidden = article_writes.changed(self.connection, wanted)
        if not new:
            return
        ids = [article.id for article in new]
        appeared = self._placement.appearances(old.keys() - hidden, self._now)
        tombstones = self._placement.feeds_with_tombstones(ids)
        revision = feeds.next_revision(self.connection)
        article_writes.put(self.connection, new, revision, old, tombstones)
        guids.record(self.connection, old, new)
        origins.record(self.connection, old, new)
        killed = [it.id for it in new if it.status == "canceled" and it.id in old]
        restored = _restored(old, new)
        corrected = history.corrected(self.connection, [*killed, *restored])
        history.forget(self.connection, killed)
        history.forget_corrections(self.connection, restored)
        self._record_moves(old, new)
        former_listings.record(self.connection, old.values(), new, self._now)
        corrected |= history.record_corrections(self.connection, new)
        if self._cold:
            self._create_feeds(new, corrected)
            return
        versions = [article for article in old.values() if article.id not in killed]
        history.keep_versions(self.connection, versions, self._now)
        shown = {it.id: it for it in old.values() if it.id not in hidden}
        self._publish(
            ChangedArticles(
                acts={it.id: act(shown.get(it.id), it, self._now) for it in new},
                moment=self._now,
                before=self._now,
                corrected=corrected,
                old=shown,
                new={article.id: article for article in new},
                appeared=appeared,
                tombstones=tombstones,
                by=history.take_doers(self.connection, [article.path for article in new]),
            )
        )

    def hide(self, ids: Collection[str]) -> None:
        """Take articles out of all feeds until their files are back."""
        shown = {*ids} - article_writes.hidden(self.connection, ids) if ids else ids
        for old in self._stored(shown):
            self._take_out(old, "withhold", article_writes.hide)

    def unhide(self, ids: Collection[str]) -> None:
        """Put hidden articles back where they were."""
        for hidden in self._stored(ids):
            article_writes.unhide(self.connection, list(hidden.values()))
            acts: dict[str, Act] = {it.id: act(None, it, self._now) for it in hidden.values()}
            corrected = history.corrected(self.connection, hidden)
            self._publish(ChangedArticles(acts, self._now, self._now, corrected, new=hidden))

    def remove(self, ids: Collection[str]) -> None:
        """Remove articles without a trace, as where a record takes another id or is a draft."""
        for old in self._stored(ids):
            self._take_out(old, "withhold", article_writes.remove)
            history.forget_corrections(self.connection, [it.id for it in old.values() if it.killed])
            page_urls.forget(self.connection, old)
            self._forget_rest(old)

    def delete(self, ids: Collection[str]) -> None:
        """Delete articles for good, with tombstones for the readers that know them (RFC 6721)."""
        for old in self._stored(ids):
            self._take_out(old, "delete", partial(article_writes.add_tombstones, now=self._now))
            page_urls.record_successors(self.connection, old.values(), self._now)
            history.forget(self.connection, old)
            media.withdraw(self.connection, old, self._now)
            self._forget_rest(old)

    def put_files(self, files: Collection[ReadFile]) -> None:
        """Publish the articles of files, with their pictures and sounds.

        The files are remembered as they were read, so that the next scan skips them.
        """
        given = self._config, self._now
        files = remote_pictures.with_remote_pictures(self.connection, files, *given)
        files = renditions.with_renditions(self.connection, files, *given)
        ready = stored_media.ready(self.connection, files, *given)
        self.put([file.article for file in ready if file.article])
        media_uses.replace(self.connection, ready, self._now)
        remember(self.connection, files)

    def forget(self, paths: Collection[str]) -> None:
        """Forget files that are gone for good."""
        stored_media.stop_waiting(self.connection, paths)
        article_files.forget(self.connection, sorted(paths))

    def fill_archives(self) -> None:
        """Close the archives of every section and topic, as far as they have come to be full."""
        sections = (*feeds.all_paths(self.connection), *feeds.all_paths(self.connection, "topic"))
        with archive_closing.moving_all(self.connection):
            closed = self._placement.fill_archives(sections, self._now)
        self._change(set(chain.from_iterable(closed.values())))

    def archive_anew(self) -> None:
        """Undo all archives and fill them again, as where other sizes are wanted."""
        archive_closing.undo_archives(self.connection)
        feeds.forget_archives(self.connection)
        self.fill_archives()

    def change_every_feed(self) -> None:
        """Change every feed, as another configuration does.

        A feed with a date of change is known to readers. Feeds that hold nothing but embargoes get
        none, and lose the one that earlier versions gave them.
        """
        connection, secret = self.connection, set[str]()
        if suspects := feeds.dated_without_articles(connection, self._now):
            feeds.forget_dates(connection, suspects - history.changed_feeds(connection))
        for kind in ("section", "topic", "archive", "corrections"):
            paths = {*feeds.all_paths(connection, kind)}
            if kind in ("section", "topic"):
                secret |= paths - {*feeds.public(connection, self._now, kind)}
            hidden = {path for path in paths if FeedPath.parse(path).place in secret}
            self._change(paths - hidden)
            feeds.bump(connection, (), None, unchanged=hidden)

    def _stored(self, ids: Collection[str]) -> Iterator[dict[str, Article]]:
        """Return articles from the store by their ids, some at a time."""
        return (articles.get_many(self.connection, it) for it in batches(sorted(ids), _BATCH))

    def _stripped(self, wanted: Sequence[Article]) -> list[Article]:
        """Return articles as the store may have them: killed ones without their text."""
        canceled = [it.id for it in wanted if it.status == "canceled"]
        published = articles.get_many(self.connection, canceled)
        left = former_listings.get_many(self.connection, canceled)
        unknown = [it.path for it in wanted if it.status == "canceled" and it.id not in published]
        copies = history.take_copies(self.connection, unknown) if unknown else ()
        unsure = {article.path for article in wanted if self._cold or article.path in copies}
        given = published, left, unsure
        return [kills.stripped(article, *given, self._config, self._now) for article in wanted]

    def _forget_rest(self, old: Mapping[str, Article]) -> None:
        """Forget the pictures, and the ids of other systems, but guids that readers know."""
        unknown = [it.id for it in old.values() if not it.reached_readers(self._now)]
        guids.forget(self.connection, unknown)
        origins.forget(self.connection, old)
        remote_pictures.forget(self.connection, old, self._now)
        renditions.release(self.connection, old, self._now)
        stored_media.release(self.connection, old, self._now)

    def _record_moves(self, old: dict[str, Article], new: Sequence[Article]) -> None:
        places = {article.id: (article.section, article.slug) for article in new}
        moved = [it for it in old.values() if places[it.id] != (it.section, it.slug)]
        page_urls.record_move(self.connection, moved, self._now)

    def _create_feeds(self, new: Iterable[Article], corrected: Collection[str]) -> None:
        """Create the feeds of a freshly filled store, dated by their articles."""
        due, later = set[str](), set[str]()
        for article in new:
            paths = set(listed_in(article))
            if article.id in corrected:
                paths |= {str(FeedPath(it, "corrections")) for it in paths}
            if article.shown(self._now) or article.killed:
                due |= paths
            elif article.status == "usable":
                later |= paths
        self._change(due)
        feeds.bump(self.connection, (), self._now, unchanged=later - due)

    def _take_out(
        self,
        old: dict[str, Article],
        what: Act,
        write: Callable[[Connection, Sequence[Article]], None],
    ) -> None:
        """Take articles out of their feeds."""
        changed = ChangedArticles(
            acts=dict.fromkeys(old, what),
            moment=self._now,
            before=self._now,
            corrected=history.corrected(self.connection, old),
            old=old,
            appeared=self._placement.appearances(old, self._now),
            hidden=article_writes.hidden(self.connection, old),
            tombstones=self._placement.feeds_with_tombstones(old),
        )
        write(self.connection, list(old.values()))
        usable = [article for article in old.values() if article.status == "usable"]
        former_listings.record(self.connection, usable, (), self._now)
        self._publish(changed)

    def _release(self, due: dict[str, Article], moment: datetime) -> None:
        before = moment - timedelta(seconds=1)
        hidden = article_writes.hidden(self.connection, due)
        acts: dict[str, Act] = {
            article.id: "publish" if article.shown(moment) else "expire"
            for article in due.values()
            if article.shown(moment) != article.shown(before) and article.id not in hidden
        }
        if acts:
            appeared = self._placement.appearances(acts, before)
            corrected = history.corrected(self.connection, acts)
            self._publish(ChangedArticles(acts, moment, before, corrected, due, due, appeared))

    def _publish(self, changed: ChangedArticles) -> None:
        """Give every feed that changed another revision, and log the changes."""
        closed = self._placement.fill_archives(changed.sections(), changed.moment)
        affected = affected_feeds(self.connection, self._placement, changed, closed)
        if affected.renewed:
            revision = feeds.next_revision(self.connection)
            article_writes.renumber(self.connection, affected.renewed, revision)
        paths, by_time = affected.feeds - affected.closed, changed.before < changed.moment
        nearby = affected.nearby
        feeds.bump(self.connection, paths, changed.moment, by_time=by_time, unchanged=nearby)
        feeds.bump(self.connection, affected.closed, self._now)
        history.log_actions(self.connection, affected.changes)
        self.feeds |= affected.feeds
        self.renewed |= affected.renewed
        self.changes += affected.changes

    def _change(self, paths: Collection[str]) -> None:
        """Change feeds for another reason than a change to an article."""
        feeds.bump(self.connection, paths, None if self._cold else self._now)
        self.feeds.update(paths)


def _restored(old: Mapping[str, Article], new: Iterable[Article]) -> list[str]:
    """Return the ids of articles that are not killed any more: no feed tells of their kill."""
    killed = {article.id for article in old.values() if article.killed}
    return [article.id for article in new if article.id in killed and article.status != "canceled"]


def due_ids(connection: Connection, now: datetime) -> dict[datetime, set[str]]:
    """Return by moment the articles that were released or expired and are not published yet."""
    last = key_values.setting(connection, _RELEASED_UNTIL)
    return releases.turned(connection, datetime.fromtimestamp(int(last), UTC), now) if last else {}
