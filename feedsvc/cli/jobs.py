"""``feedsvc jobs``: the jobs that ask other servers, such as fetching a picture."""

from contextlib import closing
from datetime import datetime

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import local, now
from feedsvc.store import outbox
from feedsvc.store.database import Database, open_existing
from feedsvc.store.outbox import Job

_ADVICE = '"feedsvc jobs" lists the ids of all'


@click.command("jobs")
@click.option("--failed", is_flag=True, help="Show only the jobs that are not tried again.")
@click.option("--retry", "again", multiple=True, type=int, metavar="ID", help="Try a job again.")
@click.option("--retry-all", is_flag=True, help="Try all failed jobs again.")
@click.option("--drop", multiple=True, type=int, metavar="ID", help="Give a job up.")
@click.option("--work", is_flag=True, help="Do the jobs that are due here, where no serve runs.")
def command(
    *, failed: bool, again: tuple[int, ...], retry_all: bool, drop: tuple[int, ...], work: bool
) -> None:
    """Show the jobs that ask other servers, such as fetching a picture, and their last errors.

    "feedsvc serve" does them. One that fails is tried again later and later, for about two days.
    """
    config = load_newsroom()
    with closing(open_existing(config)) as database:
        if again:
            _retry(database, again)
        if retry_all:
            with database.writing(counted=False) as connection:
                echo(f"{outbox.retry(connection, None, now())} failed jobs are tried again")
        if drop:
            _drop(database, drop)
        if work:
            _work(config, database)
        if not (again or retry_all or drop or work):
            _show(database, config.site.timezone, failed=failed)


def _retry(database: Database, ids: tuple[int, ...]) -> None:
    with database.writing(counted=False) as connection:
        _require(outbox.retry(connection, ids, now()), ids)
    echo(f"{len(set(ids))} jobs are tried again")


def _drop(database: Database, ids: tuple[int, ...]) -> None:
    with database.writing(counted=False) as connection:
        _require(outbox.drop(connection, ids), ids)
    echo(f"{len(set(ids))} jobs are given up")


def _require(count: int, ids: tuple[int, ...]) -> None:
    """Refuse ids that are not all there, so that nothing is changed.

    :raises FeedsvcError: they are not.
    """
    if count != len(set(ids)):
        names = ", ".join(map(str, sorted(set(ids))))
        raise FeedsvcError(f"not all of these are jobs: {names}; nothing was changed; {_ADVICE}")


def _work(config: Config, database: Database) -> None:
    from feedsvc.publishing import sync
    from feedsvc.push.worker import make_worker

    count = make_worker(config, database, now).work_due()
    report = sync.sync(database, config, now())
    changed = ", ".join(sorted(f"/{section}" for section in report.sections)) or "nothing"
    echo(f"{count} jobs done or tried; changed {changed}")


def _show(database: Database, zone: str, *, failed: bool) -> None:
    with database.reading() as connection:
        jobs = outbox.jobs(connection, failed=failed)
    moment = now()
    for job in jobs:
        echo(f"{job.id:>6}  {_state(job, moment, zone):<28}  {job.kind}  {job.key}{_error(job)}")
    if not jobs:
        echo("No job failed." if failed else "No job waits.")


def _state(job: Job, moment: datetime, zone: str) -> str:
    if job.failed:
        return "failed"
    if job.lease_until and job.lease_until > moment:
        return "under way"
    if job.next_try <= moment:
        return "due"
    return f"waits until {local(job.next_try, zone):%Y-%m-%d %H:%M}"


def _error(job: Job) -> str:
    tries = f"{job.attempts} {'try' if job.attempts == 1 else 'tries'}"
    return f"  ({tries}: {job.last_error})" if job.last_error else ""
