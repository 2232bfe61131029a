"""The way in: files become records, records become articles, articles go into the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from feedsvc.errors import Problem
from feedsvc.ingest import files as disk
from feedsvc.ingest import reading
from feedsvc.ingest.media import Library
from feedsvc.ingest.reading import Reading
from feedsvc.model.article import Article, kill
from feedsvc.store import articles, edition, files
from feedsvc.store.files import KnownFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from feedsvc.config import Config
    from feedsvc.store.database import Connection, Database

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
    near: Collection[str] | None = None,
) -> Report:
    """Make the store agree with the files; those that did not change are not read.

    A file that is wrong leaves its article as it last was. A missing ``articles/`` folder changes
    nothing: it is more likely a disk that is not there than a newsroom without articles.

    :param progress: called with the number of files read so far, and of those to read.
    :param near: look only at and below these places of the newsroom's folder, such as
        ``articles/world``, and at the records of the pictures there.
    """
    return _Sync(database, config, now, near).run(progress)


def is_filled(database: Database) -> bool:
    """Tell whether the store was ever made to agree with the files."""
    with database.reading() as connection:
        return files.setting(connection, "made_with") is not None


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
        with database.reading() as connection:
            before = files.setting(connection, "made_with")
            self._stale = before != self._made_with
            self._near = None if self._stale else near
            self._known = files.known(connection, self._near)
        # A newsroom's first feeds date from their articles, not from the day of installation.
        self._changed = _LONG_AGO if before is None else now
        self._owners: dict[str, str] = {}
        """Whose file each id is, as far as looked up; it moves on as files are decided."""
        self._stored: dict[str, str] = {}
        """Which id the store has from each file, as far as looked up."""
        self._unread: set[str] = set()
        self._deferred: dict[str, Reading] = {}
        self._closed: list[str] = []

    def run(self, progress: Callable[[int, int], None] | None) -> Report:
        if not self._config.articles.is_dir():
            return self._report(0, 0)
        there = dict.fromkeys(self._paths())
        changed = [path for path in there if self._differs(path)]
        gone = {path for path in self._known.keys() - there.keys() if not self._shut(path)}
        self._unread = set(changed)
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            self._write(self._read(batch))
            if progress:
                progress(start + len(batch), len(changed))
        # Ids that go from file to file are put at once, when every file is known.
        late = [self._decide(found) for found in self._deferred.values()]
        self._write(late, gone, last=True)
        return self._report(len(changed), len(gone))

    def _paths(self) -> Iterator[str]:
        """Yield the records to look at."""
        if self._near is None:
            yield from disk.walk(self._config.articles, closed=self._closed)
            return
        for place in self._near:
            path = place.removeprefix("articles/")
            if path != place and disk.is_record(path) and (self._config.root / place).is_file():
                yield path
            elif path != place:
                yield from disk.walk(self._config.articles, path, self._closed)
        for path in self._known:  # such as those whose picture changed
            if disk.stamp(self._config.articles / path) != disk.GONE:
                yield path

    def _shut(self, path: str) -> bool:
        """Tell whether a file may be there all the same, in a folder that cannot be read."""
        return any(not folder or path.startswith(f"{folder}/") for folder in self._closed)

    def _differs(self, path: str) -> bool:
        known = self._known.get(path)
        if known is None or self._stale:
            return True
        root = self._config.root
        return known.stamp != disk.stamp(self._config.articles / path) or any(
            stamp != disk.stamp(root / place) for place, stamp in known.dependencies.items()
        )

    def _read(self, paths: list[str]) -> list[Reading]:
        """Read files; put those off whose id another file may be about to give away."""
        found = [reading.read(self._config, self._library, path) for path in paths]
        self._look_up({one.article.id for one in found if one.article}, {*paths})
        decided: list[Reading] = []
        for one in found:
            self._unread.discard(one.path)
            owner = self._owners.get(one.article.id) if one.article else None
            if owner not in (None, one.path) and (owner in self._unread or owner in self._deferred):
                self._deferred[one.path] = one
            else:
                decided.append(self._decide(one))
        return decided

    def _look_up(self, ids: Collection[str], paths: Collection[str]) -> None:
        with self._database.reading() as connection:
            for own, path in articles.paths(connection, ids, paths).items():
                if path not in self._stored:
                    self._stored[path] = own
                    self._owners.setdefault(own, path)

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
        if owner == path or disk.stamp(self._config.articles / owner) == disk.GONE:
            return False
        late = self._deferred.get(owner)
        return late is None or late.article is None or late.article.id == own

    def _write(
        self, found: list[Reading], gone: Collection[str] = (), *, last: bool = False
    ) -> None:
        if not found and not gone and not self._stale:
            return
        self._look_up((), gone)
        put = [one.article for one in found if one.article]
        settled = {one.path for one in found if one.settles}.union(gone)
        before = {path: self._stored[path] for path in settled if path in self._stored}
        removed = {own for path, own in before.items() if self._owners.get(own, path) == path}
        removed -= {article.id for article in put}
        with self._database.writing() as connection:
            put = self._kill(connection, put)
            touched = edition.remove(connection, sorted(removed)) | edition.put(connection, put)
            measures = (measure for one in found for measure in one.files)
            edition.serve(connection, ((it.path, it.digest, it.type) for it in measures))
            for article in put:
                if article.status == "canceled":
                    edition.withdraw(connection, article.path, self._places(article.path, found))
            edition.bump(connection, touched, self._changed)
            files.keep(connection, [_known(one) for one in found])
            files.forget(connection, sorted(gone))
            if last:
                files.set_setting(connection, "made_with", self._made_with)
        if any(article.status == "canceled" for article in put):
            self._database.wipe()
        self._stored |= {article.path: article.id for article in put}
        self._sections |= touched

    def _kill(self, connection: Connection, put: list[Article]) -> list[Article]:
        """Leave nothing of killed articles but what readers have to be told."""
        ids = [article.id for article in put if article.status == "canceled"]
        before = articles.get_many(connection, ids) if ids else {}
        notice = timedelta(days=self._config.feeds.kill_notice)
        return [
            kill(article, self._killed(article, before.get(article.id)), notice)
            if article.status == "canceled"
            else article
            for article in put
        ]

    def _killed(self, article: Article, before: Article | None) -> datetime | None:
        """Return when an article was killed; None where readers never had it."""
        if before is None:
            # A store that is made anew does not know what readers had; the record's date does.
            return min(article.updated, self._now) if self._changed == _LONG_AGO else None
        if before.status == "canceled":
            return before.killed
        if before.status == "withheld" or before.released > self._now:
            return None
        told = article.updated if article.updated > before.updated else self._now
        return min(told, self._now)

    def _places(self, path: str, found: list[Reading]) -> set[str]:
        """Return where a record's pictures and sounds are, and where they were before."""
        known = self._known.get(path)
        now = {measure.path for one in found if one.path == path for measure in one.files}
        return now.union(known.dependencies if known else ())

    def _report(self, read: int, removed: int) -> Report:
        with self._database.reading() as connection:
            problems = files.problems(connection)
        said = "cannot be read: its articles stay as they were; let feedsvc read the folder"
        problems += [
            Problem(f"articles/{folder}".rstrip("/"), 1, 1, "", said) for folder in self._closed
        ]
        return Report(read, removed, frozenset(self._sections), tuple(problems))


def _known(found: Reading) -> KnownFile:
    return KnownFile(found.path, found.stamp, found.digest, found.dependencies, found.problems)


def _made_with(config: Config) -> str:
    """Return what the reading of a file depends on besides the file."""
    return f"{reading.code()} {config.site.url} {config.site.timezone}"
