"""The right to publish: a lock on a file, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """The right to publish, held by one process (and one thread of it) at a time.

    :param path: of the file to lock; it is made if need be, and never removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def trying(self) -> Generator[bool]:
        """Hold the lock if it is free; yield whether it was."""
        with self._path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
