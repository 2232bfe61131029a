"""``feedsvc push``: send a folder of records, pictures and sounds to a server."""

import time
from pathlib import Path

import click

from feedsvc.cli.output import clear_bar, echo, progress_bar
from feedsvc.errors import FeedsvcError
from feedsvc.push.api_client import ApiClient
from feedsvc.push.folder_push import FolderPush, Result
from feedsvc.push.local_folder import LocalFolder


@click.command("push", short_help="Send a folder of records and pictures to a server.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "address",
    envvar="FEEDSVC_SERVER",
    required=True,
    metavar="URL",
    help="The address of the server, such as https://feeds.quay.example; or FEEDSVC_SERVER.",
)
@click.option(
    "--token",
    envvar="FEEDSVC_TOKEN",
    required=True,
    help="Better in FEEDSVC_TOKEN: other users of this machine can read a command line.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and print what would change.")
@click.pass_context
def command(
    context: click.Context, folder: Path, address: str, token: str, *, dry_run: bool
) -> None:
    """Send the records, pictures and sounds in DIR to a server, by its API.

    DIR is the folder of a newsroom, or one of records as below articles/. Files that the server
    has already are left out, so this can be stopped and run again at any time. Nothing is deleted
    there. The token needs the scopes read, write, kill and media.
    """
    if not folder.is_dir():
        raise FeedsvcError(f"{folder} is no folder; name the one of a newsroom, or of its records")
    local = LocalFolder(folder)
    push = FolderPush(local, ApiClient(address, token, _wait), trial=dry_run)
    try:
        names = [*local.names()]
    except OSError as error:
        raise FeedsvcError(f"{error.filename} cannot be read: {error.strerror}") from None
    results: list[Result] = []
    different: list[str] = []
    with progress_bar(len(names), "Comparing files") as bar:
        for count, lacking, failed in push.different(names):
            different += lacking
            results += map(_shown, failed)
            bar.update(count)
    with progress_bar(len(different), "Sending files") as bar:
        for result in push.send(different):
            results.append(_shown(result))
            bar.update(1)
    refused = sum(1 for it in results if it.reason)
    same = len(names) - len(results)
    sent = "would be sent" if dry_run else "sent"
    echo(f"{len(results) - refused} {sent}, {same} there already, {refused} refused", err=True)
    context.exit(1 if refused else 0)


def _shown(result: Result) -> Result:
    """Print a result, above the bar, and return it."""
    clear_bar()
    if result.reason:
        echo(f"feedsvc: {result.name}: {result.reason}", err=True)
    else:
        echo(f"{result.effect} {result.name}")
    return result


def _wait(reason: str, seconds: float) -> None:
    echo(f"feedsvc: {reason}; trying again in {seconds:.0f} s", err=True)
    time.sleep(seconds)
