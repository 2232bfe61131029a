"""``feedsvc snippet``: print the tags with which web pages name their feeds."""

import unicodedata
from contextlib import closing

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError, did_you_mean
from feedsvc.model.clock import now
from feedsvc.publishing import sync
from feedsvc.publishing.status import Status
from feedsvc.store.database import open_store
from feedsvc.syndication.sections import Sections


@click.command("snippet")
@click.argument("section", default="")
def command(section: str) -> None:
    """Print the tags for the head of a section's web pages, by which readers find its feeds.

    SECTION is a path such as world/europe. Without it, the tags are for the whole site.
    """
    config = load()
    name = unicodedata.normalize("NFC", section.strip().strip("/"))
    with closing(open_store(config)) as database:
        if not Status(database).is_filled():
            sync.sync(database, config, now())
        sections = Sections(config, database)
        known = sections.paths(now())
    if name not in known:
        hint = did_you_mean(name, filter(None, known))
        raise FeedsvcError(
            f'there is no section "{name}" here; name one that readers can see, '
            f"such as those at /feeds.{hint}"
        )
    for tag in sections.alternates(name):
        echo(tag)
