"""Which file each id belongs to, while files are read that may take ids from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedsvc.ingest import conflicts, files
from feedsvc.ingest.article_file import ReadFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class ArticleIds:
    """Lets each id belong to the file that had it first, for as long as that file wants it."""

    def __init__(self, unread: Collection[str], exists: Callable[[str], bool]) -> None:
        """Take the files that are about to be read.

        :param exists: tells whether a file is there.
        """
        self._unread = set(unread)
        self._exists = exists
        self._owners: dict[str, str] = {}  # by id; moves on as files are decided
        self._published: dict[str, str] = {}  # ids by file, as they are in the store
        self._deferred: dict[str, ReadFile] = {}

    def learn(self, owners: Mapping[str, str]) -> None:
        """Take ids with their files as they are in the store."""
        for own, path in owners.items():
            if path not in self._published:
                self._published[path] = own
                self._owners.setdefault(own, path)

    def settle(self, found: ReadFile) -> ReadFile | None:
        """Decide on a file that was read; None where another may be about to give its id away."""
        self._unread.discard(found.path)
        owner = self._owners.get(found.article.id) if found.article else None
        if owner not in (None, found.path) and (owner in self._unread or owner in self._deferred):
            self._deferred[found.path] = found
            return None
        return self._decide(found)

    def late(self) -> list[ReadFile]:
        """Decide on the files that were put off, now that all have been read."""
        return [self._decide(found) for found in self._deferred.values()]

    def _decide(self, found: ReadFile) -> ReadFile:
        if not found.settles:
            return found
        path, own = found.path, found.article.id if found.article else None
        if own is not None and self._taken(own, path):
            problem = conflicts.duplicate_id(path, own, self._owners[own])
            # A stamp that never fits makes the next look try again.
            return ReadFile(path, files.GONE, problems=(*found.problems, problem))
        before = self._published.get(path)
        if before is not None and self._owners.get(before) == path:
            del self._owners[before]
        if own is not None:
            self._owners[own] = path
        return found

    def _taken(self, own: str, path: str) -> bool:
        owner = self._owners.get(own, path)
        if owner == path or not self._exists(owner):
            return False
        late = self._deferred.get(owner)
        return late is None or late.article is None or late.article.id == own

    def left(self, paths: Collection[str]) -> set[str]:
        """Return the ids that came from these files and belong to no other by now."""
        ids = {path: self._published[path] for path in paths if path in self._published}
        return {own for path, own in ids.items() if self._owners.get(own, path) == path}

    def published(self, ids: Mapping[str, str]) -> None:
        """Take the ids that were just published, by file."""
        self._published |= ids
