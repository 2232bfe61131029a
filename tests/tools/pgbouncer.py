"""pgbouncer in transaction mode, as operators put it before PostgreSQL."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.tools.postgres import USER, PostgresServer
from tests.tools.programs import needed
from tests.tools.service import free_port

_SETTINGS = """\
[databases]
* = host={server} user=feedsvc

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
logfile = {folder}/pgbouncer.log
"""


@contextmanager
def pgbouncer(server: PostgresServer) -> Generator[int]:
    """Yield the port of a pool with two sessions for each database."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"  # not in every path
    if not Path(program).exists():
        needed("pgbouncer")
    folder, port = Path(mkdtemp(prefix="pgbouncer-")), free_port()
    try:
        shutil.chown(folder, USER)
        (folder / "users.txt").write_text('"feedsvc" ""\n')
        settings = folder / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=server.folder, port=port, folder=folder))
        process = subprocess.Popen([program, "-q", settings], user=USER, cwd="/")
        try:
            yield port
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(folder)
