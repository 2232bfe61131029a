"""Work in threads, for which an event loop waits."""

from __future__ import annotations

import asyncio
import time
from threading import Event

import pytest

from feedsvc.push.event_loop import in_thread, run


def test_the_result_of_a_thread_is_awaited() -> None:
    assert run(in_thread(divmod, 7, 2)) == (3, 1)


def test_an_error_of_a_thread_is_raised_where_it_is_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        run(in_thread(divmod, 7, 0))


def test_a_thread_that_takes_too_long_is_left_alone() -> None:
    ended = Event()

    async def waits() -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await in_thread(ended.wait, 20)
        ended.set()
        await in_thread(time.sleep, 0.05)  # and the other thread ends, too
        return "done"

    assert run(waits()) == "done"


def test_the_end_of_a_loop_does_not_wait_for_a_thread() -> None:
    ended = Event()

    async def leaves() -> None:
        async with asyncio.timeout(0.01):
            await in_thread(ended.wait, 20)

    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        run(leaves())
    assert time.monotonic() - begun < 5
    ended.set()
