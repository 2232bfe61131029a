"""The way in: files are read as articles, and the articles are published in the store."""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from feedsvc.config.settings import Config
from feedsvc.formats.fingerprint import RENDERING_KEYS, rendered_with
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.fingerprint import read_with
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.change import Change
from feedsvc.model.paths import FeedPath, in_newsroom
from feedsvc.model.report import Plan, Report
from feedsvc.publishing.actions import Actions, due_ids
from feedsvc.publishing.announcing import announce
from feedsvc.publishing.article_ids import ArticleIds, stored_names
from feedsvc.publishing.deletions import Deletions, Settling, decide
from feedsvc.publishing.moved_files import keep_ids
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.published_guids import keep_guids
from feedsvc.publishing.purging import purge
from feedsvc.publishing.scan import Scan
from feedsvc.publishing.status import all_problems
from feedsvc.publishing.table_scan import TableScan
from feedsvc.store import article_files, articles, key_values
from feedsvc.store.database import Connection, Database

_BATCH = 500
"""Files between two commits, so that a big newsroom's first articles are up early."""


class Kept(NamedTuple):
    """The state that a watcher keeps from pass to pass."""

    reader: Reader
    """Where it does not wait for long files, ``near`` must name the ones that are left."""
    settling: Settling | None = None
    """The files that earlier passes found missing, to be judged together with more; without it
    the missing files are judged at once."""


def sync(
    database: Database,
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    near: Collection[str] | None = None,
    kept: Kept | None = None,
) -> Report:
    """Make the store agree with the files; only changed files are read.

    A file with a mistake leaves its article as it last was. A missing ``articles/`` folder changes
    nothing: it is more likely a disk that is not mounted than a newsroom without articles; and so
    it is where the files of more than half of the articles are missing at once.

    :param progress: called with the number of files read so far, and of the files to read.
    :param near: look only at and below these places of the newsroom's folder, such as
        ``articles/world``, and at the records of the pictures there.
    :param kept: from the pass before, where passes follow each other.
    """
    if kept is None:
        with Reader(config, newsroom_records(config, database)) as reader:
            return sync(database, config, now, progress, near, Kept(reader))
    first = Sync(database, config, now, near, kept)
    return first.publish_waiting(first.run(progress))


def accept_deletions(database: Database, config: Config, now: datetime) -> Report:
    """Make the store agree with the files, however many are missing: a person confirmed that."""
    with Reader(config, newsroom_records(config, database)) as reader:
        first = Sync(database, config, now, None, Kept(reader))
        return first.publish_waiting(first.run(accepted=True))


def tick(database: Database, config: Config, now: datetime) -> Report | None:
    """Publish releases and expiries that are due; None where there are none."""
    with database.reading() as connection:
        if not due_ids(connection, now):
            return None
    return Sync(database, config, now, ()).tick()


def plan(database: Database, config: Config, now: datetime) -> Plan:
    """Return the files that a sync would read, and the missing ones; change nothing."""
    return Sync(database, config, now, None).plan()


