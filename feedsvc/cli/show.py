"""``feedsvc show``: show an article with its dates and versions."""

import difflib
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import pairwise

import click

from feedsvc.cli.edit_command import named
from feedsvc.cli.output import echo
from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.model.article import Article
from feedsvc.model.change import Version
from feedsvc.model.clock import local
from feedsvc.model.paths import in_newsroom
from feedsvc.model.urls import Urls
from feedsvc.publishing import history
from feedsvc.store.database import open_existing


@click.command("show")
@click.argument("name", metavar="ID")
@click.option("--diff", is_flag=True, help="Show how each version changed the text.")
def command(name: str, *, diff: bool) -> None:
    """Show an article: its dates, its changes, and its versions.

    ID is the article's id or its file.
    """
    config = load()
    with closing(open_existing(config)) as database:
        article = history.find(database, named(config, name))
        versions = history.versions(database, article.id)
        changes = history.log(database, None, article.id)
    for label, text in _facts(article, config):
        echo(f"{label:<12} {text}")
    for change in reversed(changes):
        echo(f"{change.act:<12} {_moment(change.moment, config)}{change.credit}")
    for version in versions:
        headline = version.article.headline or "withdrawn"
        echo(f"version {version.number:<4} until {_until(version, config)}: {headline}")
    if diff:
        for line in _diffs(versions, config):
            echo(line)


def _facts(article: Article, config: Config) -> Iterator[tuple[str, str]]:
    yield "id", article.id
    if article.guid:
        yield "guid", article.guid
    if article.origin:
        yield "origin", " ".join((article.origin.system, *article.origin.ids))
    yield "file", in_newsroom(article.path)
    yield "section", ", ".join(f"/{it}" for it in article.sections) or "none, in no feed"
    yield "read at", config.urls.article(article)
    yield "status", article.status
    yield "published", _moment(article.published, config)
    if article.updated > article.published:
        yield "updated", _moment(article.updated, config)
    for label, moment in (
        ("embargoed", article.embargoed),
        ("killed", article.killed),
        ("notice until" if article.killed else "expires", article.expires),
    ):
        if moment:
            yield label, _moment(moment, config)


def _moment(moment: datetime, config: Config) -> str:
    return f"{local(moment, config.site.timezone):%Y-%m-%d %H:%M:%S %Z}"


def _diffs(versions: list[Version], config: Config) -> Iterator[str]:
    for before, after in pairwise(versions):
        yield ""
        yield from difflib.unified_diff(
            _text(before.article, config.urls),
            _text(after.article, config.urls),
            f"version {before.number} (until {_until(before, config)})",
            f"version {after.number} (until {_until(after, config)})",
            lineterm="",
        )


def _until(version: Version, config: Config) -> str:
    return _moment(version.until, config) if version.until else "now"


def _text(article: Article, urls: Urls) -> list[str]:
    """Return an article as lines, each paragraph one."""
    body = re.sub(
        r"(</(?:p|h\d|li|blockquote|figure|pre|tr)>)\s*",
        r"\1\n",
        urls.absolute(article.body, article.media_at),
    )
    return [
        f"headline: {article.headline}",
        f"summary: {article.summary}",
        f"section: {article.section}",
        f"note: {article.note}",
        "",
        *body.splitlines(),
    ]
