"""Processes of ``serve`` are killed while programs write: no answered write is lost or half."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.conftest import KeptIn
from tests.tools.service import Service, serve_sample, serve_without_files, until
from tests.whole.test_api import call, token

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("FEEDSVC_API_KILLS", "5"))
EVERYTHING = 8
"""One kill of so many is of all processes, and ``serve`` is started again."""


def story(name: str, version: int) -> dict[str, str]:
    """Return an article whose every part names its version."""
    return {
        "headline": f"{name} version {version}",
        "published": "2026-11-21 08:30",
        "body": f"Body {version}. " * (1 + 97 * version % 300) + f"End of {version}.",
    }


class Writer(threading.Thread):
    """A program that writes a few articles again and again, whatever happens."""

    def __init__(self, service: Service, secret: str, number: int) -> None:
        super().__init__(daemon=True)
        self.names = [f"writer-{number}-{it}" for it in range(3)]
        self.sent = dict.fromkeys(self.names, 0)
        self.answered = dict.fromkeys(self.names, 0)
        self.end = threading.Event()
        self._service, self._secret = service, secret

    def run(self) -> None:
        version = 0
        while not self.end.is_set():
            version += 1
            name = self.names[version % len(self.names)]
            self.sent[name] = version
            try:
                path = f"/articles/local/{name}"
                status, *_ = call(self._service, self._secret, "PUT", path, story(name, version))
            except (OSError, HTTPException, ValueError):  # the process was killed
                time.sleep(0.02)
            else:
                assert status in (200, 201, 503), status
                if status != 503:
                    self.answered[name] = version


def kill(service: Service, chance: random.Random) -> None:
    """Kill one process, or all; another one takes its place."""
    if chance.randrange(EVERYTHING):
        if children := service.children():
            with suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)
        return
    children = service.children()
    service.process.kill()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    service.process.wait()
    service.process = Service(service.root, port=service.port).process
    service.wait()


@pytest.mark.parametrize(("kept_in", "kills"), [("folder", KILLS), ("database", KILLS // 2)])
def test_no_answered_write_is_lost(tmp_path: Path, kept_in: KeptIn, kills: int) -> None:
    chance = random.Random(7)
    service = serve_sample(tmp_path) if kept_in == "folder" else serve_without_files(tmp_path)
    try:
        secret = token(tmp_path)
        writers = [Writer(service, secret, number) for number in range(3)]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 0.5))
            kill(service, chance)
        until(lambda: sum(sum(writer.answered.values()) for writer in writers) > kills)
        for writer in writers:
            writer.end.set()
        for writer in writers:
            writer.join()
        service.wait()
        check(service, secret, writers)
        assert (tmp_path / "articles").exists() == (kept_in == "folder")
    finally:
        service.end()


def check(service: Service, secret: str, writers: list[Writer]) -> None:
    """Check that each article is whole, in its file and in the feeds, and none is older."""
    for writer in writers:
        for name in writer.names:
            status, values, _ = call(service, secret, "GET", f"/articles/local/{name}")
            if status == 404:
                assert writer.answered[name] == 0
                continue
            version = int(values["headline"].rpartition(" ")[2])
            assert writer.answered[name] <= version <= writer.sent[name]
            assert {key: values[key] for key in ("headline", "published", "body")} == story(
                name, version
            )
            until(lambda text=values["headline"]: service.shows(f"{text}<", "/local/rss.xml"))
