"""A proxy in front of PostgreSQL, whose connections can die without a word."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class SilentProxy:
    """A port that leads to a server's socket, as the network between two machines does.

    :param folder: of the server's socket.
    """

    def __init__(self, folder: Path) -> None:
        self._server = str(folder / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._cut = threading.Event()
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, url: str, user: str = "feedsvc") -> str:
        """Return the address of a database of the server by way of this proxy."""
        name = url.partition("@/")[2].partition("?")[0]
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{name}"

    def cut(self) -> None:
        """Drop all bytes from now on, without a word to either side."""
        self._cut.set()

    def heal(self) -> None:
        """Pass bytes on again; the old connections have lost some, so they are reset."""
        ends, self._ends = self._ends, []
        for end in ends:
            _reset(end)
        self._cut.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._ends.append(client)
                if not self._cut.is_set():  # else it is as if the first packet never came
                    self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._server)
        except OSError:  # the server is down
            _reset(server)
            _reset(client)
            return
        self._ends.append(server)
        for pair in ((client, server), (server, client)):
            threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not self._cut.is_set():
                    target.sendall(data)
        if not self._cut.is_set():  # the end of a connection is not heard of either
            _reset(target)

    def close(self) -> None:
        """End all connections."""
        _reset(self._listener)
        self.heal()


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
