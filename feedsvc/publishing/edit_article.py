"""Edit an article: change its record, and publish that, with the name of who did it in the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from feedsvc.config.settings import Config
from feedsvc.errors import EditError, NotFoundError, Problem
from feedsvc.ingest.record.edit import edited
from feedsvc.ingest.record.write import Written
from feedsvc.ingest.records import Records, RecordWrite
from feedsvc.model.article import Article
from feedsvc.model.change import Change
from feedsvc.model.clock import now
from feedsvc.model.paths import below_articles, in_newsroom
from feedsvc.publishing import history, sync
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.status import Status
from feedsvc.store.database import Database

_MOST = 5
"""Changes that one edit may come to, such as a correction and the end of an embargo before it."""


class Edit(NamedTuple):
    """The result of an edit."""

    file: str
    """The record that was written, below the newsroom's folder."""
    changes: list[Change]
    """Everything that was published of the article, the newest first."""
    problems: list[Problem]
    """The mistakes in the record; with one it may not be published as it was meant."""


def find(config: Config, database: Database, name: str) -> Article:
    """Return an article by its id or its file, also one that was not published yet.

    :param name: as for ``history.find``.
    :raises NotFoundError: there is no such article.
    :raises FeedsvcError: there are several.
    """
    if not Status(database).is_filled():
        sync.sync(database, config, now())
    try:
        return history.find(database, name)
    except NotFoundError:
        end = "/" + history.stem(below_articles(name))
        paths = newsroom_records(config, database).paths(unreadable=[])
        named = {it for it in paths if f"/{history.stem(it)}".endswith(end)}
        sync.sync(database, config, now(), near=set(map(in_newsroom, named)))
        return history.find(database, name)


def edit(
    config: Config,
    database: Database,
    article: Article,
    changes: Mapping[str, Written | None],
    by: str,
) -> Edit:
    """Change keys of an article's record, and publish it.

    :param changes: values by the keys of the record; None takes a key out.
    :param by: who does it, for the log.
    :raises FeedsvcError: the record cannot be changed.
    """
    file = in_newsroom(article.path)
    begun = now().replace(microsecond=0)
    # Whichever process publishes the record first, "feedsvc serve" or this one, logs the name.
    history.set_doers(database, [article.path], by)
    try:
        edit_record(newsroom_records(config, database), article.path, changes)
    except BaseException:
        history.set_doers(database, [article.path], "")
        raise
    return publish(config, database, article, file, begun)


def edit_record(records: Records, path: str, changes: Mapping[str, Written | None]) -> None:
    """Change keys of a record; every other byte of it stays.

    :param changes: as for ``edited``.
    :raises EditError: it cannot be read, changed safely or written, or another program changed
        it at the same time.
    """
    content, name = records.read(path), in_newsroom(path)
    if content.data is None:
        raise EditError(f"{name}: {content.reason}")
    records.save(RecordWrite(path, content.data, edited(content.data, name, changes)))


def publish(
    config: Config, database: Database, article: Article, file: str, begun: datetime, *near: str
) -> Edit:
    """Publish a record that was changed, and return the result of the edit.

    :param file: the record, below the newsroom's folder.
    :param begun: when the edit began.
    :param near: other places that were changed.
    """
    report = sync.sync(database, config, now(), near={file, *near})
    return Edit(
        file,
        [it for it in history.log(database, _MOST, article.id) if it.moment >= begun],
        [it for it in report.problems if it.file == file and not it.note],
    )
