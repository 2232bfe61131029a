"""A server of PostgreSQL for tests: Debian's, in a folder of its own, without a network."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from feedsvc.store import postgresql
from feedsvc.store.all_tables import METADATA
from feedsvc.store.database import make_tables
from tests.tools.programs import missing, signal_all

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name))
"""The folders with the programs of each version that is installed."""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
}
EMPTY = ";".join(
    [
        *(f"DELETE FROM {name}" for name in METADATA.tables),
        "INSERT INTO settings VALUES ('changes', '1'), ('term', '0')",
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)
"""Makes a database as it was when it was new."""
USER = "postgres" if os.geteuid() == 0 else getpass.getuser()
"""The server refuses to run as root."""


class PostgresServer:
    """A running server, which makes databases with the tables of an empty store."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.folder = folder
        self._settings = settings
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        """Databases that were used; to empty one is much quicker than to make one."""

    def start(self) -> None:
        """Start the server; all its databases are as they were."""
        options = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        self._run("pg_ctl", "-w", "-o", f"-k {self.folder} {options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server, as a crash does."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def signal(self, number: int) -> None:
        """Send a signal to all processes of the server."""
        first = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        signal_all(int(first), number)

    def make(self) -> None:
        """Make the files of the server, start it, and make the template of all databases."""
        shutil.chown(self.folder, USER)
        locale = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync")
        self._run("initdb", *locale, "--username=feedsvc")
        self.start()
        self.execute("CREATE DATABASE template")
        with postgresql.migrating(self.url("template")) as connection:
            make_tables(connection)
            postgresql.prepare(connection)

    @contextmanager
    def databases(self) -> Generator[Callable[[], str]]:
        """Yield a function that makes a database with the tables of a new store."""
        names: list[str] = []

        def make() -> str:
            names.append(self._free.pop() if self._free else self._new())
            return self.url(names[-1])

        yield make
        for name in names:
            self.execute(EMPTY, name)
        self._free += names

    def _new(self) -> str:
        name = f"newsroom{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template STRATEGY FILE_COPY")
        return name

    def own_database(self) -> str:
        """Return the address of a database with tables, which no other test gets afterwards."""
        return self.url(self._new())

    def set_away(self, url: str, *, away: bool) -> None:
        """Make a database refuse all connections, or take them again."""
        name = url.partition("@/")[2].partition("?")[0]
        self.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {not away}")
        if away:
            self.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                f"WHERE datname = '{name}'"
            )

    def empty_database(self) -> str:
        """Return the address of a new database without tables."""
        name = f"empty{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://feedsvc@/{name}?host={self.folder}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        address = f"host={self.folder} user=feedsvc dbname={name}"
        with psycopg.connect(address) as connection:
            connection.autocommit = True
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [FOLDERS[-1] / program, "-D", self.folder / "data", *arguments]
        log = self.folder / "server.log"
        with log.open("ab") as output:
            user = USER if os.geteuid() == 0 else None
            subprocess.run(
                command, check=True, user=user, cwd="/", stdout=output, stderr=subprocess.STDOUT
            )


@contextmanager
def postgres_server(**settings: str) -> Generator[PostgresServer]:
    """Yield a server, which ends with this."""
    if not FOLDERS:
        missing("PostgreSQL", "postgresql")
    folder = Path(mkdtemp(prefix="pg-"))  # the path of a socket must be short
    try:
        server = PostgresServer(folder, {**SETTINGS, **settings})
        server.make()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
