"""``feedsvc export``: copy the files of a newsroom into a new folder."""

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import click

from feedsvc.cli.output import clear_bar, echo, progress_bar
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.ingest.records import Records
from feedsvc.publishing import export
from feedsvc.publishing.newsroom_records import opened_records
from feedsvc.store.database import open_existing


@click.command("export", short_help="Copy a newsroom's files into a new folder.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_context
def command(context: click.Context, folder: Path) -> None:
    """Copy all records, pictures and sounds into DIR, byte for byte, and config.toml.

    Drafts, embargoed, withheld and killed articles are among them. Secrets in config.toml are left
    out. "feedsvc push DIR" sends the copy to another server; "feedsvc backup" saves the data that
    only the store has.
    """
    config = load_newsroom()
    export.check_target(config, folder)
    with opened_records(config) as records:
        names = export.names(config, records)
        folder.mkdir(parents=True, exist_ok=True)
        failed = _copy(config, records, folder, names)
    try:
        for key in export.copy_config(config, folder):
            echo(f"feedsvc: config.toml: {key} is left out; write it into the copy", err=True)
    except FeedsvcError as error:
        failed = True
        echo(f"feedsvc: {error}", err=True)
    with suppress(FeedsvcError), closing(open_existing(config)) as database:
        for path, article_id in export.unwritten_ids(database).items():
            sentence = f'only the store knows its id; write "id: {article_id}" into the copy'
            echo(f"feedsvc: {path}: {sentence}", err=True)
    echo(f"{len(names)} files are in {folder}")
    context.exit(1 if failed else 0)


def _copy(config: Config, records: Records, folder: Path, names: Sequence[str]) -> bool:
    """Copy files; return whether any failed."""
    failed = False
    with progress_bar(len(names), "Copying files") as bar:
        for name in names:
            try:
                export.copy(config, records, folder, name)
            except FeedsvcError as error:
                failed = True
                clear_bar()
                echo(f"feedsvc: {error}", err=True)
            bar.update(1)
    return failed
