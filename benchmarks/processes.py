"""Processes that are measured: their memory, their time, and whether they answer."""

from __future__ import annotations

import os
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

HERE = Path(__file__).resolve().parent.parent
"""The project's folder."""


def answered(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/{path}")
        response = connection.getresponse()
        return bool(response.read()) and response.status == 200
    except OSError:
        return False
    finally:
        connection.close()


def idle(pid: int) -> None:
    """Wait until a process has nothing to do."""
    before = -1
    while (now := sum(map(int, stat(pid)[13:15]))) != before:
        before = now
        time.sleep(1)


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().split()


def memory(pid: int) -> dict[str, float]:
    """Return the memory of a process in bytes, by the names of proc(5)."""
    sizes: dict[str, float] = {}
    for file in ("status", "smaps_rollup"):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                sizes[name] = int(value.split()[0]) * 1024
    return sizes


def ended(_signal: int, _frame: FrameType | None) -> None:
    """End as after an error: stop all processes and delete the folders."""
    sys.exit(1)


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    pids = [pid]
    for one in pids:  # the list grows meanwhile
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
    return pids


def spent(pids: list[int]) -> float:
    """Return the processor time that processes have used, in seconds."""
    ticks = sum(sum(map(int, stat(pid)[13:15])) for pid in pids)
    return ticks / os.sysconf("SC_CLK_TCK")


def environment() -> dict[str, str]:
    others = ("FEEDSVC_", "STATE_DIRECTORY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "PYTHONPATH": str(HERE)}
