"""``feedsvc token``: the tokens by which programs publish over HTTP."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import get_args

import click

from feedsvc.cli.new import section_path
from feedsvc.cli.output import echo
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import local, now
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing import moments, tokens
from feedsvc.store.database import Database, open_existing, open_store


@click.group("token")
def command() -> None:
    """Make, list and revoke the tokens of programs that publish over HTTP.

    docs/api.md explains the scopes.
    """


def _sections(
    context: click.Context, parameter: click.Parameter, typed: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(filter(None, (section_path(context, parameter, it) for it in typed)))


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(get_args(Scope)),
    help="A right that it gives; may be given several times.",
)
@click.option(
    "--section",
    "sections",
    multiple=True,
    callback=_sections,
    help="The only section that it may read and write, with all below it; may be given several "
    "times.",
)
@click.option("--owner", default="", help="The person or program that gets it, for the list.")
@click.option("--expires", default="", help="When it ends, such as 2027-01-31 or tomorrow 9:00.")
def create(
    name: str, scopes: tuple[Scope, ...], sections: tuple[str, ...], owner: str, expires: str
) -> None:
    """Make a token and print it: it cannot be shown again.

    NAME is for the list and for the log of changes.
    """
    if not name.strip() or name != " ".join(name.split()) or not name.isprintable():
        raise click.UsageError("NAME must be one line without spaces around it.")
    config, begin = load_newsroom(), now()
    publisher = Publisher(
        name=name,
        owner=owner,
        scopes=frozenset(scopes),
        sections=sections,
        created=begin,
        expires=_end(config, expires, begin) if expires else None,
    )
    with closing(open_store(config)) as database:
        echo(tokens.issue(database, publisher))
    echo("Keep it in a safe place: it is not shown again.", err=True)


def _end(config: Config, typed: str, begin: datetime) -> datetime:
    """Return the moment at which a token ends.

    :raises FeedsvcError: it is none, or has passed.
    """
    try:
        end = moments.coming(typed, config, begin)
    except ValueError as error:
        raise FeedsvcError(f"the end {error}") from None
    if end <= begin:
        raise FeedsvcError(f"{local(end, config.site.timezone):%F %R} has passed already")
    return end


@contextmanager
def _opened() -> Generator[tuple[Config, Database]]:
    config = load_newsroom()
    with closing(open_existing(config)) as database:
        yield config, database


@command.command("list")
def list_() -> None:
    """List all tokens: name, state, scopes, sections, owner, and when each was last used."""
    with _opened() as (config, database):
        publishers = tokens.listed(database)
        for publisher in publishers:
            echo(_line(publisher, config.site.timezone))
    if not publishers:
        echo("There are no tokens.")


def _line(publisher: Publisher, zone: str) -> str:
    """Return a token as a line of the list."""

    def day(moment: datetime | None, without: str) -> str:
        return f"{local(moment, zone):%F %R}" if moment else without

    if publisher.revoked:
        state = f"revoked {day(publisher.revoked, '')}"
    elif publisher.is_valid(now()):
        state = f"valid until {day(publisher.expires, 'revoked')}"
    else:
        state = f"expired {day(publisher.expires, '')}"
    scopes = ", ".join(it for it in get_args(Scope) if it in publisher.scopes)
    sections = ", ".join(publisher.sections) or "all sections"
    used = f"used {day(publisher.used, 'never')}"
    return "  ".join(filter(None, (publisher.name, state, scopes, sections, publisher.owner, used)))


@command.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """End the token NAME at once."""
    with _opened() as (_, database):
        tokens.revoke(database, name, now())
    echo(f'revoked "{name}"')
