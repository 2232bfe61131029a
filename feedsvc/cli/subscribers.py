"""``feedsvc subscribers``: who gets the feeds pushed."""

from contextlib import closing

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.model.clock import local
from feedsvc.publishing import subscribers
from feedsvc.publishing.subscribers import Subscription, state_of
from feedsvc.store.database import open_existing


@click.command("subscribers")
@click.argument("topic", metavar="[TOPIC]", default=None, required=False)
@click.option("--addresses", is_flag=True, help="Show whole callbacks, which are secrets.")
def command(topic: str | None, *, addresses: bool) -> None:
    """Show the subscriptions to the feeds: feed, host, state, and when they end.

    TOPIC is the address of a feed, or its path such as world or world/corrections; / is the site.
    """
    config = load()
    with closing(open_existing(config)) as database:
        path = None if topic is None else subscribers.path_of(config, topic)
        rows = subscribers.listed(database, path)
    for row in rows:
        end = f"{local(row.expires, config.site.timezone):%Y-%m-%d %H:%M}"
        echo(f"{feed_of(row)}  {callback_of(row, addresses=addresses)}  {state_of(row)}  {end}")
    if not rows:
        echo("There is no subscription.")


def feed_of(row: Subscription) -> str:
    """Return the feed of a subscription, as its line begins."""
    return f"{'/' + row.path:<24}  {row.format:<4}"


def callback_of(row: Subscription, *, addresses: bool) -> str:
    """Return the callback of a subscription: its host alone, unless all of it is wanted."""
    return row.callback if addresses else f"{row.host}/…"
