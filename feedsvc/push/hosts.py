"""Share the jobs of a group among other servers: one that is dead must not hold up all others."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REST = 5
"""How many times as long as a failed job took its host is left alone: so one that never answers
takes a sixth of the time of a thread."""


class Hosts:
    """Counts the jobs that are under way by the hosts of their keys.

    A key is an address, or a host, a space and more. Safe to share between threads.

    :param most: jobs of a host at once; of one whose last job failed, it is one.
    :param seconds: returns the time of a clock that is never set back.
    """

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._lock = Lock()
        self._running = Counter[str]()
        self._resting: dict[str, float] = {}
        """By host, until when it is left alone; the ones whose last job failed."""

    def full(self) -> tuple[str, ...]:
        """Return the beginnings of the keys of jobs that wait, as their host has enough."""
        now = self._seconds()
        with self._lock:
            resting = {host for host, end in self._resting.items() if end > now}
            limits = {host: 1 if host in self._resting else self._most for host in self._running}
            full = {host for host, most in limits.items() if self._running[host] >= most}
        return tuple(sorted(resting | full))

    def begin(self, key: str) -> Callable[[bool], None]:
        """Count a job; return the function that is called at its end, with whether it succeeded."""
        host, begun = _host(key), self._seconds()
        with self._lock:
            self._running[host] += 1

        def end(succeeded: bool) -> None:
            now = self._seconds()
            with self._lock:
                self._running[host] -= 1
                if not self._running[host]:
                    del self._running[host]
                self._resting.pop(host, None)
                if not succeeded:
                    self._resting[host] = now + _REST * (now - begun)

        return end


def _host(key: str) -> str:
    """Return the beginning of a key that the keys of its host have in common."""
    host, space, _ = key.partition(" ")
    return f"{host} " if space else f"{'/'.join(key.split('/', 3)[:3])}/"
