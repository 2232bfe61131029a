"""The common part of the commands that edit an article: kill, correct and embargo."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime

import click

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.model.article import Article
from feedsvc.model.clock import local
from feedsvc.publishing import edit_article
from feedsvc.store.database import Database


def edit(name: str, decide: Callable[[Config, Article], Mapping[str, str | None]]) -> None:
    """Edit an article's record, publish it, and print the feeds that this changed.

    :param decide: returns the keys to change; None takes one out.
    :raises FeedsvcError: there is no such article, or its record cannot be changed.
    """
    config = load()
    with closing(Database(config.state)) as database:
        article = edit_article.find(config, database, name)
        changes = decide(config, article)
        result = edit_article.edit(config, database, article, changes, getpass.getuser())
    click.echo(f"wrote {result.file}")
    for change in result.changes:
        feeds = ", ".join(f"/{path}" for path in sorted(change.feeds)) or "no feed"
        click.echo(f"{change.act} {change.id}: changed {feeds}")
    if result.problems:
        raise FeedsvcError("\n".join(map(str, result.problems)))


def stamp(moment: datetime, config: Config) -> str:
    """Return a moment as it is written into a record: in the newsroom's own time."""
    return local(moment, config.site.timezone).isoformat(timespec="seconds")
