"""Writes of programs are carried out by the process that publishes.

It has a higher priority than the processes that answer readers, and its threads do not wait for the
ones that do. A process hands over one end of a new pipe, by one that all have since
before they were forked; so each notices the end of the other one.
"""

import logging
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from threading import Condition, Lock, Thread
from typing import Any, cast

from msgspec import Struct

from feedsvc.errors import BusyError, FeedsvcError
from feedsvc.publishing.stored_record import StoredRecord
from feedsvc.publishing.writes import Values, Write, Writer, Written

log = logging.getLogger(__name__)

_PATIENCE = 0.5
"""Seconds in which the process that publishes must take a connection."""
_ALONE = 5.0
"""Seconds for which a process writes by itself, after it waited in vain."""
DRAIN = 5.0
"""Seconds that writes have to end before their process does."""
_READY = "ready"


class WriterLink:
    """The way from the processes that take requests to the one that writes."""

    def __init__(self) -> None:
        self._near, self._far = Pipe()
        os.set_blocking(self._near.fileno(), False)

    def connect(self) -> Connection | None:
        """Return a connection to the process that writes; None where there is none."""
        ours, theirs = Pipe()
        connection = cast("Connection", ours)
        try:
            with theirs:
                send_handle(self._near, theirs.fileno(), None)
            if connection.poll(_PATIENCE) and connection.recv():
                return connection
        except (EOFError, OSError):
            pass  # too many wait already, or that process has just ended
        connection.close()
        return None

    def accept(self) -> Connection:
        """Wait for a process that connects, and return the connection."""
        return Connection(recv_handle(self._far))


class _EndedError(Exception):
    """The process of the request has ended."""


class _Call(Struct, frozen=True):
    """A call of the function that a write has, in the process of its request."""

    values: tuple[Any, ...]


class LinkedWriter:
    """Writes articles by the process at the other end, or by itself where that does not answer.

    It has the methods of ``Writer``.

    :param alone: writes articles in this process.
    """

    def __init__(self, alone: Writer, link: WriterLink) -> None:
        self._alone = alone
        self._link = link
        self._lock = Lock()
        self._idle: list[Connection] = []
        self._alone_until = 0.0
        self.find, self.article, self.put_many = alone.find, alone.article, alone.put_many

    def put(self, article_id: str, values: Values, write: Write, /) -> Written:
        """Write an article as a whole."""
        given = article_id, values, write
        return self._linked("put", *given) or self._alone.put(*given)

    def patch(self, article_id: str, patch: Values, write: Write, /) -> Written:
        """Change an article by a merge patch."""
        given = article_id, patch, write
        return self._linked("patch", *given) or self._alone.patch(*given)

    def create(self, values: Values, write: Write, minted: Callable[[str], None], /) -> Written:
        """Write a new article."""
        given = values, write, minted
        return self._linked("create", *given) or self._alone.create(*given)

    def change(
        self, article_id: str, revise: Callable[[StoredRecord], dict[str, Any]], write: Write, /
    ) -> Written:
        """Give an article that is there the content that a function returns."""
        given = article_id, revise, write
        return self._linked("change", *given) or self._alone.change(*given)

    def delete(self, article_id: str, write: Write, /) -> Written:
        """Delete the record of an article."""
        given = article_id, write
        return self._linked("delete", *given) or self._alone.delete(*given)

    def _linked(self, method: str, *given: Any) -> Written | None:
        """Return the result of a write by the other process; None where there is none.

        :raises FeedsvcError: it was not written.
        """
        connection = self._connection()
        if connection is None:
            return None
        functions = [it for it in given if callable(it)]
        try:
            connection.send((method, [_Call(()) if callable(it) else it for it in given]))
            answer = connection.recv()
            while isinstance(answer, _Call):
                connection.send(_result(functions[0], *answer.values))
                answer = connection.recv()
        except (EOFError, OSError):
            raise BusyError("the process that publishes has ended; look, and try again") from None
        with self._lock:
            self._idle.append(connection)
        return _unwrapped(answer)

    def _connection(self) -> Connection | None:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if not connection.poll():
                    return connection
                connection.close()  # the process at the other end has ended
        if time.monotonic() < self._alone_until:
            return None
        connection = self._link.connect()
        if connection is None:
            self._alone_until = time.monotonic() + _ALONE
        return connection


class WriterService:
    """Carries out the writes of all processes, each in a thread."""

    def __init__(self, writer: Writer, link: WriterLink) -> None:
        self._link = link
        self._methods: dict[str, Callable[..., Written]] = {
            "put": writer.put,
            "patch": writer.patch,
            "create": writer.create,
            "change": writer.change,
            "delete": writer.delete,
        }
        self._running = 0
        self._changed = Condition()

    def start(self) -> None:
        """Carry out writes in threads, for as long as the process lives."""
        Thread(target=self._accept, name="writes", daemon=True).start()

    def drain(self) -> None:
        """Wait until the writes that have begun are answered, for some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, DRAIN)

    def _accept(self) -> None:
        while True:
            arguments = (self._link.accept(),)
            Thread(target=self._serve, args=arguments, name="write", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError, OSError, _EndedError):
            connection.send(_READY)
            while True:
                method, given = connection.recv()
                with self._counted():
                    self._carry_out(connection, method, given)

    def _carry_out(self, connection: Connection, method: str, given: Sequence[Any]) -> None:
        def call(*values: Any) -> Any:
            try:
                connection.send(_Call(values))
                result = connection.recv()
            except (EOFError, OSError):
                raise _EndedError from None
            return _unwrapped(result)

        arguments = [call if isinstance(it, _Call) else it for it in given]
        connection.send(_result(self._methods[method], *arguments))

    @contextmanager
    def _counted(self) -> Generator[None]:
        with self._changed:
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def _result(function: Callable[..., Any], *values: Any) -> Any:
    """Return the result of a function, or its error."""
    try:
        return function(*values)
    except _EndedError:
        raise
    except FeedsvcError as error:
        return error
    except Exception as error:  # a bug is an error of its request alone
        log.exception("a write failed")
        return RuntimeError(repr(error))


def _unwrapped(result: Any) -> Any:
    """Return a result, or raise the error that it is."""
    if isinstance(result, Exception):
        raise result
    return result
