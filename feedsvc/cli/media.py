"""``feedsvc media``: the pictures and sounds in the object store."""

from contextlib import closing

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.model.clock import now
from feedsvc.store.database import open_existing


@click.group("media")
def command() -> None:
    """Look after the pictures and sounds in the object store ([media] store)."""


@command.command("sweep")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
def sweep(*, dry_run: bool) -> None:
    """Delete pictures and sounds from the store that no article of today shows.

    Such are former states of pictures that were replaced, which readers may have in entries that
    they keep. The pictures of killed and expired articles are deleted anyway, by "feedsvc serve".
    """
    from feedsvc.push.media_uploads import MediaUploads

    config = load_newsroom()
    with closing(open_existing(config)) as database:
        uploads = MediaUploads(config, database, now)
        orphans = uploads.orphans()
        for key in orphans.keys:
            echo(key)
        if not dry_run:
            uploads.delete(orphans)
    done = "would be deleted" if dry_run else "deleted"
    echo(f"{len(orphans.keys):,} objects with {orphans.size:,} bytes {done}")
