"""``feedsvc backup``: a copy of the store."""

from pathlib import Path

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.store.backup import back_up, require_file, require_filled
from feedsvc.store.lock import require_one_store
from feedsvc.store.sqlite import FILE_NAME


@click.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace FILE if it exists.")
def command(file: Path, *, replace: bool) -> None:
    """Copy the store into FILE, while publishing goes on.

    The copy is of one moment. It holds everything that cannot be made again from the article
    files: the versions of articles, the log of changes, and since when notices and tombstones
    stand. "feedsvc restore FILE" brings it back.

    A store in PostgreSQL is copied by its own pg_dump, and brought back by pg_restore.

    The article files themselves, media/ and config.toml are not in it: back them up as well.
    """
    config = load()
    require_file(config)
    store = config.state / FILE_NAME
    require_one_store(config.state, config.file)
    require_filled(store)
    size = back_up(store, file, replace=replace)
    echo(f"{file}: {size:,} bytes, a copy of {store}")
