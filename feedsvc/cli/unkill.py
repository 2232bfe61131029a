"""``feedsvc unkill``: publish a killed article again."""

import click

from feedsvc.cli import edit_command
from feedsvc.errors import FeedsvcError
from feedsvc.formats.translations import translate
from feedsvc.model.clock import now
from feedsvc.publishing import acts


@click.command("unkill")
@click.argument("name", metavar="ID")
@click.option("--note", default="", help="The reason, for readers.")
def command(name: str, note: str) -> None:
    """Publish a killed article again, under its old id, and tell readers so.

    ID is the article's id or its file. The record loses its status. Its note says that the article
    was withdrawn and is published again, and the reason; it is a correction, dated now.
    """
    with edit_command.opened(name) as editor:
        article = editor.article
        if article.status != "canceled":
            raise FeedsvcError(
                f'"{name}" is {article.status}; only a killed article is published again'
            )
        if article.killed is None:  # no reader had it, so there is nothing to tell
            editor.publish(status=None, note=None, updated=None)
            return
        sentence = translate(
            "restored", article.language or editor.config.language(article.section)
        )
        text = f"{sentence} – {note}" if note else sentence
        editor.publish(status=None, note=text, updated=acts.stamp(editor.config, now()))
