"""``feedsvc new``: begin an article in a section."""

import os

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError, PageError, did_you_mean
from feedsvc.ingest.record.save import write_record
from feedsvc.ingest.record.write import record_path, scalar
from feedsvc.model import paths
from feedsvc.model.clock import local, now
from feedsvc.model.paths import in_newsroom
from feedsvc.model.text import clean_text

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
    _note_new_section(config, section)
    target = config.articles / path
    try:
        write_record(target, _DRAFT.format(headline=scalar(title), published=moment))
    except PageError:
        taken = f"{in_newsroom(path)} is there already; open it, or choose another headline"
        raise FeedsvcError(taken) from None
    except OSError as error:
        raise FeedsvcError(f"{in_newsroom(path)} cannot be written: {error.strerror}") from None
    echo(os.path.relpath(target))


def _note_new_section(config: Config, section: str) -> None:
    """Print a note that a section is a new one: it may be mistyped."""
    if (config.articles / section).is_dir() or section in config.sections:
        return
    names = (it.name for it in config.articles.iterdir() if it.is_dir())
    hint = did_you_mean(section, {*config.sections, *names})
    echo(f"note: {section} is a new section.{hint}", err=True)
