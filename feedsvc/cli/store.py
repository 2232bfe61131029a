"""``feedsvc store``: the database of the store."""

from contextlib import closing
from functools import partial
from typing import Any

import click
from msgspec.structs import replace

from feedsvc.cli.output import echo, progress_bar
from feedsvc.config.load import load
from feedsvc.config.store_settings import database_url


@click.group("store")
def command() -> None:
    """Look after the database of the store."""


@command.command("move")
@click.argument("target", metavar="URL|file")
def move(target: str) -> None:
    """Copy the store to URL, an empty database of PostgreSQL, or back into a file.

    "feedsvc serve" must not run meanwhile. All goes along: ids, revisions, archives, versions, the
    log, tombstones, tokens, subscriptions; so readers notice nothing. The copy is compared with
    the store, table by table. If it is interrupted, the same command goes on with it.
    """
    from feedsvc.store import database
    from feedsvc.store.move import move

    config = load()
    try:
        url = "" if target == "file" else database_url(target)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if url == config.store.url:
        raise click.BadParameter("is where the store is already")
    there = replace(config, store=replace(config.store, url=url, listen_url=""))
    database.upgrade(there)
    with (
        closing(database.open_existing(config)) as source,
        closing(database.open_store(there)) as copy,
    ):
        rows = move(source, copy, partial(_show, []))
        echo(f"moved {sum(rows.values()):,} rows of {len(rows)} tables to {copy.name}")
    given = "the same URL" if url else '""'
    echo(f"Set [store] url in config.toml to {given}; the store so far is kept as it is.")


def _show(bars: list[Any], done: int, total: int) -> None:
    """Show how many rows of how many have been copied."""
    if not bars:
        bars.append(progress_bar(total, "Copying rows", hidden=total < 10_000, show_pos=True))
    bars[0].update(done - bars[0].pos)
    if done == total:
        bars[0].render_finish()
