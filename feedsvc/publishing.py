"""The way in: files become records, records become articles, articles go into the store."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.errors import Problem
from feedsvc.ingest import files as disk
from feedsvc.ingest import reading
from feedsvc.ingest.media import Library
from feedsvc.ingest.reading import Reading
from feedsvc.store import articles, edition, files
from feedsvc.store.files import KnownFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from feedsvc.config import Config
    from feedsvc.store.database import Database

_BATCH = 500
"""Files between two commits, so that a big newsroom's first articles are up early."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Report(Struct, frozen=True):
    """What a sync did."""

    read: int
    """Files that were new or had changed."""
    removed: int
    """Files that were gone."""
    sections: frozenset[str]
    """Those whose feeds changed."""
    problems: tuple[Problem, ...]
    """Everything that is wrong, or worth a note, in all files now."""


def sync(
    database: Database,
    config: Config,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Make the store agree with the files; those that did not change are not read.

    A file that is wrong leaves its article as it last was. A missing ``articles/`` folder changes
    nothing: it is more likely a disk that is not there than a newsroom without articles.

    :param progress: called with the number of files read so far, and of those to read.
    """
    return _Sync(database, config, now).run(progress)


def is_filled(database: Database) -> bool:
    """Tell whether the store was ever made to agree with the files."""
    with database.reading() as connection:
        return files.setting(connection, "made_with") is not None


def check(config: Config, paths: Sequence[str], now: datetime) -> list[Problem]:
    """Read files without publishing them; return everything that is wrong or worth a note.

    :param paths: of records, below ``articles/``.
    """
    library = Library(config.root)
    chosen = [reading.read(config, library, path) for path in paths]
    rest = sorted(set(disk.walk(config.articles)) - set(paths))
    others = [reading.read(config, library, path) for path in rest]
    problems = [problem for found in chosen for problem in found.problems]
    return sorted([*problems, *reading.compare(chosen, others, now)])


class _Sync:
    """One pass over the files."""

    def __init__(self, database: Database, config: Config, now: datetime) -> None:
        self._database = database
        self._config = config
        self._library = Library(config.root)
        self._made_with = _made_with(config)
        self._sections: set[str] = set()
        with database.reading() as connection:
            before = files.setting(connection, "made_with")
            self._known = files.known(connection)
            self._owners = articles.paths(connection)  # by id; moves on as files are decided
        self._stored = {path: own for own, path in self._owners.items()}
        self._stale = before != self._made_with
        # A newsroom's first feeds date from their articles, not from the day of installation.
        self._changed = _LONG_AGO if before is None else now
        self._there: dict[str, None] = {}
        self._unread: set[str] = set()
        self._deferred: dict[str, Reading] = {}

    def run(self, progress: Callable[[int, int], None] | None) -> Report:
        if not self._config.articles.is_dir():
            return self._report(0, 0)
        self._there = dict.fromkeys(disk.walk(self._config.articles))
        changed = [path for path in self._there if self._differs(path)]
        gone = self._known.keys() - self._there.keys()
        self._unread = set(changed)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            self._write([found for path in batch for found in self._read(path)])
            if progress:
                progress(start + len(batch), len(changed))
        # Ids that go from file to file are put at once, when every file is known.
        self._write([self._decide(found) for found in self._deferred.values()], gone, last=True)
        return self._report(len(changed), len(gone))

    def _differs(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None or self._stale:
            return True
        root = self._config.root
        return known.stamp != disk.stamp(self._config.articles / path) or any(
            stamp != disk.stamp(root / place) for place, stamp in known.dependencies.items()
        )

    def _read(self, path: str) -> list[Reading]:
        """Read a file; put it off where another file may be about to give its id away."""
        found = reading.read(self._config, self._library, path)
        self._unread.discard(path)
        if found.article:
            owner = self._owners.get(found.article.id, path)
            if owner != path and (owner in self._unread or owner in self._deferred):
                self._deferred[path] = found
                return []
        return [self._decide(found)]

    def _decide(self, found: Reading) -> Reading:
        """Let a file have its id, or refuse it because another file has it."""
        if not found.settles:
            return found
        path, own = found.path, found.article.id if found.article else None
        if own is not None and self._taken(own, path):
            problem = reading.duplicate(path, own, self._owners[own])
            # A stamp that never fits makes the next sync try again.
            return Reading(path, disk.GONE, problems=(*found.problems, problem))
        before = self._stored.get(path)
        if before is not None and self._owners.get(before) == path:
            del self._owners[before]
        if own is not None:
            self._owners[own] = path
        return found

    def _taken(self, own: str, path: str) -> bool:
        owner = self._owners.get(own, path)
        if owner == path or owner not in self._there:
            return False
        late = self._deferred.get(owner)
        return late is None or late.article is None or late.article.id == own

    def _write(
        self, found: list[Reading], gone: Collection[str] = (), *, last: bool = False
    ) -> None:
        put = [one.article for one in found if one.article]
        settled = {one.path for one in found if one.settles}.union(gone)
        before = {path: self._stored[path] for path in settled if path in self._stored}
        removed = {own for path, own in before.items() if self._owners.get(own, path) == path}
        removed -= {article.id for article in put}
        if not found and not gone and not self._stale:
            return
        with self._database.writing() as connection:
            touched = edition.remove(connection, sorted(removed)) | edition.put(connection, put)
            measures = (measure for one in found for measure in one.files)
            edition.serve(connection, ((it.path, it.digest, it.type) for it in measures))
            edition.bump(connection, touched, self._changed)
            files.keep(connection, map(_known, found))
            files.forget(connection, sorted(gone))
            if last:
                files.set_setting(connection, "made_with", self._made_with)
        self._stored |= {article.path: article.id for article in put}
        self._sections |= touched

    def _report(self, read: int, removed: int) -> Report:
        with self._database.reading() as connection:
            problems = files.problems(connection)
        return Report(read, removed, frozenset(self._sections), tuple(problems))


def _known(found: Reading) -> KnownFile:
    return KnownFile(found.path, found.stamp, found.digest, found.dependencies, found.problems)


def _made_with(config: Config) -> str:
    """Return what the reading of a file depends on besides the file."""
    return f"{version('feedsvc')} {config.site.url} {config.site.timezone}"
