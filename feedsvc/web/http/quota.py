"""Count the requests of each token in a minute, in memory that all processes share."""

import mmap
import struct
from hashlib import blake2b
from typing import NamedTuple

WINDOW = 60
"""Seconds in which requests are counted together."""
_SLOT = struct.Struct("=QQ")
"""A slot: fingerprint of token and minute; and its count."""
_SLOTS = 4096
SIZE = _SLOTS * _SLOT.size
"""Bytes of the memory."""


class Remaining(NamedTuple):
    """The state of a quota after a request."""

    requests: int
    """That are left; negative where this one was too many."""
    seconds: int
    """Until all are available again."""


class Quota:
    """Counts the requests of tokens.

    :param memory: shared by all processes.
    :param most: requests in a window; 0 for any number.
    """

    def __init__(self, memory: mmap.mmap, most: int) -> None:
        self._memory = memory
        self.most = most

    def take(self, name: str, now: float) -> Remaining:
        """Count a request of a token."""
        window = int(now) // WINDOW
        digest = blake2b(f"{name} {window}".encode(), digest_size=8).digest()
        fingerprint = int.from_bytes(digest)
        slot = int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) % _SLOTS * _SLOT.size
        known, count = _SLOT.unpack_from(self._memory, slot)
        count = count + 1 if known == fingerprint else 1
        _SLOT.pack_into(self._memory, slot, fingerprint, count)
        return Remaining(self.most - count, (window + 1) * WINDOW - int(now))
