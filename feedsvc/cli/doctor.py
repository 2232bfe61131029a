"""``feedsvc doctor``: check a newsroom."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from feedsvc.cli import doctor_checks
from feedsvc.cli.doctor_checks import Check, minute, note, ok, problem
from feedsvc.cli.output import echo
from feedsvc.config.load import default_states, load
from feedsvc.config.settings import Config
from feedsvc.errors import ConfigError, StoreError
from feedsvc.ingest.files import walk
from feedsvc.model.clock import now
from feedsvc.publishing.status import all_problems
from feedsvc.store import articles, feeds, key_values, outbox, records, releases
from feedsvc.store.database import NEWEST, look, revision
from feedsvc.store.health import read_health
from feedsvc.store.lock import LOCK_FILE, is_published_elsewhere, try_lock
from feedsvc.store.sqlite import FILE_NAME, damage

_SOON = timedelta(days=1)
"""Time within which releases are listed: the ones of the next working day."""

_ONE = "set [server] state in config.toml to the right folder, so that all use the one"
"""Advice where there are two stores."""


_LOST = {
    "folder": "the versions of articles, the log, the ids of moved files without an id of their "
    "own, since when notices stand, and which feeds articles have left; all else is made again "
    "from the files, and copies of pictures are fetched again",
    "database": "all records, with their versions and the log; so make backups",
}
"""The data that is in the state folder alone, by the place of records."""


@click.command("doctor")
def command() -> None:
    """Check whether all is well with this newsroom, and print a line for each check.

    It changes nothing, and may run while "feedsvc serve" does. Exits with 1 if there is a
    problem; a note is none.
    """
    levels: set[str] = set()
    for check in examine(now()):
        echo(f"{check.level:<7}  {check.subject:<13}  {check.sentence}")
        levels.add(check.level)
    sys.exit(1 if "problem" in levels else 0)


def examine(now: datetime) -> Iterator[Check]:
    """Yield the results for the newsroom in this folder, check by check."""
    try:
        config = load()
    except ConfigError as error:
        for mistake in error.problems:
            yield problem("configuration", str(mistake))
        return
    yield from doctor_checks.settings(config)
    yield from _other_stores(config)
    yield from _state(config.state, now)
    yield from _articles(config)
    yield from _store(config, now)
    yield ok("deletion", f"Deleting {config.state} loses {_LOST[config.records.kept_in]}")


def _state(folder: Path, now: datetime) -> Iterator[Check]:
    """Check the folder of the store; first of all, for ``now`` to be the time on its disk."""
    if folder.exists():
        try:
            with NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
                touched = os.fstat(file.fileno()).st_mtime
        except OSError as error:
            sentence = f"{folder} cannot be written: {error.strerror}; let feedsvc write it"
            yield problem("state folder", sentence)
        else:
            yield doctor_checks.owner(folder, folder.stat().st_uid, os.geteuid())
            yield doctor_checks.clock(now, datetime.fromtimestamp(touched, UTC))
        yield _permissions(folder)
        yield from _publisher(folder, now.timestamp())
    else:
        made = 'the first "feedsvc serve" or "feedsvc sync" makes it'
        yield note("state folder", f"{folder} is not there yet; {made}")
    yield _space("state disk", folder)


def _other_stores(config: Config) -> Iterator[Check]:
    """Report stores beside the one in use: some command or process may use another."""
    with suppress(OSError):  # of the lock, which is checked below
        if is_published_elsewhere(config.state, config.file):
            elsewhere = f"a process publishes into another store than the one in {config.state}"
            yield problem("configuration", f"{elsewhere}; {_ONE}")
    defaults = default_states(config.root)
    others = [it for it in defaults if it.resolve() != config.state.resolve()]
    for folder in others:
        if (folder / FILE_NAME).exists():
            two = f"there is a store in {folder}, but the one in {config.state} is used"
            if config.state in defaults:
                yield problem("configuration", f"{two}; {_ONE}")
            else:
                yield note("configuration", f"{two}; delete the other one")


def _permissions(folder: Path) -> Check:
    """Check that only its owner can read and change the store."""
    open_paths: list[str] = []
    for path in (folder, *sorted(folder.glob("*"))):
        with suppress(FileNotFoundError):  # SQLite removes its files beside the store
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                open_paths.append(str(path))
    if open_paths:
        advice = f"chmod go= {' '.join(open_paths)}"
        return problem("permissions", f"other users of this machine can use it: {advice}")
    return ok("permissions", "only its owner can read and write the store")


def _publisher(folder: Path, now: float) -> Iterator[Check]:
    """Check whether a process publishes every change: it has the lock of publishers."""
    lock, free = folder / LOCK_FILE, True
    if lock.exists():
        try:
            with try_lock(lock) as free:
                pass
        except OSError:
            closed = (
                f"{LOCK_FILE} cannot be opened, so no process can publish; let feedsvc write it"
            )
            yield problem("publisher", closed)
            return
    try:
        yield from doctor_checks.publishing(read_health(folder), now, locked=not free)
    except StoreError as error:
        yield problem("publisher", str(error))


def _space(subject: str, folder: Path) -> Check:
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    return doctor_checks.space(subject, there, shutil.disk_usage(there).free)


def _articles(config: Config) -> Iterator[Check]:
    folder = config.articles
    if config.records.kept_in == "database":
        if any(walk(folder, unreadable=[])):
            unused = "has records that are not used; load them, if they are new, or move them away"
            yield note("articles", f"{folder} {unused}")
        return
    if not folder.is_dir():
        yield problem("articles", f"there is no folder {folder}; articles belong in it")
        return
    closed: list[str] = []
    count = sum(1 for _ in walk(folder, unreadable=closed))
    yield doctor_checks.articles(str(folder), count, [folder / it for it in closed])
    yield _space("articles disk", folder)


def _store(config: Config, now: datetime) -> Iterator[Check]:
    """Check the store as it is; the contents only where its tables are up to date."""
    try:
        version = revision(config)
        yield doctor_checks.version(version)
        if version is not None and not config.store.url:
            with look(config) as connection:
                yield _integrity(config, damage(connection))
        if version == NEWEST:
            yield from _contents(config, now)
    except StoreError as error:
        yield problem("store", str(error))


def _integrity(config: Config, damage: str) -> Check:
    if not damage:
        return ok("integrity", "the store's file is whole")
    remedy = "move it away, and then restore a backup"
    if config.records.kept_in == "folder":
        remedy += ", or start feedsvc, which makes a new one from the articles"
    return problem("integrity", f"the store is damaged ({damage}); {remedy}")


def _contents(config: Config, now: datetime) -> Iterator[Check]:
    """Check the contents of the store, and list the next releases by id: the texts are secret."""
    zone = config.site.timezone
    with look(config) as connection:
        if config.records.kept_in == "database":
            yield doctor_checks.articles("the store", sum(1 for _ in records.paths(connection)))
        yield doctor_checks.newest(now, feeds.newest_change(connection), zone)
        filled = key_values.is_filled(connection)
        yield from doctor_checks.records(all_problems(connection), filled=filled)
        yield from doctor_checks.kept_ids(articles.keeping_ids(connection))
        yield doctor_checks.jobs(outbox.state(connection), now)
        embargoes = releases.embargoes(connection, now, now + _SOON)
    for when, article_id in embargoes:
        yield ok("release", f"{minute(when, zone)}  {article_id}")
    if not embargoes:
        yield ok("release", "no article is to be released within a day")
