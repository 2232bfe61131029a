"""``feedsvc show``: an article with its dates and its versions."""

from __future__ import annotations

import difflib
import re
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from feedsvc.cli.edit_command import local
from feedsvc.config.load import load
from feedsvc.model.paths import in_newsroom
from feedsvc.publishing import history
from feedsvc.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from feedsvc.config.settings import Config
    from feedsvc.model.article import Article
    from feedsvc.model.change import Version
    from feedsvc.model.urls import Urls

_ACTS = 1_000_000
"""Acts shown of one article: all of them."""


@click.command("show")
@click.argument("name", metavar="ID")
@click.option("--diff", is_flag=True, help="Show what each version changed in the text.")
def command(name: str, *, diff: bool) -> None:
    """Show an article: its dates, what was done with it, and its versions.

    ID is the article's id or its file.
    """
    config = load()
    with closing(Database(config.state)) as database:
        article = history.find(database, name)
        versions = history.versions(database, article.id)
        acts = history.log(database, _ACTS, article.id)
    for label, text in _facts(article, config):
        click.echo(f"{label:<12} {text}")
    for act in reversed(acts):
        by = f" by {act.doer}" if act.doer else ""
        note = f": {act.note}" if act.note else ""
        click.echo(f"{act.act:<12} {_moment(act.moment, config)}{by}{note}")
    for version in versions:
        until = _moment(version.until, config) if version.until else "now"
        words = version.article.headline or "withdrawn"
        click.echo(f"version {version.number:<4} until {until}: {words}")
    if diff:
        click.echo("\n".join(_diffs(versions, config)))


def _facts(article: Article, config: Config) -> Iterator[tuple[str, str]]:
    yield "id", article.id
    yield "file", in_newsroom(article.path)
    yield "section", f"/{article.section}"
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
    return f"{local(moment, config):%Y-%m-%d %H:%M:%S %Z}"


def _diffs(versions: list[Version], config: Config) -> Iterator[str]:
    urls = config.urls
    for before, after in pairwise(versions):
        names = [
            f"version {it.number} (until {_moment(it.until, config) if it.until else 'now'})"
            for it in (before, after)
        ]
        yield ""
        old, new = _text(before.article, urls), _text(after.article, urls)
        yield from difflib.unified_diff(old, new, names[0], names[1], lineterm="")


def _text(article: Article, urls: Urls) -> list[str]:
    """Return an article as lines, each paragraph one."""
    body = re.sub(
        r"(</(?:p|h\d|li|blockquote|figure|pre|tr)>)\s*", r"\1\n", urls.absolute(article.body)
    )
    return [
        f"headline: {article.headline}",
        f"summary: {article.summary}",
        f"section: {article.section}",
        f"note: {article.note}",
        "",
        *body.splitlines(),
    ]
