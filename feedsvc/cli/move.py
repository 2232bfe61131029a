"""``feedsvc move``: move an article to another section."""

import getpass

import click

from feedsvc.cli import edit_command
from feedsvc.cli.new import section_path
from feedsvc.publishing import move_article


@click.command("move")
@click.argument("name", metavar="ID")
@click.argument("section", callback=section_path)
def command(name: str, section: str) -> None:
    """Move the file of an article, and the pictures beside it, into the folder of SECTION.

    ID is the article's id or its file; SECTION / is the front page alone. The article keeps its
    id, which is written into the record, and its old page leads to the new one.
    """
    with edit_command.opened(name) as editor:
        editor.report(move_article.move(*editor, section, getpass.getuser()))
