"""``feedsvc check``: print the problems of article files."""

import sys
from pathlib import Path

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.config.toml_reader import TomlReader
from feedsvc.errors import FeedsvcError, Problem
from feedsvc.ingest.check import check
from feedsvc.ingest.files import is_record
from feedsvc.ingest.records import Records
from feedsvc.model.clock import now
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing.newsroom_records import opened_records


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def command(paths: tuple[Path, ...]) -> None:
    """Check article files, or folders of them, and print every problem.

    Without PATHS it checks the whole newsroom, and its config.toml with it. Exits with 1 if there
    is a problem; a note is none.
    """
    config = load_newsroom()
    with opened_records(config) as records:
        checked = _chosen(config, records, paths)
        problems = [
            *(() if paths else (*_used_names(config, records), *_known_problems(config))),
            *check(config, records, checked, now()),
        ]
    for problem in problems:
        echo(str(problem))
    wrong = sum(not problem.note for problem in problems)
    counts = [_count(len(checked), "article"), _count(wrong, "problem")]
    if notes := len(problems) - wrong:
        counts.append(_count(notes, "note"))
    echo(", ".join(counts), err=True)
    sys.exit(1 if wrong else 0)


def _chosen(config: Config, records: Records, paths: tuple[Path, ...]) -> list[str]:
    """Return the paths of records, below ``articles/``: the given ones, and all below folders."""
    chosen: dict[str, None] = {}
    for path in paths or (config.articles,):
        try:
            below = path.resolve().relative_to(config.articles.resolve()).as_posix()
        except ValueError:
            raise FeedsvcError(f"{path} is not below {config.articles}") from None
        inside = dict.fromkeys(records.paths("" if below == "." else below))
        if inside or path.is_dir():
            chosen |= inside
        elif is_record(below) and records.exists(below):
            chosen[below] = None
        elif not path.exists():
            raise click.BadParameter(f"Path '{path}' does not exist.", param_hint="PATHS")
        else:
            raise FeedsvcError(
                f"{path} is no article file; one ends in .md or .json and begins with no . or _"
            )
    return list(chosen)


def _used_names(config: Config, records: Records) -> list[Problem]:
    """Return a problem for each old name of a section whose folder still has articles."""
    reader = TomlReader(config.file.name, config.file.read_text("utf-8-sig"))
    for old, today in sorted(config.former_sections.items()):
        if any(records.paths(old)):
            reader.report(
                f"sections.{today}",
                "was",
                f'"{old}" has articles still, so its feeds stay where they are; '
                f"move {in_newsroom(old)} to {in_newsroom(today)}",
            )
    return reader.problems


def _known_problems(config: Config) -> list[Problem]:
    """Return the problems that only the store knows: pictures that could not be fetched, too."""
    from feedsvc.publishing.deletions import refusals
    from feedsvc.publishing.picture_problems import unfetched
    from feedsvc.store.database import NEWEST, look, revision

    if revision(config) != NEWEST:
        return []
    with look(config) as connection:
        return [*refusals(connection), *unfetched(connection)]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
