"""Time limits of a connection: for sending a whole request, and for reading its answer."""

import asyncio
import fcntl
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

IDLE = 15.0
"""Seconds that a client has to send a whole request, and for which it may read nothing."""
LOOKS = 3
"""Looks at a connection in that time."""
SLOWEST = 1000
"""Bytes that a client must read in a second: less than the slowest mobile network carries."""


class ClientTimeout:
    """Ends a connection whose client does nothing that counts for IDLE seconds.

    A request counts when it is whole, however often a part of it comes.

    :param progressed: returns whether since its last call a request came whole, or this side was
        making an answer.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        progressed: Callable[[], bool],
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._progressed = progressed
        self._unread = 0
        """Bytes that the client had not read at the last look."""
        self._quiet = 0
        """Looks in a row without progress."""
        self._timer: asyncio.TimerHandle = cast("Any", None)

    def start(self) -> None:
        """Watch the connection from now on."""
        self._timer = self._loop.call_later(IDLE / LOOKS, self._look)

    def stop(self) -> None:
        """Stop watching."""
        self._timer.cancel()

    def give_way(self) -> bool:
        """End the connection if it made no progress lately. Return whether it did end."""
        if self._quiet:
            self._transport.abort()
        return self._quiet > 0

    def _look(self) -> None:
        unread = _unread(self._transport)
        enough = SLOWEST * IDLE / LOOKS if unread else 1
        reads = self._unread - unread >= enough
        self._unread = unread
        self._quiet = 0 if self._progressed() or reads else self._quiet + 1
        if self._quiet < LOOKS:
            self.start()
        else:
            self._transport.abort()


def _unread(transport: asyncio.Transport) -> int:
    """Return how many bytes that were sent have not reached the client."""
    unread = transport.get_write_buffer_size()
    with suppress(OSError):  # only Linux counts the bytes in its own buffer here
        queued = fcntl.ioctl(transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4))
        unread += struct.unpack("i", queued)[0]
    return unread
