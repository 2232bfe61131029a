"""``feedsvc embargo``: hold an article back until a moment."""

from zoneinfo import ZoneInfo

import click

from feedsvc.cli import edit_command
from feedsvc.cli.output import echo
from feedsvc.errors import FeedsvcError
from feedsvc.ingest.record.dates import parse_coming
from feedsvc.model.clock import now
from feedsvc.publishing import history


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
            editor.publish(embargoed=_lifted(editor))
            return
        try:
            moment = parse_coming(until, ZoneInfo(editor.config.site.timezone), now())
        except ValueError as error:
            raise FeedsvcError(f"the moment {error}") from None
        if moment <= now():
            raise FeedsvcError(f"{editor.local(moment):%F %R} has passed already")
        if editor.article.usable(now()):
            echo(
                f"note: readers may have it since {editor.local(editor.article.released):%F %R}, "
                "and keep it; feedsvc kill takes it back",
                err=True,
            )
        editor.publish(embargoed=editor.stamp(moment))


def _lifted(editor: edit_command.Editor) -> str | None:
    """Return the end of an embargo that is lifted now; None where no embargo is to be left.

    Readers had the article before an embargo that came too late, with the date it has without it.
    """
    article = editor.article
    if article.embargoed is None or article.embargoed <= now():
        raise FeedsvcError(f'"{article.id}" is under no embargo, so there is none to lift')
    earlier = history.versions(editor.database, article.id)
    if any(it.until and it.article.usable(it.until) for it in earlier):
        return None
    return editor.stamp(now())
