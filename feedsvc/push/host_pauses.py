"""Remember hosts that are slow or do not answer: they must not take the connections of others."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cachetools import LRUCache

PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=16)
"""Time for which a paused host gets only deliveries that failed before: twice as long each time."""
_MOST = 4_000
"""Hosts of each sort that are remembered: the store is asked about all of them each time."""


class HostPauses:
    """Remembers which hosts are paused, and which are slow."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._paused = LRUCache[str, tuple[datetime, timedelta]](_MOST)
        """Until when, and for how long."""
        self._slow = LRUCache[str, bool](_MOST)

    def now(self) -> set[str]:
        """Return the hosts that are paused at this moment."""
        now = self._clock()
        return {host for host, (until, _) in self._paused.items() if now < until}

    def slow(self) -> set[str]:
        """Return the hosts whose last deliveries took long."""
        return {*self._slow}

    def put(self, host: str, *, dead: bool, slow: bool) -> None:
        """Begin or end the pause of a host.

        :param dead: whether its last batch failed and took long.
        :param slow: whether each delivery of it took long.
        """
        _, last = self._paused.pop(host, (None, PAUSE / 2))
        if dead:
            pause = min(last * 2, LONGEST_PAUSE)
            self._paused[host] = self._clock() + pause, pause
        self._slow.pop(host, None)
        if slow:
            self._slow[host] = True