class Sync:
    """One pass over the files; ``near`` is as for ``sync``."""

    def __init__(
        self,
        database: Database,
        config: Config,
        now: datetime,
        near: Collection[str] | None,
        kept: Kept | None = None,
    ) -> None:
        self._database = database
        self._config = config
        self._now = now
        self._records = newsroom_records(config, database)
        self._reader, self._settling = kept or Kept(Reader(config, self._records))
        self._read_with = read_with(config)
        self._ids = ArticleIds(self._records.exists)
        self._sections: set[str] = set()
        self._changes: list[Change] = []
        self._waiting: set[str] = set()
        """The files to be read again: for an id that may be free, or as they changed meanwhile."""
        self._released = False  # all that was due by now
        with database.reading() as connection:
            self._before = key_values.settings(connection, "made_with", *RENDERING_KEYS)
            self._missing = article_files.missing(connection)
        self._rendered = rendered_with(config).items() - self._before.items()  # not as before
        self._cold = "made_with" not in self._before
        self._stale = self._before.get("made_with") != self._read_with
        places = None if self._stale else near
        scan = Scan if self._records.in_files else TableScan
        self._scan = scan(database, config, places, stale=self._stale, missing=self._missing)

    def run(
        self,
        progress: Callable[[int, int], None] | None = None,
        *,
        accepted: bool = False,
        batch: int = _BATCH,
    ) -> Report:
        """Publish the files that changed, at most ``batch`` files in one transaction.

        :param accepted: a person confirmed that all missing files are gone.
        """
        if not self._records.are_there():
            return self._report()
        changed = list(self._scan.changed())
        self._ids.expect(changed)
        with self._reader.ahead(changed):
            for start in range(0, len(changed), batch):
                paths = changed[start : start + batch]
                self._publish(self._read(paths))
                if progress:
                    progress(start + len(paths), len(changed))
        # Ids that go from file to file are published at once, when every file has been read.
        self._publish(self._ids.postponed(), last=True)
        hidden = self._withdraw_missing(accepted=accepted)
        self._render_anew()
        return self.tick(len(changed), hidden)

    def tick(self, read: int = 0, removed: int = 0) -> Report:
        """Publish releases and expiries that are due, and return the result of the pass."""
        if not self._released:
            with self._database.reading() as connection:
                due = due_ids(connection, self._now)
            if due:
                with self._publication():
                    pass
        return self._report(read, removed)

    def publish_waiting(self, first: Report) -> Report:
        """Publish the files that waited for an id, and the ones that changed meanwhile, too."""
        if not self._waiting:
            return first
        near = set(map(in_newsroom, self._waiting))
        again = Sync(self._database, self._config, self._now, near, Kept(self._reader)).run()
        sections, changes = first.sections | again.sections, first.changes + again.changes
        return Report(first.read, first.removed, sections, again.problems, changes)

    def plan(self) -> Plan:
        """Return the files that ``run`` would read, and the missing ones; change nothing."""
        changed = tuple(self._scan.changed()) if self._records.are_there() else ()
        with self._database.reading() as connection:
            deletions = self._judge(connection, frozenset(self._scan.gone))
        gone = deletions.hide | deletions.keep
        return Plan(changed, tuple(sorted(gone)), refused=bool(deletions.keep))

    def _read(self, paths: list[str]) -> list[ReadFile]:
        """Return files as they were read, but files that may get an id from another one.

        A file that takes long is left for the next pass, unless all must be read in this one.
        """
        read = (self._reader.read(path, patient=self._stale) for path in paths)
        files = [file.as_of(self._now) for file in read if file]
        with self._database.reading() as connection:
            names = stored_names(connection, files, paths)
            self._ids.know(names.owners)
            if not self._cold:
                read, files = files, keep_ids(connection, files, names.paths, self._records.exists)
                moved = [new for old, new in zip(read, files, strict=True) if new is not old]
                kept = stored_names(connection, moved, ())
                self._ids.know(kept.owners)
                files = keep_guids(connection, files, names.guids | kept.guids, self._now)
        return [decided for file in files if (decided := self._ids.decide(file))]

    def _publish(self, files: list[ReadFile], *, last: bool = False) -> None:
        """Publish files in one transaction, the last one when every file has been read."""
        if not files and not self._stale:
            return
        with self._publication() as batch:
            # Now that no other process writes, an old text must not take the place of a newer one.
            self._waiting |= (outdated := self._scan.outdated(batch.connection, files))
            files = [file for file in files if file.path not in outdated]
            put = [file.article for file in files if file.article]
            ids = {article.id for article in put}
            back = self._ids.released_by(self._missing.keys() & {file.path for file in files})
            dropped = self._ids.released_by([file.path for file in files if file.record]) - ids
            withdrawn = self._ids.released_by([file.path for file in files if file.withdrawn]) - ids
            batch.unhide(back)  # before put: a file that is back with a mistake shows its article
            batch.remove(dropped)  # before put: another article may take the address over
            batch.put_files(files)
            batch.hide(withdrawn)
            if last:
                key_values.set_setting(batch.connection, "made_with", self._read_with)
                if self._cold:
                    batch.fill_archives()
        if any(article.status == "canceled" for article in put):
            self._database.wipe()
        self._ids.published(put)

    def _withdraw_missing(self, *, accepted: bool) -> int:
        """Hide or delete the articles of missing files; return how many are newly hidden."""
        lost = self._scan.not_loaded if accepted else ()
        missing = frozenset({*self._records.missing(self._missing), *self._scan.gone, *lost})
        new = missing - self._missing.keys()
        settles = accepted or not self._settling or self._settling.is_over(new)
        if not (missing and settles):
            return 0  # and the articles need not be counted
        with self._database.reading() as connection:
            if not accepted and not self._judge(connection, missing).change(self._missing):
                return 0
        with self._publication() as batch:
            # Another process may judge, too, or have written a record again.
            self._missing = article_files.missing(batch.connection)
            missing -= self._scan.existing(batch.connection, missing)
            deletions = self._judge(batch.connection, missing, accepted=accepted)
            hide, delete, restore = deletions.hide, deletions.delete, deletions.restore
            self._ids.know(stored_names(batch.connection, (), hide | delete | restore).owners)
            hidden = self._ids.released_by(hide)
            batch.hide(hidden)
            batch.unhide(self._ids.released_by(restore))
            batch.delete(self._ids.released_by(delete))
            batch.forget(delete)
            article_files.mark_missing(batch.connection, hide - delete, self._now)
            article_files.mark_missing(batch.connection, deletions.keep, None)
            if accepted:
                article_files.accept_missing(batch.connection)
        return len(hidden)

    def _judge(
        self, connection: Connection, missing: frozenset[str], *, accepted: bool = False
    ) -> Deletions:
        published = frozenset(articles.paths(connection, (), missing).values())
        grace = timedelta(seconds=self._config.records.grace)
        before, count = self._now - grace, articles.count(connection)
        judged = decide(missing, self._missing, published, count, before, accepted=accepted)
        return judged if grace else replace(judged, delete=judged.delete | judged.hide)

    @contextmanager
    def _publication(self, *, everything: bool = False) -> Generator[Actions]:
        """Yield the actions of one transaction, and note the changes when it is committed.

        :param everything: another configuration changes all answers.
        """
        with self._database.writing() as connection:
            batch = Actions(connection, self._config, self._now, cold=self._cold)
            batch.release_due()  # first: all that follows happens later
            yield batch
            acts = {it.act for it in batch.changes}
            announce(connection, self._config, batch.feeds, self._now, acts)
            purge(batch, self._config, self._now, everything=everything or self._cold)
        self._released = True
        self._sections |= {path for path in batch.feeds if FeedPath.parse(path).kind == "section"}
        self._changes += batch.changes

    def _render_anew(self) -> None:
        """Change every feed where another configuration or another feedsvc renders it."""
        if not self._rendered:
            return
        known = dict(self._rendered).keys() & self._before.keys()
        with self._publication(everything=True) as batch:
            if "archived_with" in known:
                batch.archive_anew()
            if known:
                batch.change_every_feed()
            for name, value in sorted(self._rendered):
                key_values.set_setting(batch.connection, name, value)

    def _report(self, read: int = 0, removed: int = 0) -> Report:
        with self._database.reading() as connection:
            known = article_files.folder_problems(connection)
            folders = self._scan.folder_problems(known)
            problems = all_problems(connection, folders)
            self._waiting.update(article_files.awaiting_id(connection) if self._sections else ())
        if {*folders} != {*known}:
            with self._database.writing() as connection:
                article_files.keep_folder_problems(connection, folders)
        sections = frozenset(self._sections)
        return Report(read, removed, sections, tuple(problems), tuple(self._changes))
