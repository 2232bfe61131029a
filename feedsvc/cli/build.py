"""``feedsvc build``: write the newsroom as files that any web server can serve."""

import logging
import signal
import sys
import time
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from types import FrameType

import click

from feedsvc.cli import logging_setup
from feedsvc.cli.doctor_checks import settings
from feedsvc.cli.output import echo
from feedsvc.cli.sync import warn
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.config.store_address import is_store_address
from feedsvc.errors import FeedsvcError
from feedsvc.model.clock import now
from feedsvc.publishing import sync
from feedsvc.publishing.watcher import Watcher
from feedsvc.server.supervisor import FileState, file_state
from feedsvc.static_site.bucket import SiteBucket, opened_bucket
from feedsvc.static_site.build import StaticSite
from feedsvc.static_site.folder import SiteFolder, opened_folder
from feedsvc.store.database import Database, open_store
from feedsvc.web.app import create_app, page, page_files
from feedsvc.web.services import KEY

_Site = SiteFolder | SiteBucket

log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that the watcher has to end; the next start publishes the rest."""


@click.command("build")
@click.argument("folder", metavar="DIR")
@click.option("--watch", is_flag=True, help="Go on, and write every change as it happens.")
def command(folder: str, *, watch: bool) -> None:
    """Write the whole site of feeds into DIR, as files for nginx, Caddy or an object store.

    DIR may be in an object store, such as s3://bucket/prefix?endpoint=https://s3.example; without
    the codings, as stores do not choose between them.

    DIR/site is the root for the web server: every feed and archive, the pages, the pictures and
    sounds, and texts also in gzip, Brotli and zstd. Beside it are the redirects for nginx and for
    Caddy, and a manifest. The article files are published first, as "feedsvc sync" does; then only
    changed files are written, and old ones are deleted. DIR must be new, empty or of an earlier
    build. It may run while "feedsvc serve" does.
    """
    config = load_newsroom()
    for finding in settings(config):
        if finding.level == "note":
            echo(f"note: {finding.sentence}", err=True)
    with _opened(folder, config) as output:
        if watch:
            _watch(output, config)
        else:
            with closing(open_store(config)) as database:
                warn(sync.sync(database, config, now()))
                echo(f"{output.path}: {_static_site(output, config, database).build()}")


def _opened(folder: str, config: Config) -> AbstractContextManager[_Site]:
    is_bucket = is_store_address(folder)
    return opened_bucket(folder, config) if is_bucket else opened_folder(Path(folder))


def _static_site(output: _Site, config: Config, database: Database) -> StaticSite:
    app = create_app(config, database)
    return StaticSite(output, app.extensions[KEY], partial(page_files, app), partial(page, app))


def _watch(output: _Site, config: Config) -> None:
    """Keep the files up to date until SIGTERM or SIGINT."""
    logging_setup.set_up()

    def ended(_signal: int, _frame: FrameType | None) -> None:
        sys.exit()  # the next start writes the rest

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, ended)
    while True:
        seen = file_state(config)
        _follow(output, config, seen)
        try:
            config = load_newsroom()
        except FeedsvcError as error:
            log.error("the new configuration has mistakes, so the old one stays in use:\n%s", error)


def _follow(output: _Site, config: Config, seen: FileState) -> None:
    """Publish and write every change, until config.toml or the store is replaced."""
    with closing(open_store(config)) as database:
        seen = seen._replace(store=file_state(config).store)

        def ended(seconds: float) -> bool:
            time.sleep(seconds)
            return file_state(config) != seen

        watcher = Watcher(config, database, now)
        watcher.sync()
        site = _static_site(output, config, database)
        log.info("the site is in %s: %s", output.path, site.build())
        # Where "feedsvc serve" publishes, this waits for its turn, and the files follow.
        publisher = watcher.start()
        try:
            for summary in site.follow(ended):
                log.info("%s", summary)
        finally:
            watcher.stop()
            publisher.join(_PATIENCE)
