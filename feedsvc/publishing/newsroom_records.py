"""The records of one newsroom, wherever its configuration keeps them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from feedsvc.config.settings import Config
from feedsvc.ingest.records import RecordFolder, Records

if TYPE_CHECKING:
    from feedsvc.store.database import Database


def newsroom_records(config: Config, database: Database) -> Records:
    """Return the records of a newsroom."""
    if config.records.kept_in == "database":
        from feedsvc.publishing.record_table import RecordTable  # SQL only where it is needed

        return RecordTable(database, config.records.max_bytes)
    return RecordFolder.of(config)


@contextmanager
def opened_records(config: Config) -> Generator[Records]:
    """Yield the records of a newsroom, for a command that uses nothing else of the store."""
    if config.records.kept_in == "folder":
        yield RecordFolder.of(config)
        return
    from feedsvc.store.database import open_store

    with closing(open_store(config)) as database:
        yield newsroom_records(config, database)
