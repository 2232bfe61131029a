"""The command line. Each command is a module of its own, imported when it is called."""

import gc
import sys
from importlib import import_module
from importlib.metadata import version
from keyword import iskeyword
from typing import Any

import click

from feedsvc.errors import FeedsvcError

COMMANDS = {
    "backup": "Copy the store into a file, while publishing goes on.",
    "build": "Write the whole site of feeds as files.",
    "check": "Check article files and print every problem.",
    "cms-config": "Print the configuration of Decap CMS and Sveltia CMS.",
    "correct": "Publish a correction of an article.",
    "db": "Bring the tables of the store up to date.",
    "deliveries": "Show the feeds that are on their way to subscribers.",
    "doctor": "Check whether all is well, and print a line for each check.",
    "embargo": "Hold an article back until a moment.",
    "export": "Copy a newsroom's files into a new folder.",
    "import": "Turn saved article pages into article files.",
    "init": "Create a newsroom in a new folder.",
    "media": "Look after the pictures and sounds in the object store.",
    "jobs": "Show the jobs that ask other servers, and try them again.",
    "kill": "Take an article back from every reader.",
    "load": "Load a folder of records into the store.",
    "log": "Show the last changes to articles, and why feeds changed.",
    "move": "Move an article and its pictures to another section.",
    "new": "Begin an article: write a draft for a section.",
    "push": "Send a folder of records and pictures to a server.",
    "restore": "Replace the store by a backup.",
    "show": "Show an article with its dates and versions.",
    "store": "Move the store from a file to PostgreSQL, or back.",
    "snippet": "Print the tags by which readers of web pages find feeds.",
    "sources": "Show the systems that send their articles, and the results.",
    "subscribers": "Show who gets the feeds pushed.",
    "sync": "Publish the changes to the files, once.",
    "serve": "Publish the newsroom in this folder, and every change.",
    "token": "Make, list and revoke tokens for publishing over HTTP.",
    "unkill": "Publish a killed article again.",
}
"""Every command with its one line of help, so that listing them imports none of them."""


class _Commands(click.Group):
    """The commands by their names: ``check`` is ``command`` in ``feedsvc.cli.check``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        # Modules are never garbage; to look for some meanwhile takes a tenth of the time.
        gc.disable()
        command: click.Command = import_module(f"feedsvc.cli.{module}").command
        gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedsvcError as error:
            click.echo("feedsvc: " + "\n".join(error.lines()), err=True)
            sys.exit(1)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FEEDSVC"},
)
@click.version_option(version("feedsvc"), prog_name="feedsvc", message="%(prog)s %(version)s")
def main() -> None:
    """Publish a newsroom's article files as RSS, Atom and JSON feeds."""
