"""The right to publish: a lock on a file, which ends with the process that holds it."""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from feedsvc.config.regular_file import open_regular
from feedsvc.errors import StoreError

LOCK_FILE = "writer.lock"
"""The file to lock, in the state folder."""
EDIT_LOCK_FILE = "edits.lock"
"""The file that is locked while a program changes records, in the state folder."""
_PAUSE = 0.001
"""Seconds between two tries to take a lock."""


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


@contextmanager
def wait_for_lock(path: Path, seconds: float) -> Generator[bool]:
    """Hold a lock as soon as it is free; yield whether that was so in time."""
    end = time.monotonic() + seconds
    while True:
        with try_lock(path) as mine:
            if mine or time.monotonic() > end:
                yield mine
                return
        time.sleep(_PAUSE)


@contextmanager
def publishing_mark(config_file: Path) -> Generator[None]:
    """Mark a newsroom as published, so that a command with another store can notice.

    The mark is a shared lock on config.toml, which works in a folder that is read-only, too.
    """
    try:
        file = open_regular(config_file)
    except (OSError, ValueError):  # it may be gone for a moment
        yield
        return
    with file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def is_published_elsewhere(state: Path, config_file: Path) -> bool:
    """Return whether a process publishes a newsroom, but into another store than this one."""
    lock = state / LOCK_FILE
    if lock.exists():
        with try_lock(lock) as free:
            pass
        if not free:
            return False
    try:
        with open_regular(config_file) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, ValueError):  # or this disk has no such locks
        pass
    return False


def require_one_store(state: Path, config_file: Path) -> None:
    """Refuse to work with a store beside the one into which a process publishes.

    :raises StoreError: there is such a process.
    """
    if is_published_elsewhere(state, config_file):
        raise StoreError(
            f"a process publishes this newsroom into another store than {state}; set [server] "
            "state in config.toml to its folder, so that all use the one"
        )
