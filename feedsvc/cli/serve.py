"""``feedsvc serve``: publish the newsroom in this folder."""

import errno
import socket
import sys
import webbrowser
from contextlib import closing
from functools import partial
from typing import Any, Literal

import click
import msgspec

from feedsvc.cli import logging_setup
from feedsvc.cli.output import echo, progress_bar
from feedsvc.config.load import load, load_newsroom
from feedsvc.config.server_settings import DEFAULT_PORT
from feedsvc.config.settings import Config, FeedSettings
from feedsvc.errors import FeedsvcError, StoreAwayError, StoreVersionError
from feedsvc.model.clock import now
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.forwarded_writes import WriterLink
from feedsvc.server.processes import administer, answer, publish
from feedsvc.server.processes import listen as listen_to_store
from feedsvc.server.supervisor import Supervisor, Tasks
from feedsvc.store.database import open_store
from feedsvc.syndication.sections import Sections

Role = Literal["all", "web", "publish"]
"""The part that a server has in a newsroom."""
_LONG = 200
"""Files from which reading them takes so long that it needs a progress bar."""
_HERE = ("", "0.0.0.0", "::", "127.0.0.1")  # noqa: S104  compared with, not bound to
"""Hosts to listen at by which this machine reaches itself as localhost."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen at; 0 takes a free one.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer requests.",
)
@click.option(
    "--role",
    default="all",
    show_default=True,
    type=click.Choice(["all", "web", "publish"]),
    help="Only answer requests, only publish, or both.",
)
@click.option("--open", "browser", is_flag=True, help="Open the list of feeds in a browser.")
def command(host: str, port: int, workers: int, role: Role, *, browser: bool) -> None:
    """Publish the newsroom in this folder, and every change to its files as it happens."""
    logging_setup.set_up()
    with listen(host, port) as listener:
        port = listener.getsockname()[1]
        config = public(load_newsroom(), host, port)
        begin(config, publishes=role != "web")
        if browser:
            webbrowser.open(f"{config.feeds.url}/feeds")
        tasks = Processes(listener, workers, role)
        tasks(config)  # an address that cannot be had is an error now
        Supervisor(tasks, lambda: public(load(), host, port)).run(config)


class Processes:
    """The tasks of the processes for each configuration."""

    def __init__(self, listener: socket.socket, workers: int, role: Role = "all") -> None:
        link = WriterLink()
        worker = partial(answer, listener, link if role == "all" else None)
        self._workers = [] if role == "publish" else [worker] * workers
        self._single = [] if role == "web" else [partial(publish, link)]
        self._admin: dict[tuple[str, int], socket.socket] = {}
        """The address for operators, where there is one, with its socket."""

    def __call__(self, config: Config) -> Tasks:
        """Return the tasks for a configuration.

        :raises FeedsvcError: it is impossible to listen at ``[admin] listen``.
        """
        address = config.admin.address
        sockets = {address: self._admin.get(address) or listen(*address)} if address else {}
        for old in self._admin.keys() - sockets.keys():
            self._admin[old].close()
        self._admin = sockets
        others = [listen_to_store] if config.store.url else []
        administrators = (partial(administer, it) for it in sockets.values())
        return Tasks(self._workers, [*self._single, *others, *administrators])


def begin(config: Config, *, publishes: bool = True) -> None:
    """Fill the store if it is new, and print the title of the newsroom and its addresses."""
    try:
        database = open_store(config)
    except StoreVersionError:
        raise  # waiting does not help
    except StoreAwayError as error:
        echo(f"{config.site.title}: {error}")
        echo("Until then, feeds are answered that this machine keeps; Ctrl+C ends it.")
        return
    with closing(database):
        # The process that publishes logs the problems of the files, when it begins.
        watcher = Watcher(config, database, now, problems=False)
        report = watcher.fill(Progress()) if publishes else None
        sections = Sections(config, database).overview(now())
    echo(f"{config.site.title}, {len(sections) - 1:,} sections")
    echo(f"  all feeds   {config.feeds.url}/feeds")
    for format, url in sections[0].urls.items():
        echo(f"  {format:<10}  {url}")
    if report:
        echo(f"Read {report.read:,} files. ", nl=False)
    echo("Publishing every change; Ctrl+C ends it.")
    sys.stdout.flush()


def listen(host: str, port: int) -> socket.socket:
    """Return the socket that all workers accept from.

    :raises FeedsvcError: the port is in use, or cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            free = port + 1 if port < 65535 else 0
            message = f"port {port} is already in use; choose another: feedsvc serve --port {free}"
        elif error.errno in (errno.EACCES, errno.EPERM):
            message = (
                f"port {port} is not yours to use; choose one from 1024: --port {DEFAULT_PORT}"
            )
        else:
            message = f"cannot listen at {host}, port {port}: {error.strerror}"
        raise FeedsvcError(message) from None


def public(config: Config, host: str, port: int) -> Config:
    """Return the configuration with the address of the feeds, if it leaves that open."""
    if config.feeds.url != FeedSettings().url:
        return config
    shown = "localhost" if host in _HERE else f"[{host}]" if ":" in host else host
    feeds = msgspec.structs.replace(config.feeds, url=f"http://{shown}:{port}")
    return msgspec.structs.replace(config, feeds=feeds)


class Progress:
    """A progress bar for a newsroom that takes a while to read, where a person looks on."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Show how many files of how many have been read."""
        if self._bar is None:
            self._bar = progress_bar(total, "Reading articles", hidden=total < _LONG, show_pos=True)
        self._bar.update(done - self._bar.pos)
        if done == total:
            self._bar.render_finish()
