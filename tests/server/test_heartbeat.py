from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from feedsvc.server import heartbeat
from feedsvc.server.heartbeat import MISSED, Heartbeat


class Loop:
    """An event loop that runs one step at a time."""

    def call_later(self, _delay: float, turn: Callable[[], None]) -> None:
        self.turn = turn


def test_only_a_loop_that_had_begun_can_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "INTERVAL", 0.0)
    worker, loop = Heartbeat(), Loop()
    assert not any(worker.stopped() for _ in range(2 * MISSED))
    worker.begin(as_any(loop))
    for _ in range(300):
        assert not worker.stopped()
        loop.turn()
    assert [worker.stopped() for _ in range(MISSED + 1)] == [False] * MISSED + [True]
    loop.turn()
    assert not worker.stopped()


def test_checks_in_quick_succession_count_once() -> None:
    worker, loop = Heartbeat(), Loop()
    worker.begin(as_any(loop))
    assert not any(worker.stopped() for _ in range(2 * MISSED))


def as_any(value: object) -> Any:
    return value
