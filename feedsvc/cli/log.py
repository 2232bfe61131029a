"""``feedsvc log``: what was done last."""

from __future__ import annotations

from contextlib import closing

import click

from feedsvc.cli.edit_command import local
from feedsvc.config.load import load
from feedsvc.publishing import history
from feedsvc.store.database import Database


@click.command("log")
@click.argument("name", metavar="[ID]", default="")
@click.option(
    "-n",
    "--number",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="How many.",
)
def command(name: str, number: int) -> None:
    """Show what was done last: when, what, with which article, and how many feeds that changed.

    With the id of an article or its file, only what was done with that one.
    """
    config = load()
    with closing(Database(config.state)) as database:
        article_id = history.find(database, name).id if name else None
        acts = history.log(database, number, article_id)
    for act in reversed(acts):
        when = f"{local(act.moment, config):%Y-%m-%d %H:%M:%S}"
        by = f" by {act.doer}" if act.doer else ""
        note = f": {act.note}" if act.note else ""
        feeds = f"{len(act.feeds)} feed{'' if len(act.feeds) == 1 else 's'}"
        click.echo(f"{when}  {act.act:<8}  {act.id}  {feeds}{by}{note}")
    if not acts:
        click.echo("Nothing was done yet, since the store was made.")
