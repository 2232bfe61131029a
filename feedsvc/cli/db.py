"""``feedsvc db``: the tables of the store."""

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.store import database
from feedsvc.store.database import NEWEST


@click.group("db")
def command() -> None:
    """Look after the tables of the store."""


@command.command("upgrade")
def upgrade() -> None:
    """Bring the store to the version of this feedsvc.

    "feedsvc serve" and the other commands do so, too, when they open a store in a file; here it
    can be done by itself, before anything is started. In PostgreSQL only this makes the tables and
    upgrades them. All that is in the store stays.
    """
    config = load()
    before = database.revision(config)
    database.upgrade(config)
    if before == NEWEST:
        echo(f"the store is up to date ({NEWEST})")
    elif before is None:
        echo(f"made the store ({NEWEST})")
    else:
        echo(f"upgraded from {before} to {NEWEST}")
