"""Pause hosts that do not answer: they must not take the connections of others."""

from collections.abc import Callable
from datetime import datetime, timedelta

PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=16)
"""Time for which a paused host gets only deliveries that failed before: twice as long each time."""


class HostPauses:
    """Remembers which hosts are paused."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._paused = dict[str, tuple[datetime, timedelta]]()
        """Until when, and for how long."""

    def now(self) -> set[str]:
        """Return the hosts that are paused at this moment."""
        now = self._clock()
        return {host for host, (until, _) in self._paused.items() if now < until}

    def put(self, host: str, *, dead: bool) -> None:
        """Begin or end the pause of a host.

        :param dead: whether its last batch failed and took long.
        """
        _, last = self._paused.pop(host, (None, PAUSE / 2))
        if dead:
            pause = min(last * 2, LONGEST_PAUSE)
            self._paused[host] = self._clock() + pause, pause
