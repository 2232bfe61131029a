"""The way in: files become records, records become articles, articles go into the store."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from feedsvc.errors import Problem
from feedsvc.formats.fingerprint import RENDERING_KEYS, rendered_with
from feedsvc.ingest import article_file
from feedsvc.ingest import files as disk
from feedsvc.ingest.fingerprint import read_with
from feedsvc.ingest.media import Library
from feedsvc.model import paths
from feedsvc.model.paths import ARTICLES, in_newsroom
from feedsvc.model.report import Plan, Report
from feedsvc.publishing.actions import Actions, is_due
from feedsvc.publishing.article_ids import ArticleIds
from feedsvc.publishing.deletions import decide, too_many
from feedsvc.publishing.scan import Scan
from feedsvc.store import article_files, articles, history, key_values, media
from feedsvc.store.article_files import KnownFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.ingest.article_file import ReadFile
    from feedsvc.model.change import Change
    from feedsvc.store.database import Connection, Database

_BATCH = 500
"""Files between two commits, so that a big newsroom's first articles are up early."""


def sync(
    database: Database,
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    near: Collection[str] | None = None,
    *,
    accept_deletions: bool = False,
) -> Report:
    """Make the store agree with the files; those that did not change are not read.

    A file that is wrong leaves its article as it last was. A missing ``articles/`` folder changes
    nothing: it is more likely a disk that is not there than a newsroom without articles; and so
    it is where more than half of the files are gone at once.

    :param progress: called with the number of files read so far, and of those to read.
    :param near: look only at and below these places of the newsroom's folder, such as
        ``articles/world``, and at the records of the pictures there.
    :param accept_deletions: withdraw the articles however many files are gone.
    """
    report = Sync(database, config, now, near).run(progress, accept_deletions=accept_deletions)
    if not report.sections:
        return report
    with database.reading() as connection:
        waiting = set(map(in_newsroom, article_files.awaiting_id(connection)))
    if waiting:  # perhaps the id they want has just become free
        again = Sync(database, config, now, waiting).run(None, accept_deletions=False)
        both = report.sections | again.sections
        changes = report.changes + again.changes
        return Report(report.read, report.removed, both, again.problems, changes)
    return report


def announce(database: Database, path: str, doer: str) -> None:
    """Say who is about to change a record, for the log; nobody, if that came to nothing.

    :param path: below ``articles/``.
    """
    with database.writing() as connection:
        history.announce(connection, path, doer)


def tick(database: Database, config: Config, now: datetime) -> Report | None:
    """Tell what time alone published and let expire; None where that is nothing."""
    with database.reading() as connection:
        if not is_due(connection, now):
            return None
    return Sync(database, config, now, ()).tick()


def plan(database: Database, config: Config, now: datetime) -> Plan:
    """Return what a sync would do, and do nothing."""
    return Sync(database, config, now, None).plan()


