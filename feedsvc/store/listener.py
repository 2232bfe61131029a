"""Hear of the changes of a store in PostgreSQL, for all processes of a machine (LISTEN)."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import AsyncConnection

from feedsvc.store.seen_changes import SeenChanges

log = logging.getLogger(__name__)

_ASK = "SELECT value FROM settings WHERE name = 'changes'"
_EVERY = 0.5
"""Seconds between two questions that show whether the connection still works."""
_PATIENCE = 2.0
"""Seconds to wait for an answer: a connection may be dead without a word."""
_PAUSE = 0.5
"""Seconds between two tries to connect."""


class Listener:
    """Moves the change counter of a machine as soon as another one has changed the store.

    :param address: of the database, as PostgreSQL's own library takes it.
    """

    def __init__(self, address: str, options: Mapping[str, Any], seen: SeenChanges) -> None:
        self._address = address
        self._options = options
        self._seen = seen
        self._away = False
        self._stopped = False

    def run(self) -> None:
        """Listen until ``stop``."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """End ``run`` soon."""
        self._stopped = True

    async def _run(self) -> None:
        while not self._stopped:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not self._away:
                    log.error("the store announces no changes, so it is asked: %s", error)
                self._away = True
            await asyncio.sleep(_PAUSE)

    async def _listen(self) -> None:
        connecting = AsyncConnection.connect(self._address, autocommit=True, **self._options)
        connection = await asyncio.wait_for(connecting, _PATIENCE)
        try:
            while not self._stopped:
                asking = asyncio.ensure_future(self._ask(connection))
                if not (await asyncio.wait({asking}, timeout=_PATIENCE))[0]:
                    connection.pgconn.finish()  # to end the question would wait for an answer, too
                await asking
                async for notice in connection.notifies(timeout=_EVERY):
                    self._seen.see(int(notice.payload))
        finally:
            await connection.close()

    async def _ask(self, connection: AsyncConnection[Any]) -> None:
        """Ask for the number of the last change, also in case that an announcement was lost."""
        await connection.execute("LISTEN feedsvc")
        row = await (await connection.execute(_ASK)).fetchone()
        self._seen.see(int(row[0]) if row else 0)
        self._seen.sign()
        if self._away:
            log.info("the store announces its changes again")
        self._away = False
