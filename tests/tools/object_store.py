"""A server that speaks the protocol of S3, with its bucket in a folder: ``rclone serve s3``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import obstore
from obstore.store import S3Store

from tests.tools.service import free_port, until

KEYS = {"AWS_ACCESS_KEY_ID": "quay", "AWS_SECRET_ACCESS_KEY": "harbour-harbour"}
"""The environment of a program that may use the server."""
BUCKET = "feeds"
RCLONE = Path(sys.executable).parent / "rclone"


class S3Server:
    """A server on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / BUCKET).mkdir()
        self._places = 0
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = {
            "addr": f"127.0.0.1:{self.port}",
            "auth-key": ",".join(KEYS.values()),
            "config": os.devnull,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [RCLONE, "serve", "s3", *given, str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers)

    def _answers(self) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)

    def pause(self) -> None:
        """Answer no request until ``resume``."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def place(self) -> str:
        """Return the address of an empty place in the bucket, where the methods below look."""
        self._places += 1
        return f"s3://{BUCKET}/{self._prefix}?endpoint={self.url}"

    @property
    def _prefix(self) -> str:
        return f"quay-{self._places}"

    @property
    def path(self) -> Path:
        """Return the folder of the place."""
        return self.folder / BUCKET / self._prefix

    def listed(self) -> list[str]:
        """Return the keys of the place, as they are on the disk."""
        files = (it for it in self.path.rglob("*") if it.is_file())
        return sorted(it.relative_to(self.path).as_posix() for it in files)

    @property
    def store(self) -> S3Store:
        access = dict(zip(("access_key_id", "secret_access_key"), KEYS.values(), strict=True))
        return S3Store(
            BUCKET,
            prefix=self._prefix,
            endpoint=self.url,
            client_options={"allow_http": True},
            **access,
        )

    def get(self, key: str) -> tuple[bytes, dict[str, str]]:
        """Return an object, and the headers with which it is given out."""
        answer = obstore.get(self.store, key)
        return bytes(answer.bytes()), {str(name): str(it) for name, it in answer.attributes.items()}
