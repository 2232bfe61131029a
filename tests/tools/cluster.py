"""Several machines with one store in PostgreSQL, behind nginx; each can be harmed by itself."""

from __future__ import annotations

import signal
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg

from feedsvc.config.store_settings import StoreSettings
from feedsvc.model.clock import now
from feedsvc.model.publisher import Publisher, Scope
from feedsvc.publishing import tokens
from feedsvc.store.database import Database
from feedsvc.store.lock import LOCK_FILE
from feedsvc.store.session_lock import lock_number
from tests.tools.nginx import Nginx
from tests.tools.postgres import PostgresServer, postgres_server
from tests.tools.programs import signal_all
from tests.tools.service import Service, until
from tests.tools.silent_proxy import SilentProxy

BALANCER = Path(__file__).parents[2] / "packaging" / "balancer.conf"
UPSTREAM = """\
    server machine-1:8000 max_fails=1 fail_timeout=5s;
    server machine-2:8000 max_fails=1 fail_timeout=5s;
"""
"""The lines of the balancer's configuration that name the machines."""
CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"
timezone = "Europe/Lisbon"

[feeds]
url = "https://feeds.quay.example"
items = 500

[articles]
in = "database"

[api]
requests = 0

[store]
url = "{url}"
"""
_HOLDER = """
SELECT usename FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid::bigint = %s AND objid::bigint = %s
"""


class Machine:
    """``feedsvc serve`` with a folder of its own, and its way to the database."""

    def __init__(
        self,
        folder: Path,
        server: PostgresServer,
        url: str,
        options: Sequence[str],
        *,
        direct: bool,
    ) -> None:
        self.name = folder.name
        self.folder = folder
        self.network = SilentProxy(server.folder)
        self._options = options
        folder.mkdir()
        straight = url.replace("feedsvc@", f"{self.name}@")
        address = straight if direct else self.network.url(url, self.name)
        (folder / "config.toml").write_text(CONFIG.format(url=address))
        self.service = Service(folder, *options)

    @property
    def port(self) -> int:
        return self.service.port

    def signal(self, number: int) -> None:
        """Send a signal to all of its processes."""
        signal_all(self.service.process.pid, number)

    def kill(self) -> None:
        """End all of its processes at once, as a power cut does."""
        self.signal(signal.SIGSTOP)  # else the others would notice, and end by themselves
        self.signal(signal.SIGKILL)
        self.service.process.wait(10)

    def start(self) -> None:
        """Start it again at the same port, with the folder as it is."""
        self.service = Service(self.folder, *self._options, port=self.port)

    def is_ready(self) -> bool:
        return self.service.get("/readyz")[2] == "ready\n"

    def close(self) -> None:
        self.network.close()
        self.service.end()


class Cluster:
    """Three machines, the balancer before them, and their database.

    :param stack: ends all that was started.
    """

    def __init__(
        self,
        root: Path,
        stack: ExitStack,
        server: PostgresServer,
        options: Sequence[str],
        *,
        direct: bool,
    ) -> None:
        self.server = server
        self.url = url = stack.enter_context(server.databases())()
        names = ("one", "two", "three")
        for name in names:
            server.execute(f"CREATE ROLE {name} SUPERUSER LOGIN")
        self.machines = [
            stack.enter_context(closing(Machine(root / name, server, url, options, direct=direct)))
            for name in names
        ]
        for machine in self.machines:
            machine.service.wait()
        with closing(self.database(root / "outside")) as database:
            by = Publisher(
                name="cms", scopes=frozenset[Scope](["admin"]), sections=(), created=now()
            )
            self.token = tokens.issue(database, by)
        line = "    server 127.0.0.1:{} max_fails=1 fail_timeout=5s;\n"
        addresses = [line.format(machine.port) for machine in self.machines]
        self.balancer = stack.enter_context(
            closing(Nginx(root, BALANCER.read_text(), **{UPSTREAM: "".join(addresses)}))
        )

    def database(self, folder: Path) -> Database:
        """Return the store, as a process that is on none of the machines sees it."""
        return Database(folder, StoreSettings(url=self.url))

    def publisher(self) -> Machine | None:
        """Return the machine that has the right to publish; None while there is none."""
        number = lock_number(LOCK_FILE) % 2**64
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            row = connection.execute(_HOLDER, [number >> 32, number % 2**32]).fetchone()
        names = {machine.name: machine for machine in self.machines}
        return names[row[0]] if row else None

    def wait(self, seconds: float = 30.0) -> None:
        """Wait until all machines are as well as they can be."""
        for machine in self.machines:
            until(machine.is_ready, seconds)


@contextmanager
def cluster(root: Path, *options: str, direct: bool = False) -> Generator[Cluster]:
    """Yield a cluster that runs.

    :param options: of ``feedsvc serve`` on each machine.
    :param direct: no proxy is between the machines and the database.
    """
    root.chmod(0o755)
    with postgres_server() as server, ExitStack() as stack:
        yield Cluster(root, stack, server, options, direct=direct)
