"""The way in: files become records, records become articles, articles go into the store."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from feedsvc.errors import Problem
from feedsvc.feeds.fragment import renderer
from feedsvc.ingest import files as disk
from feedsvc.ingest import reading
from feedsvc.ingest.claims import Claims
from feedsvc.ingest.departures import depart, too_many
from feedsvc.ingest.media import Library
from feedsvc.model.article import Article, kill, killed_at
from feedsvc.model.report import Plan, Report
from feedsvc.store import articles, edition, files
from feedsvc.store.files import KnownFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from feedsvc.config import Config
    from feedsvc.ingest.reading import Reading
    from feedsvc.store.database import Connection, Database

_BATCH = 500
"""Files between two commits, so that a big newsroom's first articles are up early."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


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
    report = _Sync(database, config, now, near).run(progress, accept_deletions=accept_deletions)
    with database.reading() as connection:
        waiting = {f"articles/{path}" for path in files.waiting(connection)}
    if waiting and report.sections:  # perhaps the id they want has just become free
        again = _Sync(database, config, now, waiting).run(None, accept_deletions=False)
        both = report.sections | again.sections
        return Report(report.read, report.removed, both, again.problems)
    return report


def plan(database: Database, config: Config, now: datetime) -> Plan:
    """Return what a sync would do, and do nothing."""
    return _Sync(database, config, now, None).plan()


def is_filled(database: Database) -> bool:
    """Tell whether the store was ever made to agree with the files."""
    with database.reading() as connection:
        return files.is_filled(connection)


