"""Programs of Debian that tests run: readers, parsers, servers."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest


def children(parent: int) -> list[int]:
    """Return the processes that a process started, as far as they have not ended."""
    processes: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat[1]) == parent and stat[0] != "Z":
            processes.append(int(folder.name))
    return sorted(processes)


def signal_all(parent: int, number: int) -> None:
    """Send a signal to a process, and to the ones that it started."""
    for process in (parent, *children(parent)):
        with suppress(ProcessLookupError):  # it may just have ended
            os.kill(process, number)


def needed(program: str, package: str = "") -> str:
    """Return the path of a program; skip where there is none, or fail in CI, which installs it."""
    path = shutil.which(program)
    return path or missing(program, package or program)


def needed_file(path: str, package: str) -> None:
    """Skip where a file of a package is missing, or fail in CI, which installs it."""
    if not Path(path).is_file():
        missing(path, package)


def missing(name: str, package: str) -> NoReturn:
    message = f"{name} is not installed (Debian's package {package})"
    pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
