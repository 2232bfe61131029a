"""``feedsvc sources``: the systems that send their articles, and the results."""

from collections import defaultdict
from contextlib import closing

import click

from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.model.clock import local
from feedsvc.store import sources
from feedsvc.store.database import open_existing
from feedsvc.store.sources import Count

_FORMER = "no longer in config.toml"


@click.command("sources")
@click.argument("name", default="")
def command(name: str) -> None:
    """Show when each source last sent an article, the results, and why the last were refused.

    NAME is the only source to show.
    """
    config = load_newsroom()
    zone = config.site.timezone
    with closing(open_existing(config)) as database, database.reading() as connection:
        counts: defaultdict[str, list[Count]] = defaultdict(list)
        for count in sources.counts(connection):
            counts[count.source].append(count)
        kinds = {it.name: it.kind for it in config.sources}
        shown = [it for it in (*kinds, *sorted(counts.keys() - kinds)) if name in ("", it)]
        for source in shown:
            spoke = max((it.last for it in counts[source]), default=None)
            last = f"last {local(spoke, zone):%Y-%m-%d %H:%M}" if spoke else "never"
            results = ", ".join(f"{it.number:,} {it.result}" for it in counts[source])
            parts = (source, kinds.get(source, _FORMER), last, results)
            echo("  ".join(filter(None, parts)))
            for refusal in sources.refusals(connection, source):
                moment = f"{local(refusal.moment, zone):%Y-%m-%d %H:%M}"
                subject = refusal.article or "a request"
                echo(f"  {moment}  {subject} was refused: {refusal.reason}")
    if not shown:
        echo(f'There is no source "{name}".' if name else "config.toml has no [[sources]].")
