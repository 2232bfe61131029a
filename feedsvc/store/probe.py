"""Notice that a database server is away, and when it is back, without a wait for each request."""

import os
import socket
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, event

from feedsvc.errors import StoreAwayError, StoreVersionError

_PAUSE = 0.5
"""Seconds between two looks for statements that wait, and between two tries to reach the server."""
_SLOW = 1.0
"""Seconds that a statement may take before the server is asked whether it is there at all."""
_PATIENCE = 2
"""Seconds that the server has to take a connection."""


class Connected(Protocol):
    """A connection to the server."""

    def fileno(self) -> int:
        """Return the number of its socket."""
        ...


class Probe:
    """Refuses to ask a server that could not be reached, until a thread has reached it again.

    A network may be cut without a word, and a server may hang, so that a statement would wait for
    ever. The thread ends the ones that wait while the server takes no connection either.

    :param name: of the store, for messages.
    :param address: of the database, as PostgreSQL's own library takes it.
    """

    def __init__(self, name: str, address: str, options: Mapping[str, Any]) -> None:
        self._name = name
        self._address = address
        self._options: dict[str, Any] = {**options, "connect_timeout": _PATIENCE}
        self._lock = Lock()
        self._closed, self._awake = False, Event()
        self._thread: Thread | None = None
        self._reason: StoreAwayError | None = None
        self._asking: dict[object, tuple[float, Connected]] = {}
        """The connections in use, and since when."""

    def require(self) -> None:
        """Refuse at once while the server is away.

        :raises StoreAwayError: it is.
        """
        if self._reason:
            raise StoreAwayError(str(self._reason))

    @contextmanager
    def noticing(self) -> Generator[None]:
        """Notice where the server cannot be reached."""
        try:
            yield
        except StoreVersionError:
            raise  # it can be reached
        except StoreAwayError as error:
            self._reason = error
            self._start()
            self._awake.set()
            raise

    def watch(self, engine: Engine) -> None:
        """Watch all connections of an engine while they are in use, and refuse new ones."""

        def begin(connection: Connected, record: object, _proxy: object) -> None:
            self._begin(record, connection)

        def end(_connection: object, record: object) -> None:
            self._asking.pop(record, None)

        event.listen(engine, "do_connect", lambda *_: self.require())
        event.listen(engine, "checkout", begin)
        event.listen(engine, "checkin", end)

    @contextmanager
    def watching(self, connection: Connected) -> Generator[None]:
        """Watch a connection meanwhile: it may wait for the server for ever."""
        key = object()
        self._begin(key, connection)
        try:
            yield
        finally:
            self._asking.pop(key, None)

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._awake.set()
        if self._thread:
            self._thread.join()

    def _begin(self, key: object, connection: Connected) -> None:
        self._asking[key] = time.monotonic(), connection
        self._start()

    def _start(self) -> None:
        if self._thread:
            return
        with self._lock:
            if not (self._thread or self._closed):
                self._thread = Thread(target=self._watch, name="probe", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        while not self._closed:
            if self._reason or self._waiting():
                self._try()
            self._awake.wait(_PAUSE)
            self._awake.clear()

    def _waiting(self) -> list[Connected]:
        """Return the connections that have been in use for long."""
        slow = time.monotonic() - _SLOW
        return [it for since, it in list(self._asking.values()) if since < slow]

    def _try(self) -> None:
        """Try to reach the server; end the statements that wait where it does not react."""
        begun = time.monotonic()
        with suppress(psycopg.Error), psycopg.connect(self._address, **self._options):
            self._reason = None
            return
        if time.monotonic() - begun < _PATIENCE:
            return  # it refuses, so that its network tells of lost connections, too
        self._reason = self._reason or StoreAwayError(
            f"the store {self._name} does not answer; feedsvc goes on as soon as it does again"
        )
        for connection in self._waiting():  # as it is now
            # It may have been closed meanwhile.
            with suppress(OSError, psycopg.Error), _socket(connection) as end:
                end.shutdown(socket.SHUT_RDWR)


def _socket(connection: Connected) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))
