"""Several machines with one store: each hears of changes, and one publishes at a time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CONFIG, article
from tests.tools.postgres import PostgresServer, postgres_server
from tests.tools.service import Service, until

pytestmark = pytest.mark.postgres

REPLACED = 10.0
"""Seconds after which another machine publishes."""


class Machines:
    """Services in folders of their own, with the records on a disk that all share."""

    def __init__(self, root: Path, server: PostgresServer, url: str) -> None:
        self.root = root
        self.server = server
        self.url = url
        self.articles = root / "articles"
        self.articles.mkdir()
        self.write("alpha")
        self.services = [self.start(name) for name in ("one", "two", "three")]
        for service in self.services:
            service.wait()

    def start(self, name: str) -> Service:
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        (folder / "articles").unlink(missing_ok=True)
        (folder / "articles").symlink_to(self.articles)
        (folder / "config.toml").write_text(f'{CONFIG}[store]\nurl = "{self.url}"\n')
        return Service(folder)

    def write(self, name: str, **keys: str) -> None:
        (self.articles / f"{name}.md").write_text(article(f"Story {name}", **keys))

    def show(self, name: str, services: list[Service] | None = None) -> None:
        """Wait until services show a story."""
        for service in services or self.services:
            until(lambda it=service: it.shows(f"Story {name}"), REPLACED)

    def publisher(self) -> Service:
        """Return the service that publishes: only that one looks for changes."""

        def looks(service: Service) -> bool:
            lines = service.get("/readyz?verbose")[2].splitlines()
            return any(it.endswith((" 0 s ago", " 1 s ago", " 2 s ago")) for it in lines)

        until(lambda: any(map(looks, self.services)), REPLACED)
        return next(filter(looks, self.services))

    def signal(self, service: Service, number: int) -> None:
        """Send a signal to all processes of a machine."""
        for process in (service.process.pid, *service.children()):
            os.kill(process, number)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with postgres_server() as server, server.databases() as make:
        machines = Machines(tmp_path, server, make())
        yield machines
        for service in machines.services:
            service.end()


def restart_without_store(machines: Machines, before: tuple[int, dict[str, str], str]) -> None:
    """Restart a machine while the store is away: it has its feeds on its disk."""
    old = machines.services.pop()
    old.end()
    service = machines.start(old.root.name)
    machines.services.append(service)
    until(lambda: service.get("/livez")[0] == 200)
    status, headers, text = service.get("/rss.xml")
    assert (status, headers["etag"], text) == (200, before[1]["etag"], before[2])
    assert "Story bravo" not in text
    status, headers, _ = service.get("/nowhere/rss.xml")
    assert (status, headers["retry-after"]) == (503, "5")
    assert service.get("/readyz")[::2] == (503, "not ready: the store is away\n")
    assert "feeds are answered that this machine keeps" in service.log.read_text()


def test_machines_replace_each_other_and_outlast_their_store(machines: Machines) -> None:
    machines.show("alpha")
    paused = machines.publisher()
    others = [it for it in machines.services if it is not paused]

    machines.signal(paused, signal.SIGSTOP)
    machines.write("bravo")
    machines.show("bravo", others)
    machines.signal(paused, signal.SIGCONT)
    machines.show("bravo")

    # It may look for changes once more before it notices that another one publishes.
    until(lambda: machines.publisher() is not paused, REPLACED)
    killed = machines.publisher()
    machines.signal(killed, signal.SIGKILL)
    killed.process.wait(10)
    machines.services.remove(killed)
    machines.write("charlie")
    machines.show("charlie")
    machines.write("bravo", status="canceled")
    until(lambda: not any(it.shows("Story bravo") for it in machines.services))

    before = [service.get("/rss.xml") for service in machines.services]
    machines.server.stop()
    time.sleep(3)
    for service, (_, headers, body) in zip(machines.services, before, strict=True):
        status, now, text = service.get("/rss.xml")
        assert (status, now["etag"], text) == (200, headers["etag"], body)
        status, _, text = service.get("/readyz?verbose")
        assert (status, text.splitlines()[0]) == (
            200,
            "ready, with feeds from memory: the store is away",
        )
        assert service.get("/nowhere/rss.xml")[:1] == (503,)
    restart_without_store(machines, before[-1])
    machines.write("delta")
    machines.server.start()
    machines.show("delta")
    until(lambda: all(it.get("/readyz")[2] == "ready\n" for it in machines.services))