class Sync:
    """One pass over the files."""

    def __init__(
        self,
        database: Database,
        config: Config,
        now: datetime,
        near: Collection[str] | None,
    ) -> None:
        self._database = database
        self._config = config
        self._now = now
        self._library = Library(config.root)
        self._made_with = read_with(config)
        self._sections: set[str] = set()
        self._changes: list[Change] = []
        self._refusal = ""
        self._acted = False
        with database.reading() as connection:
            self._before = key_values.settings(connection, "made_with", *RENDERING_KEYS)
            before = self._before.get("made_with")
            self._stale = before != self._made_with
            self._missing = article_files.missing(connection)
        self._scan = Scan(
            database,
            config,
            None if self._stale else near,
            stale=self._stale,
            missing=self._missing,
        )
        self._cold = before is None
        self._claims = ArticleIds((), self._exists)

    def run(self, progress: Callable[[int, int], None] | None, *, accept_deletions: bool) -> Report:
        """Publish what changed in the files."""
        if not self._config.articles.is_dir():
            return self._report(0, 0)
        changed = list(self._scan.changed())
        self._claims = ArticleIds(changed, self._exists)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            self._write(self._read(batch))
            if progress:
                progress(start + len(batch), len(changed))
        # Ids that go from file to file are put at once, when every file is known.
        self._write(self._claims.late(), last=True)
        removed = self._withdraw(self._scan.gone, accepted=accept_deletions)
        self._rerender()
        self._tick()
        return self._report(len(changed), removed)

    def tick(self) -> Report:
        """Publish what time alone changed."""
        self._tick()
        return self._report(0, 0)

    def _tick(self) -> None:
        if self._acted:
            return
        with self._database.reading() as connection:
            due = is_due(connection, self._now)
        if due:
            with self._acting():
                pass  # it begins with what is due

    def plan(self) -> Plan:
        """Return what ``run`` would do."""
        there = self._config.articles.is_dir()
        changed, gone = tuple(self._scan.changed()) if there else (), self._scan.gone
        refused = too_many(gone, self._count() if gone else 0)
        return Plan(changed, tuple(sorted(gone)), refused)

    def _exists(self, path: str) -> bool:
        return disk.stamp(self._config.articles / path) != disk.GONE

    def _read(self, paths: list[str]) -> list[ReadFile]:
        found = [article_file.read(self._config, self._library, path) for path in paths]
        with self._database.reading() as connection:
            ids = {one.article.id for one in found if one.article}
            self._claims.learn(articles.paths(connection, ids, paths))
        return [settled for one in found if (settled := self._claims.settle(one))]

    def _write(self, found: list[ReadFile], *, last: bool = False) -> None:
        if not found and not self._stale:
            return
        put = [one.article for one in found if one.article]
        kept = {article.id for article in put}
        hidden = self._claims.left([one.path for one in found if one.withdrawn]) - kept
        removed = self._claims.left([one.path for one in found if one.record]) - kept
        with self._acting() as (connection, acts):
            back = self._missing.keys() & {one.path for one in found}
            acts.show(self._claims.left(back))
            acts.remove(removed)
            acts.put(put)
            acts.hide(hidden)
            media.serve(connection, _served(found))
            killed = [article.path for article in put if article.status == "canceled"]
            before = article_files.known_at(connection, killed).places
            now = {one.path: [measure.path for measure in one.files] for one in found}
            for path in killed:
                places = {*now.get(path, ()), *before.get(path, ())}
                media.withdraw(connection, path, places)
            article_files.mark_found(connection, back)
            article_files.keep(connection, [_known(one) for one in found])
            if last:
                key_values.set_setting(connection, "made_with", self._made_with)
                if self._cold:
                    acts.settle()
        if killed:
            self._database.wipe()
        self._claims.published({article.path: article.id for article in put})

    def _withdraw(self, gone: set[str], *, accepted: bool) -> int:
        """Do what is to be done about files that are gone; return how many that newly concerns."""
        grace = timedelta(seconds=self._config.records.grace)
        far = frozenset(path for path in self._missing if not self._exists(path))
        if not gone and not far:
            return 0  # and the files need not be counted
        count, before = self._count(), self._now - grace
        found = decide(far | gone, self._missing, count, before, accepted=accepted)
        self._refusal = found.refusal
        final = found.final if grace else found.final | found.fresh
        if not (found.fresh or final or found.back or found.kept - self._missing.keys()):
            return 0
        with self._acting() as (connection, acts):
            every = found.fresh | final | found.back
            self._claims.learn(articles.paths(connection, (), every))
            acts.hide(self._claims.left(found.fresh))
            acts.show(self._claims.left(found.back))
            acts.bury(self._claims.left(final))
            for path, places in article_files.known_at(connection, final).places.items():
                media.withdraw(connection, path, places)
            article_files.mark_missing(connection, found.fresh - final, self._now)
            article_files.mark_missing(connection, found.kept, None)
            article_files.forget(connection, sorted(final))
        return len(found.fresh)

    def _count(self) -> int:
        with self._database.reading() as connection:
            return article_files.count(connection)

    @contextmanager
    def _acting(self) -> Generator[tuple[Connection, Actions]]:
        """Give one transaction, and what can be done in it."""
        with self._database.writing() as connection:
            acts = Actions(connection, self._config, self._now, cold=self._cold)
            yield connection, acts
        self._acted = True
        self._sections |= {path for path in acts.touched if paths.feed_kind(path) == "section"}
        self._changes += acts.changes

    def _rerender(self) -> None:
        """Move every feed's date where another configuration or another feedsvc renders them."""
        now = rendered_with(self._config)
        other = {name for name, value in now.items() if self._before.get(name) != value}
        if not other:
            return
        with self._acting() as (connection, acts):
            if "archived_with" in other & self._before.keys():
                acts.settle(anew=True)
            if other & self._before.keys():
                acts.touch_all()
            for name in sorted(other):
                key_values.set_setting(connection, name, now[name])

    def _report(self, read: int, removed: int) -> Report:
        with self._database.reading() as connection:
            problems = article_files.problems(connection)
        problems += self._scan.problems()
        if self._refusal:
            problems.append(Problem(ARTICLES, 1, 1, "", self._refusal))
        return Report(
            read, removed, frozenset(self._sections), tuple(problems), tuple(self._changes)
        )


def _served(found: list[ReadFile]) -> Iterator[tuple[str, str, str, datetime]]:
    """Yield the pictures and sounds of articles that readers may have now or later."""
    for one in found:
        if one.article and one.article.status == "usable":
            for it in one.files:
                yield it.path, it.digest, it.type, one.article.released


def _known(found: ReadFile) -> KnownFile:
    return KnownFile(found.path, found.stamp, found.digest, found.dependencies, found.problems)
