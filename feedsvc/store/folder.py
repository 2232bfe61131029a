"""The state folder: only its owner reads the store, which has articles under embargo."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from feedsvc.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The rights of a file's group and of all others."""


def make_private(folder: Path, store: Path) -> None:
    """Make a state folder where it is missing, and take the rights of other users from it.

    Where the store is in it, all files lose them, too. A folder that many users share by its
    sticky bit, such as /tmp, stays as it is.

    :raises StoreError: it cannot be made.
    """
    try:
        folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        shared = folder.stat().st_mode & stat.S_ISVTX
        files = [path for path in folder.iterdir() if path.is_file()] if store.exists() else []
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be made: {error.strerror}") from None
    for path in () if shared else (folder, *files):
        with suppress(OSError):  # another process may remove it, or another user own it
            mode = path.stat().st_mode
            if mode & _OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def make_file(path: Path) -> None:
    """Make a file that only its owner can read, where it is missing.

    Where that is not possible, the error is left to the library that opens the file.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
