"""Decide which file owns an article id when several files claim it."""

from collections.abc import Callable, Collection, Mapping

from feedsvc.ingest import conflicts, files
from feedsvc.ingest.article_file import ReadFile


class ArticleIds:
    """The owners of article ids while files are read: the file that had an id first keeps it."""

    def __init__(self, exists: Callable[[str], bool]) -> None:
        self._exists = exists
        self._unread: set[str] = set()
        self._owners: dict[str, str] = {}
        """Files by id; an id moves on as files are decided."""
        self._published: dict[str, str] = {}
        """Ids by file, as they are in the store."""
        self._postponed: dict[str, ReadFile] = {}

    def expect(self, paths: Collection[str]) -> None:
        """Remember files that are about to be read, and may give up their ids."""
        self._unread.update(paths)

    def know(self, owners: Mapping[str, str]) -> None:
        """Remember files by their ids as they are in the store."""
        for article_id, path in owners.items():
            if path not in self._published:
                self._published[path] = article_id
                self._owners.setdefault(article_id, path)

    def decide(self, file: ReadFile) -> ReadFile | None:
        """Decide on a file that was read; None where another may be about to give its id up."""
        self._unread.discard(file.path)
        owner = self._owners.get(file.article.id) if file.article else None
        if owner not in (None, file.path) and (owner in self._unread or owner in self._postponed):
            self._postponed[file.path] = file
            return None
        return self._decide(file)

    def postponed(self) -> list[ReadFile]:
        """Decide on the files that were postponed, now that all files have been read."""
        return [self._decide(file) for file in self._postponed.values()]

    def _decide(self, file: ReadFile) -> ReadFile:
        if not file.settles:
            return file
        path, article_id = file.path, file.article.id if file.article else None
        if article_id is not None and self._is_taken(article_id, path):
            problem = conflicts.duplicate_id(path, article_id, self._owners[article_id])
            # A stamp that never fits makes the next scan read the file again.
            return ReadFile(path, files.GONE, problems=(*file.problems, problem))
        before = self._published.get(path)
        if before is not None and self._owners.get(before) == path:
            del self._owners[before]
        if article_id is not None:
            self._owners[article_id] = path
        return file

    def _is_taken(self, article_id: str, path: str) -> bool:
        owner = self._owners.get(article_id, path)
        if owner == path or not self._exists(owner):
            return False
        file = self._postponed.get(owner)
        return file is None or file.article is None or file.article.id == article_id

    def released_by(self, paths: Collection[str]) -> set[str]:
        """Return the ids that came from these files and belong to no other file by now."""
        ids = {path: self._published[path] for path in paths if path in self._published}
        return {it for path, it in ids.items() if self._owners.get(it, path) == path}

    def published(self, ids: Mapping[str, str]) -> None:
        """Remember the ids that were just published, by file."""
        self._published |= ids
