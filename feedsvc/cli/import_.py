"""``feedsvc import``: turn saved article pages into article files."""

import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

import click
from msgspec import Struct

from feedsvc.cli.new import section_path
from feedsvc.cli.output import clear_bar, echo, progress_bar
from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError, PageError
from feedsvc.importers.page.page_fields import PageFields
from feedsvc.importers.page.read import read_article
from feedsvc.ingest.record.keys import KEYS
from feedsvc.ingest.record.write import record_path, record_text
from feedsvc.ingest.records import Records, RecordWrite
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing.newsroom_records import opened_records

_MAX_BYTES = 20_000_000
"""Bytes of the largest file that is read; the largest pages have a tenth of them."""
_ENDINGS = (signal.SIGINT, signal.SIGTERM)
"""Signals that end the command, and with it its processes."""


class _Outcome(Struct):
    """The result for one file."""

    page: PageFields | None = None
    place: str = ""
    """The record, below the newsroom's folder."""
    reason: str = ""
    """Why there is none."""


def _read(name: str) -> _Outcome:
    """Read one page; no error of it reaches another page."""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            megabytes = _MAX_BYTES // 1_000_000
            return _Outcome(reason=f"{name}: is larger than {megabytes} MB, so it is no page")
        return _Outcome(read_article(data, name))
    except PageError as error:
        return _Outcome(reason=f"{name}: {error}")
    except OSError as error:
        return _Outcome(reason=f"{error.filename or name}: {error.strerror}")
    except Exception as error:  # noqa: BLE001 - a page may be broken as no library expects
        return _Outcome(reason=f"{name}: could not be read ({type(error).__name__}: {error})")


def _read_all(names: Sequence[str], jobs: int) -> Iterator[_Outcome]:
    """Read pages in several processes, and generate the results in the order of the names."""
    jobs = min(jobs, len(names))
    if jobs == 1 or "-" in names:
        yield from map(_read, names)
        return
    position = 0
    while position < len(names):
        try:
            with ProcessPoolExecutor(jobs, initializer=_follow_command) as pool:
                for outcome in _map(pool, names[position:]):
                    position += 1
                    yield outcome
        except BrokenProcessPool:
            # A process was killed, perhaps for want of memory, and the others with it.
            yield _read_alone(names[position])
            position += 1


def _read_alone(name: str) -> _Outcome:
    try:
        with ProcessPoolExecutor(1, initializer=_follow_command) as pool:
            return next(_map(pool, [name]))
    except BrokenProcessPool:
        return _Outcome(reason=f"{name}: could not be read (its process was killed)")


def _map(pool: ProcessPoolExecutor, names: Sequence[str]) -> Iterator[_Outcome]:
    """Start the processes of a pool, and return the results in the order of the names."""
    # A process that has just begun would answer a signal as the command does, with a traceback.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    try:
        return pool.map(_read, names)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_command() -> None:
    """End this process when the command ends, however that happens, and without a word."""
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)
    # The command may have ended already, so the number of the parent process is not enough.
    command = cast(BaseProcess, multiprocessing.parent_process())

    def follow() -> None:
        os.kill(os.getpid(), command.join() or signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()


def _write(name: str, outcome: _Outcome, records: Records, *, replace: bool) -> None:
    """Write the record of a page, and put its place or the reason why there is none."""
    if outcome.page is None:
        return
    try:
        path, text = record_path(outcome.page.fields), record_text(outcome.page.fields)
        if not replace and records.exists(path):
            taken = f"{in_newsroom(path)} is there already; --replace writes over it"
            outcome.reason = f"{name}: {taken}"
            return
        before = records.read(path).data if replace else None
        records.save(RecordWrite(path, before, text.encode()))
        outcome.place = in_newsroom(path)
    except FeedsvcError as error:
        outcome.reason = f"{name}: {str(error).removeprefix(f'{name}: ')}"


def _put_section(page: PageFields, section: str) -> None:
    given = {**page.fields, "section": section}
    page.fields = {key: given[key] for key in KEYS if key in given}
    page.sources["section"] = "--section"


@click.command(short_help="Turn saved article pages into article files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--print", "printed", is_flag=True, help="Print the records, a JSON object on a line each."
)
@click.option(
    "--explain", is_flag=True, help="Print where each field was found, and why others are not set."
)
@click.option("--replace", is_flag=True, help="Write over article files that are there already.")
@click.option(
    "--section",
    callback=section_path,
    metavar="PATH",
    help="Use this section, such as world/europe.",
)
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="PATH", help="The newsroom's config.toml."
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=lambda: os.cpu_count() or 1,
    show_default="one for each core",
    metavar="N",
    help="Read pages in this many processes.",
)
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Turn saved article pages into article files below articles/.

    A FILE is a page in HTML, or the plain text of one as w3m -dump, lynx -dump or copy and paste
    give it; - reads it from standard input. Fields that a page does not have stay empty. A page
    without a certain date becomes a draft: set published, and take its status out.
    """
    config = None if options["printed"] else load(options["config"])
    failed = False
    several = len(files) > 1
    with (
        opened_records(config) if config else nullcontext() as records,
        progress_bar(len(files), "Reading pages", hidden=not several) as bar,
    ):
        for name, outcome in zip(files, _read_all(files, options["jobs"]), strict=True):
            if outcome.page and options["section"]:
                _put_section(outcome.page, options["section"])
            if records is not None:
                _write(name, outcome, records, replace=options["replace"])
            if several:
                clear_bar()
            _report(name, outcome, explain=options["explain"], several=several)
            failed = failed or bool(outcome.reason)
            bar.update(1)
    context.exit(1 if failed else 0)


def _report(name: str, outcome: _Outcome, *, explain: bool, several: bool) -> None:
    """Print the record or its place, or the reason why there is none.

    :param several: a record is one of several, so its file is printed with it.
    """
    if outcome.page and explain:
        echo(f"{name}:", err=True)
        for key, source in outcome.page.sources.items():
            echo(f"  {key} ← {source}", err=True)
    if outcome.reason or outcome.page is None:
        echo(f"feedsvc: {outcome.reason}", err=True)
        return
    record = {"file": name, **outcome.page.fields} if several else outcome.page.fields
    echo(outcome.place or json.dumps(record, ensure_ascii=False))
    if outcome.page.fields.get("status") == "draft":
        why = outcome.page.sources["published"]
        where = outcome.place or name
        echo(f"feedsvc: {where}: is a draft; published is {why}", err=True)
