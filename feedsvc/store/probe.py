"""Notice that a database server is away, and when it is back, without a wait for each request."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any

import psycopg

from feedsvc.errors import StoreAwayError, StoreVersionError

_PAUSE = 0.5
"""Seconds between two tries to reach the server."""


class Probe:
    """Refuses to ask a server that could not be reached, until a thread has reached it again.

    :param address: of the database, as PostgreSQL's own library takes it.
    """

    def __init__(self, address: str, options: Mapping[str, Any]) -> None:
        self._address = address
        self._options = options
        self._lock = Lock()
        self._closed = Event()
        self._reason: StoreAwayError | None = None

    def require(self) -> None:
        """Refuse at once while the server is away.

        :raises StoreAwayError: it is.
        """
        if self._reason:
            raise StoreAwayError(str(self._reason))

    @contextmanager
    def watching(self) -> Generator[None]:
        """Notice where the server cannot be reached."""
        try:
            yield
        except StoreVersionError:
            raise  # it can be reached
        except StoreAwayError as error:
            with self._lock:
                first, self._reason = self._reason is None, error
            if first:
                Thread(target=self._try, name="probe", daemon=True).start()
            raise

    def _try(self) -> None:
        while self._reason and not self._closed.is_set():
            with suppress(psycopg.Error), psycopg.connect(self._address, **self._options):
                self._reason = None
                return
            self._closed.wait(_PAUSE)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
