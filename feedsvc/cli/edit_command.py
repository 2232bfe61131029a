"""What the commands of the news desk have in common: a record changed, then published."""

from __future__ import annotations

import getpass
from contextlib import closing
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.ingest.record.edit import edit_record
from feedsvc.model.clock import now
from feedsvc.model.paths import below_articles, in_newsroom
from feedsvc.publishing import history, sync
from feedsvc.publishing.status import Status
from feedsvc.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Article

_FEW = 5
"""Acts that one change may come to."""


def change(name: str, decide: Callable[[Config, Article], Mapping[str, str | None]]) -> None:
    """Change an article's record, publish that, and say what it did.

    :param decide: returns the keys to change; None takes one out.
    :raises FeedsvcError: there is no such article, or its record cannot be changed.
    """
    config = load()
    with closing(Database(config.state)) as database:
        article = _find(name, config, database)
        place = in_newsroom(article.path)
        changes = decide(config, article)
        begun = now().replace(microsecond=0)
        # Whoever publishes it first, "feedsvc serve" or this process, will know who did it.
        sync.announce(database, article.path, getpass.getuser())
        try:
            edit_record(config.articles / article.path, changes, place)
        except BaseException:
            sync.announce(database, article.path, "")
            raise
        report = sync.sync(database, config, now(), near={place})
        acts = history.log(database, _FEW, article.id)
    click.echo(f"wrote {place}")
    for act in acts:
        if act.moment >= begun:
            feeds = ", ".join(f"/{path}" for path in sorted(act.feeds)) or "no feed"
            click.echo(f"{act.act} {act.id}: changed {feeds}")
    wrong = [it for it in report.problems if it.file == place and not it.note]
    if wrong:
        raise FeedsvcError("\n".join(map(str, wrong)))


def _find(name: str, config: Config, database: Database) -> Article:
    """Return an article, also one whose file nobody has looked at yet."""
    if not Status(database).is_filled():
        sync.sync(database, config, now())
    try:
        return history.find(database, name)
    except NotFoundError:
        place = in_newsroom(below_articles(name))
        sync.sync(database, config, now(), near={place, f"{place}.md", f"{place}.json"})
        return history.find(database, name)


def stamp(moment: datetime, config: Config) -> str:
    """Return a moment as it is written into a record: in the newsroom's own time."""
    return local(moment, config).isoformat(timespec="seconds")


def local(moment: datetime, config: Config) -> datetime:
    """Return a moment in the newsroom's own time."""
    return moment.astimezone(ZoneInfo(config.site.timezone))
