"""Decide which file owns a name when several files claim it: an id, or one of another system."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from feedsvc.ingest import files
from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.conflicts import Claim, claims, duplicate
from feedsvc.model.article import Article
from feedsvc.store import articles, guids, origins, other_names
from feedsvc.store.database import Connection


class StoredNames(NamedTuple):
    """The names of articles in the store that files claim, or that the articles of files have."""

    paths: dict[str, str]
    """Files by article id."""
    owners: dict[Claim, str]
    """Files by name, ids included."""
    guids: dict[str, str]
    """Guids by article id, also of articles that are gone."""


def stored_names(
    connection: Connection, read: Iterable[ReadFile], paths: Collection[str]
) -> StoredNames:
    """Return the names in the store of the articles that have a name which a file claims.

    :param paths: of files whose articles are meant, too.
    """
    wanted = {claim for file in read for claim in _claims(file)}
    ids = {claim[1] for claim in wanted if claim[0] == "id"}
    if others := [claim for claim in wanted if claim[0] != "id"]:
        guid_claims = [claim[1] for claim in others if claim[0] == "guid"]
        ids.update(guids.owners(connection, guid_claims).values())
        names = [(claim[1], claim[2]) for claim in others if claim[0] == "origin"]
        ids.update(origins.owners(connection, names).values())
    known = articles.paths(connection, ids, paths)
    ids_owned: dict[Claim, str] = {("id", it): path for it, path in known.items()}
    stored = StoredNames(known, ids_owned, {})
    for article_id, system, name in other_names.get_many(connection, ids | known.keys()):
        if system is None:
            stored.guids[article_id] = name
        if article_id in known:
            claim = ("guid", name) if system is None else ("origin", system, name)
            stored.owners[claim] = known[article_id]
    return stored


def _claims(file: ReadFile) -> list[Claim]:
    return claims(file.article) if file.article else []


class ArticleIds:
    """The owners of names while files are read: the file that had a name first keeps it."""

    def __init__(self, exists: Callable[[str], bool]) -> None:
        self._exists = exists
        self._unread: set[str] = set()
        self._owners: dict[Claim, str] = {}
        """Files by name; a name moves on as files are decided."""
        self._published: dict[str, Collection[Claim]] = {}
        """Names by file, as they are in the store."""
        self._postponed: dict[str, ReadFile] = {}

    def expect(self, paths: Collection[str]) -> None:
        """Remember files that are about to be read, and may give up their names."""
        self._unread.update(paths)

    def know(self, owners: Mapping[Claim, str]) -> None:
        """Remember files by their names as they are in the store."""
        new = dict[str, list[Claim]]()
        for claim, path in owners.items():
            if path not in self._published:
                new.setdefault(path, []).append(claim)
                self._owners.setdefault(claim, path)
        self._published |= new

    def decide(self, file: ReadFile) -> ReadFile | None:
        """Decide on a file that was read; None where another may be about to give a name up."""
        self._unread.discard(file.path)
        owners = {self._owners.get(claim, file.path) for claim in _claims(file)} - {file.path}
        if any(owner in self._unread or owner in self._postponed for owner in owners):
            self._postponed[file.path] = file
            return None
        return self._decide(file)

    def postponed(self) -> list[ReadFile]:
        """Decide on the files that were postponed, now that all files have been read."""
        return [self._decide(file) for file in self._postponed.values()]

    def _decide(self, file: ReadFile) -> ReadFile:
        if not file.settles:
            return file
        path, wanted = file.path, _claims(file)
        if taken := [claim for claim in wanted if self._is_taken(claim, path)]:
            problems = [duplicate(path, claim, self._owners[claim]) for claim in taken]
            # A stamp that never fits makes the next scan read the file again. Its own article is
            # withdrawn all the same where it says so.
            withdrawn = file.article is not None and file.article.status != "usable"
            refused = ReadFile(path, files.GONE, problems=(*file.problems, *problems))
            return replace(refused, withdrawn=withdrawn)
        for claim in self._published.get(path, ()):
            if self._owners.get(claim) == path:
                del self._owners[claim]
        self._owners |= dict.fromkeys(wanted, path)
        return file

    def _is_taken(self, claim: Claim, path: str) -> bool:
        owner = self._owners.get(claim, path)
        if owner == path or not self._exists(owner):
            return False
        file = self._postponed.get(owner)
        return file is None or file.article is None or claim in _claims(file)

    def released_by(self, paths: Collection[str]) -> set[str]:
        """Return the ids that came from these files and belong to no other file by now."""
        names = ((claim, path) for path in paths for claim in self._published.get(path, ()))
        ids = {claim: path for claim, path in names if claim[0] == "id"}
        return {it[1] for it, path in ids.items() if self._owners.get(it, path) == path}

    def published(self, put: Iterable[Article]) -> None:
        """Remember the names of articles that were just published, by file."""
        self._published |= {article.path: (*claims(article),) for article in put}
