from __future__ import annotations

import asyncio
from typing import Any

from feedsvc.server.concurrency_limit import ConcurrencyLimit


def test_no_more_than_so_many_wait_for_flask() -> None:
    async def go() -> list[int]:
        gate, statuses = asyncio.Event(), list[int]()

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            await gate.wait()
            await send({"type": "http.response.start", "status": 200})

        async def send(message: Any) -> None:
            if "status" in message:
                statuses.append(message["status"])
                if message["status"] == 429:
                    assert (b"retry-after", b"2") in message["headers"]
            else:
                assert b"ask again" in message["body"]

        bounded: Any = ConcurrencyLimit(app, 2)  # pyright: ignore[reportArgumentType]
        held = [asyncio.create_task(bounded({}, None, send)) for _ in range(2)]
        await asyncio.sleep(0)
        await bounded({}, None, send)
        gate.set()
        await asyncio.gather(*held)
        await bounded({}, None, send)
        return statuses

    assert asyncio.run(go()) == [429, 200, 200, 200]
