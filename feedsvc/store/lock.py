"""The right to publish: a lock on a file, which ends with the process that holds it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = "writer.lock"
"""The file to lock, in the state folder."""


@contextmanager
def try_lock(path: Path) -> Generator[bool]:
    """Hold a lock, which one thread of one process has at a time, if it is free; yield whether.

    :param path: of the file to lock; it is made if need be, and never removed.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
