"""An article, its versions, and the log of actions."""

from collections.abc import Collection

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.ingest.files import SUFFIXES
from feedsvc.model.article import Article
from feedsvc.model.change import Change, Version
from feedsvc.model.paths import below_articles
from feedsvc.store import articles, guids, history
from feedsvc.store.database import Database

_NAMED = 5
"""Files of one name that a message names."""


def stem(path: str) -> str:
    """Return a path without the suffix of a record."""
    suffix = next(filter(path.endswith, SUFFIXES), "")
    return path.removesuffix(suffix)


def find(database: Database, name: str) -> Article:
    """Return an article by its id, its guid, or its record's path or the end of it.

    :param name: a path with or without ``articles/`` and suffix, such as ``world/flood.md``, or
        ``flood`` where no other file has that name.
    :raises NotFoundError: there is no such article.
    :raises FeedsvcError: there are several.
    """
    path = below_articles(name)
    with database.reading() as connection:
        ids = [name, *guids.owners(connection, [name]).values()]
        matches = articles.get_many(connection, ids) or articles.at_path(connection, path)
        if not matches and (paths := articles.named(connection, stem(path))):
            if len(paths) > 1:
                several = " or ".join(paths[:_NAMED])
                raise FeedsvcError(f'"{name}" may be {several}; give more of the path')
            matches = articles.at_path(connection, paths[0])
    for article in matches.values():
        return article
    raise NotFoundError(
        f'there is no article "{name}" here; give its id, or its file such as world/flood.md'
    )


def versions(database: Database, article_id: str) -> list[Version]:
    """Return every version of an article, the oldest first."""
    with database.reading() as connection:
        return history.versions(connection, article_id)


def log(database: Database, limit: int | None, article_id: str | None = None) -> list[Change]:
    """Return the newest actions or all, the newest first; of one article if its id is given."""
    with database.reading() as connection:
        return history.actions(connection, limit, article_id)


def set_doers(database: Database, paths: Collection[str], by: str) -> None:
    """Record who is about to change records, for the log.

    :param paths: below ``articles/``.
    :param by: empty where they are not changed after all.
    """
    with database.writing(counted=False) as connection:
        history.set_doers(connection, paths, by)
