"""Open plain files only: to open a pipe or a device may wait for ever."""

import os
import stat
from io import BufferedReader, FileIO
from pathlib import Path

Stamp = tuple[int, int]
"""Size in bytes, and time of change in nanoseconds: of the content or of the file's place."""


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file, by which a change to it is noticed."""
    # A file moved over another one may keep its old time of modification.
    return status.st_size, max(status.st_ctime_ns, status.st_mtime_ns)


_LONGEST_SECRET = 10_000
"""Bytes of a file with a secret that are read."""


def open_regular(path: Path) -> BufferedReader:
    """Open a file to read it; never wait for the writer of a pipe.

    :raises OSError: it cannot be opened.
    :raises ValueError: it is no plain file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return BufferedReader(FileIO(handle))
    os.close(handle)
    raise ValueError("is no plain file")


def secret_in(file: Path) -> str:
    """Return the text of a file with a secret.

    :raises ValueError: it cannot be read; the message says why.
    """
    try:
        with open_regular(file) as content:
            return content.read(_LONGEST_SECRET).decode()
    except OSError as error:
        raise ValueError(error.strerror) from None
