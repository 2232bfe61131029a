"""Recognize files that were moved: an article whose record names no id keeps the one it had.

Readers take a new id for a new story. A file is as surely moved as its old page leads to the new
one: the old file is gone, and the guid is the same, or slug, headline and publication are.
"""

from collections.abc import Callable, Mapping, Sequence
from unicodedata import is_normalized

from msgspec.structs import replace

from feedsvc.ingest.article_file import ReadFile
from feedsvc.model.article import Article
from feedsvc.store import articles, guids, page_urls
from feedsvc.store.database import Connection


def keep_ids(
    connection: Connection,
    files: Sequence[ReadFile],
    known: Mapping[str, str],
    exists: Callable[[str], bool],
) -> list[ReadFile]:
    """Return files that were read, the moved ones with the ids that their articles have.

    :param known: by id, the stored files of the articles with these ids or in these files.
    :param exists: returns whether there is a file, by its path below ``articles/``.
    """
    nameless = [it.article for it in files if it.article and it.record and not it.record.names_id]
    taken = {*known.values()}
    named = {path for article_id, path in known.items() if article_id != path.rpartition(".")[0]}
    paths = {article.path for article in nameless}
    kept = articles.keeping_ids(connection, paths & named)
    # An older feedsvc took a decomposed name for the id as it was.
    older = {path: it for it, path in known.items() if path in paths - named}
    kept |= {path: it for path, it in older.items() if not is_normalized("NFC", path)}
    new = [it for it in nameless if it.id not in known and it.path not in taken]
    old = page_urls.predecessors(connection, new) if new else {}
    owners = guids.owners(connection, [it.guid for it in new if it.guid])
    same = articles.get_many(connection, owners.values())
    used = set[str]()
    for article in new:
        owner = same.get(owners.get(article.guid, ""))
        before = [owner] if owner else old[article.id]
        same_story = (it for it in before if not _is_another(it, article))
        gone = [it.id for it in same_story if not exists(it.path) and it.id not in used]
        if len(gone) == 1:
            kept[article.path] = gone[0]
            used.add(gone[0])
    return [_with_id(file, kept.get(file.path)) for file in files]


def _is_another(before: Article, article: Article) -> bool:
    """Return whether two articles alike are two: a system that sent both has them apart."""
    if before.guid and article.guid:
        return before.guid != article.guid
    first, second = before.origin, article.origin
    if first is None or second is None or first.system != second.system:
        return False
    return {*first.ids}.isdisjoint(second.ids)


def _with_id(file: ReadFile, article_id: str | None) -> ReadFile:
    """Return a file with the id that its article keeps, if there is one."""
    if article_id is None or file.record is None or file.record.article is None:
        return file
    article = replace(file.record.article, id=article_id, keeps_id=True)
    return replace(file, record=replace(file.record, article=article))
