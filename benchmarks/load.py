"""Requests as feed readers send them, wrk that sends them, and its output."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

_TIMEOUT = 30
"""Seconds after which wrk counts an error: the slowest rivals take more than one."""
_LUA = """\
local requests = {
%s
}
local at = 0
request = function()
  at = at %% #requests + 1
  return requests[at]
end
"""
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
"""Milliseconds."""


def cores() -> tuple[int, int]:
    """Return the core of the server and the core of its clients."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise SystemExit("this needs two cores: one serves, the other asks")
    return available[0], available[1]


def needs(*commands: str) -> None:
    """Stop if a command is missing, and name the packages to install."""
    packages = {"wrk": "wrk", "nginx": "nginx-light", "taskset": "util-linux"}
    missing = [packages[command] for command in commands if not shutil.which(command)]
    if missing:
        raise SystemExit(f"this needs more: apt-get install {' '.join(missing)}")


class Request(NamedTuple):
    """A GET, and the expected status."""

    path: str
    headers: tuple[tuple[str, str], ...]
    status: int

    def raw(self, port: int) -> bytes:
        lines = [f"{name}: {value}\r\n" for name, value in self.headers]
        host = f"Host: 127.0.0.1:{port}\r\n"
        return f"GET {self.path} HTTP/1.1\r\n{host}{''.join(lines)}\r\n".encode("ascii")


class Answer(NamedTuple):
    """An answer; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, timeout: float = 10) -> None:
        self.port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.own_port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, request: Request) -> Answer:
        self._socket.sendall(request.raw(self.port))
        response = HTTPResponse(self._socket, method="GET")
        try:
            response.begin()
            body = response.read()
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)

    def close(self) -> None:
        self._socket.close()


def ask(port: int, request: Request) -> Answer:
    """Ask over a new connection, and again until there is an answer."""
    for _ in range(600):
        try:
            with Client(port) as client:
                return client.ask(request)
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"no answer at port {port}")


class Run(NamedTuple):
    """The counts of wrk."""

    rate: float
    """Requests in a second."""
    p50: float
    """Milliseconds."""
    p99: float
    requests: int
    refused: int
    """Answers with a status above 399."""
    broken: int
    """Errors of sockets, and answers that did not come."""
    busy: float
    """The share of its core that wrk used; near 1, wrk was the limit."""


def script(requests: Sequence[Request], port: int, file: Path) -> Path:
    """Write the requests as a Lua script that sends one after the other."""
    lines = (json.dumps(it.raw(port).decode("ascii")) for it in requests)
    file.write_text(_LUA % ",\n".join(lines))
    return file


def command(
    requests: Sequence[Request], port: int, connections: int, seconds: float, folder: Path
) -> list[str]:
    """Return the command that sends the requests; one alone needs no script, which is quicker."""
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", f"--timeout={_TIMEOUT}s"]
    words.append("--latency")
    if len(requests) > 1:
        words += ["-s", str(script(requests, port, folder / f"requests-{port}.lua"))]
    else:
        words += [word for head in requests[0].headers for word in ("-H", ": ".join(head))]
    return [*words, f"http://127.0.0.1:{port}{requests[0].path}"]


class Load:
    """Wrk as it runs on a core."""

    def __init__(self, words: list[str], core: int) -> None:
        self._begun = time.perf_counter()
        self._before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["taskset", "-c", str(core), *words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)

    def runs(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End the run early; wrk still prints its counts."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> Run:
        """Wait for its end."""
        output = self._process.communicate()[0].decode()
        took = time.perf_counter() - self._begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self._process.returncode:
            raise SystemExit(f"wrk failed: {output}")
        used = after.ru_utime + after.ru_stime - self._before.ru_utime - self._before.ru_stime
        return counted(output, used / took)


def counted(output: str, busy: float = 0.0) -> Run:
    """Read the output of wrk."""
    total = _number(r"(\d+) requests in", output)
    socket_errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    return Run(
        rate=_number(r"Requests/sec:\s+([\d.]+)", output),
        p50=_time(r"50%\s+([\d.]+)(us|ms|s|m)\b", output),
        p99=_time(r"99%\s+([\d.]+)(us|ms|s|m)\b", output),
        requests=int(total),
        refused=int(_number(r"Non-2xx or 3xx responses: (\d+)", output)),
        broken=sum(map(int, socket_errors.groups())) if socket_errors else 0,
        busy=busy,
    )


def _number(pattern: str, output: str) -> float:
    match = re.search(pattern, output)
    return float(match[1]) if match else 0.0


def _time(pattern: str, output: str) -> float:
    match = re.search(pattern, output)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0
