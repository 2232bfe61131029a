"""``feedsvc restore``: replace the store by a backup."""

from contextlib import closing
from functools import reduce
from pathlib import Path

import click

from feedsvc.cli.doctor_checks import minute
from feedsvc.cli.output import echo
from feedsvc.cli.sync import report_on
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.model.clock import now
from feedsvc.model.report import Report
from feedsvc.publishing import sync
from feedsvc.store.backup import Contents, describe, examine, require_file, restore
from feedsvc.store.database import open_store
from feedsvc.store.lock import require_one_store
from feedsvc.store.sqlite import FILE_NAME


@click.command("restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Replace the store by FILE, a copy that "feedsvc backup" made.

    It may be done while "feedsvc serve" runs. FILE is checked before anything is changed, and may
    be of an older feedsvc. The store that is replaced is kept beside the new one. The article files
    are published before readers see any of FILE, as "feedsvc sync" does: the feeds show the
    articles as they are, and not as they were when FILE was made. Problems in them are printed,
    but are no failure.
    """
    config = load_newsroom()
    require_file(config)
    store = config.state / FILE_NAME
    require_one_store(config.state, config.file)
    chosen, before = examine(file, store), describe(store)
    if before:
        echo(f"replacing  {store}: {_summary(before, config)}")
    echo(f"by         {file}: {_summary(chosen, config)}")
    reports: list[Report] = []
    kept = restore(
        file, config.state, now, lambda copy: reports.append(sync.sync(copy, config, now()))
    )
    if kept:
        echo(f"kept       {kept}: the store before this; delete it when all is well")
    echo(f"restored   {store}")
    with closing(open_store(config)) as database:
        reports.append(sync.sync(database, config, now()))
    report_on(reduce(Report.followed_by, reports))


def _summary(contents: Contents, config: Config) -> str:
    changed = ""
    if contents.changed:
        changed = f", last changed {minute(contents.changed, config.site.timezone)}"
    return f"{contents.articles:,} articles{changed}, version {contents.revision}"
