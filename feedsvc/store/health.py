"""The health of publishing in shared memory, which needs no room on a full disk."""

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

from feedsvc.errors import StoreError
from feedsvc.store.shared_memory import SHARED_FILE, SharedFile

LATE = 15.0
"""Seconds without a look at the files after which the publisher counts as stuck."""
_REASON = 1000
"""Bytes of a reason, at most."""
_LOOKED = struct.Struct("=d")
_FAULT = struct.Struct(f"=d{_REASON}s")
"""Since when, in seconds since 1970, and why."""
_START = 64
"""The place of all this in the shared file: the change counter stands before it."""
_PUBLISHING = _START + _LOOKED.size
_CONFIGURATION = _PUBLISHING + _FAULT.size
_SIZE = _CONFIGURATION + _FAULT.size


class Fault(NamedTuple):
    """A fault that lasts."""

    since: float
    """Seconds since 1970."""
    reason: str


class Health(NamedTuple):
    """The health of publishing at one moment."""

    looked: float | None
    """When a publisher last looked for changes, in seconds since 1970; None if none ever did."""
    failed: Fault | None
    """Why nothing can be published, if so."""
    refused: Fault | None
    """Why ``serve`` refused the present config.toml, if so."""

    def silent(self, now: float) -> float | None:
        """Return the seconds since a publisher last looked; None if none ever did."""
        return None if self.looked is None else max(0.0, now - self.looked)


class HealthFile:
    """Where publisher and supervisor record their state, and all processes read it."""

    def __init__(self, folder: Path) -> None:
        self._file = SharedFile(folder / SHARED_FILE, _SIZE)

    def look(self, now: float, pause: float = 0.0) -> None:
        """Record that the publisher looks for changes.

        :param pause: seconds until it looks again.
        """
        _LOOKED.pack_into(self._file.latest(), _START, now + pause)

    def publishing(self, now: float, failure: str) -> None:
        """Record why nothing can be published; an empty reason means that all is well."""
        self._record(_PUBLISHING, now, failure)

    def configuration(self, now: float, refusal: str) -> None:
        """Record why config.toml is refused; an empty reason means that it is in use."""
        self._record(_CONFIGURATION, now, refusal)

    def read(self) -> Health:
        """Return the present state."""
        return _health(self._file.latest())

    def _record(self, place: int, now: float, reason: str) -> None:
        memory = self._file.latest()
        before = _fault(memory, place)
        since = (before.since if before else now) if reason else 0.0
        text = reason.encode()[:_REASON]
        _FAULT.pack_into(memory, place, since, text)


def read_health(folder: Path) -> Health:
    """Return the state that is recorded in a state folder; nothing is made there."""
    try:
        data = (folder / SHARED_FILE).read_bytes()
    except FileNotFoundError:
        return Health(None, None, None)
    except OSError as error:
        raise StoreError(f"{folder / SHARED_FILE} cannot be read: {error.strerror}") from None
    return _health(data.ljust(_SIZE, b"\0"))


def _health(memory: bytes | mmap.mmap) -> Health:
    (looked,) = _LOOKED.unpack_from(memory, _START)
    return Health(looked or None, _fault(memory, _PUBLISHING), _fault(memory, _CONFIGURATION))


def _fault(memory: bytes | mmap.mmap, place: int) -> Fault | None:
    since, reason = _FAULT.unpack_from(memory, place)
    return Fault(since, reason.rstrip(b"\0").decode(errors="ignore")) if since else None
