"""Keep the guids that readers know: to them, an article with another one is another story."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from feedsvc.ingest.article_file import ReadFile
from feedsvc.ingest.files import problem_in
from feedsvc.model.article import Article
from feedsvc.store import articles, former_listings
from feedsvc.store.database import Connection


def keep_guids(
    connection: Connection, files: list[ReadFile], known: Mapping[str, str], now: datetime
) -> list[ReadFile]:
    """Return files that were read; one that would change a published guid is refused.

    A withdrawal is never refused: it goes to the readers who have the article, by the guid that
    they know.

    :param known: guids in the store by the ids of articles.
    """
    given = {file.article.id: file.article.guid for file in files if file.article}
    changed = {it for it, guid in given.items() if guid != known.get(it, "")}
    if not changed:
        return files
    stored = articles.get_many(connection, changed)
    left = former_listings.get_many(connection, changed)
    # Only the guids of articles that readers had are kept when the article is gone.
    gone = known.keys() - stored.keys()
    reached = {it for it, article in stored.items() if article.reached_readers(now)}
    changed &= {*reached, *left, *gone}
    return [
        _with_guid(file, file.article, known.get(file.article.id, ""))
        if file.article and file.article.id in changed
        else file
        for file in files
    ]


def _with_guid(file: ReadFile, article: Article, guid: str) -> ReadFile:
    advice = f'write guid: "{guid}"' if guid else "take it out"
    typed = f'"{article.guid}" is' if article.guid else "without one this article is"
    message = f"{typed} not the id under which readers have the article, so they would get it twice"
    refused = article.status == "usable"
    problem = problem_in(file.path, "guid", f"{message}; {advice}", note=not refused)
    file = replace(file, problems=(*file.problems, problem))
    if refused or file.record is None:
        return replace(file, record=None)
    return replace(file, record=replace(file.record, article=replace(article, guid=guid)))
