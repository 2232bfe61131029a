"""``feedsvc new``: begin an article in a section."""

import os

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, did_you_mean
from feedsvc.ingest.record.write import record_path, scalar
from feedsvc.ingest.records import Records, RecordWrite
from feedsvc.model import paths
from feedsvc.model.clock import local, now
from feedsvc.model.paths import in_newsroom
from feedsvc.model.text import clean_text
from feedsvc.publishing.newsroom_records import opened_records

_DRAFT = """\
---
headline: {headline}
summary:
byline:
published: {published:%Y-%m-%d %H:%M}
keywords:
status: draft  # take this line out to publish
---

"""


def section_path(_context: click.Context, _parameter: click.Parameter, typed: str | None) -> str:
    """Return a section's path as a command takes it; empty for / and where none is given.

    :raises click.BadParameter: it is none.
    """
    try:
        return paths.section_path(typed) if typed and typed.strip("/") else ""
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("new")
@click.argument("section", callback=section_path)
@click.argument("headline")
def command(section: str, headline: str) -> None:
    """Begin an article: write a draft for SECTION, such as world/europe, and print its path.

    SECTION / is the front page alone. The draft is published when its line "status: draft" is
    taken out. No file is ever written over.
    """
    config = load_newsroom()
    title = clean_text(headline)
    if not title:
        raise FeedsvcError("the headline is empty; write one in quotes")
    moment = local(now(), config.site.timezone)
    path = record_path({"section": section, "headline": title, "published": f"{moment:%F}"})
    draft = _DRAFT.format(headline=scalar(title), published=moment)
    with opened_records(config) as records:
        _note_new_section(config, records, section)
        if records.exists(path):
            taken = f"{in_newsroom(path)} is there already; open it, or choose another headline"
            raise FeedsvcError(taken)
        records.save(RecordWrite(path, None, draft.encode()))
    echo(os.path.relpath(config.articles / path))


def _note_new_section(config: Config, records: Records, section: str) -> None:
    """Print a note that a section is a new one: it may be mistyped."""
    if not section or section in config.sections or any(records.paths(section)):
        return
    names = {it.partition("/")[0] for it in records.paths() if "/" in it}
    hint = did_you_mean(section, {*config.sections, *names})
    echo(f"note: {section} is a new section.{hint}", err=True)
