"""``feedsvc import``: turn saved article pages into article files."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from feedsvc.cli.new import section_path
from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.errors import PageError
from feedsvc.importers.page.read import Page, parse
from feedsvc.ingest.record.keys import KEYS
from feedsvc.ingest.record.write import record_path, record_text, write_record
from feedsvc.model.paths import in_newsroom


class _Outcome(Struct):
    """The result for one file."""

    page: Page | None = None
    place: str = ""
    """The record, below the newsroom's folder."""
    reason: str = ""
    """Why there is none."""


def _convert(name: str, root: Path | None, section: str, *, replace: bool) -> _Outcome:
    """Turn one page into a record, and write that unless there is no newsroom."""
    outcome = _Outcome()
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        outcome.page = _in_section(parse(data, name), section)
        if root is not None:
            outcome.place = in_newsroom(record_path(outcome.page.fields))
            write_record(root / outcome.place, record_text(outcome.page.fields), replace=replace)
    except PageError as error:
        outcome.reason = f"{name}: {str(error).removeprefix(f'{name}: ')}"
    except OSError as error:
        outcome.reason = f"{error.filename or name}: {error.strerror}"
    return outcome


def _in_section(page: Page, section: str) -> Page:
    if not section:
        return page
    given = {**page.fields, "section": section}
    fields = {key: given[key] for key in KEYS if key in given}
    return Page(fields, {**page.sources, "section": "--section"})


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
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], **options: Any) -> None:
    """Turn saved article pages into article files below articles/.

    A FILE is a page in HTML, or the plain text of one as w3m -dump, lynx -dump or copy and paste
    give it; - reads it from standard input. Fields that a page does not have stay empty. A page
    without a certain date becomes a draft: set published, and take its status out.
    """
    root = None if options["printed"] else load(options["config"]).root
    convert = partial(_convert, root=root, section=options["section"], replace=options["replace"])
    with click.progressbar(
        files,
        label="Reading pages",
        file=sys.stderr,
        hidden=len(files) == 1 or not sys.stderr.isatty(),
    ) as names:
        outcomes = list(map(convert, names))
    for name, outcome in zip(files, outcomes, strict=True):
        _report(name, outcome, explain=options["explain"])
    context.exit(1 if any(it.reason for it in outcomes) else 0)


def _report(name: str, outcome: _Outcome, *, explain: bool) -> None:
    """Print the record or its place, or the reason why there is none."""
    if outcome.page and explain:
        echo(f"{name}:", err=True)
        for key, source in outcome.page.sources.items():
            echo(f"  {key} ← {source}", err=True)
    if outcome.reason or outcome.page is None:
        echo(f"feedsvc: {outcome.reason}", err=True)
        return
    echo(outcome.place or json.dumps(outcome.page.fields, ensure_ascii=False))
    if outcome.page.fields.get("status") == "draft":
        why = outcome.page.sources["published"]
        where = outcome.place or name
        echo(f"feedsvc: {where}: is a draft; published is {why}", err=True)
