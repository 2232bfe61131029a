"""The newest change of a shared store that any process of this machine has seen."""

import struct
import time
from math import inf
from pathlib import Path

from sqlalchemy import Connection

from feedsvc.store.change_counter import ChangeCounter
from feedsvc.store.lock import wait_for_lock
from feedsvc.store.shared_memory import SHARED_FILE, SharedFile

LOCK_FILE = "seen.lock"
"""The file, in the state folder, that is locked while a change is recorded."""
_NUMBER, _HEARD = struct.Struct("=q"), struct.Struct("=d")
_START = 16
"""The place of the number in the shared file: the change counter stands before it."""
_SIGN = _START + _NUMBER.size
"""The place of the moment of the last sign of life, by the clock of the machine."""
_PATIENCE = 5.0
"""Seconds to wait for another process that records a change, which takes microseconds."""


def number_of(connection: Connection) -> int:
    """Return the number of the last change in the state that a transaction reads; 0 in a file."""
    return int(connection.info.get("answer", 0))


class SeenChanges:
    """Counts the changes of a store that other machines write, too.

    A process that reads a newer state of the store moves the change counter before it answers. So
    no process of this machine answers with an older state afterwards.

    :param folder: the state folder of this machine.
    :param counter: the counter of its processes.
    """

    def __init__(self, folder: Path, counter: ChangeCounter) -> None:
        self._file = SharedFile(folder / SHARED_FILE, _SIGN + _HEARD.size)
        self._lock = folder / LOCK_FILE
        self._counter = counter
        counter.silence, counter.newest = self.silence, self.newest

    def see(self, number: int) -> None:
        """Record the number of the last change in a state that was read or written.

        It may be lower than the last one, as after a restore.
        """
        if number == self.newest():
            return
        with wait_for_lock(self._lock, _PATIENCE):
            # First the counter: another process that finds the number does not move it.
            self._counter.end(self._counter.begin())
            _NUMBER.pack_into(self._file.latest(), _START, number)

    def sign(self) -> None:
        """Record that the store announces its changes to this machine."""
        _HEARD.pack_into(self._file.latest(), _SIGN, time.monotonic())

    def silence(self) -> float:
        """Return the seconds since the last sign of life; infinite since the machine started."""
        (heard,) = _HEARD.unpack_from(self._file.memory, _SIGN)
        silence = time.monotonic() - heard
        return silence if heard and silence >= 0 else inf

    def newest(self) -> int:
        """Return the number of the newest change that this machine has seen."""
        return _NUMBER.unpack_from(self._file.latest(), _START)[0]
