"""``feedsvc init``: create a newsroom in a new folder."""

import shutil
from importlib.resources import files
from pathlib import Path

import click

from feedsvc.cli.output import echo
from feedsvc.errors import FeedsvcError
from feedsvc.model.paths import ARTICLES


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sample", is_flag=True, help="The whole sample newsroom instead of a short start.")
def command(folder: Path, *, sample: bool) -> None:
    """Create a newsroom in DIR: a config.toml and three articles to begin with."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FeedsvcError(
            f"{folder} is there already, and nothing in it is touched; name a new folder"
        )
    source = newsroom() if sample else Path(str(files("feedsvc.cli") / "starter"))
    try:
        (folder / ARTICLES).mkdir(parents=True)
        shutil.copyfile(source / "config.toml", folder / "config.toml")
        shutil.copytree(source / ARTICLES, folder / ARTICLES, dirs_exist_ok=True)
    except OSError as error:
        raise FeedsvcError(f"{folder} cannot be made: {error.strerror}") from None
    here = folder.resolve() == Path.cwd()
    echo(f"A newsroom is in {'this folder' if here else folder}. Publish it:")
    if not here:
        echo(f"  cd {folder}")
    echo("  feedsvc serve")


def newsroom() -> Path:
    """Return the sample newsroom: in the wheel below the package, in a checkout beside it."""
    package = Path(str(files("feedsvc.cli")))
    packed = package / "newsroom"
    return packed if packed.is_dir() else package.parents[1]
