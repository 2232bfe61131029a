"""The gate measures of feedsvc all that coverage.py would measure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import Coverage, CoverageData

from tests.tools.marked import sitecustomize
from tests.tools.measuring import NAME, ROOT, Arc, Marking, begin, end, modules, ran

STATEMENTS = '''\
"""Every statement that has blocks."""

from __future__ import annotations

from contextlib import suppress
from functools import cache


class Point:
    """A point."""

    x: int = 1
    """How far."""


@cache
@cache
def kind(value):
    """Return a word."""
    if value is None:
        return "none"
    elif (
        value
        and value != 1
    ):
        if value == 7:
            value = 8
    else:
        value = 0
    with suppress(ValueError):
        if value == 8:
            raise ValueError
    match value:
        case 0 if not value:
            return "zero"
        case 2 | 3:
            value = 4
        case Point(x=1):
            return "point"
    match value:
        case 4:
            return "four"
        case _:
            pass
    return "more"


def walk(values):
    for value in values:
        while value > 2:
            value -= 1
            if value == 5:
                break
            if value == 6:
                continue
        else:
            value = 0
        try:
            10 / value
        except TypeError:
            return [
                value,
                1,
            ]
        except (ZeroDivisionError, ValueError):
            pass
        else:
            value = 3
        finally:
            value += 1
    else:
        return (lambda: values)()
    if values:
        return 1


async def wait(values):
    async for value in values:
        if value:
            print(value)
'''
"""A module with each kind of branch."""

CALLS = [
    "",
    "kind(None)",
    "kind(0), kind(1)",
    "kind(2), kind(7)",
    "kind(Point)",
    "kind(Point())",
    "kind(4), kind(5)",
    "walk([])",
    "walk([1, 2])",
    "walk([3, 9])",
    "walk([0])",
    "walk([1, 6, 7])",
    "[*walk.__code__.co_consts], [kind(value) for value in (None, 1, 2, 9, Point())]",
]
"""Calls that take some of the branches."""


def result(file: Path, data: Path) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Return the lines of a module that did not run, and how many ways each branch went."""
    coverage = Coverage(data, config_file=False, branch=True)
    coverage.load()
    return coverage.analysis2(str(file))[3], coverage.branch_stats(str(file))


@pytest.mark.parametrize("call", CALLS)
def test_marks_tell_the_same_as_a_trace_of_each_line(tmp_path: Path, call: str) -> None:
    file = tmp_path / "statements.py"
    file.write_text(f"{STATEMENTS}\n\n{call}\n", encoding="utf-8")
    source = file.read_text(encoding="utf-8")
    coverage = Coverage(tmp_path / "traced", config_file=False, branch=True, include=[str(file)])
    with coverage.collect():
        exec(compile(source, file, "exec", dont_inherit=True), {})
    coverage.save()

    marking, marks = Marking(source, first=3), bytearray(1000)
    exec(compile(marking.tree, file, "exec", dont_inherit=True), {NAME: marks})
    ran = set[Arc]().union(*(arcs for mark, arcs in enumerate(marking.arcs, 3) if marks[mark]))
    data = CoverageData(tmp_path / "marked")
    data.add_arcs({str(file): ran})
    data.write()

    assert result(file, tmp_path / "marked") == result(file, tmp_path / "traced")


def test_a_process_that_was_killed_was_measured_and_no_module_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = ("feedsvc", "model")
    paths = {path: first for path, first in modules().items() if Path(path).parent.name in rooms}
    begin(tmp_path, paths)
    path = [str(Path(sitecustomize.__file__).parent), str(ROOT)]
    program = "import os; from feedsvc.model.text import slug; slug('A b'); os.kill(os.getpid(), 9)"
    environment = {"FEEDSVC_MARKED": str(tmp_path), "PYTHONPATH": os.pathsep.join(path)}
    killed = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    module = ROOT / "feedsvc/model/text.py"
    lines = module.read_text(encoding="utf-8").splitlines()
    arcs = ran(tmp_path, paths)
    passed = {lines[line - 1].strip() for _, line in arcs[str(module)] if line > 0}
    assert "path = longer" in passed
    assert "break" not in passed
    assert not arcs[str(ROOT / "feedsvc/wsgi.py")]
    monkeypatch.chdir(tmp_path)
    end(tmp_path, paths)
    data = CoverageData(tmp_path / ".coverage")
    data.read()
    assert data.measured_files() == paths.keys()
