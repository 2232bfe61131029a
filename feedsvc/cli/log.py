"""``feedsvc log``: the last changes to articles."""

from contextlib import closing

import click

from feedsvc.cli.edit_command import named
from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.model.clock import local
from feedsvc.publishing import history, subscribers
from feedsvc.store.database import open_existing


@click.command("log")
@click.argument("name", metavar="[ID]", default="")
@click.option(
    "-n",
    "--number",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="How many changes to show.",
)
@click.option("--why", is_flag=True, help="Show which feeds each change moved, and why.")
@click.option("--reach", is_flag=True, help="Show how many have a correction or a kill.")
def command(name: str, number: int, *, why: bool, reach: bool) -> None:
    """Show the last changes: time, kind and article, and how many feeds each changed.

    With the id of an article or its file, only the changes to that one.

    docs/operations.md explains the reasons that --why prints.
    """
    config = load()
    with closing(open_existing(config)) as database:
        article_id = history.find(database, named(config, name)).id if name else None
        changes = history.log(database, number, article_id)
        sent = [
            reach and change.act in subscribers.SENT and subscribers.reach(database, change)
            for change in changes
        ]
    for change, reached in reversed([*zip(changes, sent, strict=True)]):
        when = f"{local(change.moment, config.site.timezone):%Y-%m-%d %H:%M:%S}"
        feeds = f"{len(change.feeds)} feed{'' if len(change.feeds) == 1 else 's'}"
        echo(f"{when}  {change.act:<8}  {change.id}  {feeds}{change.credit}")
        for reason in dict.fromkeys(change.feeds.values()) if why else ():
            paths = ", ".join(
                sorted(f"/{path}" for path in change.feeds if change.feeds[path] == reason)
            )
            echo(f"    {reason.replace('_', ' ') or 'no reason was kept'}: {paths}")
        if reached:
            echo(f"    {reached}")
    if not changes:
        echo("No article was changed since the store was made.")
