"""Save and delete files so that none is ever seen incomplete, not even after a power failure."""

import errno
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from feedsvc.errors import DiskError, EditError, PageError

CHANGED_MEANWHILE = "somebody else changed it just now; look at it and try again"
"""The reason why a record is not written over."""
_ADVICE = {
    errno.EACCES: "give feedsvc the right to write in the file's folder",
    errno.EROFS: "mount the disk so that it can be written to",
    errno.ENOSPC: "make room on the disk, and try again",
    errno.EDQUOT: "make room on the disk, and try again",
}


def write_record(
    target: Path,
    content: str | bytes,
    *,
    replace: bool = False,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Write a file that is never seen incomplete, not even after a power failure.

    :param replace: overwrite a file that exists.
    :param check: called with the complete file just before it gets its name; if it raises,
        everything stays as it was.
    :raises PageError: the file exists.
    :raises OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name that begins with a dot is no record, so the file is not read while incomplete.
    draft = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with draft.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(draft)
        if replace:
            draft.replace(target)
        else:
            _give_name(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)


def replace_record(file: Path, before: bytes, after: bytes, name: str) -> None:
    """Replace the bytes of a record; it keeps its place, its owner and its permissions.

    :param before: the bytes that it has.
    :raises EditError: it cannot be written, or another program changed it at the same time.
    """
    if after == before:
        return

    def prepare(draft: Path) -> None:
        status = target.stat()
        for owner in ((-1, status.st_gid), (status.st_uid, -1)):
            with suppress(OSError):  # only root may give files away
                os.chown(draft, *owner)
        draft.chmod(stat.S_IMODE(status.st_mode))
        if target.read_bytes() != before:
            raise EditError(f"{name}: {CHANGED_MEANWHILE}")

    try:
        target = file.resolve()
        write_record(target, after, replace=True, check=prepare)
    except OSError as error:
        raise unwritable(name, error) from None


def unwritable(name: str, error: OSError) -> DiskError:
    """Return the error of a file that cannot be written, with advice."""
    advice = _ADVICE.get(error.errno or 0, "mend that, and try again")
    return DiskError(f"{name}: cannot be written: {error.strerror}; {advice}")


def delete_record(file: Path, name: str) -> None:
    """Delete a record; it is gone for sure when this returns.

    :raises DiskError: it cannot be deleted.
    """
    try:
        file.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except OSError as error:
        raise unwritable(name, error) from None


def _give_name(draft: Path, target: Path) -> None:
    """Give a file its name, unless another file has it."""
    try:
        target.hardlink_to(draft)
    except OSError as error:
        if isinstance(error, FileExistsError) or target.exists():
            raise PageError(f"{target} is there already; --replace writes over it") from None
        # Some file systems have no hard links; there, two imports at once could meet.
        draft.replace(target)


def _sync_folder(folder: Path) -> None:
    """Write a folder, and with it the names in it, to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
