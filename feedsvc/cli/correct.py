"""``feedsvc correct``: publish a correction of an article."""

import click

from feedsvc.cli import edit_command
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now


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
        article = editor.article
        if article.status != "usable":
            raise FeedsvcError(f'"{name}" is {article.status}; only a usable article is corrected')
        if article.released > now():
            raise FeedsvcError(
                f'"{name}" is not out before {editor.local(article.released):%F %R}; '
                "just edit its file, no reader has it yet"
            )
        given = {key: text for key, text in texts.items() if text is not None}
        moment = editor.stamp(now())
        notes = [{"date": editor.stamp(it.moment), "text": it.note} for it in article.dated_notes]
        if notes:
            given.pop("note", "")
        if notes and texts["note"]:
            notes.append({"date": moment, "text": texts["note"]})
        earlier = {"note": notes} if notes else {}
        editor.publish(**given, **earlier, updated=moment)
