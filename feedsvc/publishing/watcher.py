"""Watch the files of a newsroom, and publish every change; one process does it at a time."""

import logging
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import watchfiles

from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, StoreError
from feedsvc.ingest.timed_reader import Reader
from feedsvc.model.paths import in_newsroom
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.publishing.deletions import Settling
from feedsvc.publishing.file_systems import MOUNTS, network_type
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.status import Status
from feedsvc.publishing.unpublished import Unpublished
from feedsvc.store.database import Database
from feedsvc.store.lock import publishing_mark

log = logging.getLogger(__name__)

RESCAN = 60.0
"""Seconds between two looks at all files in any case: some disks report no changes. The first one
that such a look finds is the last one that takes so long."""
AGAIN = 5.0
"""Seconds between two looks at all files after one that failed, as on a full disk."""
MANY = 1000
"""Changes at once from which looking at all files is quicker than looking at each."""
_LOGGED = 50
"""Changes at once that are logged one by one; "feedsvc log" shows them all."""
PATIENCE = 0.5
"""Seconds that others wait for a long file."""
RETRY = 1.0
"""Seconds between two tries to become the watcher, and between two looks at the folders."""


class Watcher:
    """Publishes every change to the files, while no other process does.

    :param polling: look at the files again and again, instead of listening to the system.
    :param problems: log the problems of files.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Callable[[], datetime],
        *,
        polling: bool = False,
        problems: bool = True,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._records = newsroom_records(config, database)
        self._number = 0
        """Of the last change to a record that is known."""
        self._polling = polling or config.records.watch == "poll"
        self._found = False  # by the last look at all files
        self._settling = Settling()
        self._unpublished = Unpublished(config, database)
        self._reader: Reader | None = None
        """Reads long files while others are published."""
        self._logged: frozenset[str] | None = frozenset() if problems else None
        self._restored: str | None = None
        """When the store was last restored, as far as all changes since are published."""
        self._failed = False
        """Whether the last try to publish failed."""
        self._stop = Event()
        self._health = database.health

    def fill(self, progress: Callable[[int, int], None] | None = None) -> Report | None:
        """Read the files now if the store was never filled; return None where it was.

        Waits while another process fills it.
        """
        while not Status(self._database).is_filled():
            with self._database.publishing() as mine:
                # The process that had the lock may have filled the store meanwhile.
                if mine and not Status(self._database).is_filled():
                    return self.sync(progress)
            self._stop.wait(RETRY)
        return None

    def start(self) -> Thread:
        """Watch in a thread, for as long as the process lives or until ``stop``; return it."""
        thread = Thread(target=self.run, name="watcher", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End ``run`` soon."""
        self._stop.set()

    def run(self) -> None:
        """Publish every change until ``stop``; wait while another process does it."""
        while not self._stop.is_set():
            try:
                with self._database.publishing() as mine:
                    if mine:
                        with publishing_mark(self._config.file):
                            self._follow()
            except (OSError, StoreError) as error:  # of the lock itself
                log.error("could not publish, and will try again: %s", error)
            self._stop.wait(RETRY)

    def _follow(self) -> None:
        ticked = float("-inf")
        try:
            with Reader(self._config, self._records, PATIENCE) as self._reader:
                for places in self._changes():
                    if not self._database.may_publish():
                        log.warning("another machine may publish by now")
                        return
                    self._health.look(time.time())
                    near = None if places is None else self._unpublished.among(places)
                    if near is None or near or self._left():
                        self.sync(near=near)
                    elif time.monotonic() >= ticked + RETRY / 2:  # else nothing is left to publish
                        self.tick()
                        ticked = time.monotonic()
        except Exception as error:  # publishing must go on after any error
            self._health.publishing(time.time(), f"an error of feedsvc: {error!r}")
            log.exception("the watcher failed, and starts again")
        finally:
            self._reader = None

    def _left(self) -> set[str]:
        """Return the files, below the newsroom's folder, that the last pass left for the next."""
        read = self._reader.waiting if self._reader else ()
        return {*map(in_newsroom, self._settling.paths), *read}

    def _changes(self) -> Iterator[Collection[str] | None]:
        """Yield where files may have changed: None, for anywhere, at once and each RESCAN seconds.

        An empty collection, about every RETRY seconds, is for releases and expiries.
        """
        yield None
        if self._config.records.watch == "off":
            while not self._stop.wait(RETRY):
                yield None if self._failed else ()
        while not self._stop.is_set():
            folders = self._folders()
            if not (folders or self._records.in_files):
                if not self._stop.wait(RETRY):
                    yield None if self._failed else ()
                continue
            self._polling = self._polling or self._is_network(folders)
            if folders and not self._polling:
                yield from self._listen(folders)
            else:
                yield from self._look()

    def _is_network(self, folders: Collection[Path]) -> bool:
        """Return whether a folder is on a network disk; log that."""
        mounts = MOUNTS.read_text() if MOUNTS.exists() else ""
        kinds = {network_type(folder.resolve(), mounts) for folder in folders} - {""}
        for kind in sorted(kinds):
            log.info("the files are on a disk of type %s: looking for changes every second", kind)
        return bool(kinds)

    def _folders(self) -> dict[Path, int]:
        """Return the folders to watch; one that was replaced has another inode."""
        places = (self._config.articles, self._config.media)
        return {place: place.stat().st_ino for place in places if place.is_dir()}

    def _look(self) -> Iterator[None]:
        """Yield, then wait five times as long as that look took: most of the time is for others."""
        begun = time.monotonic()
        yield
        pause = max(RETRY / 2, 5 * (time.monotonic() - begun))
        self._health.look(time.time(), pause)
        self._stop.wait(pause)

    def _listen(self, folders: dict[Path, int]) -> Iterator[Collection[str] | None]:
        looked = float("-inf")  # a change before this began to listen is found by looking
        heard, silent = True, False
        try:
            for changes in watchfiles.watch(
                *folders,
                watch_filter=None,
                debounce=100,
                step=5,
                stop_event=self._stop,
                rust_timeout=int(RETRY * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                if silent and not changes:
                    log.warning("this disk reports no changes; looking for them every second")
                    self._polling = True
                    return
                heard, silent = heard or bool(changes), False
                pause = AGAIN if self._failed else RESCAN
                if time.monotonic() - looked >= pause or len(changes) > MANY:
                    yield None
                    # A change of just now may be heard of a moment later.
                    heard, silent = False, self._found and not heard
                    looked = time.monotonic()  # now: a look at very many files takes its time
                else:
                    yield {os.path.relpath(path, self._config.root) for _, path in changes}
                if self._folders() != folders:
                    return
        except (OSError, RuntimeError) as error:
            log.warning("this system reports no changes (%s); looking for them instead", error)
            self._polling = True

    def sync(
        self,
        progress: Callable[[int, int], None] | None = None,
        near: Collection[str] | None = None,
    ) -> Report | None:
        """Publish the changes, and log them; return None where that failed, which is logged too."""
        failed, self._failed = self._failed, True
        left = self._left()
        if near is not None and left:
            near = {*near, *left} if len(left) <= MANY else None

        def proceed(done: int, total: int) -> None:
            self._health.look(time.time())
            if progress:
                progress(done, total)

        try:
            new = self._reader or Reader(self._config, self._records)
            with nullcontext(new) if new is self._reader else new as reader:
                report = sync.sync(
                    self._database,
                    self._config,
                    self._clock(),
                    progress=proceed,
                    near=near,
                    kept=sync.Kept(reader, self._settling),
                )
        except (FeedsvcError, OSError) as error:
            log.error("could not publish, and will try again: %s", error)
            self._health.publishing(time.time(), str(error))
            return None
        self._failed = failed and near is not None  # or only the place that failed is left
        self._found = bool(report.sections and (report.read or report.removed)) and not failed
        if not self._failed:
            self._health.publishing(time.time(), "")
        self._log(report)
        return report

    def tick(self) -> None:
        """Publish releases and expiries, and log them; the feeds show them without that.

        After a restore publish all changes: the copy has none that were made during it. Records
        whose pictures have been fetched, or whose update is due, are read again.
        """
        try:
            restored = Status(self._database).restored()
            if restored != self._restored:
                self.sync()
                self._restored = restored
                return
            self._number, changed = self._records.changed_after(self._number)
            if again := {*changed, *Status(self._database).marked(self._clock())}:
                self.sync(near=set(map(in_newsroom, again)) if len(again) <= MANY else None)
                return
            report = sync.tick(self._database, self._config, self._clock())
        except FeedsvcError as error:
            log.error("could not look for what is due, and will try again: %s", error)
            self._health.publishing(time.time(), str(error))
            self._failed = True
            return
        if report:
            self._log(report)

    def _log(self, report: Report) -> None:
        """Log the changes, and each problem once."""
        for change in report.changes[:_LOGGED]:
            feeds = ", ".join(sorted(f"/{path}" for path in change.feeds)) or "no feed"
            by = f" by {change.by}" if change.by else ""
            log.info("%s %s%s: changed %s", change.act, change.id, by, feeds)
        if len(report.changes) > _LOGGED or (report.sections and not report.changes):
            read, gone, changed = report.read, report.removed, len(report.sections)
            log.info("published: %d read, %d gone; sections changed: %d", read, gone, changed)
        if self._logged is None:
            return
        problems = {str(problem): problem for problem in report.problems}
        for text in sorted(problems.keys() - self._logged):
            log.log(logging.INFO if problems[text].note else logging.WARNING, "%s", text)
        for text in sorted(self._logged - problems.keys()):
            log.info("no longer: %s", text)
        self._logged = frozenset(problems)
