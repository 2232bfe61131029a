"""``feedsvc load``: load a folder of records into the store, where the newsroom keeps its own."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click

from feedsvc.cli.output import clear_bar, echo, progress_bar
from feedsvc.cli.sync import report_on
from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError
from feedsvc.ingest.record.parsed import says_withdrawn
from feedsvc.ingest.records import RecordWrite
from feedsvc.model.clock import now
from feedsvc.model.paths import below_articles
from feedsvc.publishing import sync
from feedsvc.publishing.newsroom_records import newsroom_records
from feedsvc.publishing.status import Status
from feedsvc.publishing.upload import Uploads
from feedsvc.push.local_folder import LocalFolder, is_sent_as_record
from feedsvc.store import history
from feedsvc.store.database import Database, open_store
from feedsvc.store.statements import batches

_TOGETHER = 250
"""Records in one transaction."""
_TAKEN = "is here with other bytes; --replace writes over it"


@click.command("load", short_help="Load a folder of records into the store.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Write over records and pictures that are here.")
@click.pass_context
def command(context: click.Context, folder: Path, *, replace: bool) -> None:
    """Load the records in DIR into the store, copy the pictures and sounds, and publish all.

    For a newsroom whose records are kept in the store: [articles] in = "database". DIR is the
    folder of a newsroom, such as an export, or one of records as below articles/. Records that are
    the same here already are left alone, so this can be stopped and run again at any time. It may
    run while "feedsvc serve" does.
    """
    config = load_newsroom()
    if config.records.kept_in != "database":
        raise FeedsvcError('records are files here; to load some, set [articles] in = "database"')
    if not folder.is_dir():
        raise FeedsvcError(f"{folder} is no folder; name the one of a newsroom, or of its records")
    with closing(open_store(config)) as database:
        loading = _Loading(config, database, LocalFolder(folder), replace=replace)
        names = loading.names()
        refused = 0
        with progress_bar(len(names), "Loading files") as bar:
            for name, reason in loading.load(names):
                if reason:
                    refused += 1
                    clear_bar()
                    echo(f"feedsvc: {name}: {reason}", err=True)
                bar.update(1)
        echo(f"{len(names) - refused} loaded or here already, {refused} refused", err=True)
        failed = report_on(sync.sync(database, config, now()))
    context.exit(1 if failed or refused else 0)


class _Loading:
    """The loading of one folder."""

    def __init__(
        self, config: Config, database: Database, local: LocalFolder, *, replace: bool
    ) -> None:
        self._config = config
        self._database = database
        self._records = newsroom_records(config, database)
        self._local = local
        self._replace = replace

    def names(self) -> list[str]:
        """Return the files to load, pictures and sounds first."""
        try:
            return sorted(self._local.names(), key=is_sent_as_record)
        except OSError as error:
            raise FeedsvcError(f"{error.filename} cannot be read: {error.strerror}") from None

    def load(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield each file once it is loaded, with the reason why it was not."""
        for name in names:
            if not is_sent_as_record(name):
                yield name, self._copied(name)
        records = [name for name in names if is_sent_as_record(name)]
        filled = Status(self._database).is_filled()
        if filled:  # archives of feeds hold articles in the order in which they came
            records.sort(key=self._local.released)
        for some in batches(records, _TOGETHER):
            yield from self._loaded(some)
            if filled:
                sync.sync(self._database, self._config, now(), near=some)

    def _copied(self, name: str) -> str:
        """Copy a picture or a sound; return the reason why it was not."""
        file = self._config.root / name
        try:
            data = self._local.read(name)
            if file.exists() and not self._replace:
                return "" if file.read_bytes() == data else _TAKEN
            Uploads(self._config).keep_at(file, data)
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        except (ValueError, FeedsvcError) as error:
            return str(error).removeprefix(f"{name} ")
        return ""

    def _loaded(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Write some records together; yield each with the reason why it was not."""
        writes: list[RecordWrite] = []
        for name in names:
            write, reason = self._write(name)
            if write:
                writes.append(write)
            else:
                yield name, reason
        copies = [it.path for it in writes if it.before is None and says_withdrawn(it.data)]
        with self._database.writing() as connection:
            history.mark_copies(connection, copies)  # readers of the folder may know them
        for write, error in zip(writes, self._records.save_many(writes), strict=True):
            yield write.path, str(error or "")

    def _write(self, name: str) -> tuple[RecordWrite | None, str]:
        """Return the write of a record, or the reason why there is none."""
        path = below_articles(name)
        try:
            data = self._local.read(name)
        except OSError as error:
            return None, f"cannot be read: {error.strerror}"
        except ValueError as error:
            return None, str(error)
        before = self._records.read(path)
        if before.data == data:
            return None, ""
        if before.data is not None and not self._replace:
            return None, _TAKEN
        return RecordWrite(path, before.data, data), ""
