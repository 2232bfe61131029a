"""Print lines that may have words of files: none of them controls the terminal."""

import click

from feedsvc.errors import printable


def echo(line: str, *, err: bool = False, nl: bool = True) -> None:
    """Print one line.

    :param err: on stderr.
    :param nl: end it.
    """
    click.echo(printable(line), err=err, nl=nl)
