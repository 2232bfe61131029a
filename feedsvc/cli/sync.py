"""``feedsvc sync``: publish the changes to the files, once."""

import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.model.clock import now
from feedsvc.model.paths import in_newsroom
from feedsvc.model.report import Plan, Report
from feedsvc.publishing import sync
from feedsvc.store.database import Database, exists, open_store


@click.command("sync")
@click.option("--dry-run", is_flag=True, help="Only print the files it would read or withdraw.")
@click.option(
    "--accept-deletions",
    is_flag=True,
    help="Withdraw the articles whose files are gone, even if these are more than half.",
)
def command(*, dry_run: bool, accept_deletions: bool) -> None:
    """Publish the changes to the files since the last time, and end.

    It may run while "feedsvc serve" does. Exits with 1 if a file has a problem, or if the files of
    so many articles are gone that none of these is withdrawn.
    """
    config = load_newsroom()
    with TemporaryDirectory() as empty:
        new = dry_run and not exists(config)  # and it makes none
        with closing(Database(Path(empty)) if new else open_store(config)) as database:
            if dry_run:
                failed = _preview(sync.plan(database, config, now()), accepted=accept_deletions)
            else:
                publish = sync.accept_deletions if accept_deletions else sync.sync
                failed = report_on(publish(database, config, now()))
    sys.exit(1 if failed else 0)


def _preview(plan: Plan, *, accepted: bool) -> bool:
    """Print the files that a sync would deal with; return whether it would refuse."""
    refused = plan.refused and not accepted
    for path in plan.read:
        echo(f"would read      {in_newsroom(path)}")
    for path in plan.gone:
        echo(f"would {'keep up' if refused else 'withdraw'}  {in_newsroom(path)}")
    if refused:
        refusal = "the files of too many articles are gone at once"
        echo(f"feedsvc: {refusal}; if that is meant, add --accept-deletions", err=True)
    return refused


def report_on(report: Report) -> bool:
    """Print the result of a sync; return whether a file has a problem."""
    failed = warn(report)
    changed = ", ".join(sorted(f"/{section}" for section in report.sections)) or "nothing"
    echo(f"{report.read:,} read, {report.removed:,} withdrawn; changed {changed}")
    return failed


def warn(report: Report) -> bool:
    """Print the problems of the files; return whether any is more than a note."""
    for problem in report.problems:
        echo(str(problem), err=True)
    return any(not problem.note for problem in report.problems)
