"""The records of a newsroom in the store, where it has no files; they are the same texts."""

import errno
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence

from feedsvc.errors import ConflictError, EditError, FeedsvcError
from feedsvc.ingest.files import GONE, Stamp, is_record, too_long, walk_order
from feedsvc.ingest.record.save import CHANGED_MEANWHILE
from feedsvc.ingest.records import NAME_IS_TAKEN, RecordBytes, RecordWrite
from feedsvc.model.clock import now
from feedsvc.model.paths import ancestors, in_newsroom
from feedsvc.store import records
from feedsvc.store.database import Connection, Database


class RecordTable:
    """The records of a newsroom in its store.

    Each write is a transaction, and gives the record a number; the next pass finds it by that.

    :param max_bytes: of a record.
    """

    in_files = False

    def __init__(self, database: Database, max_bytes: int) -> None:
        self._database = database
        self._max_bytes = max_bytes

    def are_there(self) -> bool:
        """Return whether they can be looked at: where the store is, they are."""
        return True

    def paths(self, below: str = "", unreadable: list[str] | None = None) -> Iterator[str]:  # noqa: ARG002  all can be read
        """Yield the paths of all records, or of the ones below a folder, in order."""
        with self._database.reading() as connection:
            paths = [*records.paths(connection, below)]
        yield from sorted((it for it in paths if it != below), key=walk_order)

    def stamp(self, path: str) -> Stamp:
        """Return the size of a record and the number of its last change; GONE where it is not."""
        with self._database.reading() as connection:
            return records.stamps(connection, [path]).get(path, GONE)

    def exists(self, path: str) -> bool:
        """Return whether there is such a record."""
        return self.stamp(path) != GONE

    def missing(self, paths: Collection[str]) -> set[str]:
        """Return which of some records are not there."""
        with self._database.reading() as connection:
            return {*paths} - records.stamps(connection, paths).keys()

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a record; empty where it is not there."""
        with self._database.reading() as connection:
            return records.digests(connection, [path]).get(path, "")

    def read(self, path: str) -> RecordBytes:
        """Return a record as it is."""
        with self._database.reading() as connection:
            record = records.get(connection, path)
        if record is None:
            return RecordBytes(GONE, None, "is not there")
        if record.stamp[0] > self._max_bytes:
            return RecordBytes(record.stamp, None, too_long(record.stamp[0], self._max_bytes))
        return RecordBytes(record.stamp, record.data)

    def is_reachable(self, path: str) -> bool:  # noqa: ARG002  each is
        """Return whether a record with this path would be published: there are no links."""
        return True

    def changed_after(self, number: int) -> tuple[int, Collection[str]]:
        """Return the records that changed after a number and were not read since.

        :returns: with them, the number of the last change.
        """
        with self._database.reading() as connection:
            last = records.last_number(connection)
            return last, records.changed_after(connection, number) if last > number else ()

    def save(self, write: RecordWrite) -> None:
        """Give a record another text, or make it.

        :raises ConflictError: another record has its name.
        :raises EditError: another program changed it at the same time.
        """
        if error := self.save_many([write])[0]:
            raise error

    def save_many(self, writes: Sequence[RecordWrite]) -> list[FeedsvcError | None]:
        """Save records in one transaction; return for each the error for which it was not."""
        with self._database.writing(counted=False) as connection:
            known = records.digests(connection, [it.path for it in writes])
            errors = [_error(connection, it, known) for it in writes]
            checked = zip(writes, errors, strict=True)
            new = {it.path: it.data for it, error in checked if not error and it.data != it.before}
            records.put(connection, new, now())
        return errors

    def move(self, path: str, target: str) -> None:
        """Give a record another path, which none has.

        :raises OSError: it is not there.
        """
        with self._database.writing(counted=False) as connection:
            record = records.get(connection, path)
            if record is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), in_newsroom(path))
            records.put(connection, {target: record.data, path: None}, now())

    def delete(self, path: str) -> None:
        """Delete a record."""
        with self._database.writing(counted=False) as connection:
            records.put(connection, {path: None}, now())


def _error(
    connection: Connection, write: RecordWrite, known: Mapping[str, str]
) -> FeedsvcError | None:
    """Return the error for which a record cannot be written.

    :param known: the SHA-256 of the records that are there.
    """
    if write.before is None:
        taken = write.path in known or _is_taken(connection, write.path)
        return ConflictError(f"{in_newsroom(write.path)} {NAME_IS_TAKEN}") if taken else None
    if known.get(write.path) == hashlib.sha256(write.before).hexdigest():
        return None
    return EditError(f"{in_newsroom(write.path)}: {CHANGED_MEANWHILE}")


def _is_taken(connection: Connection, path: str) -> bool:
    """Return whether a record has the name of a folder of a path, or this path as its folder."""
    above = [it for it in ancestors(path) if it != path and is_record(it)]
    return any(records.paths(connection, path)) or bool(records.stamps(connection, above))
