"""``feedsvc snippet``: what web pages say of the feeds that belong to them."""

from __future__ import annotations

import unicodedata
from contextlib import closing

import click

from feedsvc import publishing
from feedsvc.app import now
from feedsvc.config import load
from feedsvc.directory import Directory
from feedsvc.errors import FeedsvcError, did_you_mean
from feedsvc.store.database import Database


@click.command("snippet")
@click.argument("section", default="")
def command(section: str) -> None:
    """Print the tags for the head of a section's web pages, by which readers find its feeds.

    SECTION is a path such as world/europe. Without it, the tags are those of the whole site.
    """
    config = load()
    name = unicodedata.normalize("NFC", section.strip().strip("/"))
    with closing(Database(config.state)) as database:
        if not publishing.is_filled(database):
            publishing.sync(database, config, now())
        directory = Directory(config, database)
        known = directory.sections(now())
    if name not in known:
        hint = did_you_mean(name, filter(None, known))
        raise FeedsvcError(
            f'there is no section "{name}" here; name one that readers can see, '
            f"such as those at /feeds.{hint}"
        )
    for tag in directory.alternates(name):
        click.echo(tag)
