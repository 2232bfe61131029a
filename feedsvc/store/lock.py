"""Who may write: a lock on a file, which ends with the process that holds it, however it ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class Lock:
    """The right to publish, held by one process (and one thread of it) at a time."""

    def __init__(self, path: Path) -> None:
        """Take the file to lock; it is made if need be, and never removed."""
        self._path = path

    @contextmanager
    def trying(self) -> Generator[bool]:
        """Hold the lease if nobody has it; tell whether."""
        with self._path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
