"""The whole gate, as ``./run check`` runs it: two lanes, side by side. Arguments go to pytest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

BIN = Path(sys.executable).parent
WORKERS = str(max(3, min(4, os.cpu_count() or 2)))
"""Processes that run tests. Many tests wait for servers, so three are faster even on two cores."""

Step = tuple[str, list[str]]
CHECKS: list[Step] = [
    ("format", ["ruff", "format", "--check", "--quiet", "."]),
    ("lint", ["ruff", "check", "--quiet", "."]),
    ("layers", ["lint-imports", "--no-cache"]),
    ("types", ["basedpyright", "--level", "error"]),
]
PYTEST = ["pytest", "--numprocesses", WORKERS, "--dist", "worksteal", *sys.argv[1:]]
MEASURING = ["python", "-m", "tests.tools.measuring"]
TESTS: list[Step] = [
    ("coverage marks", [*MEASURING, "begin"]),
    ("tests", ["python", "-m", *PYTEST]),
    ("coverage data", [*MEASURING, "end"]),
    ("coverage", ["coverage", "report"]),
]


class Result(NamedTuple):
    """A step that has ended."""

    name: str
    passed: bool
    output: str


def run(steps: list[Step]) -> list[Result]:
    """Run steps one after another, also after a failure."""
    return [run_step(name, command) for name, command in steps]


def run_step(name: str, command: list[str]) -> Result:
    """Run a step, and print its output if it failed."""
    begun = time.monotonic()
    process = subprocess.run(
        [BIN / command[0], *command[1:]],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    passed = process.returncode == 0
    verdict = f"== {name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - begun:.0f} s)"
    print(verdict if passed else f"{process.stdout}\n{verdict}", flush=True)
    return Result(name, passed, process.stdout)


def main() -> int:
    """Run all steps, print the summary of pytest and the verdict; return how many failed."""
    with TemporaryDirectory() as marked, ThreadPoolExecutor() as lanes:
        os.environ["FEEDSVC_MARKED"] = marked
        results = [result for lane in lanes.map(run, [TESTS, CHECKS]) for result in lane]
    tests = next(result for result in results if result.name == "tests")
    print(tests.output.strip().rpartition("\n")[2].strip("= "))
    failed = [result.name for result in results if not result.passed]
    print(f"gate: {'FAILED: ' + ', '.join(failed) if failed else 'ok'}")
    return len(failed)


if __name__ == "__main__":
    # Started in the background by a shell, it and all processes of tests would ignore Ctrl+C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # All processes that the tests start are measured, in any folder.
    os.environ["PYTHONPATH"] = str(Path("tests/tools/marked").resolve())
    # They are hundreds: without this each may compile all modules again, for over a second.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
