"""Try a write: find out which feeds it would change, in a transaction that is undone."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from feedsvc.config.settings import Config
from feedsvc.model.article import Article
from feedsvc.model.change import Change
from feedsvc.publishing.actions import Actions
from feedsvc.store import articles
from feedsvc.store.database import Database


class Trial(Struct, frozen=True):
    """The effects that a write would have."""

    changes: Sequence[Change]
    article: Article | None
    """As it would be; None where there would be none."""


class _UndoError(Exception):
    """Raised to undo the transaction."""


def written(
    database: Database, config: Config, article_id: str, article: Article | None, now: datetime
) -> Trial:
    """Return the effects of publishing an article.

    :param article: None for a draft, whose article leaves the feeds.
    """

    def write(actions: Actions) -> None:
        if article:
            actions.put([article])
        else:
            actions.remove([article_id])

    return _tried(database, config, article_id, write, now)


def deleted(database: Database, config: Config, article_id: str, now: datetime) -> Trial:
    """Return the effects of deleting the record of an article."""
    return _tried(database, config, article_id, lambda actions: actions.hide([article_id]), now)


def _tried(
    database: Database,
    config: Config,
    article_id: str,
    write: Callable[[Actions], None],
    now: datetime,
) -> Trial:
    trial = Trial((), None)
    with suppress(_UndoError), database.writing() as connection:
        actions = Actions(connection, config, now)
        actions.release_due()
        write(actions)
        changes = [change for change in actions.changes if change.id == article_id]
        trial = Trial(changes, articles.get_many(connection, [article_id]).get(article_id))
        raise _UndoError
    return trial
