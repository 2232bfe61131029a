"""``feedsvc correct``: publish a correction of an article."""

import click

from feedsvc.cli import edit_command
from feedsvc.model.clock import now
from feedsvc.publishing import acts


@click.command("correct")
@click.argument("name", metavar="ID")
@click.option(
    "--note", help="The mistake, for readers; shown above the article, and in /corrections."
)
@click.option("--headline", help="Another headline.")
@click.option("--summary", help="Another summary.")
def command(name: str, **texts: str | None) -> None:
    """Publish a correction of an article, dated now.

    ID is the article's id or its file. Change its text in the file before, or give a headline or
    a summary here. The note is added to the notes of earlier corrections. Without --note it is an
    update: readers see its date, and the notes that were there.
    """
    with edit_command.opened(name) as editor:
        given = {key: text for key, text in texts.items() if text is not None}
        note = given.pop("note", None)
        changes = acts.correct(editor.config, editor.article, note, now())
        editor.publish(**given, **changes)
