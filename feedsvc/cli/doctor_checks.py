"""The checks of ``feedsvc doctor``: each turns measured facts into a line; no I/O here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec import Struct

from feedsvc.config.settings import Config, FeedSettings
from feedsvc.errors import Problem
from feedsvc.model.clock import local
from feedsvc.model.paths import in_newsroom
from feedsvc.store.database import NEWEST
from feedsvc.store.health import LATE, Health
from feedsvc.store.outbox import OutboxState
from feedsvc.store.versions import refusal

Level = Literal["ok", "note", "problem"]

SKEW = timedelta(seconds=60)
"""How far two clocks may be apart."""
_SHOWN = 5
"""Problems of records that are printed, and folders that are named."""
_SCARCE, _LITTLE = 100_000_000, 1_000_000_000
"""Bytes of disk space below which there is a problem, and a note."""


class Check(Struct, frozen=True):
    """The result of one check: a line of the report."""

    level: Level
    subject: str
    sentence: str


ok, note, problem = (partial(Check, level) for level in ("ok", "note", "problem"))


def settings(config: Config) -> list[Check]:
    """Check whether config.toml says where the feeds are; it is right if it could be loaded."""
    right = ok("configuration", f"{config.file} is right")
    url = config.feeds.url
    if url != FeedSettings().url:
        return [right, ok("address", f"the feeds are at {url}")]
    only_here = f"[feeds] url is {url}, which only this machine can reach; "
    return [right, note("address", only_here + "set it to the address that readers use")]


def articles(place: str, count: int, closed: Sequence[Path] = ()) -> Check:
    """Check whether there are records, and none of their folders is closed to feedsvc."""
    if closed:
        names = ", ".join(map(str, closed[:_SHOWN]))
        unread = f"{len(closed):,} folders cannot be read, so their articles stay as they were"
        return problem("articles", f"{unread}: {names}; let feedsvc read them")
    if not count:
        return note("articles", f"there is no record in {place} yet")
    return ok("articles", f"{count:,} records in {place}")


def owner(folder: Path, owner: int, user: int) -> Check:
    """Check whether a folder that this process can write belongs to its user."""
    if owner == user:
        return ok("state folder", f"{folder} can be written, and belongs to user {user}")
    return note(
        "state folder",
        f"{folder} belongs to user {owner}, and this is user {user}: run every command as "
        f"user {owner}, or that user cannot write the files that this one makes there",
    )


def publishing(health: Health, now: float, *, locked: bool) -> list[Check]:
    """Check whether a process publishes, and whether the service refused config.toml.

    :param locked: whether a process has the lock of publishers.
    """
    silent, checks = health.silent(now), list[Check]()
    if not locked:
        none = 'no process publishes changes now; "feedsvc serve" does'
        checks.append(note("publisher", none))
    elif health.failed:
        age = f"nothing could be published for {now - health.failed.since:,.0f} s"
        checks.append(problem("publisher", f"{age}: {health.failed.reason}"))
    elif silent is not None and silent >= LATE:
        stuck = f"a process should publish, but has not looked for changes for {silent:,.0f} s"
        checks.append(problem("publisher", f"{stuck}; end it, and another takes over"))
    else:
        checks.append(ok("publisher", "a process publishes every change now"))
    if locked and health.refused:
        age = f'"feedsvc serve" has refused the change for {now - health.refused.since:,.0f} s'
        checks.append(problem("configuration", f"{age}: {health.refused.reason}"))
    return checks


def space(subject: str, folder: Path, free: int) -> Check:
    """Check the free space of a disk, in bytes."""
    amount = f"{free / 10**9:,.1f} GB" if free >= _LITTLE else f"{free // 10**6} MB"
    sentence = f"{amount} are free at {folder}"
    if free < _SCARCE:
        return problem(subject, f"{sentence}; make room, or nothing can be published soon")
    return Check("note" if free < _LITTLE else "ok", subject, sentence)


def clock(now: datetime, touched: datetime) -> Check:
    """Check whether this machine and the disk, which has just touched a file, agree on the time."""
    apart = round((touched - now).total_seconds())
    if abs(apart) <= SKEW.total_seconds():
        return ok("clock", "this machine and its disk agree on the time")
    offset = f"{abs(apart):,} s {'ahead of' if apart > 0 else 'behind'}"
    return problem("clock", f"the disk's clock is {offset} this machine's; set both by NTP")


def newest(now: datetime, changed: datetime | None, zone: str) -> Check:
    """Check that no feed changed by a clock that was ahead."""
    if changed is None:
        return ok("newest change", "no feed changed since the store was made")
    moment = minute(changed, zone)
    if changed <= now + SKEW:
        return ok("newest change", f"a feed last changed at {moment}")
    ahead = f"a feed changed at {moment}, which is still to come"
    return problem("newest change", f"{ahead}: set this machine's clock")


def version(revision: str | None) -> Check:
    """Check whether the store's tables are of this version of feedsvc."""
    if revision is None:
        missing = 'there is none yet; the first "feedsvc serve" or "feedsvc sync" makes it'
        return note("store", missing)
    if revision == NEWEST:
        return ok("store", f"is up to date ({revision})")
    if reason := refusal(revision):
        return problem("store", f"is of version {revision}: it {reason}")
    return note(
        "store",
        f"is of version {revision}, and this feedsvc needs {NEWEST}: it is upgraded when it is "
        'next opened, or by "feedsvc db upgrade"; its contents can be checked then',
    )


def records(problems: Sequence[Problem], *, filled: bool) -> list[Check]:
    """Check the records, if they were ever read: the number of problems, and the first few."""
    if not filled:
        return [note("records", 'they were never read; "feedsvc serve" or "feedsvc sync" does')]
    wrong = [it for it in problems if not it.note]
    if not wrong:
        notes = f", {len(problems):,} notes" if problems else ""
        return [ok("records", f"no problems{notes}")]
    files = len({it.file for it in wrong})
    count = f'{len(wrong):,} problems in {files:,} files; "feedsvc check" prints all'
    return [problem("records", text) for text in (count, *map(str, wrong[:_SHOWN]))]


def kept_ids(ids: Mapping[str, str]) -> list[Check]:
    """Check whether the records of moved files name the ids that their articles keep.

    :param ids: by the paths of the records that do not.
    """
    if not ids:
        return []
    path, article_id = min(ids.items())
    only_here = f"{len(ids):,} moved records name no id, so that only the store knows it"
    remedy = f'add the id to each, such as "id: {article_id}" to {in_newsroom(path)}'
    return [note("records", f"{only_here}; {remedy}")]


def jobs(state: OutboxState, now: datetime) -> Check:
    """Check whether the jobs that ask other servers get done."""
    if state.failed:
        failed = f"{state.failed:,} failed and are not tried again"
        return note("jobs", f'{failed}; "feedsvc jobs --failed" shows why')
    if state.oldest is None:
        return ok("jobs", "no job waits")
    age = f"{state.waiting:,} wait, the oldest since {(now - state.oldest).total_seconds():,.0f} s"
    return ok("jobs", f'{age}; "feedsvc serve" does them')


def minute(when: datetime, zone: str) -> str:
    """Return a moment in the time of the newsroom, without its seconds."""
    return f"{local(when, zone):%Y-%m-%d %H:%M %Z}"
