"""``feedsvc restore``: a copy of the store in the place of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedsvc.cli.sync import warn
from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import local, now
from feedsvc.publishing import sync
from feedsvc.store.backup import describe, examine, restore
from feedsvc.store.database import Database
from feedsvc.store.sqlite import FILE_NAME

if TYPE_CHECKING:
    from feedsvc.config.settings import Config
    from feedsvc.store.backup import Contents


@click.command("restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Replace the store by FILE, a copy that "feedsvc backup" made.

    It may be done while "feedsvc serve" runs. FILE is checked before anything is changed, and may
    be of an older feedsvc. The store that is replaced is kept beside the new one. Then the article
    files are looked at, as "feedsvc sync" does: the feeds show what these say, and not what they
    said when FILE was made. Problems in them are printed, but are no failure.
    """
    config = load()
    if not config.articles.is_dir():
        raise FeedsvcError(f"there is no folder {config.articles}; articles belong in it")
    store = config.state / FILE_NAME
    chosen, before = examine(file, store), describe(store)
    if before:
        click.echo(f"replacing  {store}: {_summary(before, config)}")
    click.echo(f"by         {file}: {_summary(chosen, config)}")
    kept = restore(file, config.state, now)
    if kept:
        click.echo(f"kept       {kept}: what was there before; delete it when all is well")
    click.echo(f"restored   {store}")
    _sync(config)


def _summary(contents: Contents, config: Config) -> str:
    changed = ""
    if contents.changed:
        moment = local(contents.changed, config.site.timezone)
        changed = f", last changed {moment:%Y-%m-%d %H:%M %Z}"
    return f"{contents.articles:,} articles{changed}, version {contents.revision}"


def _sync(config: Config) -> None:
    """Make the restored store agree with the files, and tell what that changed."""
    database = Database(config.state)
    try:
        report = sync.sync(database, config, now())
    finally:
        database.close()
    warn(report)
    changed = ", ".join(sorted(f"/{section}" for section in report.sections)) or "nothing"
    click.echo(f"{report.read:,} read, {report.removed:,} withdrawn; changed {changed}")
