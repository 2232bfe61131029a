"""``feedsvc import``: saved article pages become article files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from feedsvc.config.load import load
from feedsvc.errors import PageError
from feedsvc.importers.page.read import Page, parse
from feedsvc.ingest.record.fields import KEYS
from feedsvc.ingest.record.write import record_path, record_text, write_record
from feedsvc.model import paths
from feedsvc.model.paths import in_newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Outcome(Struct):
    """What became of one file."""

    page: Page | None = None
    place: str = ""
    """Of the record, below the newsroom's folder."""
    reason: str = ""
    """Why there is none."""


class _Work(Struct, frozen=True):
    """What the command was asked to do."""

    root: Path | None
    """The newsroom's folder; None prints the records instead."""
    section: str
    replace: bool

    def do(self, name: str) -> _Outcome:
        """Turn one page into a record."""
        outcome = _Outcome()
        try:
            outcome.page = _in_section(parse(_read(name), name), self.section)
            if self.root is not None:
                outcome.place = in_newsroom(record_path(outcome.page.fields))
                target = self.root / outcome.place
                write_record(target, record_text(outcome.page.fields), replace=self.replace)
        except PageError as error:
            outcome.reason = (
                str(error) if str(error).startswith(f"{name}: ") else f"{name}: {error}"
            )
        except OSError as error:
            outcome.reason = f"{error.filename or name}: {error.strerror}"
        return outcome


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _in_section(page: Page, section: str) -> Page:
    if not section:
        return page
    given = {**page.fields, "section": section}
    fields = {key: given[key] for key in KEYS if key in given}
    return Page(fields, {**page.sources, "section": "--section"})


def _section(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    try:
        return paths.section_path(value) if value else ""
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(short_help="Turn saved article pages into article files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--print", "printed", is_flag=True, help="Print the records, a JSON object on a line each."
)
@click.option(
    "--explain", is_flag=True, help="Say where each field was found, and why others are not set."
)
@click.option("--replace", is_flag=True, help="Write over article files that are there already.")
@click.option(
    "--section", callback=_section, metavar="PATH", help="Use this section, such as world/europe."
)
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="PATH", help="The newsroom's config.toml."
)
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Turn saved article pages into article files below articles/.

    A FILE is a page in HTML, or the plain text of one as w3m -dump, lynx -dump or copy and paste
    give it; - reads it from standard input. What a page does not say stays empty. A page without
    a date that is certain becomes a draft: set published, and take its status out.
    """
    root = None if options["printed"] else load(options["config"]).root
    work = _Work(root, options["section"], options["replace"])
    outcomes = list(_with_progress(work, files))
    for name, outcome in zip(files, outcomes, strict=True):
        if outcome.page and options["explain"]:
            _explain(outcome.page, name)
        _tell(name, outcome)
    if any(outcome.reason for outcome in outcomes):
        context.exit(1)


def _with_progress(work: _Work, files: tuple[str, ...]) -> Iterator[_Outcome]:
    if len(files) == 1 or not sys.stderr.isatty():
        yield from map(work.do, files)
        return
    with click.progressbar(files, label="Reading pages", file=sys.stderr) as shown:
        yield from map(work.do, shown)


def _tell(name: str, outcome: _Outcome) -> None:
    """Print the record or its place; say what the newsroom has to do."""
    if outcome.reason or outcome.page is None:
        click.echo(f"feedsvc: {outcome.reason}", err=True)
        return
    if outcome.place:
        click.echo(outcome.place)
    else:
        click.echo(json.dumps(outcome.page.fields, ensure_ascii=False))
    if outcome.page.fields.get("status") == "draft":
        why = outcome.page.sources["published"]
        where = outcome.place or name
        click.echo(f"feedsvc: {where}: is a draft; published is {why}", err=True)


def _explain(page: Page, name: str) -> None:
    click.echo(f"{name}:", err=True)
    for key, source in page.sources.items():
        click.echo(f"  {key} ← {source}", err=True)
