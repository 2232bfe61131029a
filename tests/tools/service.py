"""``feedsvc serve`` as a process of its own, and the means to wait for its effects."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from feedsvc.cli.init import newsroom
from tests.tools.programs import children


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until a condition holds; fail if it does not in time.

    To ask costs processor time, so a long wait asks seldom, and takes up to a twentieth longer.
    """
    begun = time.monotonic()
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        waited = time.monotonic() - begun
        assert waited < seconds, "waited in vain"
        time.sleep(min(max(0.02, waited / 20), 0.25))


def free_port() -> int:
    """Return a port that no process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Service:
    """``feedsvc serve`` in a process of its own."""

    def __init__(self, root: Path, *options: str, port: int = 0) -> None:
        self.root = root
        self.port = port or free_port()
        self.log = root / "serve.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedsvc", "serve", "--port", str(self.port), *options],
                cwd=root,
                stdout=log,
                stderr=log,
                env={**os.environ, "FEEDSVC_CONFIG": str(root / "config.toml")},
            )

    def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
            )
            answer = connection.getresponse()
            body = answer.read().decode()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body
        finally:
            connection.close()

    def shows(self, text: str, path: str = "/rss.xml") -> bool:
        return text in self.get(path)[2]

    def wait(self) -> Service:
        try:
            until(lambda: self.get("/readyz")[0] == 200)
        except AssertionError:
            self.end()
            raise
        return self

    def children(self) -> list[int]:
        """Return the processes that serve started, the workers and the publisher."""
        return children(self.process.pid)

    def end(self) -> str:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return self.log.read_text()


def serve_sample(root: Path) -> Service:
    """Start a service for a copy of the sample newsroom, and wait until it is ready."""
    shutil.copyfile(newsroom() / "config.toml", root / "config.toml")
    shutil.copytree(newsroom() / "articles", root / "articles")
    return Service(root).wait()


def serve_without_files(root: Path) -> Service:
    """Start a service whose records are in the store, with none yet, and wait until it is ready."""
    config = (newsroom() / "config.toml").read_text(encoding="utf-8")
    config = config.replace('in = "folder"', 'in = "database"')
    (root / "config.toml").write_text(config, encoding="utf-8")
    return Service(root).wait()
