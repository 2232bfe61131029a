"""``feedsvc kill``: take an article back from every reader."""

import click

from feedsvc.cli import edit_command
from feedsvc.model.clock import now
from feedsvc.publishing import acts


@click.command("kill")
@click.argument("name", metavar="ID")
@click.option("--note", required=True, help="The notice that readers see instead of the article.")
def command(name: str, note: str) -> None:
    """Kill an article: its text leaves every feed, and a notice takes its place.

    ID is the article's id or its file. The record's status becomes "canceled"; the text stays in
    the file, for the newsroom, and nowhere else. It may run while "feedsvc serve" does.
    """
    with edit_command.opened(name) as editor:
        editor.publish(**acts.kill(editor.config, note, now()))
