"""What ``feedsvc doctor`` finds, decided from what it saw: no clock, no disk and no store here."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from feedsvc.config.settings import FeedSettings
from feedsvc.model.clock import local
from feedsvc.store.database import NEWEST, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from feedsvc.config.settings import Config
    from feedsvc.errors import Problem

Level = Literal["ok", "note", "problem"]

SKEW = timedelta(seconds=60)
"""How far two clocks may be apart."""
_SHOWN = 5
"""Problems of records that are printed."""
_SCARCE, _LITTLE = 100_000_000, 1_000_000_000
"""Bytes of disk space below which there is a problem, and a note."""


class Check(Struct, frozen=True):
    """What one check found: one line."""

    level: Level
    subject: str
    sentence: str


def settings(config: Config) -> list[Check]:
    """Tell that config.toml is right, and whether it says where the feeds are."""
    found = [Check("ok", "configuration", f"{config.file} is right")]
    if config.feeds.url == FeedSettings().url:
        said = (
            f"[feeds] url is {config.feeds.url}, which nobody reaches from elsewhere; set it to "
            "the address that readers use"
        )
        return [*found, Check("note", "address", said)]
    return [*found, Check("ok", "address", f"the feeds are at {config.feeds.url}")]


def articles(folder: Path, count: int, closed: Sequence[str]) -> Check:
    """Tell how many records there are.

    :param closed: folders below that cannot be read.
    """
    if closed:
        names = ", ".join(str(folder / name) for name in closed[:_SHOWN])
        said = f"{len(closed):,} folders cannot be read, so their articles stay as they were: "
        return Check("problem", "articles", f"{said}{names}; let feedsvc read them")
    if not count:
        return Check("note", "articles", f"there is no record in {folder} yet")
    return Check("ok", "articles", f"{count:,} records in {folder}")


def owner(folder: Path, uid: int, own: int) -> Check:
    """Tell whose a folder is that this process can write.

    :param own: the number of the user that asks.
    """
    if uid != own:
        said = (
            f"{folder} belongs to user {uid}, and this is user {own}: run every command as "
            f"user {uid}, or that one cannot write what this one leaves there"
        )
        return Check("note", "state folder", said)
    return Check("ok", "state folder", f"{folder} can be written, and belongs to user {uid}")


def permissions(modes: Mapping[Path, int]) -> Check:
    """Tell whether anybody at all could change the store.

    :param modes: of the folder and the files, as ``stat`` gives them.
    """
    open_ = [str(path) for path, mode in modes.items() if mode & stat.S_IWOTH]
    if open_:
        said = f"every user of this machine can write to it: chmod o-w {' '.join(open_)}"
        return Check("problem", "permissions", said)
    return Check("ok", "permissions", "only its owner and their group can write the store")


def space(subject: str, folder: Path, free: int) -> Check:
    """Tell how much room a disk has.

    :param free: in bytes.
    """
    left = f"{free / 10**9:,.1f} GB" if free >= _LITTLE else f"{free // 10**6} MB"
    said = f"{left} are free at {folder}"
    if free < _SCARCE:
        return Check("problem", subject, f"{said}; make room, or nothing can be published soon")
    return Check("note" if free < _LITTLE else "ok", subject, said)


def clock(now: datetime, touched: datetime) -> Check:
    """Tell whether this machine and the disk agree on the time.

    :param touched: what the disk says of a file that was written now.
    """
    apart = round((touched - now).total_seconds())
    if abs(apart) > SKEW.total_seconds():
        side = "ahead of" if apart > 0 else "behind"
        said = f"the disk's clock is {abs(apart):,} s {side} this machine's; set both by NTP"
        return Check("problem", "clock", said)
    return Check("ok", "clock", "this machine and its disk agree on the time")


def newest(now: datetime, changed: datetime | None, zone: str) -> Check:
    """Tell whether the store was written by a clock that went ahead.

    :param changed: when a feed last changed.
    """
    if changed is None:
        return Check("ok", "newest change", "no feed changed since the store was made")
    if changed > now + SKEW:
        said = (
            f"a feed changed at {_local(changed, zone)}, which is still to come: set this "
            "machine's clock"
        )
        return Check("problem", "newest change", said)
    return Check("ok", "newest change", f"a feed last changed at {_local(changed, zone)}")


def publisher(held: bool | None) -> Check:
    """Tell whether somebody publishes what changes.

    :param held: whether the lease is, or None where nobody can tell.
    """
    if held is None:
        said = "writer.lock cannot be opened, so nobody can publish; let feedsvc write it"
        return Check("problem", "publisher", said)
    if held:
        return Check("ok", "publisher", "a process publishes every change now")
    said = 'no process publishes changes now; "feedsvc serve" does'
    return Check("note", "publisher", said)


def version(revision: str | None) -> Check:
    """Tell whether the store's tables are those of this feedsvc."""
    if revision is None:
        said = 'there is none yet; the first "feedsvc serve" or "feedsvc sync" makes it'
        return Check("note", "store", said)
    if revision == NEWEST:
        return Check("ok", "store", f"is up to date ({revision})")
    if is_known(revision):
        said = (
            f"is of version {revision}, and this feedsvc needs {NEWEST}: it is upgraded when it is "
            'next opened, or by "feedsvc db upgrade"; what is in it can be told then'
        )
        return Check("note", "store", said)
    said = f"was written by a newer feedsvc ({revision}); install that one"
    return Check("problem", "store", said)


def integrity(damage: str) -> Check:
    """Tell whether the store's file is whole.

    :param damage: what is wrong with it, or nothing.
    """
    if damage:
        said = (
            f"the store is damaged ({damage}); move it away, and then restore a backup, or let it "
            "be made anew from the articles"
        )
        return Check("problem", "integrity", said)
    return Check("ok", "integrity", "the store's file is whole")


def records(problems: Sequence[Problem], *, filled: bool) -> list[Check]:
    """Tell what is wrong in the records; the first few of it, one by one.

    :param filled: whether the store ever was made to agree with the files.
    """
    if not filled:
        said = 'they were never read; "feedsvc serve" or "feedsvc sync" does'
        return [Check("note", "records", said)]
    wrong = [problem for problem in problems if not problem.note]
    if not wrong:
        said = f"no problems, {len(problems):,} notes" if problems else "no problems"
        return [Check("ok", "records", said)]
    files = len({problem.file for problem in wrong})
    said = f'{len(wrong):,} problems in {files:,} files; "feedsvc check" prints all'
    first = [Check("problem", "records", str(problem)) for problem in wrong[:_SHOWN]]
    return [Check("problem", "records", said), *first]


def embargoes(found: Sequence[tuple[datetime, str]], zone: str) -> list[Check]:
    """Tell what will be released within a day, by its id alone: its words are still secret.

    :param found: moments and ids, in order.
    """
    if not found:
        return [Check("ok", "release", "no article is to be released within a day")]
    return [Check("ok", "release", f"{_local(when, zone)}  {own}") for when, own in found]


def _local(when: datetime, zone: str) -> str:
    return f"{local(when, zone):%Y-%m-%d %H:%M %Z}"
