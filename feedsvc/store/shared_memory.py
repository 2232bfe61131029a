"""Memory that all processes of one newsroom share."""

import errno
import fcntl
import mmap
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from feedsvc.errors import StoreError

SHARED_FILE = "pulse"
"""The file in the state folder with the change counter and the health of publishing."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk without room."""
_ALLOCATE: Callable[[int, int, int], None] = getattr(
    os, "posix_fallocate", lambda descriptor, _, size: os.ftruncate(descriptor, size)
)
"""Gives a file its blocks on the disk; macOS has no such call."""
_CHECK = 1.0
"""Seconds between two checks whether another file has taken the place of one."""


class SharedFile:
    """The memory behind a file. Where the file is lost or replaced, that of the new one.

    :param size: in bytes; new ones are zero.
    :param initial: returns the first bytes of a new file, which must not be zero.
    :raises StoreError: the file cannot be used.
    """

    def __init__(self, path: Path, size: int, initial: Callable[[], bytes] = bytes) -> None:
        self._path, self._size, self._initial = path, size, initial
        self.memory, self._identity = _open(path, size, initial)
        self._checked = time.monotonic()

    def latest(self) -> mmap.mmap:
        """Return the memory of the file that is there, as it was within the last second."""
        if time.monotonic() - self._checked >= _CHECK:
            self.renew()
        return self.memory

    def renew(self) -> mmap.mmap:
        """Return the memory of the file that is there now; it is made if it is missing.

        Where that is not possible, the memory so far stays in use.
        """
        self._checked = time.monotonic()
        if identity_of(self._path) != self._identity:
            with suppress(StoreError):
                self.memory, self._identity = _open(self._path, self._size, self._initial)
        return self.memory


def open_shared_memory(path: Path, size: int) -> mmap.mmap:
    """Return the memory behind a file, which is made where it is missing.

    Where the disk is full, this process has the memory for itself.

    :param size: in bytes; new ones are zero.
    :raises StoreError: the file cannot be used.
    """
    try:
        return _mapped(path, size, bytes)[0]
    except OSError as error:
        if error.errno in _FULL:
            return mmap.mmap(-1, size)
        raise _explained(path, error) from None


def _open(path: Path, size: int, initial: Callable[[], bytes]) -> tuple[mmap.mmap, tuple[int, int]]:
    try:
        return _mapped(path, size, initial)
    except OSError as error:
        raise _explained(path, error) from None


def _explained(path: Path, error: OSError) -> StoreError:
    full = error.errno in _FULL
    advice = "make room on its disk" if full else "let feedsvc write the file and its folder"
    return StoreError(f"the file {path} cannot be used: {error.strerror}; {advice}")


def _mapped(
    path: Path, size: int, initial: Callable[[], bytes]
) -> tuple[mmap.mmap, tuple[int, int]]:
    """Return the memory behind a file, and the device and inode of the file."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        status = os.fstat(descriptor)
        # Memory without a block on the disk would end the process (SIGBUS) once the disk is full.
        if status.st_size < size or status.st_blocks * 512 < size:
            _ALLOCATE(descriptor, 0, size)
        memory = mmap.mmap(descriptor, size)
        first = initial()
        if not any(memory[: len(first)]):
            memory[: len(first)] = first
        return memory, (status.st_dev, status.st_ino)
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # the memory keeps the file open
        os.close(descriptor)


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file, which change with another file; None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
