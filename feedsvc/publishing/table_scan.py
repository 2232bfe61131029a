"""Find the records in the store that changed since they were last read, and the missing ones."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache

from feedsvc.config.settings import Config
from feedsvc.errors import Problem
from feedsvc.ingest import files as disk
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.conflicts import misnamed_folder
from feedsvc.ingest.files import walk_order
from feedsvc.model.paths import ARTICLES, ancestors, below_articles
from feedsvc.store import article_files, records
from feedsvc.store.database import Connection, Database


class TableScan:
    """One look at the records in the store; the parameters are as for ``scan.Scan``."""

    def __init__(
        self,
        database: Database,
        config: Config,
        near: Collection[str] | None,
        *,
        stale: bool,
        missing: Collection[str],
    ) -> None:
        self._database = database
        self._root = config.root
        self._near = near
        self._stale = stale
        self._missing = missing
        self._stamp = cache(disk.stamp)
        self.gone: set[str] = set()
        """Known records that are missing."""
        self.not_loaded: set[str] = set()
        """Files that were read before the records were in the store, and are not loaded yet."""

    def changed(self) -> Iterator[str]:
        """Yield the records that are new or have changed, in the order of ``files.walk``."""
        places = [""] if self._near is None else self._near
        with self._database.reading() as connection:
            changed = {path for it in places for path in self._at(connection, it)}
            there = records.stamps(connection, changed).keys()
            self.gone |= records.deleted(connection, changed - there)
            if self._near is None:
                self.not_loaded = records.not_loaded(connection)
        yield from sorted(there, key=walk_order)

    def _at(self, connection: Connection, place: str) -> Iterator[str]:
        """Yield the records at, below or with a picture at a place that are new, changed or gone.

        :param place: of the newsroom's folder; empty for all.
        """
        path = below_articles(place)
        if not place or path != place:
            look = records.paths if self._stale else records.changed
            yield from look(connection, path)
            yield from records.gone(connection, path)
            yield from (it for it in self._missing if not path or disk.is_in(it, path))
        for name, picture, stamp in article_files.dependencies(connection, place):
            if stamp != self._stamp(f"{self._root}/{picture}"):
                yield name

    def outdated(self, connection: Connection, files: Iterable[ReadFile]) -> set[str]:
        """Return which records changed after they were read."""
        read = {it.path: it.digest for it in files if it.digest}
        now = records.digests(connection, read)
        return {path for path, digest in read.items() if now.get(path) != digest}

    def existing(self, connection: Connection, paths: Collection[str]) -> set[str]:
        """Return which of some records are there."""
        return {*records.stamps(connection, paths)}

    def folder_problems(self, known: Collection[Problem]) -> list[Problem]:
        """Return the problems of folders; of folders not scanned now, the ones known before."""
        if self._near is not None:
            return [*known]
        with self._database.reading() as connection:
            folders = {above for it in article_files.folders(connection) for above in ancestors(it)}
        problems = [misnamed_folder(it) for it in folders if it.endswith(disk.SUFFIXES)]
        if count := len(self.not_loaded):
            message = (
                f"{count:,} records in files are not in the store yet, so their articles stay as "
                "they were; load them: feedsvc load articles"
            )
            problems.append(Problem(ARTICLES, 1, 1, "", message))
        return sorted(problems)
