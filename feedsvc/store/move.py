"""Move a store from one database system to another, and check that all of it has arrived.

A move that was interrupted goes on where it ended: rows are copied in the order of their keys.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, delete, func, select, tuple_

from feedsvc.errors import StoreError
from feedsvc.store import articles, key_values
from feedsvc.store.all_tables import METADATA
from feedsvc.store.database import Database
from feedsvc.store.schema import SETTINGS
from feedsvc.store.statements import SOME_ROWS, insert_rows

_MOVING = "moving"
"""The setting of a store that is not complete yet: the name of the one that it is copied from."""
_LEFT_OUT = ("changes", "term", key_values.READABLE, _MOVING)
"""Settings that are of one store alone."""
_ROWS = 500
"""Rows in one transaction."""

Progress = Callable[[int, int], None]
"""Called with the number of rows that are there, and of all."""


def move(source: Database, target: Database, progress: Progress) -> dict[str, int]:
    """Copy a store into an empty one; return the number of rows of each table.

    :raises StoreError: a process publishes, the other store is not empty, or it differs in the end.
    """
    with source.publishing() as mine:
        if not mine:
            raise StoreError(
                f'a process publishes into {source.name}; end "feedsvc serve", and then move it'
            )
        with source.reading() as connection, _marked(target, source.name):
            counts = {it.name: _count(connection, it) for it in METADATA.sorted_tables}
            done = 0
            for table in METADATA.sorted_tables:
                for copied in _copied(connection, table, target):
                    progress(done + copied, sum(counts.values()))
                _check(connection, table, target)
                done += counts[table.name]
    return counts


@contextmanager
def _marked(target: Database, name: str) -> Generator[None]:
    """Mark a store as incomplete meanwhile."""
    with target.writing(counted=False) as connection:
        mark = key_values.setting(connection, _MOVING)
        if mark != name and (mark or articles.count(connection)):
            raise StoreError(f"the store {target.name} is not empty; name one that is")
        key_values.set_setting(connection, _MOVING, name)
    yield
    with target.writing() as connection:
        target.continue_ids(connection)
        connection.execute(delete(SETTINGS).where(SETTINGS.c.name == _MOVING))


def _copied(connection: Connection, table: Table, target: Database) -> Generator[int]:
    """Copy the rows of a table that are not there yet; yield how many are there."""
    key = tuple(table.primary_key.columns)
    with target.writing(counted=False) as other:
        if table is SETTINGS:
            other.execute(delete(SETTINGS).where(SETTINGS.c.name.not_in(_LEFT_OUT)))
        count = _count(other, table)
        last = other.execute(select(*key).order_by(*(it.desc() for it in key)).limit(1)).first()
    wanted = _rows(table)
    if last is not None and table is not SETTINGS:
        wanted = wanted.where(tuple_(*key) > tuple(last))
    for rows in connection.execute(wanted).mappings().partitions(_ROWS):
        with target.writing(counted=False) as other:
            insert_rows(other, table, [dict(row) for row in rows])
        count += len(rows)
        yield count


def _check(connection: Connection, table: Table, target: Database) -> None:
    """Compare a table with its copy; one that differs is empty afterwards."""
    with target.reading() as other:
        same = _digest(connection, table) == _digest(other, table)
    if not same:
        with target.writing(counted=False) as other:
            other.execute(delete(table))
        raise StoreError(
            f"the rows of {table.name} in {target.name} were not the ones of the other store, and "
            "are deleted; move it once more"
        )


def _rows(table: Table) -> Select[Any]:
    """Return the statement for the rows to copy, in the order of their keys."""
    wanted = select(table).order_by(*table.primary_key.columns).execution_options(**SOME_ROWS)
    return wanted.where(SETTINGS.c.name.not_in(_LEFT_OUT)) if table is SETTINGS else wanted


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(
        select(func.count()).select_from(_rows(table).subquery())
    ).scalar_one()


def _digest(connection: Connection, table: Table) -> str:
    digest, encoder = sha256(), msgspec.msgpack.Encoder()
    for rows in connection.execute(_rows(table)).partitions(_ROWS):
        digest.update(encoder.encode([tuple(row) for row in rows]))
    return digest.hexdigest()
