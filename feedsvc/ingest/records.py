"""The records of a newsroom, wherever they are kept; here as files below ``articles/``."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from feedsvc.config.regular_file import open_regular
from feedsvc.config.settings import Config
from feedsvc.errors import ConflictError, FeedsvcError, PageError
from feedsvc.ingest import files
from feedsvc.ingest.files import GONE, Stamp
from feedsvc.ingest.record.save import delete_record, replace_record, unwritable, write_record
from feedsvc.model.paths import in_newsroom

NAME_IS_TAKEN = "cannot be written: another file has this name, or that of its folder"
"""The reason why a new record cannot be written."""
_SAVING = 8
"""Files that are saved at the same time, as each waits for the disk."""


class RecordBytes(Struct, frozen=True):
    """A record as it was read at one moment."""

    stamp: Stamp
    """GONE where there is none, and where it was changed while it was read."""
    data: bytes | None
    """None where there is none, or where it cannot be read."""
    reason: str = ""
    """Why there are no bytes."""


Item = tuple[str, RecordBytes]
"""The path of a record, and its content; one without bytes is not read."""


class RecordWrite(NamedTuple):
    """New bytes for a record."""

    path: str
    before: bytes | None
    """The bytes that it has; None for a new one."""
    data: bytes


class Records(Protocol):
    """The records of a newsroom; their paths are the ones that files have below ``articles/``.

    Safe to share between threads.
    """

    @property
    def in_files(self) -> bool:
        """Return whether they are files, which other programs may change."""
        ...

    def are_there(self) -> bool:
        """Return whether they can be looked at: else none counts as deleted."""
        ...

    def paths(self, below: str = "", unreadable: list[str] | None = None) -> Iterator[str]:
        """Yield the paths of all records, or of the ones in a folder, in order.

        :param unreadable: collects the folders that cannot be read; without it they raise.
        :raises OSError: a folder cannot be read.
        """
        ...

    def stamp(self, path: str) -> Stamp:
        """Return the stamp of a record, by which a change is noticed; GONE where there is none."""
        ...

    def exists(self, path: str) -> bool:
        """Return whether there is such a record, or something else in its place."""
        ...

    def missing(self, paths: Collection[str]) -> set[str]:
        """Return which of some records are not there."""
        ...

    def changed_after(self, number: int) -> tuple[int, Collection[str]]:
        """Return the records that changed after a number and were not read since.

        Of files the system reports changes, so there are no such numbers.

        :returns: the number of the last change, and the paths of records.
        """
        ...

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a record; empty where it cannot be read."""
        ...

    def read(self, path: str) -> RecordBytes:
        """Return a record as it is."""
        ...

    def is_reachable(self, path: str) -> bool:
        """Return whether a record with this path would be published."""
        ...

    def save(self, write: RecordWrite) -> None:
        """Give a record other bytes, or make it; it is safe when this returns.

        :raises ConflictError: something else has its name.
        :raises EditError: it cannot be written, or another program changed it at the same time.
        """
        ...

    def save_many(self, writes: Sequence[RecordWrite]) -> list[FeedsvcError | None]:
        """Save records; return for each the error for which it could not be saved."""
        ...

    def move(self, path: str, target: str) -> None:
        """Give a record another path, which none has.

        :raises OSError: that is impossible.
        """
        ...

    def delete(self, path: str) -> None:
        """Delete a record; it is gone for sure when this returns.

        :raises DiskError: it cannot be deleted.
        """
        ...


class RecordFolder:
    """The records of a newsroom as files.

    :param max_bytes: of a record.
    """

    in_files = True

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._file = f"{folder}/"  # its beginning; a Path for each takes its time
        self._max_bytes = max_bytes

    @classmethod
    def of(cls, config: Config) -> "RecordFolder":
        """Return the files of a newsroom."""
        return cls(config.articles, config.records.max_bytes)

    def are_there(self) -> bool:
        """Return whether there is the folder: without it, a disk may not be mounted."""
        return self._folder.is_dir()

    def paths(self, below: str = "", unreadable: list[str] | None = None) -> Iterator[str]:
        """Yield the paths of all records, or of the ones in a folder, as ``files.walk`` does."""
        return files.walk(self._folder, below, unreadable)

    def stamp(self, path: str) -> Stamp:
        """Return the stamp of a file."""
        return files.stamp(self._file + path)

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        return self.stamp(path) != GONE

    def missing(self, paths: Collection[str]) -> set[str]:
        """Return which of some files are not there."""
        return {it for it in paths if not self.exists(it)}

    def changed_after(self, number: int) -> tuple[int, Collection[str]]:  # noqa: ARG002  files have none
        """Return no number, and no files."""
        return 0, ()

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file; empty where it cannot be read."""
        try:
            with open_regular(self._folder / path) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError):
            return ""

    def read(self, path: str) -> RecordBytes:
        """Return a file as it is."""
        stamp = self.stamp(path)  # before reading, so that no change is missed
        try:
            data = files.read(self._folder, path, self._max_bytes)
        except OSError as error:
            return RecordBytes(stamp, None, f"cannot be read: {error.strerror}")
        except ValueError as error:
            return RecordBytes(stamp, None, str(error))
        same = stamp == self.stamp(path)  # else perhaps half of it was read
        return RecordBytes(stamp if same else GONE, data)

    def is_reachable(self, path: str) -> bool:
        """Return whether no folder of a path is a link, nor ignored."""
        return files.is_visible(self._folder, path)

    def save(self, write: RecordWrite) -> None:
        """Write a file, which is on the disk for sure when this returns.

        :raises ConflictError: another file has its name.
        :raises EditError: it cannot be written, or another program changed it at the same time.
        """
        file, name = self._folder / write.path, in_newsroom(write.path)
        if write.before is not None:
            replace_record(file, write.before, write.data, name)
            return
        try:
            write_record(file, write.data)
        except (PageError, FileExistsError, NotADirectoryError):
            raise ConflictError(f"{name} {NAME_IS_TAKEN}") from None
        except OSError as error:
            raise unwritable(name, error) from None

    def save_many(self, writes: Sequence[RecordWrite]) -> list[FeedsvcError | None]:
        """Write files, several at once as the disk is slow."""

        def saved(write: RecordWrite) -> FeedsvcError | None:
            try:
                self.save(write)
            except FeedsvcError as error:
                return error
            return None

        with ThreadPoolExecutor(_SAVING) as pool:
            return [*pool.map(saved, writes)]

    def move(self, path: str, target: str) -> None:
        """Move a file to another place, where there is none.

        :raises OSError: that is impossible.
        """
        file = self._folder / target
        file.parent.mkdir(parents=True, exist_ok=True)
        (self._folder / path).rename(file)

    def delete(self, path: str) -> None:
        """Delete a file; it is gone for sure when this returns.

        :raises DiskError: it cannot be deleted.
        """
        delete_record(self._folder / path, in_newsroom(path))
