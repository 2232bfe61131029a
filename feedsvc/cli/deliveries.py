"""``feedsvc deliveries``: the feeds that are on their way to subscribers."""

from contextlib import closing

import click

from feedsvc.cli.output import echo
from feedsvc.cli.subscribers import callback_of, feed_of
from feedsvc.config.load import load
from feedsvc.model.clock import local
from feedsvc.publishing import subscribers
from feedsvc.publishing.subscribers import state_of
from feedsvc.store.database import open_existing


@click.command("deliveries")
@click.option("--failed", is_flag=True, help="Show only deliveries that failed at least once.")
@click.option("--addresses", is_flag=True, help="Show whole callbacks, which are secrets.")
def command(*, failed: bool, addresses: bool) -> None:
    """Show the deliveries to subscribers that wait: feed, host, state, next try, last error."""
    config = load()
    with closing(open_existing(config)) as database:
        rows = subscribers.unserved(database, failed=failed)
    for row in rows:
        since = row.failing and f"since {local(row.failing, config.site.timezone):%Y-%m-%d %H:%M}"
        next_try = row.due and f"next {local(row.due, config.site.timezone):%Y-%m-%d %H:%M:%S}"
        failure = f"({row.attempts} failed {since}: {row.last_error})" if row.attempts else ""
        parts = feed_of(row), callback_of(row, addresses=addresses), state_of(row), next_try
        echo("  ".join(filter(None, (*parts, failure))))
    if not rows:
        echo("No delivery failed." if failed else "No delivery waits.")
