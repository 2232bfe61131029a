"""``feedsvc build``: the newsroom as files that any web server can give out."""

from __future__ import annotations

import logging
import signal
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from feedsvc.cli import logging_setup
from feedsvc.cli.doctor_checks import settings
from feedsvc.cli.sync import warn
from feedsvc.config.load import load
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.publishing import sync
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.supervisor import FileState, file_state
from feedsvc.static_site.build import StaticSite
from feedsvc.static_site.folder import SiteFolder, opened_folder
from feedsvc.store.database import Database
from feedsvc.web.app import create_app, page, page_files
from feedsvc.web.services import KEY

if TYPE_CHECKING:
    from types import FrameType

    from feedsvc.config.settings import Config

log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that the watcher has to end; what it had not published then is at the next start."""


@click.command("build")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Go on, and write what changes as it happens.")
def command(folder: Path, *, watch: bool) -> None:
    """Write the whole site of feeds into DIR, as files for nginx, Caddy or an object store.

    DIR/site is the root for the web server: every feed and archive, the pages, the pictures and
    sounds, and texts also in gzip, Brotli and zstd. Beside it are the redirects for nginx and for
    Caddy, and a manifest. The article files are looked at first, as "feedsvc sync" does; then only
    what changed is written, and what is gone is deleted. DIR must be new, empty or of an earlier
    build. It may run while "feedsvc serve" does.
    """
    config = _checked()
    for finding in settings(config):
        if finding.level == "note":
            click.echo(f"note: {finding.sentence}", err=True)
    with opened_folder(folder) as output:
        if watch:
            _watch(output, config)
        else:
            with closing(Database(config.state)) as database:
                warn(sync.sync(database, config, now()))
                click.echo(f"{folder}: {_site(output, config, database).build()}")


def _checked() -> Config:
    config = load()
    if not config.articles.is_dir():
        raise FeedsvcError(f"there is no folder {config.articles}; articles belong in it")
    return config


def _site(output: SiteFolder, config: Config, database: Database) -> StaticSite:
    app = create_app(config, database)
    return StaticSite(output, app.extensions[KEY], partial(page_files, app), partial(page, app))


def _watch(output: SiteFolder, config: Config) -> None:
    """Keep the site up to date until SIGTERM or SIGINT."""
    logging_setup.set_up()

    def ended(_signal: int, _frame: FrameType | None) -> None:
        sys.exit()  # what was not written then is at the next start

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ended)
    while True:
        seen = file_state(config)
        _follow(output, config, seen)
        try:
            config = _checked()
        except FeedsvcError as error:
            log.error("the change has errors, so the old configuration stays in use:\n%s", error)


def _follow(output: SiteFolder, config: Config, seen: FileState) -> None:
    """Publish and write what changes, until config.toml or the store is another one."""
    with closing(Database(config.state)) as database:
        seen = seen._replace(store=file_state(config).store)

        def ended(seconds: float) -> bool:
            time.sleep(seconds)
            return file_state(config) != seen

        watcher = Watcher(config, database, now)
        watcher.sync()
        site = _site(output, config, database)
        log.info("the site is in %s: %s", output.path, site.build())
        # Where "feedsvc serve" publishes, this waits for its turn, and the site follows.
        publisher = Thread(target=watcher.run, name="watcher", daemon=True)
        publisher.start()
        try:
            for done in site.follow(ended):
                log.info("%s", done)
        finally:
            watcher.stop()
            publisher.join(_PATIENCE)
