"""Which files changed since the store last heard of them, and which are gone."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from feedsvc.errors import Problem
from feedsvc.ingest import files as disk
from feedsvc.ingest.conflicts import misnamed_folder
from feedsvc.model.paths import below_articles, in_newsroom
from feedsvc.store import article_files, key_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from feedsvc.config.settings import Config
    from feedsvc.ingest.files import Stamp
    from feedsvc.store.database import Connection, Database

    _Group = dict[str, list[str]]
    """Paths of records, by their folder."""

_FILES, _FOLDERS = 1000, 500
"""Either is enough for the store to be asked: a newsroom may have a folder for each article."""

_CLOSED = "cannot be read: its articles stay as they were; let feedsvc read the folder"
_PROBLEMS = msgspec.json.Decoder(list[Problem])


class Scan:
    """One look at the files, folder by folder: what piles up is what changed or is gone."""

    def __init__(
        self,
        database: Database,
        config: Config,
        near: Collection[str] | None,
        *,
        stale: bool,
        missing: Collection[str],
    ) -> None:
        """Take what to look at.

        :param near: only what is at and below these places of the newsroom's folder, and the
            records of the pictures there.
        :param stale: every file that is there is to be read again.
        :param missing: files that were gone, and are to be read again where they are back.
        """
        self._database = database
        self._root = config.root
        self._articles = config.articles
        self._file = f"{config.articles}/"  # its beginning; a Path for each takes its time
        self._near = near
        self._stale = stale
        self._missing = missing
        self._closed: list[str] = []
        self._misnamed: list[str] = []
        self._looked_at: Collection[str] | None = ()
        self._pictures: dict[str, Stamp] = {}  # as they are now
        self.gone: set[str] = set()
        """Known files that are not there, as far as ``changed`` has come."""

    def changed(self) -> Iterator[str]:
        """Look, and yield the files that are new or have changed, in the order of ``walk``.

        What is in a folder that cannot be read is neither changed nor gone.
        """
        self._looked_at = self._near
        with self._database.reading() as connection:
            if self._near is None:
                yield from self._everywhere(connection)
            else:
                found = {path for place in self._near for path in self._at(connection, place)}
                self.gone -= found
                yield from sorted(found, key=_order)

    def problems(self) -> list[Problem]:
        """Return what is wrong with folders; of those not looked at, what was wrong with them."""
        found = {Problem(in_newsroom(it).rstrip("/"), 1, 1, "", _CLOSED) for it in self._closed}
        found.update(map(misnamed_folder, self._misnamed))
        with self._database.reading() as connection:
            before = key_values.setting(connection, "folders") or "[]"
        if (places := self._looked_at) is not None:
            kept = _PROBLEMS.decode(before)
            found.update(it for it in kept if not any(_is_in(it.file, one) for one in places))
        now = msgspec.json.encode(sorted(found)).decode()
        if now != before:
            with self._database.writing() as connection:
                key_values.set_setting(connection, "folders", now)
        return sorted(found)

    def _everywhere(self, connection: Connection) -> Iterator[str]:
        # The store is asked first: what others add to disk and store meanwhile is not gone.
        left = article_files.folders(connection)
        for group in _groups(self._folders()):
            left -= group.keys()
            yield from sorted(self._compare(connection, group), key=_order)
        read = [folder for folder in left if not self._shut(folder)]
        self.gone.update(path for path, _ in article_files.stamps_in(connection, read))

    def _compare(self, connection: Connection, group: _Group) -> Iterator[str]:
        """Yield the files of some folders that are new or have changed, in no order."""
        there = set(chain.from_iterable(group.values()))
        pictures = article_files.places_in(connection, group)
        self._pictures.clear()
        for path, before in article_files.stamps_in(connection, group):
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
            stamp != self._picture(place) for place, stamp in pictures.items()
        )

    def _picture(self, place: str) -> Stamp:
        found = self._pictures.get(place)
        if found is None:
            found = self._pictures[place] = disk.stamp(f"{self._root}/{place}")
        return found

    def _shut(self, folder: str) -> bool:
        return any(not one or _is_in(folder, one) for one in self._closed)

    def _at(self, connection: Connection, place: str) -> Iterator[str]:
        """Yield the files at, below or with a picture at a place that are new or have changed."""
        yield from article_files.unknown(connection, self._walk(place))
        for paths in article_files.at_or_below(connection, place):
            known = article_files.known_at(connection, paths)
            self._pictures.clear()
            for path, before in known.stamps.items():
                if self._is_there(path) and self._differs(path, before, known.places.get(path)):
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
        elif not link:
            for _, paths in self._folders(path):
                yield from paths

    def _folders(self, below: str = "") -> Iterator[tuple[str, list[str]]]:
        for folder, paths in disk.folders(self._articles, below, self._closed):
            if folder.endswith(disk.SUFFIXES):
                self._misnamed.append(folder)
            yield folder, paths


def _groups(folders: Iterable[tuple[str, list[str]]]) -> Iterator[_Group]:
    """Put small folders together, so that the store is not asked for each."""
    group: _Group = {}
    count = 0
    for folder, paths in folders:
        group[folder] = paths
        count += len(paths)
        if count >= _FILES or len(group) >= _FOLDERS:
            yield group
            group, count = {}, 0
    yield group


def _order(path: str) -> tuple[list[str], str]:
    """Return what sorts paths as ``walk`` does."""
    *folders, name = path.split("/")
    return folders, name


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
