"""``feedsvc embargo``: hold an article back until a moment."""

import click

from feedsvc.cli import edit_command
from feedsvc.cli.output import echo
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.publishing import acts, history, moments


@click.command("embargo")
@click.argument("name", metavar="ID")
@click.argument("until", metavar="[MOMENT]", default="")
@click.option("--lift", is_flag=True, help="Lift the embargo instead.")
def command(name: str, until: str, *, lift: bool) -> None:
    """Hold an article back until MOMENT, such as "monday 9:00".

    ID is the article's id or its file. Before that moment no feed has it, and no other article
    names it; from then on it is dated by that moment. Readers that have it already keep it:
    "feedsvc kill" takes it back from them.
    """
    if lift == bool(until):
        raise click.UsageError("Give either a moment or --lift.")
    with edit_command.opened(name) as editor:
        if lift:
            earlier = history.versions(editor.database, editor.article.id)
            editor.publish(**acts.lift(editor.config, editor.article, earlier, now()))
            return
        try:
            moment = moments.coming(until, editor.config, now())
        except ValueError as error:
            raise FeedsvcError(f"the moment {error}") from None
        changes = acts.embargo(editor.config, moment, now())
        if editor.article.usable(now()):
            echo(
                f"note: readers may have it since {editor.local(editor.article.released):%F %R}, "
                "and keep it; feedsvc kill takes it back",
                err=True,
            )
        editor.publish(**changes)
