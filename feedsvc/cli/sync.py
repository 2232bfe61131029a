"""``feedsvc sync``: the store made to agree with the folder, once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing import sync
from feedsvc.store.database import Database

if TYPE_CHECKING:
    from feedsvc.model.report import Plan, Report


@click.command("sync")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--accept-deletions",
    is_flag=True,
    help="Withdraw the articles whose files are gone, even if it is more than half of them.",
)
def command(*, dry_run: bool, accept_deletions: bool) -> None:
    """Publish what changed in the files since the last time, and end.

    It may run while "feedsvc serve" does. Exits with 1 if a file has a problem, or if so many
    files are gone that none of their articles is withdrawn.
    """
    config = load()
    if not config.articles.is_dir():
        raise FeedsvcError(f"there is no folder {config.articles}; articles belong in it")
    database = Database(config.state)
    try:
        if dry_run:
            wrong = _plan(sync.plan(database, config, now()), accepted=accept_deletions)
        else:
            report = sync.sync(database, config, now(), accept_deletions=accept_deletions)
            wrong = _tell(report)
    finally:
        database.close()
    sys.exit(1 if wrong else 0)


def _plan(plan: Plan, *, accepted: bool) -> bool:
    refused = plan.refused and not accepted
    for path in plan.read:
        click.echo(f"would read      {in_newsroom(path)}")
    for path in plan.gone:
        click.echo(f"would {'keep up' if refused else 'withdraw'}  {in_newsroom(path)}")
    if refused:
        said = "too many files are gone at once; if that is meant, add --accept-deletions"
        click.echo(f"feedsvc: {said}", err=True)
    return refused


def _tell(report: Report) -> bool:
    wrong = warn(report)
    changed = ", ".join(sorted(f"/{section}" for section in report.sections)) or "nothing"
    click.echo(f"{report.read:,} read, {report.removed:,} withdrawn; changed {changed}")
    return wrong


def warn(report: Report) -> bool:
    """Print what is wrong in the files; tell whether anything is but notes."""
    for problem in report.problems:
        click.echo(str(problem), err=True)
    return any(not problem.note for problem in report.problems)
