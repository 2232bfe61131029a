"""Print lines that may have words of files: none of them controls the terminal."""

import sys
from typing import Any

import click

from feedsvc.errors import printable


def echo(line: str, *, err: bool = False, nl: bool = True) -> None:
    """Print one line.

    :param err: on stderr.
    :param nl: end it.
    """
    click.echo(printable(line), err=err, nl=nl)


def progress_bar(length: int, label: str, *, hidden: bool = False, **options: Any) -> Any:
    """Return a bar that shows on a terminal how much of something is done.

    :param options: of ``click.progressbar``.
    """
    hidden = hidden or not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden, **options)


def clear_bar() -> None:
    """Clear the line of a bar, before another line is printed in its place."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