class _Sync:
    """One pass over the files."""

    def __init__(
        self, database: Database, config: Config, now: datetime, near: Collection[str] | None
    ) -> None:
        self._database = database
        self._config = config
        self._now = now
        self._library = Library(config.root)
        self._made_with = _made_with(config)
        self._sections: set[str] = set()
        self._closed: list[str] = []
        self._refusal = ""
        with database.reading() as connection:
            before = files.setting(connection, "made_with")
            self._stale = before != self._made_with
            self._near = None if self._stale else near
            self._known = files.known(connection, self._near)
            self._rendered_with = files.setting(connection, "rendered_with")
            self._missing = files.missing(connection)
        self._cold = before is None
        self._claims = Claims((), self._exists)

    def run(self, progress: Callable[[int, int], None] | None, *, accept_deletions: bool) -> Report:
        if not self._config.articles.is_dir():
            return self._report(0, 0)
        changed, gone = self._compare()
        self._claims = Claims(changed, self._exists)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            self._write(self._read(batch))
            if progress:
                progress(start + len(batch), len(changed))
        # Ids that go from file to file are put at once, when every file is known.
        self._write(self._claims.late(), last=True)
        removed = self._withdraw(gone, accepted=accept_deletions)
        self._rerender()
        return self._report(len(changed), removed)

    def plan(self) -> Plan:
        changed, gone = self._compare() if self._config.articles.is_dir() else ([], set[str]())
        return Plan(
            tuple(changed), tuple(sorted(gone)), too_many(gone, self._count() if gone else 0)
        )

    def _compare(self) -> tuple[list[str], set[str]]:
        """Return the files that are new or have changed, and those that are gone."""
        there = dict.fromkeys(self._paths())
        changed = [path for path in there if self._differs(path)]
        gone = {path for path in self._known.keys() - there.keys() if not self._shut(path)}
        return changed, gone

    def _paths(self) -> Iterator[str]:
        """Yield the records to look at."""
        if self._near is None:
            yield from disk.walk(self._config.articles, closed=self._closed)
            return
        for place in self._near:
            path = place.removeprefix("articles/")
            if path == place or not disk.visible(self._config.articles, path):
                continue
            if disk.is_record(path) and (self._config.root / place).is_file():
                yield path
            elif not (self._config.root / place).is_symlink():
                yield from disk.walk(self._config.articles, path, self._closed)
        yield from filter(self._exists, self._known)  # such as those whose picture changed

    def _exists(self, path: str) -> bool:
        return disk.stamp(self._config.articles / path) != disk.GONE

    def _shut(self, path: str) -> bool:
        """Tell whether a file may be there all the same, in a folder that cannot be read."""
        return any(not folder or path.startswith(f"{folder}/") for folder in self._closed)

    def _differs(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None or self._stale or path in self._missing:
            return True
        root = self._config.root
        return known.stamp != disk.stamp(self._config.articles / path) or any(
            stamp != disk.stamp(root / place) for place, stamp in known.dependencies.items()
        )

    def _read(self, paths: list[str]) -> list[Reading]:
        found = [reading.read(self._config, self._library, path) for path in paths]
        with self._database.reading() as connection:
            ids = {one.article.id for one in found if one.article}
            self._claims.learn(articles.paths(connection, ids, paths))
        return [settled for one in found if (settled := self._claims.settle(one))]

    def _write(self, found: list[Reading], *, last: bool = False) -> None:
        if not found and not self._stale:
            return
        put = [one.article for one in found if one.article]
        kept = {article.id for article in put}
        hidden = self._claims.left([one.path for one in found if one.withdrawn]) - kept
        removed = self._claims.left([one.path for one in found if one.record]) - kept
        with self._database.writing() as connection:
            put = self._kill(connection, put)
            back = self._missing.keys() & {one.path for one in found}
            touched = edition.show(connection, sorted(self._claims.left(back)))
            touched |= edition.remove(connection, sorted(removed)) | edition.put(connection, put)
            touched |= edition.hide(connection, sorted(hidden))
            edition.serve(connection, _served(found))
            for article in put:
                if article.status == "canceled":
                    edition.withdraw(connection, article.path, self._places(article.path, found))
            self._bump(connection, touched)
            files.find(connection, back)
            files.keep(connection, [_known(one) for one in found])
            if last:
                files.set_setting(connection, "made_with", self._made_with)
        if any(article.status == "canceled" for article in put):
            self._database.wipe()
        self._claims.published({article.path: article.id for article in put})

    def _withdraw(self, gone: set[str], *, accepted: bool) -> int:
        """Do what is to be done about files that are gone; return how many that newly concerns."""
        grace = timedelta(seconds=self._config.grace)
        far = frozenset(path for path in self._missing if not self._exists(path))
        if not gone and not far:
            return 0  # and the files need not be counted
        count, before = self._count(), self._now - grace
        found = depart(far | gone, self._missing, count, before, accepted=accepted)
        self._refusal = found.refusal
        final = found.final if grace else found.final | found.fresh
        if not (found.fresh or final or found.back or found.kept - self._missing.keys()):
            return 0
        with self._database.writing() as connection:
            every = found.fresh | final | found.back
            self._claims.learn(articles.paths(connection, (), every))
            touched = edition.hide(connection, sorted(self._claims.left(found.fresh)))
            touched |= edition.show(connection, sorted(self._claims.left(found.back)))
            touched |= edition.bury(connection, sorted(self._claims.left(final)), self._now)
            for path in final:
                edition.withdraw(connection, path, self._places(path, []))
            self._bump(connection, touched)
            files.miss(connection, found.fresh - final, self._now)
            files.miss(connection, found.kept, None)
            files.forget(connection, sorted(final))
        return len(found.fresh)

    def _count(self) -> int:
        with self._database.reading() as connection:
            return files.count(connection)

    def _kill(self, connection: Connection, put: list[Article]) -> list[Article]:
        """Leave nothing of killed articles but what readers have to be told."""
        ids = [article.id for article in put if article.status == "canceled"]
        before = articles.get_many(connection, ids) if ids else {}
        notice = timedelta(days=self._config.feeds.kill_notice)

        def killed(article: Article) -> datetime | None:
            known = before.get(article.id)
            # A store that is made anew does not know what readers had; the record's date does.
            known = article if known is None and self._cold else known
            return killed_at(article, known, self._now)

        return [
            kill(article, killed(article), notice) if article.status == "canceled" else article
            for article in put
        ]

    def _places(self, path: str, found: list[Reading]) -> set[str]:
        """Return where a record's pictures and sounds are, and where they were before."""
        known = self._known.get(path)
        now = {measure.path for one in found if one.path == path for measure in one.files}
        return now.union(known.dependencies if known else ())

    def _bump(self, connection: Connection, touched: set[str]) -> None:
        # A newsroom's first feeds date from their articles, not from the day of installation.
        edition.bump(connection, touched, _LONG_AGO if self._cold else self._now)
        self._sections |= touched

    def _rerender(self) -> None:
        """Move every feed's date where another configuration or another feedsvc renders them."""
        config = self._config
        parts = (config.site, config.feeds, config.sections, renderer())
        made = hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
        if made == self._rendered_with:
            return
        with self._database.writing() as connection:
            if self._rendered_with is not None:
                self._bump(connection, set(articles.every_section(connection)))
            files.set_setting(connection, "rendered_with", made)

    def _report(self, read: int, removed: int) -> Report:
        with self._database.reading() as connection:
            problems = files.problems(connection)
        said = "cannot be read: its articles stay as they were; let feedsvc read the folder"
        problems += [
            Problem(f"articles/{folder}".rstrip("/"), 1, 1, "", said) for folder in self._closed
        ]
        if self._refusal:
            problems.append(Problem("articles", 1, 1, "", self._refusal))
        return Report(read, removed, frozenset(self._sections), tuple(problems))


def _served(found: list[Reading]) -> Iterator[tuple[str, str, str, datetime]]:
    """Yield the pictures and sounds of articles that readers may have now or later."""
    for one in found:
        if one.article and one.article.status == "usable":
            for it in one.files:
                yield it.path, it.digest, it.type, one.article.released


def _known(found: Reading) -> KnownFile:
    return KnownFile(found.path, found.stamp, found.digest, found.dependencies, found.problems)


def _made_with(config: Config) -> str:
    """Return what the reading of a file depends on besides the file."""
    return f"{reading.code()} {config.site.url} {config.site.timezone}"
