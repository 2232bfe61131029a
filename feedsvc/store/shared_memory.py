"""Memory that all processes of one newsroom share."""

import mmap
import os
from pathlib import Path

from feedsvc.errors import StoreError


def open_shared_memory(path: Path, size: int) -> mmap.mmap:
    """Return the memory behind a file, which is made where it is missing.

    :param size: in bytes; new ones are zero.
    :raises StoreError: the file cannot be used.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            if os.fstat(file.fileno()).st_size < size:
                file.truncate(size)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        reason = f"the file {path} cannot be used: {error.strerror}"
        raise StoreError(f"{reason}; let feedsvc write the file and its folder") from None
