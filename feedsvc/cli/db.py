"""``feedsvc db``: the tables of the store."""

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.store.database import NEWEST, Database, revision
from feedsvc.store.sqlite import FILE_NAME


@click.group("db")
def command() -> None:
    """Look after the tables of the store."""


@command.command("upgrade")
def upgrade() -> None:
    """Bring the store to the version of this feedsvc.

    "feedsvc serve" and the other commands do so, too, when they open the store; here it can be
    done by itself, before anything is started. All that is in the store stays.
    """
    state = load().state
    before = revision(state / FILE_NAME)
    Database(state).close()
    if before == NEWEST:
        echo(f"the store is up to date ({NEWEST})")
    elif before is None:
        echo(f"made the store ({NEWEST})")
    else:
        echo(f"upgraded from {before} to {NEWEST}")
