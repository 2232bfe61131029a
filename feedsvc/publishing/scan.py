"""Find the files that changed since the store last read them, and the missing ones."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain

from feedsvc.config.settings import Config
from feedsvc.errors import Problem
from feedsvc.ingest import files as disk
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.conflicts import misnamed_folder
from feedsvc.ingest.files import Stamp, walk_order
from feedsvc.model.paths import below_articles, in_newsroom
from feedsvc.store import article_files
from feedsvc.store.database import Connection, Database

_Group = dict[str, list[str]]
"""Paths of records, by their folder."""

GROUP_FILES, GROUP_FOLDERS = 1000, 500
"""Files and folders that are compared with the store at once: either limit is enough, as a newsroom
may have a folder for each article."""

_UNREADABLE = "cannot be read: its articles stay as they were; let feedsvc read the folder"
_TOO_DEEP = (
    "has a path that is too long, so its articles are not read; "
    f"use at most {disk.MAX_FOLDER:,} bytes for the folders of an article"
)


class Scan:
    """One look at the files, folder by folder, so that only changes and gaps take memory.

    :param near: look only at and below these places of the newsroom's folder, and at the records
        of the pictures there.
    :param stale: every file that is there is to be read again.
    :param missing: files that were missing, and are to be read again where they are back.
    """

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
        self._articles = config.articles
        self._file = f"{config.articles}/"  # its beginning; a Path for each takes its time
        self._near = near
        self._stale = stale
        self._missing = missing
        self._unreadable: list[str] = []
        self._misnamed: list[str] = []
        self._unread: list[str] = []
        self._scanned: Collection[str] | None = ()
        self._picture = cache(disk.stamp)
        self.gone: set[str] = set()
        """Known files that are missing, as far as ``changed`` has come."""
        self.not_loaded: Collection[str] = ()
        """As of ``TableScan``."""

    def changed(self) -> Iterator[str]:
        """Yield the files that are new or have changed, in the order of ``walk``.

        Files in a folder that cannot be read are neither changed nor gone.
        """
        self._scanned = self._near
        with self._database.reading() as connection:
            if self._near is None:
                yield from self._everywhere(connection)
            else:
                changed = {path for place in self._near for path in self._at(connection, place)}
                self.gone -= changed
                yield from sorted(changed, key=walk_order)

    def outdated(self, _connection: Connection, files: Iterable[ReadFile]) -> set[str]:
        """Return which files changed after they were read."""
        read = {it.path: it.stamp for it in files if it.stamp != disk.GONE}
        return {path for path, stamp in read.items() if stamp != disk.stamp(self._file + path)}

    def existing(self, _connection: Connection, paths: Collection[str]) -> set[str]:
        """Return which of some files are there."""
        return {path for path in paths if disk.stamp(self._file + path) != disk.GONE}

    def folder_problems(self, known: Collection[Problem]) -> list[Problem]:
        """Return the problems of folders; of folders not scanned now, the ones known before."""
        folders = [in_newsroom(folder).rstrip("/") for folder in self._unreadable]
        problems = {
            Problem(folder, 1, 1, "", _TOO_DEEP if disk.is_too_deep(folder) else _UNREADABLE)
            for folder in folders
        }
        problems.update(map(misnamed_folder, self._misnamed))
        notes = (disk.unread_note(self._articles, path) for path in self._unread)
        problems.update(filter(None, notes))
        if (places := self._scanned) is not None:
            problems.update(it for it in known if not any(disk.is_in(it.file, at) for at in places))
        return sorted(problems)

    def _everywhere(self, connection: Connection) -> Iterator[str]:
        # The store is asked first: files that others add to disk and store meanwhile are not gone.
        unseen = article_files.folders(connection)
        for group in _groups(self._folders()):
            unseen -= group.keys()
            yield from sorted(self._compare(connection, group), key=walk_order)
        closed = self._unreadable
        missing = [it for it in unseen if not any(not at or disk.is_in(it, at) for at in closed)]
        self.gone.update(path for path, _ in article_files.stamps(connection, "folder", missing))

    def _compare(self, connection: Connection, group: _Group) -> Iterator[str]:
        """Yield the files of some folders that are new or have changed, in no order."""
        there = set(chain.from_iterable(group.values()))
        pictures = article_files.places(connection, "folder", group)
        self._picture.cache_clear()
        for path, before in article_files.stamps(connection, "folder", group):
            if path not in there:
                self.gone.add(path)
                continue
            there.remove(path)
            if self._differs(path, before, pictures.get(path)):
                yield path
        yield from there

    def _differs(self, path: str, before: Stamp, pictures: Mapping[str, Stamp] | None) -> bool:
        if self._stale or path in self._missing or before != disk.stamp(self._file + path):
            return True
        return pictures is not None and any(
            stamp != self._picture(f"{self._root}/{place}") for place, stamp in pictures.items()
        )

    def _at(self, connection: Connection, place: str) -> Iterator[str]:
        """Yield the files at, below or with a picture at a place that are new or have changed."""
        yield from article_files.unknown(connection, self._walk(place))
        for paths in article_files.at_or_below(connection, place):
            pictures = article_files.places(connection, "path", paths)
            self._picture.cache_clear()
            for path, before in article_files.stamps(connection, "path", paths):
                if self._is_there(path) and self._differs(path, before, pictures.get(path)):
                    yield path

    def _is_there(self, path: str) -> bool:
        try:
            os.lstat(self._file + path)
        except (FileNotFoundError, NotADirectoryError):
            self.gone.add(path)
            return False
        except OSError:  # it may be there, in a folder that cannot be read
            return False
        return True

    def _walk(self, place: str) -> Iterator[str]:
        """Yield the records at or below a place of the newsroom's folder."""
        path, file = below_articles(place), self._root / place
        try:
            if path == place or not disk.is_visible(self._articles, path):
                return
            plain, link = file.is_file(), file.is_symlink()
        except OSError:  # it may be there, in a folder that cannot be read
            return
        if plain and disk.is_record(path):
            yield path
        elif plain:
            self._unread.append(path)
        elif not link:
            for _, paths in self._folders(path):
                yield from paths

    def _folders(self, below: str = "") -> Iterator[tuple[str, list[str]]]:
        for folder, paths in disk.folders(self._articles, below, self._unreadable, self._unread):
            if folder.endswith(disk.SUFFIXES):
                self._misnamed.append(folder)
            yield folder, paths


def _groups(folders: Iterable[tuple[str, list[str]]]) -> Iterator[_Group]:
    """Yield small folders together, so that the store is not asked about each."""
    group: _Group = {}
    count = 0
    for folder, paths in folders:
        group[folder] = paths
        count += len(paths)
        if count >= GROUP_FILES or len(group) >= GROUP_FOLDERS:
            yield group
            group, count = {}, 0
    yield group
